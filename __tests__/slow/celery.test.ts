import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { killHostProgram } from '../../testbed/inside.ts';
import { type LiveShop, startLiveShop } from '../../testbed/live-shop.ts';
import type { StepResult } from '../../testbed/runner.ts';
import type { CommitOptions } from '../../testbed/shop.ts';
import { until } from '../../testbed/slot.ts';
import { tidied } from '../../testbed/tidied.ts';

/** Real Celery on a real Redis: what becomes of tasks while releases come and go. */

const FOLDER = '/srv/shop/shared/data';
const BROKER = 'redis://127.0.0.1/0';

const FILES = {
  'requirements.txt': 'Django>=5.2,<5.3\ngunicorn\ncelery[redis]>=5.5,<5.7\n',
  'shop/__init__.py': 'from .celery import app as celery_app\n\n__all__ = ["celery_app"]\n',
  'shop/celery.py': `import fcntl
import os
import time

from celery import Celery
from celery.signals import beat_init
from kombu.transport.virtual import QoS

app = Celery("shop", broker="${BROKER}")
app.conf.broker_connection_retry_on_startup = True
app.conf.beat_schedule = {"tick": {"task": "shop.celery.tick", "schedule": 1.0}}


def tell(name, line):
    with open("data/" + name, "a") as file:
        file.write(line + " " + os.environ["GRACEFUL_RELEASE"] + "\\n")


give_back = QoS.restore_unacked_once


def tell_and_give_back(qos, stderr=None):
    """A worker that ends puts back what it took and has not acknowledged: now and then a task that a child has just begun."""
    qos._flush()
    for message in qos._delivered.values():
        args = message.payload[0]
        if args:
            tell("restored", str(args[0]))
    give_back(qos, stderr)


QoS.restore_unacked_once = tell_and_give_back


@app.task
def note(number, seconds):
    tell("began", str(number))
    time.sleep(seconds)
    tell("ended", str(number))


@app.task
def tick():
    tell("ticks", "tick")


@beat_init.connect
def only_one(**_):
    global lock
    lock = open("data/beat.lock", "a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        tell("beats", "alone")
    except BlockingIOError:
        tell("beats", "beside")
`,
};
const CONFIG = {
  processes: {
    worker: { celery: 'worker', args: ['--concurrency', '4'], 'stop-timeout': '2m' },
    beat: { celery: 'beat', args: ['--schedule', 'data/celerybeat-schedule'] },
  },
};

/** Sends a task every 50 ms until a file is there; tells how many. As a client of the site's own, in its environment. */
const SEND = `
import os, time
from celery import Celery
app, number = Celery(broker="${BROKER}"), 0
while not os.path.exists("/tmp/enough"):
    app.send_task("shop.celery.note", args=[number, 0.1])
    number += 1
    time.sleep(0.05)
os.remove("/tmp/enough")
print(number)
`;

let shop: LiveShop;
let count = 1;
let before: string;

beforeAll(async () => {
  shop = await startLiveShop({}, { image: 'redis' });
  before = await goLive();
});
afterAll(() => shop?.[Symbol.asyncDispose]());

const wanted = (): CommitOptions => ({ version: String(++count), files: FILES, config: CONFIG });

async function goLive(): Promise<string> {
  const { code, outputs, log } = await (await shop.start(wanted())).result;
  expect({ code, result: outputs['result'] }, log).toEqual({ code: 0, result: 'live' });
  return outputs['release'] ?? '';
}

async function lines(name: string): Promise<string[]> {
  const { stdout } = await shop.host.exec(['cat', `${FOLDER}/${name}`]);
  return stdout.split('\n').filter(Boolean);
}

/** Number of the one task that takes long. */
const LONG = 1_000_000;

/** Numbers of the other tasks that a log names. */
const numbers = async (name: string): Promise<number[]> =>
  (await lines(name))
    .map((line) => Number(line.split(' ')[0]))
    .filter((number) => number !== LONG)
    .toSorted((a, b) => a - b);

/** Releases that the long task began or ended in. */
const long = async (name: string): Promise<(string | undefined)[]> =>
  (await lines(name)).filter((line) => line.startsWith(`${LONG} `)).map((line) => line.split(' ')[1]);

/** Sends tasks before, during and after some work; each has to begin and end once, but for those that Celery itself gave to two workers. */
async function underTasks(work: () => Promise<StepResult>): Promise<StepResult> {
  await shop.host.must(['sh', '-c', `rm -f ${FOLDER}/began ${FOLDER}/ended ${FOLDER}/restored /tmp/enough`]);
  const python = `${shop.site.root}/current/venv/bin/python`;
  const sender = shop.host.must([python, '-c', SEND], { user: shop.host.deployUser, timeout: 240_000 });
  await until('tasks end', 60_000, async () => (await numbers('ended')).length > 5);
  const result = await work().finally(async () => {
    await sleep(1_000);
    await shop.host.must(['touch', '/tmp/enough'], { user: shop.host.deployUser });
  });
  const sent = Number(await sender);
  await until('all tasks have ended', 120_000, async () => (await numbers('ended')).length >= sent);
  const all = Array.from({ length: sent }, (_, number) => number);
  const restored = await numbers('restored');
  for (const name of ['began', 'ended']) {
    const told = await numbers(name);
    expect(told.filter((number, place) => number !== told[place - 1] || !restored.includes(number))).toEqual(all);
  }
  return result;
}

async function expectProcesses(release: string): Promise<void> {
  expect(await tidied(shop.host, shop.site, 120_000)).toEqual([]);
  expect((await shop.state()).processes.toSorted()).toEqual([`beat active ${release}`, `worker active ${release}`]);
}

const send = (number: number, seconds: number) =>
  shop.host.must(
    [
      `${shop.site.root}/current/venv/bin/python`,
      '-c',
      `from celery import Celery; Celery(broker="${BROKER}").send_task("shop.celery.note", args=[${number}, ${seconds}])`,
    ],
    { user: shop.host.deployUser },
  );

/** No beat ever ran beside another, and since then each second had one tick at the most. */
async function expectOneBeat(began: number, ticks: number): Promise<void> {
  expect((await lines('beats')).filter((line) => line.startsWith('beside'))).toEqual([]);
  const seconds = (performance.now() - began) / 1_000;
  const ticked = (await lines('ticks')).length - ticks;
  expect(ticked).toBeGreaterThan(0);
  // The schedule outlives releases, so nothing is sent again; what was late on a busy machine is sent late.
  expect(ticked).toBeLessThanOrEqual(Math.ceil(seconds) + 5);
}

describe('a deploy', () => {
  test('no task is lost or done twice, and one that runs through the switch ends once, where it began', async () => {
    await expectProcesses(before);
    const [began, ticks] = [performance.now(), (await lines('ticks')).length];
    const result = await underTasks(async () => {
      await send(LONG, 60);
      await until('the long task has begun', 30_000, async () => (await long('began')).length > 0);
      const step = await (await shop.start(wanted())).result;
      expect(await long('ended')).toEqual([]);
      await until('the long task has ended', 120_000, async () => (await long('ended')).length > 0);
      return step;
    });
    expect([await long('began'), await long('ended')]).toEqual([[before], [before]]);
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', previous: before } });
    const release = result.outputs['release'] ?? '';
    const done = new Set((await lines('ended')).map((line) => line.split(' ')[1]));
    expect(done).toEqual(new Set([before, release]));
    await expectProcesses(release);
    before = release;
    await expectOneBeat(began, ticks);
  });

  test('whose worker cannot load its code fails before the switch, with its log; the old one works on', async () => {
    const version = String(++count);
    const files = { ...FILES, 'shop/celery.py': 'from celery import Celery, no_such_name\n', 'shop/__init__.py': '' };
    const result = await underTasks(async () => (await shop.start({ version, files, config: CONFIG })).result);
    expect(result, result.log).toMatchObject({ code: 1, outputs: { result: 'failed', release: before } });
    expect(result.log).toContain('the new worker died');
    expect(result.log).toContain('Unable to load celery application.');
    await expectProcesses(before);
  });
});

describe('back', () => {
  test('a fall-back loses no task either, and its beat never ended', async () => {
    const [began, ticks, beats] = [performance.now(), (await lines('ticks')).length, await lines('beats')];
    const result = await underTasks(async () => {
      const step = await shop.startAndStand(wanted());
      await killHostProgram(shop.host, 'operation');
      const ended = await step.result;
      shop.face.open();
      return ended;
    });
    expect(result, result.log).toMatchObject({ code: 2, outputs: { result: 'fell-back', release: before } });
    await expectProcesses(before);
    expect(await lines('beats')).toEqual(beats);
    await expectOneBeat(began, ticks);
  });

  test('a rollback takes the processes along', async () => {
    const [began, ticks] = [performance.now(), (await lines('ticks')).length];
    const old = before;
    before = await goLive();
    const result = await underTasks(() => shop.command({ command: 'rollback' }));
    expect(result, result.log).toMatchObject({ code: 0, outputs: { result: 'live', release: old } });
    before = old;
    await expectProcesses(before);
    await expectOneBeat(began, ticks);
  });
});

test('a worker that was stopped by hand leaves its tasks waiting, until it is started', async () => {
  const graceful = (...words: string[]) =>
    shop.host.must([`${shop.site.root}/bin/graceful`, ...words], { user: shop.host.deployUser });
  expect(await graceful('stop', 'worker')).toContain('stopped: worker');
  expect(await tidied(shop.host, shop.site)).toEqual([]);
  expect((await shop.state()).processes).toEqual([`beat active ${before}`]);
  await shop.host.must(['rm', '-f', `${FOLDER}/ended`]);
  await send(1, 0);
  expect(await graceful('start', 'worker')).toContain('worker runs');
  await until('the task ends', 20_000, async () => (await numbers('ended')).includes(1));
  await expectProcesses(before);
});

test('after a crash of the host the live release is up with all its processes, and works', async () => {
  await shop.host.must(['rm', '-f', `${FOLDER}/began`, `${FOLDER}/ended`]);
  await shop.host.crash();
  await shop.boot();
  expect((await shop.state()).processes.toSorted()).toEqual([`beat active ${before}`, `worker active ${before}`]);
  // One of its own: Redis may bring back others from its last snapshot.
  await send(LONG, 0);
  await until('a task ends', 60_000, async () => (await long('ended')).length === 1);
  await expectProcesses(before);
});
