/** Whatever a page shows as an example is run or checked by a test: no block without one. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import mermaid from 'mermaid';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { shownWorkflows } from '../scripts/lint-workflows.ts';
import { parseConfig } from '../src/config/config-file.ts';
import { INPUTS } from '../src/config/inputs.ts';
import { type Block, blocksOf } from '../testbed/guide.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** All blocks of a page that are to be run, as they stand, and the test or the part of the test bed that runs them. */
const RUN_BY: Readonly<Record<string, string>> = {
  'README.md': '__tests__/slow/readme.test.ts',
  'docs/coming-from-scripts.md': '__tests__/slow/takeover-checkout.test.ts',
  'docs/coming-from.md': '__tests__/slow/takeover.test.ts',
  'docs/connection.md': '__tests__/slow/readme.test.ts',
  // For each host that is booted.
  'docs/host-setup.md': 'testbed/manager/systemd.ts',
  'docs/operating.md': '__tests__/slow/readme.test.ts',
  'docs/supervisord.md': 'testbed/manager/supervisord.ts',
  'docs/systemd-user.md': 'testbed/manager/systemd-user.ts',
  'docs/wagtail.md': '__tests__/slow/wagtail.test.ts',
  'docs/workflows.md': 'testbed/act.ts',
};

/** Further blocks that a test takes out of their page: the page and their first line, and the test. */
const TAKEN_BY: Readonly<Record<string, string>> = {
  'README.md: Django>=5.2,<5.3': '__tests__/slow/readme.test.ts',
  'README.md: import os': '__tests__/slow/readme.test.ts',
  'docs/command-line.md: # .gitlab-ci.yml': '__tests__/slow/pipeline.test.ts',
  'docs/command-line.md: PATH=/usr/local/bin:/usr/bin:/bin': '__tests__/slow/pipeline.test.ts',
  'docs/connection.md: restrict,command="/srv/shop/bin/graceful serve" ssh-ed25519 AAAA... graceful':
    '__tests__/slow/readme.test.ts',
  'docs/plan.md: restrict,command="/srv/shop/bin/graceful serve --plan-only" ssh-ed25519 AAAA... plans':
    '__tests__/slow/plan.test.ts',
  'docs/wagtail.md: gunicorn': 'testbed/wagtail.ts',
  'docs/wagtail.md: import os': 'testbed/wagtail.ts',
  'docs/wagtail.md: /static/': 'testbed/wagtail.ts',
};

/** Blocks that nobody runs as they stand, and why. */
const SHOWN_ONLY: Readonly<Record<string, string>> = {
  'README.md: $ git clone https://github.com/OWNER/graceful && cd graceful':
    'slow/demo runs the demo, in this checkout',
  'README.md: receive -> lock -> stage -> prepare -> start -> check -> SWITCH -> verify -> confirm ... standby -> drain':
    'names of steps',
  'docs/command-line.md: $ npx github:OWNER/graceful --help': 'a name that stands for the repository',
  'docs/command-line.md: $ graceful deploy --connection local': 'slow/local does so by the setting',
  'docs/command-line.md: $ graceful init': 'what it prints for a project of its own; slow/init runs it for others',
  'docs/configuration.md: $ graceful config --stage staging': 'cut short; config-settings runs it for others',
  'docs/connection.md: python3 -I -c "\'Graceful: starts the host program, see docs/connection.md\';import base64;exec(...)"':
    'cut short; session-bootstrap runs the whole one',
  'docs/host-command.md: GRACEFUL OK - shop: 20261122T043400Z-abcdef1 is live and healthy | time=0.012s;;;0 memory=71462912B;;;0 backends=2;;;0 releases=5;;;0':
    'what a command prints',
  'docs/host-setup.md: # cat /etc/ssh/ssh_host_*_key.pub': 'a person compares what it prints',
  'docs/how-it-works.md: /srv/shop/': 'a drawing of folders',
  'docs/plan.md: $ graceful plan --stage production': 'cut short; slow/plan runs it',
  'docs/plan.md: {': 'cut short; slow/plan reads a whole one',
  'docs/protocol.md: runner                                      host': 'a drawing',
  "docs/supervisord.md: $ python3 -m venv /srv/shop/supervisor/venv && /srv/shop/supervisor/venv/bin/pip install 'supervisor>=4'":
    'where the host has no supervisord of its own; those of the tests have',
  'docs/supervisord.md: $ supervisorctl -c /srv/shop/supervisor/supervisord.conf status': 'a person looks at it',
  "docs/systemd-user.md: $ systemctl --user list-units 'shop-*'": 'a person looks at it',
  'docs/wagtail.md: $ pip install wagtail': 'the test bed has Wagtail already, and runs the second line',
  'docs/wagtail.md: $ /srv/mysite/bin/graceful manage createsuperuser': 'slow/readme runs it for another site',
  'docs/workflows.md: $ act push --workflows .github/workflows/staging.yml --platform ubuntu-24.04=-self-hosted \\':
    'testbed/act.ts runs act with these options and more',
};

interface Shown extends Block {
  /** The page and its first line. */
  readonly name: string;
  readonly page: string;
}

const PAGES = globSync(['README.md', 'docs/**/*.md'], { cwd: ROOT }).sort();
const blocks: Shown[] = [];
beforeAll(async () => {
  for (const page of PAGES) {
    const all = await blocksOf(page);
    blocks.push(...all.map((block) => ({ ...block, page, name: `${page}: ${block.text.split('\n', 1)[0]}` })));
  }
});

const isConfig = ({ text }: Block) => /^(software|stages):/m.test(text);
const isWorkflow = ({ text }: Block) => shownWorkflows('page.md', `\`\`\`yaml\n${text}\`\`\`\n`).length === 1;
const isCommand = ({ language }: Block) => /^sh\b/.test(language);

test('each block is run, taken or checked by a test, or said not to be', () => {
  const known = (block: Shown): boolean => {
    if (block.name in TAKEN_BY || block.name in SHOWN_ONLY) return true;
    if (block.language === 'mermaid') return true;
    return isCommand(block)
      ? block.page in RUN_BY
      : block.language === 'yaml' && (isConfig(block) || isWorkflow(block));
  };
  expect(blocks.length).toBeGreaterThan(60);
  expect(blocks.filter((block) => !known(block)).map(({ name }) => name)).toEqual([]);
});

test('what is said of blocks is said of those that are there', () => {
  const names = blocks.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys({ ...TAKEN_BY, ...SHOWN_ONLY })));
  const pages = new Set(blocks.filter(isCommand).map(({ page }) => page));
  expect([...pages].toSorted()).toEqual(Object.keys(RUN_BY));
});

test.each(Object.entries({ ...RUN_BY, ...TAKEN_BY }))('%s: %s reads it', (name, file) => {
  expect(read(file)).toContain(name.split(': ')[0]);
});

test('Mermaid reads each drawing', async () => {
  const drawings = blocks.filter(({ language }) => language === 'mermaid');
  expect(drawings.length).toBeGreaterThan(1);
  for (const { name, text } of drawings) expect(await mermaid.parse(text), name).toBeTruthy();
});

describe('YAML', () => {
  test('what is (a part of) graceful.yml has no fault', () => {
    const configs = blocks.filter((block) => block.language === 'yaml' && isConfig(block));
    expect(configs.length).toBeGreaterThan(10);
    for (const { name, text } of configs) {
      const whole = /^software:/m.test(text) ? text : `software: shop\nurl: "https://www.example.org"\n${text}`;
      expect(parseConfig(whole, 'graceful.yml').faults, name).toEqual([]);
    }
  });

  test('workflows, and parts of them, give Graceful inputs that it has (npm run lint checks all else)', () => {
    const used = PAGES.flatMap((page) => shownWorkflows(page, read(page))).flatMap(({ name, text }) => {
      const jobs: { steps: { uses?: string; with?: object }[] }[] = Object.values(parse(text).jobs);
      const steps = jobs.flatMap((job) => job.steps).filter(({ uses }) => uses?.startsWith('OWNER/graceful@'));
      return steps.map((step) => ({ name, inputs: Object.keys(step.with ?? {}) }));
    });
    expect(used.length).toBeGreaterThan(6);
    for (const { name, inputs } of used) expect([...INPUTS], name).toEqual(expect.arrayContaining(inputs));
  });
});
