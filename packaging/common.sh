# shellcheck shell=bash
# Shared by the scripts here: installs what this machine needs, and makes build folders. Sourced, never run.
# Installed packages are left alone, so that a second run needs neither root nor a network.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
system=$(uname -s)
missing=()

say() { printf '\n== %s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# Adds a package to the missing ones: $1 on Debian, $2 with Homebrew.
want() {
  local package=$1
  [[ $system == Darwin ]] && package=$2
  missing+=("$package")
}
need_command() { command -v "$1" >/dev/null || want "$2" "$3"; }
need_library() { pkg-config --exists "$1" 2>/dev/null || want "$2" "$3"; }
need_header() { "${CXX:-c++}" -E -x c++ - <<<"#include <$1>" >/dev/null 2>&1 || want "$2" "$3"; }

# Homebrew does not link these two, because macOS has its own, older versions.
if [[ $system == Darwin ]] && command -v brew >/dev/null; then
  for keg in sqlite openssl@3; do
    PKG_CONFIG_PATH="$(brew --prefix)/opt/$keg/lib/pkgconfig:${PKG_CONFIG_PATH:-}"
  done
  export PKG_CONFIG_PATH
fi

# What compiling and linking the program needs.
need_for_build() {
  need_command c++ g++ gcc
  need_command meson meson meson
  need_command ninja ninja-build ninja
  need_command pkg-config pkg-config pkgconf
  need_library libuv libuv1-dev libuv
  need_library simdjson libsimdjson-dev simdjson
  need_library CLI11 libcli11-dev cli11
  need_library sqlite3 libsqlite3-dev sqlite
  need_library fmt libfmt-dev fmt
  need_library spdlog libspdlog-dev spdlog
  need_library re2 libre2-dev re2
  need_library libcrypto libssl-dev openssl@3
  need_library yaml-0.1 libyaml-dev libyaml
  need_library libcurl libcurl4-openssl-dev curl
}

# Compiling headers takes most of the time of a build, so these builds compile the files of a room in one or a few units. Names in
# unnamed namespaces must therefore be unique in a room. The phase `includes` of packaging/check compiles each file by itself.
# In units of this size, a precompiled header costs more time than it saves.
# shellcheck disable=SC2034  # the scripts that source this file use it
large_units=(-Dunity=on -Dunity_size=50 -Db_pch=false)

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

install_missing() {
  ((${#missing[@]})) || return 0
  if [[ $system == Darwin ]]; then
    command -v brew >/dev/null || die "install Homebrew, then run: brew install ${missing[*]}"
    say "Installing ${missing[*]}"
    brew install --quiet "${missing[@]}"
  elif command -v apt-get >/dev/null; then
    if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
      die "packages are missing, and there is no sudo. As root, run:
  apt-get update && apt-get install -y --no-install-recommends ${missing[*]}
then run this script again as your user."
    fi
    say "Installing ${missing[*]}"
    # Two phases of packaging/check may run at the same time, and apt refuses to run twice.
    {
      flock 9
      as_root apt-get update -q >/dev/null 9>&-
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null 9>&-
    } 9>"${TMPDIR:-/tmp}/callgate-install.$(id -u).lock"
  else
    die "install these packages (their names on Debian), then run this script again: ${missing[*]}"
  fi
  missing=()
}

# set_up FOLDER OPTION...: configures a build folder. It builds the project in its parent folder, or this checkout if the parent has
# none. An existing build folder is only updated.
set_up() {
  local folder=$1 source=$root
  shift
  [[ -f ${folder%/*}/meson.build ]] && source=${folder%/*}
  if [[ -f $folder/build.ninja ]]; then
    meson configure "$folder" "$@" >/dev/null
  else
    meson setup "$folder" "$source" "$@"
  fi
}
compile() { ninja -C "$1" "${@:2}"; }

# Prints the path of the program in a build folder.
program_of() {
  meson introspect "$1" --targets | python3 -c '
import json, sys
print(next(t["filename"][0] for t in json.load(sys.stdin) if t["name"] == "callgate" and t["type"] == "executable"))'
}

# copy_tree FOLDER KEPT...: copies all files of the checkout that git does not ignore, untracked ones too, to FOLDER. Removes
# everything else from FOLDER except KEPT.
copy_tree() {
  local folder=$1 name file others=(! -name .copied)
  for name in "${@:2}"; do others+=(! -name "$name"); done
  find "$folder" -mindepth 1 -maxdepth 1 "${others[@]}" -exec rm -rf {} +
  touch "$folder/.copying"
  git ls-files -z --cached --others --exclude-standard | tar -c --null -T - 2>/dev/null | tar -x -C "$folder"
  # A file that was changed while the last copy was being built is older than the objects, so it is touched.
  if [[ -f $folder/.copied ]]; then
    while IFS= read -r -d '' file; do
      if [[ $folder/$file -nt $folder/.copied ]]; then touch "$folder/$file"; fi
    done < <(git ls-files -z --cached --others --exclude-standard)
  fi
  mv "$folder/.copying" "$folder/.copied"
}

# The version in meson.build, such as 0.1.0 or 0.1.0-dev.
version_of_tree() { sed -n "s/^ *version: '\([^']*\)',$/\1/p" "$root/meson.build" | head -n 1; }

# The time of the commit in seconds since 1970. With it, two builds of a commit make identical packages.
time_of_tree() { printf '%s\n' "${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || date -r meson.build +%s)}"; }
