import { defineConfig } from 'vitest/config';

/** Tests of a whole site on a host that any process manager has to pass. */
const MATRIX = [
  'deploy',
  'bad-release',
  'rollback',
  'unchanged',
  'lost-runner',
  'recovery',
  'tick',
  'ownership',
  'secrets',
];

/** The same, too long for every change. */
const BY_HAND = ['__tests__/slow/verbs.test.ts', '__tests__/slow/celery.test.ts'];

/** Too long for every change; `npm test` has a sample of the faults (`faults.test.ts`). */
const RECOVERY = '__tests__/recovery.test.ts';

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'forks',
    // Test files boot whole hosts: more than two at once would overrun two cores and make times meaningless.
    maxWorkers: 2,
    // A first run makes the hosts' images and installs packages; a busy machine is some ten times slower than an idle one.
    testTimeout: 240_000,
    hookTimeout: 900_000,
    teardownTimeout: 60_000,
    retry: 0,
    allowOnly: !process.env['CI'],
    passWithNoTests: false,
    projects: [
      // `npm test`
      { extends: true, test: { name: 'main', include: ['__tests__/*.test.ts'], exclude: [RECOVERY] } },
      // `npm run test:slow`
      {
        extends: true,
        test: {
          name: 'slow',
          include: ['__tests__/slow/*.test.ts', RECOVERY],
          // Its process has a unit on a host where all is one user's only.
          exclude: ['__tests__/slow/verbs.test.ts'],
          testTimeout: 900_000,
        },
      },
      // What differs between the two kinds of single-user mode shows in these.
      {
        extends: true,
        test: {
          name: 'systemd-user',
          include: [
            ...['deploy', 'bad-release', 'rollback', 'recovery'].map((name) => `__tests__/${name}.test.ts`),
            ...BY_HAND,
          ],
          testTimeout: 900_000,
          env: { GRACEFUL_TEST_MANAGER: 'systemd-user' },
        },
      },
      {
        extends: true,
        test: {
          name: 'supervisord',
          include: [...MATRIX.map((name) => `__tests__/${name}.test.ts`), ...BY_HAND],
          testTimeout: 900_000,
          env: { GRACEFUL_TEST_MANAGER: 'supervisord' },
        },
      },
    ],
  },
});
