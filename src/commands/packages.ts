import { type DebianPackage, lackingOnHost } from '../build/debian/packages.ts';
import type { Run } from '../config/types.ts';
import type { Fault } from '../protocol/messages.ts';
import type { Log } from '../report/log.ts';
import type { Session } from '../session/session.ts';

/**
 * Debian packages that the site needs and the host lacks, after they were installed there where the stage says so.
 *
 * @param isReady - nothing else stands in the way: only then anything is installed
 */
export async function packageFaults(
  session: Session,
  run: Run,
  wanted: readonly DebianPackage[],
  isReady: boolean,
  log: Log,
): Promise<Fault[]> {
  if (wanted.length === 0) return [];
  const names = wanted.map(({ name }) => name);
  const asked = { names, waitMs: run.lockMs };
  const missing = await session.missingPackages({ ...asked, install: false });
  if (missing.length === 0) return [];
  if (run.stage.hostPackages === 'check') return [lackingOnHost(wanted, missing)];
  if (!isReady) return [];
  log.info(`installing on the host: ${missing.join(', ')}`);
  const lacking = await session.missingPackages({ ...asked, install: true });
  return lacking.length === 0 ? [] : [lackingOnHost(wanted, lacking)];
}
