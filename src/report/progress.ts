import type { Event } from '../protocol/messages.ts';
import { measuredText } from './downtime.ts';
import type { Log } from './log.ts';
import { seconds } from './text.ts';

/** Width of the longest step's name, `fall-back`. */
const WIDTH = 9;

/** `check      3 good answers, the first after 0.38 s in 0.41 s`. */
export function stepLine(step: string, detail: string, ms: number): string {
  return `${step.padEnd(WIDTH)}  ${detail === '' ? 'done' : detail} in ${seconds(ms)}`;
}

/** Shows one event of an operation as it comes. The outcome is left to the end of the run. */
export function showEvent(log: Log, event: Event): void {
  switch (event.kind) {
    case 'step':
      if (event.status === 'end') log.step(stepLine(event.step, event.detail, event.ms), true);
      if (event.status === 'failed')
        log.step(`${event.step.padEnd(WIDTH)}  failed after ${seconds(event.ms)}: ${event.detail}`, false);
      return;
    case 'notice':
      log.notice(event.message);
      return;
    case 'log':
      log.quote(event.lines.map((line) => `${event.source}: ${line}`));
      return;
    case 'waiting':
      log.info(`waiting: ${event.holder} is at work on this site`);
      return;
    case 'verify-public':
      if (event.public) log.info(`the host's own check is good; checking ${event.url}`);
      return;
    case 'measured':
    case 'unmeasured':
      log.info(`downtime: ${measuredText(event)}`);
      return;
    case 'holding':
    case 'migrated':
    case 'measuring':
    case 'outcome':
      return;
  }
}
