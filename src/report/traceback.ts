import { plainLines } from './text.ts';

export interface Frame {
  /** As Python printed it, usually absolute. */
  file: string;
  line: number;
}

/** One traceback out of a log: its frames from the outermost to the innermost, and its last line. */
export interface Traceback {
  frames: Frame[];
  /** `ModuleNotFoundError: No module named 'shop.urlz'`; empty when the log ends before it. */
  error: string;
  /** All of it, as it was printed. */
  lines: string[];
}

/** Place in the repository; lines and columns count from 1, and are undefined for a whole file. */
export interface Place {
  path: string;
  line: number | undefined;
  column?: number | undefined;
}

const BEGIN = /^Traceback \(most recent call last\):$/;
const FRAME = /^File "(.+)", line (\d+)(?:, in .*)?$/;
/** `package.Error: text`, `Error`, at the left edge of the traceback. */
const ERROR = /^[A-Za-z_][\w.]*(?:: .*)?$/;
/** Exception groups draw a frame of these around their parts. */
const MARGIN = /^(?: {2})*[+|](?:-\+-+.*)?[ ]?/;

function withoutMargin(line: string): string {
  return line.replace(MARGIN, '');
}

/**
 * Finds Python tracebacks in log lines, chained ones and the parts of exception groups as one each, in the log's order.
 * A syntax error found while a file is compiled has its file as the innermost frame, as Python prints it.
 */
export function tracebacks(log: string[]): Traceback[] {
  const found: Traceback[] = [];
  let open: Traceback | undefined;
  for (const line of log.flatMap(plainLines).map(withoutMargin)) {
    if (BEGIN.test(line.replace(/^.*Exception Group /, '').trim())) {
      open = { frames: [], error: '', lines: [line] };
      found.push(open);
      continue;
    }
    if (!open) continue;
    open.lines.push(line);
    const frame = FRAME.exec(line.trim());
    if (frame?.[1] !== undefined && line.startsWith(' ')) open.frames.push({ file: frame[1], line: Number(frame[2]) });
    else if (ERROR.test(line)) {
      open.error = line;
      open = undefined;
    }
  }
  return found;
}

/** Part of a path below a release's code, which is the repository's own path of the file. */
const CODE = /\/releases\/\d{8}T\d{6}Z-[0-9a-f]{7}\/code\/(.+)$/;

/** The innermost frame of a traceback that lies in the site's own code, as a place in its repository. */
export function placeInCode(traceback: Pick<Traceback, 'frames'>): Place | undefined {
  const places = traceback.frames.flatMap(({ file, line }) => {
    const path = CODE.exec(file)?.[1];
    return path === undefined ? [] : [{ path, line }];
  });
  return places.at(-1);
}

/** What to point at in a log: the last traceback that touches the site's code, else the last of all, which has no place. */
export function culprit(log: string[]): (Omit<Traceback, 'frames'> & { place: Place | undefined }) | undefined {
  const found = tracebacks(log).map(({ frames, ...rest }) => ({ place: placeInCode({ frames }), ...rest }));
  return found.findLast(({ place }) => place) ?? found.at(-1);
}
