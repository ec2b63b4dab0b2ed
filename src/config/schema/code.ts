/** What is deployed, and what it is built with. */
import { PACKAGE_NAME } from '../../build/debian/packages.ts';
import { INTERFACES } from '../../servers/interface.ts';
import { choice, INSIDE, inside, like, list, map, patterns } from '../kinds.ts';
import * as is from '../patterns.ts';

/** Where an environment is built: the runner as it is, or a minimal system of the host's release. */
export const BUILD_PLACES = ['debian', 'runner'] as const;
/** What happens to Debian packages that a host lacks. */
export const HOST_PACKAGES = ['check', 'install'] as const;

const debianPackage = like(PACKAGE_NAME, "a Debian package's name, without a version", 'packages: [libpq-dev]');

/** The keys of it. */
export const codeKeys = {
  include: patterns('include: [shop/, manage.py, requirements.txt]').exactOptional(),
  'config-repository': map(
    {
      path: like(
        /^[^\0-][^\0]*$/,
        'a path, relative to the top of the checkout',
        'path: ../shop-config',
      ).exactOptional(),
      url: like(
        /^(?:(?:https?|ssh|file):\/\/(?![^/]*:[^/]*@)|[\w.-]+@[\w.-]+:)[^\s\0]+$/,
        'an address that git knows, without a password',
        'url: "https://github.com/acme/shop-config.git"',
      ).exactOptional(),
      ref: like(/^[^\s\0-][^\s\0]*$/, 'a branch, tag or commit', 'ref: main').exactOptional(),
      folder: inside('folder: config').exactOptional(),
    },
    'config-repository: { path: ../shop-config, ref: main, folder: config }',
  ).exactOptional(),
  exclude: patterns('exclude: [docs/, "*.md"]').exactOptional(),
  django: map(
    {
      project: like(INSIDE, 'a relative path inside the repository, without ".."', 'project: .', (value) =>
        is.isInside(value, true),
      ).exactOptional(),
      settings: like(is.MODULE, 'a dotted module', 'settings: shop.settings.production').exactOptional(),
      application: like(
        is.APPLICATION,
        'a module and a name in it, with ":" between',
        'application: shop.wsgi:application',
      ).exactOptional(),
      interface: choice(INTERFACES, 'interface: asgi').exactOptional(),
    },
    'django: { project: ., settings: shop.settings.production }',
  ).exactOptional(),
  python: map(
    {
      requirements: inside('requirements: requirements.txt').exactOptional(),
      groups: list(
        like(is.GROUP, 'the name of a dependency group', 'groups: [production]'),
        'groups: [production]',
      ).exactOptional(),
      extras: list(like(is.GROUP, 'the name of an extra', 'extras: [images]'), 'extras: [images]').exactOptional(),
      version: like(is.PYTHON_MINOR, 'a minor version of Python 3', 'version: "3.12"').exactOptional(),
    },
    'python: { requirements: requirements.txt }',
  ).exactOptional(),
  build: map(
    {
      in: choice(BUILD_PLACES, 'in: debian').exactOptional(),
      packages: list(debianPackage, 'packages: [libpq-dev]').exactOptional(),
    },
    'build: { in: debian }',
  ).exactOptional(),
  hooks: map(
    {
      build: like(/^(?=[\s\S]*\S)[^\0]*$/, 'a command line for sh', 'build: npm ci && npm run build').exactOptional(),
      outputs: list(inside('outputs: [frontend/dist]'), 'outputs: [frontend/dist]').exactOptional(),
    },
    'hooks: { build: npm ci && npm run build, outputs: [frontend/dist] }',
  ).exactOptional(),
  'host-packages': choice(HOST_PACKAGES, 'host-packages: install').exactOptional(),
};
