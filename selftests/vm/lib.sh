# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Shared by the scripts of this directory: paths, messages, retries and locks.
# shellcheck disable=SC2034 # the scripts that source this use the variables

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
build=$top/.build
vm=$top/selftests/vm
arch=$(dpkg --print-architecture 2>/dev/null || uname -m)

# The kernel that a virtual machine boots: a Debian series such as 6.1 or 6.12.
KERNEL=${KERNEL:-6.1}

say() { printf '%s\n' "$*" >&2; }
die() { say "${0##*/}: $*"; exit 1; }

# try N COMMAND...: up to N attempts, for a command that a network error can fail.
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

# Concurrent makes must not unpack into the same directory.
lock() {
	mkdir -p "$build"
	exec 9>"$build/.lock-$1"
	flock 9
}
