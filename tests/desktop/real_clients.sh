#!/bin/sh
# Tests real client applications with their own bans, before register, after it, and after unregister.
# usage: real_clients.sh CALLGATE BUILD_DIR [CLIENT…]    (the clients are installed in BUILD_DIR, once for each of their versions; Node 20 or later)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
CALLGATE=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
BUILD=$2
shift 2
VERSIONS="@anthropic-ai/claude-code@2.1.197 @google/gemini-cli@0.61.0 @openai/codex@0.171.0 opencode-ai@1.18.33"
mkdir -p "$BUILD"
if [ "$(cat "$BUILD/installed" 2>/dev/null)" != "$VERSIONS" ]; then
  # shellcheck disable=SC2086
  npm install --prefix "$BUILD" --ignore-scripts --no-audit --no-fund --loglevel=error $VERSIONS
  printf '%s' "$VERSIONS" >"$BUILD/installed"
fi
exec python3 "$here/real_clients.py" "$CALLGATE" "$BUILD/node_modules" "$@"
