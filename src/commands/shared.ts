import type { Stage, Target } from '../config/types.ts';
import type { Fault } from '../protocol/messages.ts';

/** A shared file that is not on the host yet, with the command that brings it there. Pure. */
export function missingFile(path: string, { root }: Pick<Stage, 'root'>, target: Target): Fault {
  const place = `${root}/shared/${path}`;
  const port = target.port === 22 ? '' : `-p ${target.port} `;
  return {
    what: `the shared file ${path} (shared.files in graceful.yml) is not on the host: ${place}`,
    // Not scp: until the deploy sets its mode, everybody on the host could read what is in it.
    mend: `ssh ${port}${target.user}@${target.host} 'umask 077; cat > ${place}' < YOUR-COPY-OF-IT (the deploy sets its owner and mode)`,
  };
}
