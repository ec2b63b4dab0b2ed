/** What the ways are compared with, measured on the idle host where Graceful's site is live. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestHost } from '../testbed/host.ts';
import { GUNICORN } from './bed/site.ts';
import { BUMPED, BUMPS, wheelOf } from './bed/wheels.ts';
import type { Results } from './report/results.ts';
import { summarise, type Visitors } from './visitors.ts';

type Baseline = Omit<Results['baseline'], 'environment'>;

/** About as long as a deploy with what is observed around it. */
const QUIET_MS = 6_000;

export interface Idle {
  readonly host: TestHost;
  readonly visitors: Visitors;
  /** Graceful's site, live. */
  readonly site: string;
  readonly hostName: string;
  readonly repetitions: number;
  /** How many times the package is bumped in the whole run. */
  readonly bumps: number;
}

export async function measureBaseline(idle: Idle): Promise<Baseline> {
  const rounds = Array.from({ length: idle.repetitions });
  const startMs: number[] = [];
  for (const _ of rounds) startMs.push(await startServer(idle));
  const quietWorstMs: Baseline['quietWorstMs'] = { dynamic: [], static: [] };
  for (const _ of rounds) {
    await idle.visitors.begin(idle.hostName);
    await sleep(QUIET_MS);
    const seen = summarise(await idle.visitors.end());
    for (const kind of ['dynamic', 'static'] as const) quietWorstMs[kind].push(seen[kind].worstMs);
  }
  return { startMs, quietWorstMs, bumpedPackage: await bumpedPackage(idle.bumps) };
}

/** From the launch of a server as all ways have it to its first good answer, where nothing else goes on. */
async function startServer({ host, site }: Idle): Promise<number> {
  const program = '/root/start.py';
  await host.writeFile(program, await readFile(join(import.meta.dirname, 'baseline/start.py'), 'utf8'));
  const root = `/srv/${site}`;
  const socket = '/tmp/by-hand.sock';
  const server = ['venv/bin/python', '-m', 'gunicorn', ...GUNICORN, '--chdir', 'code', '--bind', `unix:${socket}`];
  const script = `cd ${root}/current && set -a && . ${root}/shared/.env && set +a && umask 0002 && exec "$@"`;
  const start = ['python3', program, socket, '/healthz', ...server, 'site_project.wsgi:application'];
  // On the host's processor, as its units are; what runs a program on it comes from this side's.
  return Number(await host.must(['taskset', '--cpu-list', '0', 'sh', '-c', script, 'sh', ...start]));
}

/** Its wheels are zip archives, compressed by deflate: their own sizes. */
async function bumpedPackage(bumps: number): Promise<Baseline['bumpedPackage']> {
  const versions = BUMPS.slice(1, bumps + 1);
  const bytes = await Promise.all(versions.map(async (version) => (await stat(wheelOf(version))).size));
  return { name: BUMPED, from: BUMPS[0], to: versions.at(-1) ?? BUMPS[0], bytes };
}
