/**
 * A runner that sends a large environment, as a process of its own whose memory can be told from a test's: `node ship-large.ts FILE`.
 * FILE holds a `Task`. Prints a `Told` line when the host has it all, and ends the session when its standard input does.
 */
import { readFile } from 'node:fs/promises';
import { manifestOf } from '../src/build/manifest.ts';
import type { HelloOptions } from '../src/session/options.ts';
import type { ProgramFiles } from '../src/session/program.ts';
import { openSession } from '../src/session/session.ts';
import { pinsFor } from '../src/ssh/host-key.ts';
import { readLoginKey } from '../src/ssh/private-key.ts';

/** What is sent, where to, and as whom. */
export interface Task {
  /** Of the environment. */
  folder: string;
  host: string;
  user: string;
  privateKey: string;
  knownHosts: string;
  hello: HelloOptions;
  files: ProgramFiles;
  /** Of the host. */
  python: string;
}

export interface Told {
  /** Files, and their sum. */
  objects: number;
  bytes: number;
  /** The most memory that this process had, bytes. */
  peakBytes: number;
}

const task: Task = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8'));
const tree = await manifestOf(task.folder, 'the environment');
const { digest, entries } = tree.manifest;
const target = { host: task.host, port: 22, user: task.user };
const session = await openSession(
  { target, key: readLoginKey(task.privateKey, undefined), pins: pinsFor(task.knownHosts, target) },
  task.hello,
  { files: task.files },
);
const env = { hash: digest, digest, python: task.python, requirements: '' };
await session.ship({ trees: [{ kind: 'env', tree }], env, known: [] });
// Answered when the pack is on disk.
await session.status();
const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'link' ? 0 : entry.bytes), 0);
const told: Told = { objects: entries.length, bytes, peakBytes: process.resourceUsage().maxRSS * 1024 };
console.log(JSON.stringify(told));
for await (const _ of process.stdin);
session.close();
