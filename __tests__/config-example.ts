/** A workspace with the example's `graceful.yml`, and what a run on it is given. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Context } from '../src/config/context.ts';
import type { InputName, RawInputs } from '../src/config/inputs.ts';
import { makeKey, scratch } from './fixtures/session/sshd.ts';

export const EXAMPLE = `# graceful.yml
software: shop
django: { project: ., settings: shop.settings.production, application: shop.wsgi:application }   # found by itself where it can be
python: { requirements: requirements.txt }
server: gunicorn                    # with its options: server-args
process-manager: systemd
shared: { dirs: [media], files: [.env] }
env: { DJANGO_LOG_LEVEL: info }     # plain settings; precedence: input > stage > common > shared/.env
build-env: { SECRET_KEY: build }    # what collectstatic sees in the runner, besides env
health: { path: /healthz, status: 200, timeout: 30s }     # default: path /, any 2xx
migrate: false
verify: { public: true }            # local: where the host reaches its own web server, if not 127.0.0.1
stages:
  staging: { branch: develop, host: staging.example.org, user: deploy, url: "https://staging.example.org" }
  production: { branch: main, host: www.example.org, user: deploy, url: "https://www.example.org" }
`;

/** A real key pair, used on both sides: whatever host is named has it as its own. */
export const PAIR = throwAway();
export const KEY = PAIR.privateKey;
export const NEEDED = { 'ssh-key': KEY, 'known-hosts': `* ${PAIR.publicKey}` };

function throwAway() {
  using folder = scratch();
  return makeKey(folder.path, 'key', ['-t', 'ed25519']);
}

/** A new workspace for each test of the file: the top of a checkout. */
export function workspaces(): { readonly folder: string } {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'graceful-config-'));
    mkdirSync(join(folder, '.git'));
    writeFileSync(join(folder, 'graceful.yml'), EXAMPLE);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    get folder() {
      return folder;
    },
  };
}

export function action(values: Partial<Record<InputName, string>>): RawInputs {
  return { source: 'action', values, json: false, unknown: [], faults: [] };
}

export function context(folder: string, branch: string | undefined): Context {
  const ref = branch === undefined ? undefined : ({ kind: 'branch', name: branch } as const);
  return {
    actions: true,
    user: 'deploy',
    folder,
    ref,
    github: undefined,
    pullRequest: undefined,
    origin: { actor: 'ada' },
  };
}

/** What was said, in order. */
export function reporter() {
  const said: string[] = [];
  return {
    said,
    mask: (secret: string) => said.push(`mask ${secret}`),
    notice: (message: string) => said.push(`notice ${message}`),
  };
}
