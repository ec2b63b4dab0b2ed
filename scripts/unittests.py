"""Runs the unit tests below a folder and writes their count as JSON: `unittests.py FOLDER TOP RESULT`.

FOLDER holds `test_*.py`, TOP is the folder their packages are imported from, RESULT the file to write
`{"passed": N, "failed": N, "skipped": N}` to. Exits with 1 when a test failed or none ran.
"""

from __future__ import annotations

import json
import sys
import unittest
from pathlib import Path
from typing import Any


class CountingResult(unittest.TextTestResult):
    """A result that also counts what went well."""

    passed = 0

    def addSuccess(self, test: unittest.TestCase) -> None:
        super().addSuccess(test)
        self.passed += 1


def make_result(stream: Any, descriptions: bool, verbosity: int) -> CountingResult:
    return CountingResult(stream, descriptions, verbosity)


def main(folder: str, top: str, result_file: str) -> int:
    suite = unittest.defaultTestLoader.discover(folder, top_level_dir=top)
    runner = unittest.TextTestRunner(resultclass=make_result, buffer=True, verbosity=1)
    result = runner.run(suite)
    assert isinstance(result, CountingResult)
    failed = len(result.failures) + len(result.errors) + len(result.unexpectedSuccesses)
    skipped = len(result.skipped) + len(result.expectedFailures)
    counts = {"passed": result.passed, "failed": failed, "skipped": skipped}
    Path(result_file).write_text(json.dumps(counts), encoding="utf-8")
    return 0 if failed == 0 and result.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
