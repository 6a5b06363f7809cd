#!/bin/sh
# Signs in at a real authorization server from npm, pinned, with a certificate authority that is made for the test.
# usage: sign_in.sh CALLGATE BUILD_DIR    (packages are installed in BUILD_DIR, once for each lock file)
# Needs Node 22 or newer, openssl and curl.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
callgate=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
mkdir -p "$2"
cp "$here"/package.json "$here"/package-lock.json "$here"/sign_in.mjs "$2"
cd "$2"
if ! cmp -s package-lock.json node_modules/.installed; then
  npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  cp package-lock.json node_modules/.installed
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=an authority for a test" \
  -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" \
  -keyout "$folder/key.pem" -out "$folder/cert.csr" 2>/dev/null
openssl x509 -req -in "$folder/cert.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -days 2 -copy_extensions copy \
  -out "$folder/cert.pem" 2>/dev/null
node sign_in.mjs "$callgate" "$folder"
