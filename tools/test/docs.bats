#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The manual pages are complete, and so is the installation.

load common

tools=$BATS_TEST_DIRNAME/..

# page N: the text of the manual page in section N
page() { sed 's/\\-/-/g' "$tools/man/pgarea.$1"; }

# known TEXT WORD...: every word occurs in TEXT
known() {
	local text=$1 word
	shift
	[ $# -gt 0 ]
	for word; do
		[[ $text == *"$word"* ]] || { echo "not in the manual page: $word" >&2; return 1; }
	done
}

@test "pgarea(1) has every option of every verb" {
	local verb
	for verb in info areas map blocks alloc reserve probe run remove free wait create \
		resize shrink destroy; do
		pgarea "$verb" --help
		# shellcheck disable=SC2046 # words
		known "$(page 1)" "$verb" $(sed -n 's/^  .*\(--[a-z-]*\).*/\1/p' "$work/out" |
			grep -vx -e --usage)
	done
}

@test "pgarea(4) has every command of the uapi header, and every parameter of the sample" {
	# shellcheck disable=SC2046 # words
	known "$(page 4)" $(sed -n 's/^\tPGAREA_CMD_\([A-Z_]*\).*/\1/p' "$tools/../uapi/linux/pgarea.h")
	# shellcheck disable=SC2046 # words
	known "$(page 4)" $(sed -n 's/^#options pgarea \([a-z_]*=\).*/\1/p' "$tools/data/pgarea.modprobe.conf")
}

@test "install installs every file" {
	local file
	make -s -C "$tools" install OUTPUT="$(dirname "$PGAREA")" DESTDIR="$work/root" PREFIX=/usr
	for file in bin/pgarea lib/libpgarea.a include/libpgarea.h include/linux/pgarea.h \
		    lib/udev/rules.d/60-pgarea.rules lib/sysusers.d/pgarea.conf \
		    share/man/man1/pgarea.1 share/man/man4/pgarea.4 \
		    share/doc/pgarea/examples/pgarea.modprobe.conf \
		    share/bash-completion/completions/pgarea; do
		[ -s "$work/root/usr/$file" ]
	done
	echo '#include <libpgarea.h>' >"$work/user.c"
	echo 'int main(void) { char t[PGAREA_TEXT_SIZE]; return !pgarea_format_size(1, t); }' >>"$work/user.c"
	gcc -I"$work/root/usr/include" -o "$work/user" "$work/user.c" -L"$work/root/usr/lib" -lpgarea
	"$work/user"
}
