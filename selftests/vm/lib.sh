# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the scripts of this directory share: the places and the words.
# shellcheck disable=SC2034 # they are used by those that source this

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$top/.build
vm=$top/selftests/vm
arch=$(dpkg --print-architecture 2>/dev/null || uname -m)

# The kernel that a virtual machine boots: a Debian series such as 6.1 or 6.12.
KERNEL=${KERNEL:-6.1}

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# try N COMMAND...: up to N attempts, for what a network error can stop.
try() {
	local left=$1 pause=2
	shift
	until "$@"; do
		left=$((left - 1))
		[ "$left" -gt 0 ] || return 1
		say "  trying again in $pause s: $*"
		sleep "$pause"
		pause=$((pause * 3))
	done
}

# Two makes at the same time must not unpack into the same place.
lock() {
	mkdir -p "$build"
	exec 9>"$build/.lock-$1"
	flock 9
}
