import { describe, expect, test } from 'vitest';
import { planOutput } from '../src/report/plan/output.ts';
import { planPage } from '../src/report/plan/page.ts';
import { cleanPlan, type DeployPlan, type HostPlan, plainPlan } from '../src/report/plan/plan.ts';
import { planText } from '../src/report/plan/text.ts';

const OLD = '1111111aaaaaaa';
const NEW = '2222222bbbbbbb';
const RELEASE = '20261121T043400Z-1111111';

const host: HostPlan = {
  host: 'one.example.org',
  release: RELEASE,
  commit: OLD,
  reasons: ['source, requirements or configuration changed'],
  commits: {
    from: OLD,
    to: NEW,
    back: false,
    shown: [{ sha: NEW, subject: 'Prices for @ada <b>, #12', author: 'Ada' }],
    count: 1,
    lost: 0,
  },
  packages: ['Django 5.2.1 -> 5.2.3', '+pillow 11.3.0'],
  toInstall: [],
  processes: [
    { name: 'web', change: 'restarts' },
    { name: 'worker', change: 'starts' },
  ],
  sending: { objects: 12, bytes: 4_200, unpackedBytes: 9_000, trees: ['code', 'env'], env: 'built' },
  disk: { freeBytes: 1_000_000_000, neededBytes: 100_000_000 },
  notes: [],
};

const plan: DeployPlan = {
  command: 'deploy',
  stage: 'staging',
  site: 'shop',
  url: 'https://staging.example.org',
  repository: 'https://github.com/example/shop',
  runUrl: 'https://github.com/example/shop/actions/runs/1',
  commit: NEW,
  isUnchanged: false,
  hosts: [host],
  skipped: [],
  waves: [['one.example.org']],
  migrations: {
    isKnown: true,
    why: null,
    migrations: [{ name: 'orders.0002_note', operations: ['Add field note to order'] }],
  },
  phases: [],
};

describe('as text', () => {
  test('everything, line by line', () => {
    expect(planText(plan)).toEqual([
      'A deploy would put 2222222 live on shop (staging). Nothing was changed.',
      'one.example.org:',
      'Commit          1111111 -> 2222222',
      `                https://github.com/example/shop/compare/${OLD}...${NEW}`,
      '                1 commit',
      '                  + 2222222 Prices for @ada <b>, #12',
      `Live now        ${RELEASE}`,
      'Why             source, requirements or configuration changed',
      'Packages        Django 5.2.1 -> 5.2.3',
      '                +pillow 11.3.0',
      'Processes       web restarts, worker starts',
      'Sent            12 objects, 4.2 kB (9.0 kB unpacked) of code, env; environment built in this run',
      'Disk            one.example.org: 1.0 GB free, about 900.0 MB after (100.0 MB needed)',
      'Migrations      orders.0002_note',
      '                  Add field note to order',
      'Order           migrations: one.example.org',
      '                wave 1 of 1: one.example.org',
    ]);
  });

  test('where nothing would switch, as by `stage`, there are no waves', () => {
    const staged: DeployPlan = { ...plan, command: 'stage', waves: [] };
    const lines = planText(staged);
    expect(lines[0]).toBe('A stage would bring 2222222 to shop (staging). Nothing was changed.');
    expect(lines.at(-1)).toBe('Order           migrations: one.example.org');
    expect(planText({ ...staged, migrations: null }).filter((line) => line.startsWith('Order'))).toEqual([]);
    expect(planPage(staged)).toContain('<b>Order</b>');
    expect(planPage({ ...staged, migrations: null })).not.toContain('<b>Order</b>');
  });

  test('what is unknown says so', () => {
    const lines = planText({
      ...plan,
      repository: null,
      hosts: [{ ...host, commits: null, sending: null, packages: [], processes: [], notes: ['under way now: x'] }],
      migrations: { isKnown: false, why: 'nothing is live yet that could be asked', migrations: [] },
    });
    expect(lines).toContain('                what lies between is not known here: the clone does not go back that far');
    expect(lines).toContain('Sent            nothing: the host has everything already');
    expect(lines).toContain('Packages        the same as before');
    expect(lines).toContain('Note            under way now: x');
    expect(lines).toContain('Migrations      nothing is live yet that could be asked');
    const deaf = planText({ ...plan, migrations: { isKnown: false, why: 'no Python', migrations: null } });
    expect(deaf).toContain('Migrations      unknown: no Python');
    expect(planText({ ...plan, migrations: null })).toContain('Migrations      none: nothing is migrated');
    const strange = planText({ ...plan, hosts: [{ ...host, packages: null }] });
    expect(strange).toContain('Packages        not known: an older version made the live release');
  });

  test('where all is unchanged there is nothing but that', () => {
    const same = { ...host, commit: NEW, commits: null, reasons: [], sending: null, disk: null };
    expect(planText({ ...plan, isUnchanged: true, migrations: null, hosts: [same] })).toEqual([
      `unchanged: ${RELEASE} serves this very source with this configuration already. A deploy would build, send and start nothing.`,
      'one.example.org:',
      'Commit          2222222, as before',
      `                https://github.com/example/shop/commit/${NEW}`,
      `Live now        ${RELEASE}`,
    ]);
  });

  test('hosts alike are told together, others apart, in the order of their waves', () => {
    const [two, three] = ['two.example.org', 'three.example.org'];
    const lines = planText({
      ...plan,
      hosts: [host, { ...host, host: two }, { ...host, host: three, release: null, commit: null, commits: null }],
      waves: [['one.example.org'], [two, three]],
      skipped: [{ host: 'four.example.org', message: 'skipped: it is away.' }],
    });
    expect(lines.filter((line) => line.endsWith('.org:'))).toEqual([
      'one.example.org, two.example.org:',
      'three.example.org:',
    ]);
    expect(lines.slice(-4)).toEqual([
      'Order           migrations: one.example.org',
      '                wave 1 of 2: one.example.org',
      '                wave 2 of 2: two.example.org, three.example.org',
      '                four.example.org: skipped: it is away.',
    ]);
  });
});

describe('as a page', () => {
  test('commits and addresses are links, and nothing that people wrote is markup or a mention', () => {
    const html = planPage(plan);
    expect(html.split('\n')[0]).toBe('<h2>📋 planned: shop (staging)</h2>');
    expect(html).toContain(
      `<a href="https://github.com/example/shop/compare/${OLD}...${NEW}">1111111 -&gt; 2222222</a><br>1 commit`,
    );
    expect(html).toContain(
      `<li><a href="https://github.com/example/shop/commit/${NEW}">2222222</a> <code>Prices for @ada &lt;b&gt;, #12</code></li>`,
    );
    expect(html).toContain('orders.0002_note<br>&emsp;Add field note to order');
    expect(html).not.toContain('<b>,');
  });

  test('where there is little room the parts that matter least go first', () => {
    const long = { ...host, packages: Array.from({ length: 40 }, (_, index) => `+package-${index} 1.0`) };
    const html = planPage({ ...plan, hosts: [long] }, 1_500);
    expect(Buffer.byteLength(html)).toBeLessThan(1_700);
    expect(html).toContain('A deploy would put 2222222 live');
    expect(html).toContain('Left out: steps, one.example.org.');
  });
});

test('for programs all of it is there but what the runner did', () => {
  const { phases: _, ...told } = plan;
  expect(plainPlan(plan)).toEqual(told);
});

test('secrets that a host or a site has written are taken out', () => {
  const commit = { sha: NEW, subject: 'a hunter2', author: 'hunter2' };
  const cleaned = cleanPlan(
    {
      ...plan,
      hosts: [
        {
          ...host,
          reasons: ['it says hunter2'],
          notes: ['hunter2'],
          commits: { from: OLD, to: NEW, back: false, shown: [commit], count: 1, lost: 0 },
          packages: ['+pillow 11.3.0+hunter2'],
          toInstall: ['hunter2'],
        },
      ],
      skipped: [{ host: 'x', message: 'hunter2' }],
      migrations: { isKnown: false, why: 'hunter2', migrations: [{ name: 'a.hunter2', operations: ['Add hunter2'] }] },
      phases: [{ name: 'Build', began: 0, ms: 1, detail: 'hunter2', good: true }],
    },
    (text) => text.replaceAll('hunter2', '***'),
  );
  expect(JSON.stringify(cleaned)).not.toContain('hunter2');
  expect(JSON.stringify(cleaned).match(/\*\*\*/g)).toHaveLength(11);
});

describe('as an output', () => {
  const commit = { sha: NEW, subject: 'é'.repeat(9_000), author: 'Ada' };
  const commits = (count: number) => ({
    from: OLD,
    to: NEW,
    back: false,
    shown: Array.from({ length: Math.min(50, count) }, () => commit),
    count,
    lost: 0,
  });
  const read = (text: string): DeployPlan & { leftOut?: string[] } => JSON.parse(text);

  test('it is all of it, and says nothing of what is left out', () => {
    expect(read(planOutput(plan))).toEqual(plainPlan(plan));
  });

  test('long texts are cut', () => {
    const { hosts, leftOut } = read(planOutput({ ...plan, hosts: [{ ...host, commits: commits(2) }] }));
    expect(hosts[0]?.commits?.shown.map(({ subject }) => subject.length)).toEqual([500, 500]);
    expect(leftOut).toBeUndefined();
  });

  test('of a fleet with much that is new it still fits into one variable, and names what does not', () => {
    const much = {
      ...plan,
      hosts: Array.from({ length: 16 }, (_, index) => ({ ...host, host: `www${index}`, commits: commits(900) })),
    };
    const text = planOutput(much);
    expect(Buffer.byteLength(text)).toBeLessThan(120_000);
    const { hosts, migrations, leftOut } = read(text);
    expect(leftOut).toEqual(['operations', 'commits']);
    expect(hosts.map(({ commits, packages }) => [commits?.count, commits?.shown.length, packages?.length])).toEqual(
      much.hosts.map(() => [900, 0, 2]),
    );
    expect(migrations?.migrations).toEqual([{ name: 'orders.0002_note', operations: [] }]);
  });

  test('whatever is long, something is told', () => {
    const { leftOut, ...told } = read(planOutput(plan, 10));
    expect(leftOut).toEqual(['operations', 'commits', 'packages', 'migrations', 'hosts', 'skipped']);
    expect(told).toMatchObject({ commit: NEW, hosts: [], migrations: { isKnown: true, migrations: [] } });
  });
});
