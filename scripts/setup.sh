#!/bin/sh
# Installs what every npm script needs: the locked packages, and the Node release that the Action runs on.
# Does nothing when that is there already, so each script can call it first. Standard output stays the script's own.
set -eu
cd "$(dirname "$0")/.."
stamp=node_modules/.graceful-setup
want=$(cat package-lock.json .npmrc | sha256sum | cut -d' ' -f1)
[ "$(cat "$stamp" 2>/dev/null || true)" = "$want" ] && exit 0
rm -f "$stamp"
# Not `npm ci`: it refuses a lock file without the binaries of other platforms, which not every registry mirror serves.
# `--no-save` keeps the lock file as it is; a test compares it with package.json.
install() { npm install --no-save --no-audit --no-fund --loglevel=error >&2; }
before=$(node --version)
install
# Install scripts are off (.npmrc): optional native parts would change the bundle. Only `node` may run its own,
# which fetches the runtime from the registry.
npm rebuild node --ignore-scripts=false --loglevel=error >&2
# npm leaves out what is not made for the Node that runs it, such as Debian 12's: so once more with the right one.
PATH=$PWD/node_modules/.bin:$PATH
[ "$(node --version)" = "$before" ] || install
node_modules/.bin/node --version >/dev/null
printf '%s' "$want" >"$stamp"
