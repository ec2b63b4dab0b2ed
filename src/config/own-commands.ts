/** Commands that are about no site: they exist at a terminal alone. */
import { Argument, type Command } from 'commander';
import type { InitWanted } from '../init/init.ts';
import type { Terminal } from './command-line.ts';
import { completion, SHELLS, type Shell } from './completion.ts';

/** Adds them; a completion knows every command that is there before it is printed. */
export function addOwnCommands(program: Command, terminal: Terminal, init: (wanted: InitWanted) => void): void {
  program
    .command('init')
    .description('look at this project, and write graceful.yml and workflows for it')
    .option('--host <name>', 'host of production')
    .option('--url <address>', 'where visitors find it')
    .option('--project <folder>', 'folder of manage.py, where there are several')
    .option('--uses <action>', 'the Action as a workflow names it; default: OWNER/graceful@v1')
    .option('--force', 'write over files that are there')
    .option('--dry-run', 'only tell what it would write')
    .option('--print', 'only print the files')
    .action(({ host, url, project, uses, force = false, dryRun = false, print = false }: Partial<InitWanted>) =>
      init({ host, url, project, uses, force, dryRun, print, folder: terminal.cwd }),
    );
  program
    .command('completion')
    .description('print a script that lets a shell complete commands and options')
    .addArgument(new Argument('<shell>', 'which').choices(SHELLS))
    .action((shell: Shell) => terminal.print(completion(shell, program)));
}
