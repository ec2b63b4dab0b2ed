import { type DebianPackage, lackingOnHost } from '../build/debian/packages.ts';
import type { Run } from '../config/types.ts';
import type { Fault } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Session } from '../session/session.ts';

/** Debian packages that a host lacks. */
export interface Lacking {
  faults: Fault[];
  /** Those that a deploy would install. */
  planned: string[];
}

/**
 * Debian packages that the site needs and the host lacks, after they were installed there where the stage says so and this is no plan.
 *
 * @param isReady - nothing else stands in the way: only then anything is installed
 */
export async function packageFaults(
  session: Session,
  run: Run,
  wanted: readonly DebianPackage[],
  isReady: boolean,
  log: Log,
): Promise<Lacking> {
  const nothing = { faults: [], planned: [] };
  if (wanted.length === 0) return nothing;
  const names = wanted.map(({ name }) => name);
  const asked = { names, waitMs: run.lockMs };
  const missing = await session.missingPackages({ ...asked, install: false });
  if (missing.length === 0) return nothing;
  if (run.stage.hostPackages === 'check') return { ...nothing, faults: [lackingOnHost(wanted, missing)] };
  if (run.plan) return { ...nothing, planned: missing };
  if (!isReady) return nothing;
  log.info(`installing on the host: ${missing.join(', ')}`);
  const lacking = await session.missingPackages({ ...asked, install: true });
  return lacking.length === 0 ? nothing : { ...nothing, faults: [lackingOnHost(wanted, lacking)] };
}
