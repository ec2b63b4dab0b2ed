import { describe, expect, test } from 'vitest';
import { tables, withParts } from '../scripts/docs.ts';
import { releaseNotes } from '../scripts/release-notes.ts';

const ACTION = `
name: x
inputs:
  stage:
    description: |
      Which stage.
      One | of graceful.yml.
  ssh-key: { description: The key., required: true }
  port: { description: SSH port., default: 22 }
outputs:
  result: { description: 'What it ended as.', value: x }
runs: { using: node24, main: dist/index.js }
`;

describe('the generated tables', () => {
  test('are made of action.yml', () => {
    expect(tables(ACTION)).toEqual({
      inputs: [
        '| Input | Default | What it is |',
        '| --- | --- | --- |',
        '| `stage` |  | Which stage. One \\| of graceful.yml. |',
        '| `ssh-key` | required | The key. |',
        '| `port` | `22` | SSH port. |',
      ].join('\n'),
      outputs: '| Output | What it is |\n| --- | --- |\n| `result` | What it ended as. |',
    });
  });

  test('replace what stands between their marks, and nothing else', () => {
    const text = 'a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n';
    const fresh = withParts(text, { x: 'new' });
    expect(fresh).toBe('a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n');
    expect(withParts(fresh, { x: 'new' })).toBe(fresh);
    expect(() => withParts(text, { y: 'new' })).toThrow('<!-- y:begin --> and <!-- y:end --> are missing');
  });
});

describe('release notes', () => {
  const changelog = [
    '# Changelog',
    '',
    '## [Unreleased]',
    '',
    '## [1.2.0] - 2026-11-22',
    '',
    '### Added',
    '- A thing.',
    '',
    '## [1.1.0] - 2026-11-01',
    '- Old.',
    '[1.2.0]: https://example.org',
  ].join('\n');

  test('are the newest version’s part', () => {
    expect(releaseNotes('v1.2.0', '1.2.0', changelog)).toBe('### Added\n- A thing.');
  });

  test.each([
    ['1.2.0', '1.2.0', 'not of the form v1.2.3'],
    ['v1.2', '1.2', 'not of the form v1.2.3'],
    ['v1.3.0', '1.2.0', 'package.json says 1.2.0'],
    ['v1.3.0', '1.3.0', 'the newest version in CHANGELOG.md is "[1.2.0] - 2026-11-22"'],
    ['v1.1.0', '1.1.0', 'the newest version in CHANGELOG.md is'],
  ])('are refused for %s with package version %s', (tag, version, reason) => {
    expect(() => releaseNotes(tag, version, changelog)).toThrow(reason);
  });

  test('are refused when they are empty', () => {
    expect(() => releaseNotes('v1.0.0', '1.0.0', '## [1.0.0] - 2026-11-22\n\n[1.0.0]: x')).toThrow('says nothing');
  });
});
