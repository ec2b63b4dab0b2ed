/** What the name of what is asked for depends on, and what not, for any requirements. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import type { Target } from '../src/build/python.ts';
import { inputsHash } from '../src/build/requirements/inputs.ts';
import { readRequirements } from '../src/build/requirements/requirements.ts';

const TARGET: Target = {
  minor: '3.11',
  abi: 'cpython-311-x86_64-linux-gnu',
  machine: 'x86_64',
  libc: 'glibc',
  libcVersion: '2.36',
};

const folder = mkdtempSync(join(tmpdir(), 'graceful-hash-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function hashOf(text: string, target = TARGET, options: Record<string, string> = {}): Promise<string> {
  writeFileSync(join(folder, 'requirements.txt'), text);
  return inputsHash(await readRequirements(folder, 'requirements.txt'), target, options);
}

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,7}$/);
const version = fc.stringMatching(/^[1-9]\d?\.\d{1,2}(\.\d)?$/);
const hash = fc.stringMatching(/^[0-9a-f]{8}$/).map((hex) => `sha256:${hex}`);

/** A requirement in its parts. */
interface Requirement {
  name: string[];
  extras: string[];
  bounds: [string, string][];
  marker: [string, string] | undefined;
  hashes: string[];
}

const requirement: fc.Arbitrary<Requirement> = fc.record({
  name: fc.array(word, { minLength: 1, maxLength: 3 }),
  extras: fc.uniqueArray(word, { maxLength: 2 }),
  bounds: fc.uniqueArray(fc.tuple(fc.constantFrom('>=', '<', '!=', '=='), version), {
    maxLength: 3,
    selector: ([sign]) => sign,
  }),
  marker: fc.option(fc.tuple(fc.constantFrom('sys_platform', 'os_name', 'platform_machine'), word), { nil: undefined }),
  hashes: fc.uniqueArray(hash, { maxLength: 3 }),
});
/** In the plainest spelling. */
function plain({ name, extras, bounds, marker, hashes }: Requirement): string {
  const what = `${name.join('-')}${extras.length > 0 ? `[${extras.join(',')}]` : ''}`;
  const versions = bounds.map((bound) => bound.join('')).join(',');
  const when = marker === undefined ? '' : ` ; ${marker[0]} == "${marker[1]}"`;
  return `${what}${versions}${when}${hashes.map((one) => ` --hash=${one}`).join('')}`;
}

/** Ways of writing that change nothing. */
const spelling = fc.record({
  joint: fc.constantFrom('-', '_', '.', '-_'),
  upper: fc.boolean(),
  gap: fc.constantFrom('', ' ', '  '),
  quote: fc.constantFrom('"', "'"),
  turned: fc.boolean(),
  continued: fc.boolean(),
  comment: fc.constantFrom('', '  # why', ' #'),
  before: fc.constantFrom('', '\n', '# a comment\n', '   # and another\n\n'),
});
type Spelling = typeof spelling extends fc.Arbitrary<infer Value> ? Value : never;
const AS_IT_IS: Spelling = {
  joint: '-',
  upper: false,
  gap: '',
  quote: '"',
  turned: false,
  continued: false,
  comment: '',
  before: '',
};

function spelt(one: Requirement, how: Spelling): string {
  const order = <Item>(items: Item[]): Item[] => (how.turned ? items.toReversed() : items);
  const name = one.name.join(how.joint);
  const extras = order(one.extras).map((extra) => (how.upper ? extra.toUpperCase() : extra));
  const what = `${how.upper ? name.toUpperCase() : name}${extras.length > 0 ? `${how.gap}[${how.gap}${extras.join(`${how.gap},`)}]` : ''}`;
  const versions = order(one.bounds)
    .map((bound) => bound.join(how.gap))
    .join(`,${how.gap}`);
  const when =
    one.marker === undefined
      ? ''
      : `${how.gap};${how.gap}${one.marker[0]}${how.gap}==${how.gap}${how.quote}${one.marker[1]}${how.quote}`;
  const hashes = order(one.hashes).map((each) => `${how.continued ? ' \\\n  ' : '  '}--hash=${each}`);
  return `${how.before}${what}${how.gap}${versions}${when}${hashes.join('')}${how.comment}`;
}

/** With hashes for all of them, or for none. */
const several = fc
  .tuple(
    fc.boolean(),
    fc.uniqueArray(requirement, { minLength: 1, maxLength: 6, selector: ({ name }) => name.join('-') }),
  )
  .map(([hashed, ones]) =>
    ones.map((one) => ({ ...one, hashes: hashed ? [...new Set([...one.hashes, 'sha256:ff'])] : [] })),
  );

test('order, comments, blank lines, line ends and the spelling of names, versions, markers and hashes change nothing', async () => {
  const inputs = several.chain((ones) =>
    fc.tuple(
      fc.constant(ones),
      fc.shuffledSubarray(ones, { minLength: ones.length }),
      fc.array(spelling, { minLength: ones.length, maxLength: ones.length }),
      fc.constantFrom('\n', '\r\n'),
    ),
  );
  await fc.assert(
    fc.asyncProperty(inputs, async ([ones, shuffled, how, end]) => {
      const written = shuffled.map((one, index) => spelt(one, how[index] ?? AS_IT_IS)).join('\n');
      expect(await hashOf(`${written}\n`.replaceAll('\n', end))).toBe(await hashOf(ones.map(plain).join('\n')));
    }),
  );
});

test('one requirement more or less, another version, extra, marker or hash changes it', async () => {
  const change = fc.constantFrom<(one: Requirement) => Requirement>(
    (one) => ({ ...one, name: [...one.name, 'more'] }),
    (one) => ({ ...one, extras: [...one.extras, 'another-extra'] }),
    (one) => ({ ...one, bounds: [...one.bounds, ['<=', '99.9']] }),
    (one) => ({ ...one, marker: ['sys_platform', 'another-system'] }),
    (one) => (one.hashes.length > 0 ? { ...one, hashes: ['sha256:00'] } : { ...one, name: [...one.name, 'other'] }),
  );
  await fc.assert(
    fc.asyncProperty(several, fc.nat(), change, async (ones, at, changed) => {
      const before = await hashOf(ones.map(plain).join('\n'));
      const index = at % ones.length;
      const others = ones.map((one, each) => plain(each === index ? changed(one) : one));
      expect(await hashOf(others.join('\n'))).not.toBe(before);
      expect(
        await hashOf(
          ones
            .filter((_, each) => each !== index)
            .map(plain)
            .join('\n'),
        ),
      ).not.toBe(before);
    }),
  );
});

test('the host, the settings of the installer and the order of indexes count, a password does not', async () => {
  const before = await hashOf('django\n');
  for (const other of [
    { minor: '3.12' },
    { abi: 'x' },
    { machine: 'aarch64' },
    { libc: 'musl' as const },
    { libcVersion: '2.31' },
  ])
    expect(await hashOf('django\n', { ...TARGET, ...other })).not.toBe(before);
  expect(await hashOf('django\n', TARGET, { PIP_PRE: '1' })).not.toBe(before);
  const [a, b] = ['--extra-index-url https://a.example.org/', '--extra-index-url https://b.example.org/'];
  expect(await hashOf(`${a}\n${b}\ndjango\n`)).not.toBe(await hashOf(`${b}\n${a}\ndjango\n`));
  expect(await hashOf(`${a}\ndjango\n`)).toBe(await hashOf(`django\n${a.replace('//', '//me:secret@')}\n`));
  // What pip may compile: the last word counts.
  const [none, some] = ['--no-binary=:none:', '--no-binary lxml'];
  expect(await hashOf(`${none}\n${some}\nlxml\n`)).not.toBe(await hashOf(`${some}\n${none}\nlxml\n`));
});
