#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# shrink.  Of the 8 MiB that low owns, 6 are in chunks that are wholly free, and of the
# 8 MiB of lowest 4; normal owns 4.25 MiB, and no such chunk.

load common

@test "arguments" {
	refused "which areas? name some" shrink
	refused "which areas? name some" shrink --keep 4M
	refused "leave out --all" shrink --all low
	refused "is not a number" shrink low --keep much
	pgarea shrink low nowhere
	exits 1
	has "there is no area 'nowhere'; \`pgarea areas\` lists them" err
	[ -z "$out" ]
	[ ! -s "$work/log" ]
	pgarea shrink nowhere --json
	exits 1
	is "error.errno" ENOENT
}

@test "what is free is returned, and what is in use stays" {
	pgarea shrink low
	exits 0
	[ "$out" = "low: returned 6 MiB, keeps 2 MiB" ]
	[ -z "$err" ]
	grep -qx "shrink 2 0" "$work/log"
	pgarea shrink normal lowest
	exits 0
	[ "$out" = "normal: returned 0 bytes, keeps 4.25 MiB"$'\n'"lowest: returned 4 MiB, keeps 4 MiB" ]
}

@test "an area keeps what it shall" {
	pgarea shrink low --keep 3M
	exits 0
	[ "$out" = "low: returned 4 MiB, keeps 4 MiB" ]
	grep -qx "shrink 2 3" "$work/log"
	pgarea shrink --keep=1G low lowest
	exits 0
	[ "$out" = "low: returned 0 bytes, keeps 8 MiB"$'\n'"lowest: returned 0 bytes, keeps 8 MiB" ]
}

@test "all areas, except those of claims" {
	FAKE_CLAIM=1 pgarea shrink --all
	exits 0
	has "lowest: returned 4 MiB" out
	has "low: returned 6 MiB" out
	has "normal: returned 0 bytes" out
	lacks claim- out
	[ -z "$err" ]
	FAKE_CLAIM=1 pgarea shrink -a --keep 4M --json
	exits 0
	is "shrunk.*.name" "lowest low normal"
	is "shrunk.*.returned" "4194304 4194304 0"
}

@test "the answer as JSON" {
	pgarea shrink low --json
	exits 0
	is "shrunk.0.name shrunk.0.id shrunk.0.returned shrunk.0.owned" "low 2 6291456 2097152"
	is "shrunk.#" 1
}

@test "the area of a claim is refused; what was returned before is reported" {
	FAKE_CLAIM=1 pgarea shrink low claim-6000000 lowest
	exits 1
	[ "$out" = "low: returned 6 MiB, keeps 2 MiB" ]
	has "cannot shrink the area claim-6000000: it is of a claim, and goes back" err
	FAKE_CLAIM=1 pgarea shrink low claim-6000000 lowest --json
	exits 1
	is "error.errno error.shrunk.#" "EINVAL 1"
	is "error.shrunk.0.name error.shrunk.0.returned" "low 6291456"
}

@test "other refusals of the kernel" {
	FAKE_USER=1 pgarea shrink low
	exits 1
	has "cannot shrink the area low: this needs CAP_SYS_ADMIN; try as root" err
	FAKE_OLD=1 pgarea shrink low
	exits 1
	has "does not know the command; is it older than this program?" err
	FAKE_ERRNO=12 pgarea shrink low --json
	exits 1
	is "error.errno error.shrunk.#" "ENOMEM 0"
	has "there is no memory for the bookkeeping; a part may have been returned" err
	FAKE_ERRNO=2 pgarea shrink low
	exits 1
	has "cannot shrink the area low: a named area no longer exists" err
	FAKE_ERRNO=95 pgarea shrink low
	exits 1
	has "lacks a feature" err
}
