# shellcheck shell=bash
# Clean Debian systems for building and trying packages. Sourced after common.sh, never run. Needs root and debootstrap.
#
# The folder CALLGATE_CHROOTS (default: callgate/chroots in the user's cache folder) keeps their tarballs, so that a second run is
# quick. Delete it to get newer systems. Commands inside run in their own process and mount namespaces, so that nothing is left
# running or mounted when they end.
chroots=${CALLGATE_CHROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/callgate/chroots}

# Prints why chroots are not possible on this machine, or nothing if they are.
no_chroots_because() {
  if ! command -v apt-get >/dev/null; then
    echo "this is not Debian"
  elif [[ $(id -u) != 0 ]]; then
    echo "root is needed"
  elif ! unshare --mount --pid --fork true 2>/dev/null; then
    echo "namespaces are not allowed here"
  fi
}

# Prints the mirror from which this machine gets its own packages.
mirror() {
  # shellcheck disable=SC2016
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep '/debian/*$' | head -n 1
}

# inside FOLDER COMMAND...: runs a command as root in that system. The folder $shared, if set, is mounted there as /shared.
inside() {
  local folder=$1
  shift
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child -- bash -c '
    set -e
    mount --rbind /dev "$1/dev"
    mount -t proc proc "$1/proc"
    if [[ -n $2 ]]; then mkdir -p "$1/shared"; mount --bind "$2" "$1/shared"; fi
    exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive chroot "$1" "${@:3}"' - "$folder" "${shared:-}" "$@" </dev/null
}

# as_user FOLDER COMMAND...: runs a command as the ordinary user of that system, in the home folder.
as_user() {
  local folder=$1
  shift
  inside "$folder" su -s /bin/bash - someone -c "$(printf '%q ' "$@")"
}

# unpacked SUITE NAME FOLDER: unpacks the tarball SUITE-NAME into FOLDER, which may then be changed.
unpacked() {
  rm -rf "$3"
  mkdir -p "$3"
  tar -xf "$chroots/$1-$2.tar" -C "$3"
  cp /etc/resolv.conf /etc/hosts "$3/etc/"
}

# packed FOLDER SUITE NAME: packs FOLDER into the tarball SUITE-NAME and removes the folder.
packed() {
  rm -rf "$1"/var/cache/apt/*.bin "$1"/var/cache/apt/archives/*.deb
  tar -cf "$chroots/$2-$3.tar.new" -C "$1" --one-file-system .
  mv "$chroots/$2-$3.tar.new" "$chroots/$2-$3.tar"
  rm -rf "$1"
}

# have_base SUITE: makes the tarball SUITE-base if needed, a minimal system with an ordinary user.
have_base() {
  [[ -f $chroots/$1-base.tar ]] && return
  need_command debootstrap debootstrap debootstrap
  install_missing
  local folder=$chroots/$1.new site
  site=$(mirror)
  mkdir -p "$chroots"
  rm -rf "$folder"
  say "A minimal Debian, $1"
  debootstrap --variant=minbase "$1" "$folder" "${site:?no Debian archive is configured}" >"$chroots/$1-base.log" 2>&1 || return
  inside "$folder" apt-get update -q
  inside "$folder" useradd --create-home --shell /bin/bash someone
  packed "$folder" "$1" base
}

# have_with SUITE NAME PACKAGE...: makes the tarball SUITE-NAME if needed, the base system with packages.
have_with() {
  local suite=$1 name=$2
  shift 2
  [[ -f $chroots/$suite-$name.tar ]] && return
  have_base "$suite" || return
  local folder=$chroots/$suite-$name.new
  unpacked "$suite" base "$folder"
  say "Packages for $suite-$name"
  inside "$folder" apt-get install -y -q --no-install-recommends "$@" >"$chroots/$suite-$name.log" 2>&1 || return
  packed "$folder" "$suite" "$name"
}

# For the checks that source this file. They print the sums as their last line.
passed=0 failed=0
expect() { # expect WHAT COMMAND...
  local what=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    printf 'passed: %s\n' "$what"
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$what"
  fi
}
