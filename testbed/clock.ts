import type { TestHost } from './host.ts';

/** Read by every Python as it starts. The host program's user lives in the past; its timer, its monotonic clock and files do not. */
const FILE = '/etc/python3.11/sitecustomize.py';
const SET_BACK = `
import os, pwd
if os.getuid() == pwd.getpwnam("deploy").pw_uid:
    import datetime, time
    real, behind = time.time, 3600.0
    time.time = lambda: real() - behind
    class Past(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) - datetime.timedelta(seconds=behind)
    datetime.datetime = Past
`;

/** Sets the clock that the host program goes by back by an hour, until the end of the scope. */
export async function setClockBack(host: Pick<TestHost, 'readFile' | 'writeFile'>): Promise<AsyncDisposable> {
  const own = await host.readFile(FILE);
  await host.writeFile(FILE, own + SET_BACK);
  return { [Symbol.asyncDispose]: () => host.writeFile(FILE, own) };
}
