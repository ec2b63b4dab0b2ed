import { readdir, realpath } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import type { RunnerPython } from './python.ts';
import { run } from './run.ts';

/** Pythons asked at the same time. */
const CONCURRENCY = 4;

const PROBE = `
import json, os, platform, sys, sysconfig
try:
    name, version = os.confstr("CS_GNU_LIBC_VERSION").split()
except (ValueError, AttributeError, OSError):
    name, version = "musl", ""
print(json.dumps({
    "executable": sys.executable,
    "implementation": sys.implementation.name,
    "minor": "%d.%d" % sys.version_info[:2],
    "version": "%d.%d.%d" % sys.version_info[:3],
    "abi": sysconfig.get_config_var("SOABI") or "",
    "machine": platform.machine(),
    "libc": name,
    "libc_version": version,
}))
`;

/**
 * Finds the Pythons of the runner: actions/setup-python's tool cache, PATH, pyenv, those that uv manages. Each is run and
 * asked what it is, which takes a processor some 50 ms; what does not run is left out.
 * @param minors those that are of any use (`3.11`); a file that tells by its name that it is another one is not run. All by default
 */
export async function findPythons(
  minors: readonly string[] | null = null,
  env: NodeJS.ProcessEnv = process.env,
): Promise<RunnerPython[]> {
  const candidates = await candidatePaths(await allFolders(env), minors);
  const found = new Map<string, RunnerPython>();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let path = candidates[next++]; path !== undefined; path = candidates[next++]) {
      const python = await probe(path, env);
      if (python && !found.has(python.executable)) found.set(python.executable, python);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  // In the order of the candidates, whichever answered first.
  const order = new Map(candidates.map((path, index) => [path, index]));
  return [...found.values()].sort((a, b) => (order.get(a.executable) ?? 0) - (order.get(b.executable) ?? 0));
}

/** Begins to ask the Python that is first on PATH, mostly the one that is wanted in the end, while there is nothing else to do. */
export async function askFirstPython(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const [first] = await candidatePaths(onPath(env), null);
  if (first !== undefined) await probe(first, env);
}

/** Shims of pyenv answer for the chosen version only, slowly: the real ones are looked up beside. */
function onPath(env: NodeJS.ProcessEnv): string[] {
  return (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '' && !folder.endsWith('/.pyenv/shims'));
}

async function allFolders(env: NodeJS.ProcessEnv): Promise<string[]> {
  const folders: string[] = [];
  const tools = env['RUNNER_TOOL_CACHE'];
  if (tools) {
    for (const version of await names(join(tools, 'Python'))) {
      for (const architecture of await names(join(tools, 'Python', version))) {
        folders.push(join(tools, 'Python', version, architecture, 'bin'));
      }
    }
  }
  folders.push(...onPath(env));
  const pyenv = join(env['PYENV_ROOT'] ?? join(env['HOME'] ?? homedir(), '.pyenv'), 'versions');
  const data = env['XDG_DATA_HOME'] || join(env['HOME'] ?? homedir(), '.local', 'share');
  const uv = env['UV_PYTHON_INSTALL_DIR'] || join(data, 'uv', 'python');
  for (const kept of [pyenv, uv]) {
    for (const version of await names(kept)) folders.push(join(kept, version, 'bin'));
  }
  return folders;
}

async function candidatePaths(folders: readonly string[], minors: readonly string[] | null): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<string>();
  for (const folder of folders) {
    for (const name of (await names(folder))
      .filter((candidate) => /^python(3(\.\d+)?)?t?$/.test(candidate))
      .reverse()) {
      const real = await realpath(join(folder, name)).catch(() => null);
      if (real === null || seen.has(real)) continue;
      seen.add(real);
      const told = /^python(\d+\.\d+)t?$/.exec(basename(real))?.[1];
      if (minors === null || told === undefined || minors.includes(told)) found.push(join(folder, name));
    }
  }
  return found;
}

async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

/** What is known already: each is asked once. */
const asked = new Map<string, Promise<RunnerPython | null>>();

function probe(path: string, env: NodeJS.ProcessEnv): Promise<RunnerPython | null> {
  const known = asked.get(path) ?? ask(path, env);
  asked.set(path, known);
  return known;
}

async function ask(path: string, env: NodeJS.ProcessEnv): Promise<RunnerPython | null> {
  try {
    const { stdout } = await run([path, '-I', '-c', PROBE], { env });
    const told: unknown = JSON.parse(stdout);
    if (typeof told !== 'object' || told === null) return null;
    const told_ = new Map(Object.entries(told).map(([key, value]) => [key, String(value)]));
    const get = (key: string): string => told_.get(key) ?? '';
    if (get('implementation') !== 'cpython' || get('abi') === '') return null;
    return {
      executable: path,
      minor: get('minor'),
      version: get('version'),
      abi: get('abi'),
      machine: get('machine'),
      libc: { name: get('libc') === 'glibc' ? 'glibc' : 'musl', version: get('libc_version') },
    };
  } catch {
    // A name on PATH that is no Python that runs here: simply not a candidate.
    return null;
  }
}
