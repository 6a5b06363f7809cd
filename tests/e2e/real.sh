#!/bin/sh
# Runs real servers and clients from npm packages, pinned, against callgate.
# usage: real.sh CALLGATE BUILD_DIR    (packages are installed in BUILD_DIR, once for each lock file)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
CALLGATE=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
export CALLGATE
mkdir -p "$2"
cp "$here"/package.json "$here"/package-lock.json "$here"/*.mjs "$2"
cd "$2"
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed
fi
status=0
node real.mjs || status=1
node inspector.mjs || status=1
exit $status
