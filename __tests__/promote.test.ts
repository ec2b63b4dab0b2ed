import { expect, test } from 'vitest';
import { BuildError } from '../src/build/errors.ts';
import { theSame } from '../src/commands/promote.ts';
import type { BuildSpec } from '../src/protocol/messages.ts';

const R1 = '20261122T043400Z-abcdef1';
const R2 = '20261123T043400Z-abcdef2';

/** What a host has live; the first letter of its name stands for its system, and so for the bits. */
function on(name: string, release: string): { name: string; release: string; build: BuildSpec } {
  const build: BuildSpec = {
    format: 1,
    commit: 'c',
    ref: 'main',
    source: 's',
    trees: { code: name.slice(0, 1), static: null, config: null },
    config: null,
    static: null,
    env: {
      hash: 'e',
      digest: 'd',
      inputs: 'i',
      requirements: '',
      packages: [],
      wheels: [],
      builtOn: { name: 'glibc', version: '2.36' },
    },
    target: { minor: '3.11', abi: 'a', machine: 'x86_64', libc: 'glibc', libcVersion: '2.36' },
  };
  return { name, release, build };
}

test('of several hosts the bits are those of the first, and the release is that of all', () => {
  expect(theSame([on('a1', R1)], 'staging')).toMatchObject({ release: R1 });
  const { release, build } = theSame([on('b1', R1), on('a1', R1), on('b2', R1)], 'staging');
  expect([release, build.trees.code]).toEqual([R1, 'b']);
});

test('hosts that serve several releases are refused, each with its own', () => {
  const several = () => theSame([on('a1', R1), on('a2', R2), on('a3', R1)], 'staging');
  expect(several).toThrow(BuildError);
  expect(several).toThrow(`the hosts of staging serve several releases: ${R1} on a1, ${R2} on a2, ${R1} on a3`);
});
