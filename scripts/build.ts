/** Makes `dist/`: the Action's bundle, the host program as a zipapp, and the bootstrap that installs it on a host. */
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { input, output } from '../rolldown.config.ts';
import { licenses } from './licenses.ts';
import { zipapp } from './zipapp.ts';

/** What can be started by itself. */
const PROGRAMS = ['index.js', 'graceful.pyz'];

/**
 * Builds the checkout in `root` into the folder `out`. The same sources and packages give the same bytes.
 * Throws when a source is missing or the bundler fails.
 *
 * @returns the names of the files that it wrote, all that is committed in `dist/`
 */
export async function build(root: string, out: string): Promise<string[]> {
  mkdirSync(out, { recursive: true });
  const bundle = await rolldown({ ...input, cwd: root, input: join(root, 'src/index.ts') });
  const written = await bundle.write({ ...output, dir: out });
  await bundle.close();
  writeFileSync(
    join(out, 'licenses.txt'),
    licenses(written.output.flatMap((part) => ('moduleIds' in part ? part.moduleIds : []))),
  );
  writeFileSync(join(out, 'graceful.pyz'), zipapp(join(root, 'host')));
  copyFileSync(join(root, 'host/bootstrap.py'), join(out, 'bootstrap.py'));
  const names = [...written.output.map(({ fileName }) => fileName), 'licenses.txt', 'graceful.pyz', 'bootstrap.py'];
  for (const name of names) chmodSync(join(out, name), PROGRAMS.includes(name) ? 0o755 : 0o644);
  return names;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, 'dist') } } });
  const names = await build(root, values.out);
  console.log(`built ${names.join(', ')} in ${values.out}`);
}
