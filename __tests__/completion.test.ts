/** What a shell offers behind `graceful`. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../src/config/commands.ts';
import { commandHere } from './fixtures/wrong/run.ts';

async function script(shell: string): Promise<string> {
  const { code, log } = await commandHere(['completion', shell], '/', {});
  expect(code, log).toBe(0);
  return log;
}

/** What bash offers for the last of these words, in a folder with `graceful.yml` and the folder `made`. */
async function offered(...words: string[]): Promise<string[]> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-complete-'));
  writeFileSync(join(folder.path, 'graceful.yml'), '');
  mkdirSync(join(folder.path, 'made'));
  writeFileSync(join(folder.path, 'script'), await script('bash'));
  const program = `source ./script
    complete -p graceful >/dev/null || exit 3
    COMP_WORDS=(graceful "$@"); COMP_CWORD=$#
    "$(complete -p graceful | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { status, stdout, stderr } = spawnSync('bash', ['-uc', program, 'bash', ...words], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter(Boolean);
}

describe('bash', () => {
  test('commands: all of them, and those of these letters', async () => {
    const all = await offered('');
    expect(all).toEqual(
      [...COMMANDS, 'config', 'init', 'completion']
        .toSorted((a, b) => all.indexOf(a) - all.indexOf(b))
        .concat('--help', '--version'),
    );
    expect(await offered('re')).toEqual(['restart', 'releases', 'recover']);
  });

  test('options of a command, and no others', async () => {
    expect(await offered('deploy', '--re')).toEqual(['--reason', '--refresh-env']);
    expect(await offered('status', '--')).toEqual(expect.arrayContaining(['--stage', '--json', '--help']));
    expect(await offered('status', '--force')).toEqual([]);
    expect(await offered('init', '--d')).toEqual(['--dry-run']);
    expect(await offered('completion', '')).toEqual(['bash', 'zsh', 'fish', '--help']);
  });

  test('files and folders where an option takes one, nothing where it takes a word', async () => {
    expect(await offered('deploy', '--config', 'gra')).toEqual(['graceful.yml']);
    expect(await offered('deploy', '--artifact', '')).toEqual(['made']);
    expect(await offered('deploy', '--stage', '')).toEqual([]);
    expect(await offered('nonsense', '')).toEqual([]);
  });
});

test('zsh: each command with its words, and what its options take', async () => {
  const text = await script('zsh');
  expect(text).toContain("'rollback:go back to the release before, or to a named one'");
  expect(text).toMatch(/^ {4}deploy\) _arguments '--stage\[[^\]]*\\: [^\]]*\]:value: ' '--config\[.*\]:file:_files' /m);
  expect(text).toContain("'--artifact[what `build` left\\: nothing is built]:folder:_files -/'");
  expect(text).toContain("    completion) _arguments '--help[show what the command takes]' '1: :(bash zsh fish)' ;;");
});

test('fish: a line for each command and option', async () => {
  const lines = (await script('fish')).split('\n');
  expect(lines).toContain(
    "complete -c graceful -n __fish_use_subcommand -a update -d 'start the release that is not live anew, and switch to it'",
  );
  expect(lines).toContain(
    "complete -c graceful -n '__fish_seen_subcommand_from config' -l json -d 'print the answer as JSON'",
  );
  expect(lines).toContain(
    "complete -c graceful -n '__fish_seen_subcommand_from stop' -l force -d 'the live one too: the site is down then'",
  );
  expect(
    lines.filter((line) => line.includes("from rollback' -l port -x -d 'instead of the stage\\'s port'")),
  ).toHaveLength(1);
});

test.each(['zsh', 'fish'])('%s itself finds no fault in its script, where there is one', async (shell) => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-complete-'));
  const file = join(folder.path, 'script');
  writeFileSync(file, await script(shell));
  const { error, status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' });
  // Not every machine has them; what the script has to hold is told above.
  expect(error === undefined ? [status, stderr] : error).toEqual(
    error === undefined ? [0, ''] : expect.objectContaining({ code: 'ENOENT' }),
  );
});

test('another shell is refused with those that there are', async () => {
  const { code, log } = await commandHere(['completion', 'tcsh'], '/', {});
  expect(code).toBe(64);
  expect(log).toContain("argument value 'tcsh' is invalid for argument 'shell'. Allowed choices are bash, zsh, fish.");
});
