/** Deploys that meet each other, and runs that come late. */
import { type Step, startStep } from '../testbed/runner.ts';
import { SECRET } from '../testbed/scene.ts';
import { makeShopRepo } from '../testbed/shop.ts';
import type { Case } from './cases.ts';
import { observe } from './observe.ts';
import type { Live, World } from './world.ts';

/** What each deploy of several may honestly end as. */
const CODES: Readonly<Record<string, number>> = { live: 0, superseded: 3 };

/** Starts a deploy from a checkout of its own, which goes with the stack. */
async function deployFrom(world: World, stack: AsyncDisposableStack, version: string): Promise<Step> {
  const { host, face } = world.shop;
  const config = { ...world.config, stages: { staging: { url: face.url } } };
  const repo = stack.use(await makeShopRepo({ host: host.address, config }));
  await repo.commit({ version });
  const inputs = { 'ssh-key': host.privateKey, 'known-hosts': host.knownHosts, env: SECRET };
  return startStep({ workspace: repo.path, inputs });
}

/** Several runners, each with a checkout of its own, deploy at the same moment. */
function together(count: number): Case {
  return {
    id: `together/${count}-deploys`,
    says: `${count} deploys begin at the same moment`,
    play: (world) =>
      observe(world, { leaves: 'new' }, async () => {
        await using stack = new AsyncDisposableStack();
        const steps: Step[] = [];
        for (let number = 0; number < count; number++) steps.push(await deployFrom(world, stack, `t${number}`));
        const results = await Promise.all(steps.map(({ result }) => result));
        const live = await world.answers();
        const found = results.flatMap(({ code, outputs, log }) => {
          const { result = 'none', release } = outputs;
          if (code !== CODES[result])
            return [`a deploy ended as ${result} with exit code ${code}:\n${log.slice(-1_500)}`];
          return result === 'superseded' && release !== live.release
            ? [`a superseded deploy said that ${release} serves, and ${live.release} does`]
            : [];
        });
        if (!results.some(({ outputs }) => outputs['release'] === live.release && outputs['result'] === 'live'))
          found.push(`${live.release} serves, and no deploy said that it put it live`);
        return { runner: undefined, target: {}, found };
      }),
  };
}

/** What a run that came too late has to say. */
async function superseded(world: World, late: Step, newer: Live): Promise<string[]> {
  const { code, outputs, log } = await late.result;
  const found: string[] = [];
  if (code !== 3 || outputs['result'] !== 'superseded' || outputs['release'] !== newer.release)
    found.push(`the late run ended as ${JSON.stringify(outputs)} with exit code ${code}:\n${log.slice(-1_500)}`);
  const live = await world.answers();
  if (live.release !== newer.release) found.push(`${live.release} serves, and ${newer.release} had to`);
  return found;
}

const run = (number: number) => ({ env: { GITHUB_RUN_NUMBER: String(number), GITHUB_WORKFLOW: 'Deploy' } });

const lateRun: Case = {
  id: 'late/older-run',
  says: 'the run of an older commit arrives when a newer one is live',
  play: (world) =>
    observe(world, { leaves: 'new' }, async () => {
      const newer = await world.deploy({}, run(200));
      const { step } = await world.start({}, run(100));
      return { runner: undefined, target: newer, found: await superseded(world, step, newer) };
    }),
};

const lateTicket: Case = {
  id: 'late/overtaken',
  says: 'a deploy is overtaken, while it builds, by one that began later',
  play: (world) =>
    observe(world, { leaves: 'new' }, async () => {
      await using stack = new AsyncDisposableStack();
      const late = await deployFrom(world, stack, 'overtaken');
      try {
        await late.said('::group::Build');
        late.process.kill('SIGSTOP');
        const newer = await world.deploy();
        late.process.kill('SIGCONT');
        return { runner: undefined, target: newer, found: await superseded(world, late, newer) };
      } finally {
        late.process.kill('SIGCONT');
      }
    }),
};

export const TOGETHER_CASES: readonly Case[] = [together(2), together(3), lateRun, lateTicket];
