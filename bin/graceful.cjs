#!/usr/bin/env node
'use strict';
// The command of `npx`. The bundle is written for Node 24, and an older one could not even read it: so this file asks
// first, in words that every Node knows.
const NEEDED = 24;
const version = process.versions.node;

if (Number.parseInt(version, 10) < NEEDED) {
  process.stderr.write(
    [
      `Graceful needs Node ${NEEDED} or newer, this is ${version} (${process.execPath}).`,
      'No host was contacted; the site is as it was.',
      `Install Node ${NEEDED} (https://nodejs.org), then run this again; or run Graceful as the Action, which brings its own.`,
      '',
    ].join('\n'),
  );
  process.exit(69);
}
import('../dist/index.js');
