/** What names, addresses and paths may look like, once for inputs and `graceful.yml` alike. */
import { isIP } from 'node:net';
import { posix } from 'node:path';

/** A site: names its folder, its units and its groups. The helper on the host takes the same pattern. */
export const SITE = /^[a-z][a-z0-9-]{0,31}$/;
/** Users and groups that every Debian has, or that come with the programs beside a site: a site of such a name would be theirs. */
export const SYSTEM_NAMES: ReadonlySet<string> = new Set(
  `adm audio backup bin caddy cdrom crontab daemon dialout dip disk dnsmasq docker fax floppy games gnats input irc kmem kvm list lp lxd mail
  man memcache messagebus mysql news nginx nobody nogroup ntp operator plugdev polkitd postfix postgres proxy rabbitmq redis render root
  sasl shadow sgx src ssh sshd ssl-cert staff sudo sync sys syslog systemd-network systemd-resolve systemd-timesync tape tty users utmp
  uucp uuidd video voice www-data`.split(/\s+/),
);
export const VARIANT = /^[a-z0-9][a-z0-9-]{0,30}$/;
export const STAGE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** A process beside web: names a file, a unit and a log. No dash, since `<site>-<process>` has to lead back to the two. */
export const PROCESS = /^(?!(web|manage)$)[a-z][a-z0-9]{0,15}$/;
/** A command in words that every shell would leave as they are. */
export const COMMAND = /^[\w@%+=:,./{}-]+( +[\w@%+=:,./{}-]+)*$/;
export const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
export const RELEASE = /^\d{8}T\d{6}Z-[0-9a-f]{7}$/;
/** An operation's name, of a runner's or of the host's own command. */
export const OPERATION = /^[0-9a-z-]{1,64}$/;
export const PYTHON_MINOR = /^3\.\d{1,2}$/;
/** A dependency group or an extra, as `pyproject.toml` may name one. */
export const GROUP = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
export const MODULE = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/;
export const APPLICATION = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$/;
/** As `celery --app` takes it. */
export const CELERY_APP = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(:[A-Za-z_]\w*)?$/;
/** An absolute folder in plain characters: it is named in units and in the web server's configuration. */
export const ROOT = /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/;

/** A name that a process may get as an environment variable from a user of Graceful; those that begin with GRACEFUL_ it sets itself. */
export const ENV_NAME = /^(?!GRACEFUL_)[A-Za-z_][A-Za-z0-9_]*$/;
const HOST_NAME = /^(?!-)[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*$/;

/** Variables that Graceful sets itself begin with this. */
export const RESERVED = 'GRACEFUL_';

/** True for a DNS name or an IP address, without port, user or scheme. */
export function isHost(text: string): boolean {
  return isIP(text) !== 0 || (text.length <= 253 && HOST_NAME.test(text) && !text.endsWith('-'));
}

/** As `isOrigin`, as far as a pattern can tell. */
export const ORIGIN = /^https?:\/\/[^/?#@\s\\]+\/?$/;

/** True for `http://` or `https://` with a host, perhaps a port, and nothing else (a `/` at the end is fine). */
export function isOrigin(text: string): boolean {
  return ORIGIN.test(text) && URL.canParse(text);
}

/** True for a path that stays inside the folder it is relative to. `.` (the folder itself) counts only where `top`. */
export function isInside(path: string, top = false): boolean {
  if (path === '' || posix.isAbsolute(path) || hasControl(path) || path.includes('\\')) return false;
  if (path.split('/').includes('..')) return false;
  return top || tidyPath(path) !== '.';
}

/** `./media/` and `media` are one path: `media`. */
export function tidyPath(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, '');
}

/** True when text holds a character that is none to print (a line end, NUL ...). */
function hasControl(text: string): boolean {
  return /\p{Cc}/u.test(text);
}
