#!/bin/sh
# Runs the official client libraries, pinned, against callgate: over every transport, with the remote servers of the library's examples,
# and with malformed lists of a server.
# usage: clients.sh CALLGATE BUILD_DIR [WAY [SERVER]]   (packages are installed in BUILD_DIR, once for each lock file; it may be real.sh's)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
CALLGATE=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
export CALLGATE
mkdir -p "$2"
cp "$here"/package.json "$here"/package-lock.json "$here"/*.mjs "$here"/../conformance/fixture-*.mjs "$here"/../conformance/serve.mjs "$2"
cd "$2"
shift 2
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed
fi
status=0
if [ $# -eq 0 ]; then
  node malformed.mjs || status=1
  node examples.mjs || status=1
fi
node clients.mjs "$@" || status=1
exit $status
