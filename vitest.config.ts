import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    include: ['__tests__/**/*.test.ts'],
    pool: 'forks',
    // Test files boot whole hosts: more than two at once would overrun two cores and make times meaningless.
    maxWorkers: 2,
    // A first run makes the hosts' images and installs packages.
    testTimeout: 120_000,
    hookTimeout: 900_000,
    teardownTimeout: 60_000,
    retry: 0,
    allowOnly: !process.env['CI'],
    passWithNoTests: false,
  },
});
