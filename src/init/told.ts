/** What is told of a project, though nothing of it stands in `graceful.yml`. */
import { type Finding, lacking } from './finding.ts';
import { folderIn, lastOf, sqliteIn } from './settings-text.ts';

/** What the files say changes with the settings, and they are there by then. */
const AGAIN = 'and run graceful init --force: it writes its files anew';

/** What is missing or good to know. @param text of the settings @param secrets variables that it wants */
export function tellOf(text: string, packages: ReadonlySet<string>, secrets: readonly string[]): Finding[] {
  return [...staticFindings(text, packages), ...databaseFindings(text, packages), ...secretFindings(text, secrets)];
}

function staticFindings(text: string, packages: ReadonlySet<string>): Finding[] {
  const root = folderIn(text, 'STATIC_ROOT');
  return [
    root === undefined
      ? lacking('static files', 'set STATIC_ROOT to a folder in the project: BASE_DIR / "staticfiles"')
      : { mark: 'found', what: 'static files', value: root, why: 'STATIC_ROOT' },
    ...(packages.has('whitenoise')
      ? [
          {
            mark: 'found',
            what: 'static files',
            value: 'whitenoise',
            why: 'it may stay; nginx serves them before it is asked',
          } as const,
        ]
      : []),
  ];
}

function databaseFindings(text: string, packages: ReadonlySet<string>): Finding[] {
  const sqlite = sqliteIn(text);
  const drivers = ['psycopg', 'psycopg2', 'psycopg2-binary', 'mysqlclient', 'psycopg-binary'];
  const driver = drivers.find((name) => packages.has(name));
  return [
    ...(driver === undefined ? [] : [{ mark: 'found', what: 'database', value: driver, why: 'its driver' } as const]),
    ...(sqlite === undefined || sqlite.includes('/')
      ? []
      : [
          lacking(
            'database',
            `${sqlite} lies among the code, which is new in each release: name it BASE_DIR / "data" / "${sqlite}"`,
          ),
        ]),
  ];
}

function secretFindings(text: string, secrets: readonly string[]): Finding[] {
  const insecure = /^['"]/.test(lastOf(text, 'SECRET_KEY') ?? '') && !secrets.includes('SECRET_KEY');
  return [
    ...secrets.map(
      (name): Finding => ({
        mark: 'found',
        what: 'secret',
        value: name,
        why: 'the settings want it; a secret of the repository, or of each environment',
      }),
    ),
    ...(insecure
      ? [lacking('SECRET_KEY', `it stands in the settings: read it with os.environ["SECRET_KEY"], ${AGAIN}`)]
      : []),
    ...(lastOf(text, 'DEBUG')?.startsWith('True')
      ? [lacking('DEBUG', `it is True: write settings for the host beside these, such as production.py, ${AGAIN}`)]
      : []),
  ];
}
