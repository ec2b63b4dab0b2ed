/** The way to the machine that this runs on, where it is the host itself. */
import type { Here } from '../local/connection.ts';
import type { ConfigFile } from './config-file.ts';
import type { InputReader } from './input-reader.ts';
import { severalHere } from './local-clashes.ts';
import type { Draft, Overrides } from './resolve.ts';

/** What is known of who asks for it. */
export interface Asker {
  /** The inputs that stand over the stage. */
  given: Overrides;
  file: ConfigFile;
  /** Who runs this. */
  user: string;
}

/** The way to the one host of a stage with `connection: local`; whatever forbids it is told. */
export function readHere(reader: InputReader, stage: Draft, { given, file, user }: Asker): Here[] {
  // More than one in the file is the file's own fault, and told there.
  const many = given.hosts !== undefined ? 'hosts' : 'connection';
  if (stage.hosts.length > 1 && given[many] !== undefined) {
    const { message, mend } = severalHere(stage.hosts.length);
    reader.refuse(many, message, mend);
  }
  if (given.port !== undefined) {
    reader.refuse('port', 'this is about SSH, which connection: local does without', 'leave it out');
  }
  return stage.hosts.slice(0, 1).map(({ host, port, user: wanted }) => {
    if (wanted !== user) {
      const message = `connection: local does all as the user who runs Graceful: that is ${user}, and this stage is deployed by ${wanted}`;
      const mend = `run it as ${wanted}: a runner or a cron table of that user's, or at a terminal \`sudo -u ${wanted}\` before the command`;
      const at = [['hosts', 0, 'user'], ['user'], ['connection'], ['hosts'], ['host']];
      if (given.user !== undefined) reader.refuse('user', message, mend);
      else reader.faults.push(...file.faultAt(stage.name, at, message, mend));
    }
    return { target: { host, port, user: wanted } };
  });
}
