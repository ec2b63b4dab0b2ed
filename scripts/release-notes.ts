/** `release-notes.ts vX.Y.Z`: checks that package.json and CHANGELOG.md are of that version, and prints its notes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The part of a changelog (`## [1.2.3] - 2026-11-22`, newest first) that belongs to the tag.
 * Throws when the tag, the package's version and the newest part do not agree, or the part is empty.
 */
export function releaseNotes(tag: string, packageVersion: string, changelog: string): string {
  const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
  if (version === undefined) throw new Error(`the tag ${tag} is not of the form v1.2.3`);
  if (version !== packageVersion) throw new Error(`the tag is ${tag}, but package.json says ${packageVersion}`);
  const parts = changelog.split(/^## /m).slice(1);
  const newest = parts.find((part) => !part.startsWith('[Unreleased]')) ?? '';
  const [head = '', ...body] = newest.split('\n');
  if (!head.startsWith(`[${version}] - `)) {
    throw new Error(`the newest version in CHANGELOG.md is "${head}": add "## [${version}] - <date>"`);
  }
  // Link definitions at the end of the file belong to all parts.
  const notes = body
    .filter((line) => !/^\[[^\]]+\]: /.test(line))
    .join('\n')
    .trim();
  if (notes === '') throw new Error(`CHANGELOG.md says nothing about ${version}`);
  return notes;
}

if (import.meta.main) {
  const root = join(import.meta.dirname, '..');
  const { version }: { version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  console.log(releaseNotes(process.argv[2] ?? '', version, readFileSync(join(root, 'CHANGELOG.md'), 'utf8')));
}
