#!/bin/sh
# Runs the official conformance suite, pinned: against `callgate serve` with a fixture server, or against callgate as the client of the
# suite's remote servers.
# usage: run.sh server CALLGATE OUTDIR [--only SCENARIO] [--fixture legacy|modern] [--requirements REVISION] [--verbose]
#        run.sh client CALLGATE OUTDIR [--only SCENARIO] [--era legacy|modern] [--requirements REVISION] [--verbose]
# Packages are installed in OUTDIR once for each lock file, and the logs of each run are written there. See run-server.mjs, run-client.mjs.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
side=$1
shift
callgate=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
mkdir -p "$2"
out=$(cd "$2" && pwd)
shift 2
cp "$here"/package.json "$here"/package-lock.json "$here"/*.mjs "$out"
cd "$out"
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed
fi
# The suite needs Node.js 22, which is newer than Debian's; these npm packages carry the program itself.
node=node
if ! node -e 'process.exit(parseInt(process.versions.node) >= 22 ? 0 : 1)'; then
  package=$(node -p '`node-${process.platform === "darwin" ? "bin-darwin" : process.platform}-${process.arch}`')
  node=$out/node/node_modules/$package/bin/node
  [ -x "$node" ] || npm install --prefix node --ignore-scripts --no-audit --no-fund --loglevel=error "$package@^22"
fi
exec "$node" "run-$side.mjs" "$callgate" "$out" "$@"
