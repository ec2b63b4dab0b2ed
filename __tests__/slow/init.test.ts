/** `graceful init` on projects that Django and Wagtail themselves make. */
import { appendFileSync, existsSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { djangoAdmin, withDjango } from '../../testbed/django.ts';
import { commandHere } from '../fixtures/wrong/run.ts';

async function initialised(path: string) {
  const { code, log } = await commandHere(['init', '--host', 'www.example.org'], path, {});
  expect(code, log).toBe(0);
  const config = await commandHere(['config', '--json'], path, {});
  expect(config.code, config.log).toBe(0);
  expect(existsSync(join(path, '.github/workflows/production.yml'))).toBe(true);
  return { log, file: parse(readFileSync(join(path, 'graceful.yml'), 'utf8')), config: config.log };
}

test('django-admin startproject', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-start-'));
  await djangoAdmin(['startproject', 'shop', '.'], folder.path);
  writeFileSync(join(folder.path, 'requirements.txt'), 'Django>=5.2,<5.3\ngunicorn\n');
  const { log, file, config } = await initialised(folder.path);
  expect(file).toMatchObject({ software: 'shop', shared: { dirs: ['data'] }, health: { path: '/admin/login/' } });
  expect(config).toContain('"value": "shop.wsgi:application"');
  expect(log).toMatch(/^! to do {4}SECRET_KEY/m);
  expect(log).toMatch(/^! to do {4}static files/m);
});

test('wagtail start', async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'graceful-start-'));
  await withDjango('from wagtail.bin.wagtail import main; main()', ['start', 'mysite', '.'], folder.path);
  appendFileSync(join(folder.path, 'requirements.txt'), '\ngunicorn\n');
  const { file, config } = await initialised(folder.path);
  expect(file).toMatchObject({
    software: 'mysite',
    django: { settings: 'mysite.settings.production' },
    shared: { dirs: ['data'], public: ['media'] },
  });
  expect(config).toContain('"value": "mysite.wsgi:application"');
});
