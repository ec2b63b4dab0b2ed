import { join } from 'node:path';
import { answer } from './command.ts';
import { goInstall } from './go.ts';
import { toolFolder } from './tool-folder.ts';

const ACT = 'github.com/nektos/act@v0.2.89';

/** The program `act`, a runner of workflows; built when it is missing. */
export function actProgram(): string {
  const folder = toolFolder({
    name: ACT,
    pins: ACT,
    make: (making) => goInstall(ACT, making),
    works: (made) => answer(join(made, 'act'), ['--version']) !== undefined,
  });
  return join(folder, 'act');
}
