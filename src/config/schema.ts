/** The shape of `graceful.yml`, with what each place expects in words. */
import { z } from 'zod';
import { like, map, meanings, oneOrMore } from './kinds.ts';
import * as is from './patterns.ts';
import { isRefPattern } from './ref-pattern.ts';
import { checkKeys } from './schema/checks.ts';
import { codeKeys } from './schema/code.ts';
import { hostKeys } from './schema/hosts.ts';
import { runningKeys } from './schema/running.ts';

/** What may stand at the top and in each stage. */
const settings = {
  variant: like(is.VARIANT, 'lower-case letters, digits and "-"', 'variant: berlin').exactOptional(),
  root: like(is.ROOT, 'an absolute path of letters, digits, ".", "_" and "-"', 'root: /srv/shop').exactOptional(),
  ...hostKeys,
  url: like(
    is.ORIGIN,
    'an http:// or https:// address without path',
    'url: "https://www.example.org"',
    is.isOrigin,
  ).exactOptional(),
  ...codeKeys,
  ...runningKeys,
  ...checkKeys,
};

/** Of what says one thing in two ways each level has one. */
const ONE_OF_TWO = {
  not: { anyOf: [{ required: ['host', 'hosts'] }, { required: ['server', 'server-command'] }] },
};

/** Names of branches or tags: no name in git has a blank in it. */
const names = (expects: string, example: string) =>
  oneOrMore(like(/^\S+$/, expects, example, isRefPattern), expects, example);

const stage = map(
  {
    branch: names("a branch's name or pattern, or a list of them", 'branch: main').exactOptional(),
    tags: names("a pattern of tags' names, or a list of them", 'tags: v*').exactOptional(),
    ...settings,
  },
  'production: { branch: main, host: www.example.org, url: "https://www.example.org" }',
  ONE_OF_TWO,
);

/** All of `graceful.yml`. */
export const gracefulFile = map(
  {
    software: like(is.SITE, 'lower-case letters, digits and "-", a letter first, at most 32', 'software: shop'),
    ...settings,
    stages: z
      .record(like(is.STAGE, "a stage's name of letters, digits, - and _", 'production:'), stage)
      .refine((stages) => Object.keys(stages).length > 0)
      .register(meanings, {
        expects: 'a map of at least one stage',
        example: 'stages: { production: { branch: main, host: www.example.org, url: "https://www.example.org" } }',
        json: { minProperties: 1 },
      }),
  },
  'software: shop',
  ONE_OF_TWO,
);

export type GracefulFile = z.infer<typeof gracefulFile>;
export type StageSettings = GracefulFile['stages'][string];
