import { expect, test } from 'vitest';
import { parseConfig } from '../src/config/config-file.ts';

test('the longest root that fits, and three heartbeats that just fill the lease, are fine', () => {
  const text = `software: shop
root: /srv/${'r'.repeat(63)}
times: { heartbeat: 15s }
stages: { production: { branch: main, host: www.example.org, url: "https://www.example.org" } }
`;
  expect(parseConfig(text, 'graceful.yml').faults).toEqual([]);
});

test('a byte order mark in front is nothing, and one branch of two stages on one host is fine with the same url', () => {
  const text =
    '\uFEFFsoftware: shop\nhost: x.test\nurl: "http://x.test"\nstages: { a: { branch: main }, b: { branch: main, migrate: true } }\n';
  expect(parseConfig(text, 'graceful.yml').faults).toEqual([]);
});

test('text stays as it is written: no number, boolean or version is turned into something else', () => {
  const text = [
    'software: shop',
    'env: &common { A: 1.10, B: yes, C: True, D: 0o17, E: 1e3, F: "", G: ~text }',
    'python: { version: 3.10 }',
    'server-args: [--workers, 3]',
    'health: { body: 2.0 }',
    'stages:',
    '  one: { branch: 1.0, url: "http://x.test", build-env: *common, env: { <<: *common, A: 1.20 } }',
    '',
  ].join('\n');
  const { settings, faults } = parseConfig(text, 'graceful.yml');
  expect(faults).toEqual([]);
  const common = { A: '1.10', B: 'yes', C: 'True', D: '0o17', E: '1e3', F: '', G: '~text' };
  expect(settings).toEqual({
    software: 'shop',
    env: common,
    python: { version: '3.10' },
    'server-args': ['--workers', '3'],
    health: { body: '2.0' },
    stages: { one: { branch: '1.0', url: 'http://x.test', 'build-env': common, env: { ...common, A: '1.20' } } },
  });
});
