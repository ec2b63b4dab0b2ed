import type { Run } from '../config/types.ts';
import type { StatusAnswer } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import { greet } from './host-session.ts';

/** Asks the host what it runs. Changes nothing and never waits for a running operation. */
export async function status(run: Run, log: Log): Promise<StatusAnswer> {
  const session = await greet(run, log);
  try {
    return await session.status();
  } finally {
    await session.close();
  }
}
