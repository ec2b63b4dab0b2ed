const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How a duration is written. */
export const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;

function isUnit(text: string | undefined): text is keyof typeof UNITS {
  return text !== undefined && Object.hasOwn(UNITS, text);
}

/** `30s`, `5m`, `1h`, `24h`, `500ms`, `7d` as milliseconds; undefined for anything else (a bare number has no unit). */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return isUnit(unit) ? Number(amount) * UNITS[unit] : undefined;
}

/** Milliseconds in the largest unit that keeps them whole: 45000 is `45s`, 90000 is `90s`, 86400000 is `1d`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms > 0 && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
  }
  return `${ms}ms`;
}
