/** How many tests went which way. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export function sum(counts: Counts[]): Counts {
  const add = (a: Counts, b: Counts): Counts => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  });
  return counts.reduce(add, { passed: 0, failed: 0, skipped: 0 });
}

/** A part that ended badly without a failed test (it crashed, or found no test) counts as one failed. */
export function judged(counts: Counts, ended: 'well' | 'badly'): Counts {
  const silent = ended === 'badly' ? counts.failed === 0 : counts.passed + counts.failed === 0;
  return silent ? { ...counts, failed: counts.failed + 1 } : counts;
}

/** In CI a skipped test is a failed one: nothing may go untested unseen. */
export function strict(counts: Counts, ci: boolean): Counts {
  return ci ? { passed: counts.passed, failed: counts.failed + counts.skipped, skipped: 0 } : counts;
}

/** `N passed, N failed`, with `, N skipped` when there are any. */
export function line({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** Counts of vitest's JSON report; a file that could not even be loaded counts as one failed test. */
export function vitestCounts(report: VitestReport): Counts {
  const unloaded = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0);
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** What is read of vitest's JSON report. */
export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}
