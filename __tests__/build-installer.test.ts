/** What installers see, what of it counts, and what they say of it. */
import { expect, test } from 'vitest';
import { installerEnv } from '../src/build/installer/find.ts';

test('installers see what leads to an index, and neither the key nor the tokens of the job', () => {
  const secrets = ['GRACEFUL_SSH_KEY', 'GRACEFUL_SSH_KEY_PASSPHRASE', 'GRACEFUL_CONFIG_TOKEN', 'INPUT_SSH-KEY'];
  const others = ['ACTIONS_RUNTIME_TOKEN', 'GITHUB_TOKEN', 'PYTHONPATH', 'PIP_TARGET', 'UV_PROJECT_ENVIRONMENT'];
  const seen = installerEnv({
    ...Object.fromEntries([...secrets, ...others].map((name) => [name, 'never'])),
    PIP_INDEX_URL: 'https://pypi.example.org/simple',
    INDEX_TOKEN: 'of the step',
  });
  expect(seen).toMatchObject({ PIP_INDEX_URL: 'https://pypi.example.org/simple', INDEX_TOKEN: 'of the step' });
  expect(Object.values(seen)).not.toContain('never');
});
