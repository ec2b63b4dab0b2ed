/** Whether it is well, and how long that may take. */
import { z } from 'zod';
import { duration, flag, like, map, meanings, whole } from '../kinds.ts';
import * as is from '../patterns.ts';

const status = z
  .int()
  .refine((code) => (code >= 200 && code <= 299) || (code >= 400 && code <= 599))
  .register(meanings, {
    expects: 'an HTTP status from 200 to 299 or from 400 to 599',
    example: 'status: 200',
    json: {
      anyOf: [
        { minimum: 200, maximum: 299 },
        { minimum: 400, maximum: 599 },
      ],
    },
  });

/** The keys of it. */
export const checkKeys = {
  health: map(
    {
      path: like(/^\/[^\s#]*$/, 'a path that begins with "/"', 'path: /healthz').exactOptional(),
      status: z
        .union([status, z.array(status).min(1)])
        .register(meanings, {
          expects: 'an HTTP status (200 to 299, 400 to 599; a redirect is never healthy) or a list of them',
          example: 'status: [200, 204]',
        })
        .exactOptional(),
      body: like(/[\s\S]/, 'text that the answer contains', 'body: ok').exactOptional(),
      timeout: duration('timeout: 30s').exactOptional(),
      successes: whole(1, 100, 'a whole number from 1 to 100', 'successes: 2').exactOptional(),
    },
    'health: { path: /healthz, status: 200, timeout: 30s }',
  ).exactOptional(),
  verify: map(
    {
      public: flag('public: false').exactOptional(),
      local: like(
        is.ORIGIN,
        'an http:// or https:// address without path',
        'local: "http://127.0.0.1:8080"',
        is.isOrigin,
      ).exactOptional(),
    },
    'verify: { public: true }',
  ).exactOptional(),
  times: map(
    {
      connect: duration('connect: 15s').exactOptional(),
      heartbeat: duration('heartbeat: 5s').exactOptional(),
      lease: duration('lease: 45s').exactOptional(),
      confirm: duration('confirm: 60s').exactOptional(),
      standby: duration('standby: 5m', { least: 0 }).exactOptional(),
      drain: duration('drain: 60s', { least: 0 }).exactOptional(),
      grace: duration('grace: 30s').exactOptional(),
      lock: duration('lock: 10m', { least: 0 }).exactOptional(),
    },
    'times: { standby: 5m }',
  ).exactOptional(),
};
