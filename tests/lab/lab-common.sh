# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# lab-common.sh - what make-lab-image and tiny-guest share; sourced, not run.
set -euo pipefail
me=$(basename "$0")
lab_cache=${LAB_CACHE:-${BUILD_DIR:-build}/lab-cache}
suite=${LAB_SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}

say() { echo "$me: $*" >&2; }
die() { say "$*"; exit 1; }

# need_tools COMMAND:PACKAGE... (or /FILE:PACKAGE) - install what is missing
need_tools() {
  local pair missing=()
  for pair; do
    case $pair in
      /*) [ -e "${pair%%:*}" ] ;;
      *)  command -v "${pair%%:*}" >/dev/null ;;
    esac || missing+=("${pair##*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  DEBIAN_FRONTEND=noninteractive \
    apt-get install -y -q --no-install-recommends "${missing[@]}" >&2
}

# begin NAME KEY [--force] - set $out and $tmp to build NAME, or exit when the
# one with that key is there already. "finish FILE..." puts the result in place.
begin() {
  out=$lab_cache/$1 key=$2
  if [ "${3:-}" != --force ] && [ "$(cat "$out/key" 2>/dev/null)" = "$key" ]; then
    say "up to date: $out"; exit 0
  fi
  mkdir -p "$out" && out=$(cd "$out" && pwd)
  exec 9>"$out/lock" && flock 9              # one build at a time
  if [ "${3:-}" != --force ] && [ "$(cat "$out/key" 2>/dev/null)" = "$key" ]; then
    say "up to date: $out"; exit 0
  fi
  tmp=$(mktemp -d "$out/build.XXXXXX")
  trap 'rm -rf --one-file-system "$tmp"' EXIT
}
finish() {
  rm -f "$out/key"
  mv "$@" "$out/"
  echo "$key" >"$out/key"
  rm -rf --one-file-system "$tmp"
  say "done: $out ($(du -sh "$out" | cut -f1))"
}

# debian DIR PACKAGE,PACKAGE... [MMDEBSTRAP OPTION...] - packages of the same
# Debian archives this machine uses, without third-party ones
debian() {
  local dir=$1 packages=$2; shift 2
  # shellcheck disable=SC2016 # the $(...) are apt's
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(RELEASE) $(COMPONENT)' \
      'Created-By: Packages' |
    awk -v s="$suite" '$1 == "Debian" && $4 == "main" &&
      ($3 == s || $3 == s "-updates" || $3 == s "-security") {
        print "deb", $2, $3, $4 }' | sort -u >"$tmp/sources.list"
  [ -s "$tmp/sources.list" ] || die "apt knows no archive of Debian $suite here"
  apt-config dump | grep -iE '^Acquire::[a-z]+::(proxy|timeout)' >"$tmp/apt.conf" || true
  mmdebstrap --quiet --format=directory --aptopt="$tmp/apt.conf" \
    --include="$packages" "$@" "$suite" "$dir" "$tmp/sources.list"
}

# unpack_kernel VMLINUZ FILE - Unpacking an xz kernel costs seconds without
# hardware virtualisation; QEMU can start an unpacked one directly (PVH).
unpack_kernel() {
  local offset
  offset=$(LC_ALL=C grep -abom1 $'\xfd7zXZ' "$1" | head -1 | cut -d: -f1)
  tail -c +$((offset + 1)) "$1" | xz -dc --single-stream >"$2" 2>/dev/null || true
  [ "$(head -c4 "$2" | tail -c3)" = ELF ] || die "cannot unpack $1"
}

# pack_initrd DIR - write the cpio archive of a directory to stdout
pack_initrd() {
  (cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0 --reproducible)
}
