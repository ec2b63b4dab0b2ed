import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEVELOPER } from './developer.ts';
import { djangoAdmin, withDjango } from './django.ts';
import { blocksOf, blockUnder } from './guide.ts';
import { must } from './process.ts';

/** The Wagtail project that docs/wagtail.md makes, in a git repository. */
export interface WagtailRepo extends AsyncDisposable {
  readonly path: string;
  /** requirements.txt as `wagtail start` made it. */
  readonly generated: string;
  /** Replaces or adds files. */
  write(files: Readonly<Record<string, string>>): Promise<void>;
  read(file: string): Promise<string>;
  /** Has Django write the migrations of `app`, with the development settings. */
  makeMigration(app: string, name: string): Promise<void>;
  commit(message: string): Promise<string>;
}

/**
 * `wagtail start`, and then what docs/wagtail.md changes in the project.
 * @param address of the host, which is the site's too
 */
export async function startWagtail(address: string): Promise<WagtailRepo> {
  const path = await mkdtemp(join(tmpdir(), 'graceful-wagtail-'));
  const git = (...args: string[]): Promise<string> => must(['git', '-C', path, ...args], { env: DEVELOPER });
  const guide = await blocksOf('docs/wagtail.md');
  await withDjango('from wagtail.bin.wagtail import main; main()', ['start', 'mysite', '.'], path);
  await git('init', '--quiet', '--initial-branch=main');
  const generated = await readFile(join(path, 'requirements.txt'), 'utf8');

  const repo: WagtailRepo = {
    path,
    generated,
    async write(files) {
      for (const [file, text] of Object.entries(files)) await writeFile(join(path, file), text);
    },
    read: (file) => readFile(join(path, file), 'utf8'),
    async makeMigration(app, name) {
      await djangoAdmin(['makemigrations', app, '--name', name], path, 'mysite.settings.dev');
    },
    async commit(message) {
      await git('add', '--all');
      await git('commit', '--quiet', '--message', message);
      return (await git('rev-parse', 'HEAD')).trim();
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
  const here = (text: string): string =>
    text.replaceAll('https://www.example.org', `http://${address}`).replaceAll('www.example.org', address);
  await repo.write({
    'requirements.txt':
      generated.replace(/^Django.*$/m, 'Django>=5.2,<5.3') + blockUnder(guide, '`requirements.txt` gets'),
    '.gitignore': blockUnder(guide, '`.gitignore`:'),
    'graceful.yml': here(blockUnder(guide, '`graceful.yml`:')),
  });
  await appendFile(
    join(path, 'mysite/settings/production.py'),
    blockUnder(guide, '`mysite/settings/production.py` gets'),
  );
  return repo;
}
