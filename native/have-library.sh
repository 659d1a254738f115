#!/bin/sh
# usage: have-library.sh ADDON LIBRARY...
# Prints 1 if pkg-config finds every library. Otherwise prints 0, and on standard error the packages that add them.
addon=$1
shift

packages_for() {
  case $1 in
    iptc) echo 'Debian, Ubuntu: libip4tc-dev libip6tc-dev libiptc-dev; Fedora, RHEL: iptables-legacy-devel; Alpine: iptables-dev; Arch: iptables' ;;
    nft) echo 'Debian, Ubuntu: libmnl-dev; Fedora, RHEL: libmnl-devel; Alpine: libmnl-dev; Arch: libmnl' ;;
  esac
}

if ! command -v pkg-config >/dev/null; then
  echo "portshift: $addon.node is not built: pkg-config is missing (package pkg-config or pkgconf)" >&2
  echo 0
elif pkg-config --exists "$@"; then
  echo 1
else
  echo "portshift: $addon.node is not built: pkg-config does not find $*" >&2
  echo "portshift: to build it, install its development packages ($(packages_for "$addon")) and run npm rebuild portshift" >&2
  echo 0
fi
