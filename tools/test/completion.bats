#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Completion in bash.  The device nodes and PCI functions of this machine do not
# matter: stubs replace them.

load common

# completes LINE WORD...: checks that it offers these words and no others
completes() {
	local line=$1 saw
	shift
	saw=$(complete_line "$line" | sort | tr '\n' ' ')
	[ "$saw" = "$*${1:+ }" ] || { echo "$line: expected $*, saw $saw" >&2; return 1; }
}

# Calls the function with words as bash passes them: split at = and :
complete_line() {
	PATH=$(dirname "$PGAREA"):$PATH LD_PRELOAD=$FAKE PGAREA_DEVICE=/fake \
		bash --norc -c '
		complete() { :; }
		compopt() { :; }
		. "$1"
		_pgarea_functions() { printf "0000:00:%s.0\n" 10 11; }
		_pgarea_persistent() { printf "%s\n" fb fw ring; }
		COMP_LINE=$2 COMP_POINT=${#2}
		mapfile -t COMP_WORDS < <(sed -E "s/ +/\n/g; s/([=:])/\n\1\n/g" <<<"$2" |
			sed -z "s/\n\n\n/\n\n/g")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		_pgarea
		printf "%s\n" "${COMPREPLY[@]}"' - "$BATS_TEST_DIRNAME/../completion/pgarea.bash" "$1"
}

@test "verbs" {
	completes "pgarea w" wait
	completes "pgarea re" remove reserve resize
	completes "pgarea help re" remove reserve resize
	completes "pgarea pr" probe
	completes "pgarea sh" shrink
}

@test "areas, where an area is expected" {
	completes "pgarea map l" low lowest
	completes "pgarea shrink l" low lowest
	completes "pgarea shrink low n" normal
	completes "pgarea alloc 4K --area n" normal
}

@test "options of access and lifetime" {
	completes "pgarea alloc 4K --o" --orphan-ms=
	completes "pgarea areas --r" --require
	completes "pgarea areas --require n" normal
	completes "pgarea alloc 4K --orphan-ms " none
	completes "pgarea reserve --p" --persistent
	completes "pgarea remove --w" --wait --wait=
	completes "pgarea wait --t" --timeout --timeout=
	completes "pgarea probe --n" --node=
	completes "pgarea alloc 4K --no" --no-grow --node=
	completes "pgarea alloc 4K --pr" --prefer-node=
	completes "pgarea free --o" --orphans
	completes "pgarea shrink --a" --all
	completes "pgarea shrink --k" --keep --keep=
	completes "pgarea free --orphans --area n" normal
}

@test "persistent blocks, for remove" {
	completes "pgarea remove f" fb fw
	completes "pgarea remove " fb fw ring
}

@test "PCI functions, whose colons end a word in bash" {
	completes "pgarea alloc 4K --bind " 0000:00:10.0 0000:00:11.0
	completes "pgarea alloc 4K --bind 0000:00:1" 10.0 11.0
	completes "pgarea alloc 4K --bind=0000:" 00:10.0 00:11.0
	completes "pgarea alloc 4K --bind 00:10.0 --orphan-ms " none
}
