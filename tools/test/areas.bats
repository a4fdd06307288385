#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Areas: create, resize, destroy.

load common

@test "create: arguments" {
	refused "a name is missing" create --within 0-16M
	refused "the bounds are missing" create isa
	refused "is not START-END" create isa --within 16M
	refused "end before they begin" create isa --within 16M-2M
	refused "end before they begin" create isa --within 2M-2M
	refused "'x' is not a number" create isa --within 0-x
	refused "one argument too many" create isa --within 0-16M other
	refused "has not 1 to 31 characters" create "$(printf 'a%.0s' {1..32})" --within 0-16M
	refused "the minimum is larger" create isa --within 0-16M --size 2M --min 4M
	refused "the maximum is smaller" create isa --within 0-16M --size 4M --max 2M
	refused "not a number from 0" create isa --within 0-16M --node one
}

@test "create: the request and the answer" {
	pgarea create isa --within 2M-16M --size 4M --max 8M --grow --node 1
	exits 0
	has "isa owns 4 MiB" out
	[ -z "$err" ]
	grep -qx "create isa 200000-1000000 4 3" "$work/log"
	pgarea create isa --within 2M-16M --size 4M --json
	exits 0
	is "created.name created.id created.size created.owned created.shortage" \
		"isa 9 4194304 4194304 null"
}

@test "create: less than was asked for" {
	FAKE_HOST=4194304 pgarea create isa --within 2M-16M --size 8M
	exits 0
	has "isa owns 4 MiB" out
	has "smaller than 8 MiB: the memory within its bounds is in use" err
	FAKE_HOST=4194304 pgarea create isa --within 2M-16M --size 8M --json
	is "created.owned created.shortage" "4194304 in-use"
	FAKE_HOST=4194304 pgarea create isa --within 2M-16M --size 8M --require --json
	exits 1
	is "error.errno error.shortage" "ENOSPC in-use"
	FAKE_HOST=4194304 pgarea create isa --within 2M-16M --size 8M --min 6M
	exits 1
	has "cannot create the area isa: the memory within its bounds is in use" err
}

@test "create: a large area is taken in steps" {
	pgarea create big --within 4G-8G --size 1G
	exits 0
	grep -qx "create big 100000000-200000000 256 0" "$work/log"
	[ "$(grep -c '^resize 9' "$work/log")" -eq 3 ]
	grep -qx "resize 9 1024" "$work/log"
	pgarea create big --within 4G-8G --size 1G --chunk 1G
	[ "$(grep -c '^resize 9' "$work/log")" -eq 0 ]
}

@test "create: a signal returns all, or keeps it" {
	FAKE_SIGNAL=1 pgarea create big --within 4G-8G --size 1G
	exits 1
	has "the memory is returned to the host" err
	grep -qx "destroy 9" "$work/log"
	FAKE_SIGNAL=1 pgarea create big --within 4G-8G --size 1G --keep
	exits 0
	has "big owns 512 MiB" out
	[ "$(grep -c '^destroy' "$work/log")" -eq 0 ]
}

@test "create: refusals" {
	pgarea create low --within 2M-16M
	exits 1
	has "there is an area of that name" err
	pgarea create isa --within 2M-16M --node 7
	has "there is no node 7, or it has no memory" err
	pgarea create isa --within 2M-16M --size 1M
	has "sizes must be multiples of the pageblock size" err
	FAKE_USER=1 pgarea create isa --within 2M-16M
	exits 1
	has "this needs CAP_SYS_ADMIN" err
	FAKE_OLD=1 pgarea create isa --within 2M-16M
	has "does not know the command" err
}

@test "resize: arguments" {
	refused "an area and a size are needed" resize low
	refused "one argument too many" resize low 1G 2G
	refused "is not a number" resize low much
	pgarea resize nowhere 8M
	exits 1
	has "there is no area 'nowhere'" err
}

@test "resize: both ways" {
	pgarea resize low 1G
	exits 0
	has "low owns 1 GiB" out
	pgarea resize low 0 --json
	exits 0
	is "resized.name resized.owned resized.shortage" "low 0 null"
	pgarea resize low 16T
	exits 1
	has "the maximum of the area is smaller" err
}

@test "resize: a signal returns what was taken" {
	FAKE_SIGNAL=1 pgarea resize low 1G
	exits 1
	has "what was taken is returned" err
	[ "$(tail -n 1 "$work/log")" = "$(grep -m1 '^resize' "$work/log" | sed 's/ [0-9]*$//') $(tail -n 1 "$work/log" | sed 's/.* //')" ]
}

@test "what is in the way of shrinking and of destroying" {
	FAKE_BUSY=5 pgarea resize low 0
	exits 1
	has "cannot resize the area low to 0 bytes: block 5 (4 KiB) is allocated at 0x1000000" err
	FAKE_BUSY=5 pgarea resize low 0 --json
	is "error.conflict.id error.conflict.address error.conflict.size error.conflict.state" "5 16777216 4096 allocated"
	FAKE_BUSY=5 pgarea destroy low
	exits 1
	has "cannot destroy the area low: block 5 (4 KiB) is draining at 0x1000000; \`pgarea wait --all\`" err
	FAKE_BUSY=0 pgarea destroy low
	has "a page is draining at 0x1000000" err
	FAKE_BUSY=5 pgarea destroy low --json
	is "error.errno error.conflict.id error.conflict.state" "EBUSY 5 draining"
}

@test "destroy" {
	refused "a name is missing" destroy
	pgarea destroy low
	exits 0
	[ -z "$out" ]
	grep -q "^destroy " "$work/log"
	pgarea destroy low --json
	is "destroyed.name" "low"
	pgarea destroy nowhere
	exits 1
	has "there is no area 'nowhere'" err
	FAKE_USER=1 pgarea destroy low
	has "this needs CAP_SYS_ADMIN" err
}
