import type { Stage } from '../config/types.ts';
import type { Fault } from '../protocol/messages.ts';

/** A shared file that is not on the host yet, with the command that brings it there. Pure. */
export function missingFile(path: string, stage: Stage): Fault {
  const place = `${stage.root}/shared/${path}`;
  const port = stage.port === 22 ? '' : `-P ${stage.port} `;
  const host = stage.host.includes(':') ? `[${stage.host}]` : stage.host;
  return {
    what: `the shared file ${path} (shared.files in graceful.yml) is not on the host: ${place}`,
    mend: `scp ${port}YOUR-COPY-OF-IT ${stage.user}@${host}:${place} (the deploy sets its owner and mode)`,
  };
}
