/** What stands in lock files: markers, Poetry's constraints, and the JSON that hashes are made of. */
import { expect, test } from 'vitest';
import { holds } from '../src/build/locks/markers.ts';
import { fitsConstraint } from '../src/build/locks/poetry-constraint.ts';
import { pythonJson } from '../src/build/locks/python-json.ts';
import { bookworm } from './build-locks.fixtures.ts';

test.each([
  ["python_version >= '3.9' and python_version < '3.12'", true],
  ['python_version == "3.1"', false],
  ["python_full_version < '3.11.2'", false],
  ["'3.12' > python_version", true],
  ["python_version ~= '3.9'", true],
  ["python_version in '3.10, 3.11'", true],
  ["sys_platform == 'win32' or (os_name == 'posix' and platform_machine != 'aarch64')", true],
  ["'linux' not in sys_platform", false],
  ["extra == 'text'", true],
  ["extra != 'text' or extra == 'none'", false],
  ["platform_python_implementation == 'CPython' and implementation_name != 'pypy'", true],
])('the marker %s', (marker, wanted) => {
  expect(holds(marker, bookworm, new Set(['text']))).toBe(wanted);
});

test.each(['python_version >= ', 'colour == "red"', 'python_version >= "3" oder', '(os_name == "posix"'])(
  '%s is no marker',
  (marker) => {
    expect(() => holds(marker, bookworm)).toThrow();
  },
);

test.each([
  ['4.2.30', '^4.2', true],
  ['5.0', '^4.2', false],
  ['0.2.9', '^0.2.3', true],
  ['0.3.0', '^0.2.3', false],
  ['1.2.9', '~1.2.3', true],
  ['1.3', '~1.2', false],
  ['3.11.2', '>=3.9,<4.0', true],
  ['3.11.2', '^2.7 || ^3.9', true],
  ['3.11.2', '3.10.*', false],
  ['23.0.0', '23.0.0', true],
  ['3.11.2', '*', true],
  ['3.11.2', '>=3.9 <3.11', false],
])('Poetry: %s fits %s: %s', (version, constraint, wanted) => {
  expect(fitsConstraint(version, constraint)).toBe(wanted);
});

test('JSON as Python writes it', () => {
  expect(pythonJson({ b: ['é', true, null, 1], a: {} }, [', ', ': '])).toBe(
    '{"a": {}, "b": ["\\u00e9", true, null, 1]}',
  );
});
