/** Options of gunicorn that the release's own start command decides, with the reason. */
const REFUSED: [long: string, short: string | null, why: string][] = [
  ['--bind', '-b', 'each backend has its own socket'],
  ['--daemon', '-D', 'the process manager watches the process it started'],
  ['--pid', '-p', 'the process manager knows the process by itself'],
  ['--reload', null, 'the code of a release never changes'],
  ['--graceful-timeout', null, 'it is set by times: { grace: ... }, which the host checks against the unit'],
  ['--chdir', null, 'the working folder is the project folder of the release'],
  ['--user', '-u', "the process runs as the site's user already"],
  ['--group', '-g', "the process runs as the site's group already"],
];

/** Why an argument in `server-args` would break a release, or undefined. Pure. */
export function refusedArgument(arg: string): string | undefined {
  const [name = ''] = arg.split('=');
  const found = REFUSED.find(([long, short]) => {
    // argparse takes any beginning of a long option that is unique: `--daem` is `--daemon`.
    const isLong = name.startsWith('--') && name.length > 3 && long.startsWith(name);
    return isLong || (short !== null && /^-[^-]/.test(arg) && arg.startsWith(short));
  });
  return found?.[2];
}
