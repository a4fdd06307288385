#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Claims, on the fake device, whose host probe.bats describes.

load common

@test "a block is claimed, and its area is named" {
	pgarea alloc 64M --at 0x7000000 --claim --hold-for 0
	exits 1
	has "0x8a03000 is used for small objects of the kernel" err
	pgarea alloc 64K --at 0x6010000 --claim --hold-for 0
	exits 0
	has "0x6010000-0x601ffff  64 KiB  claim-6000000" out
	grep -qx "claim 6010000 64" "$work/log"
	pgarea alloc 64K --at 0x6010000 --claim --hold-for 0 --json
	exits 0
	is "held.0.address held.0.area" "$((0x6010000)) claim-6000000"
}

@test "a reservation is claimed" {
	pgarea reserve 0x6000000+4M --claim --hold-for 0
	exits 0
	has "0x6000000-0x63fffff  4 MiB  claim-6000000" out
	grep -qx "claim 6000000 4096" "$work/log"
}

@test "run: blocks and reservations are claimed" {
	pgarea run --alloc A=64K,at=0x6010000,claim --reserve R=0x6200000+4K,claim -- true
	exits 0
	grep -qx "claim 6010000 64" "$work/log"
	grep -qx "claim 6200000 4" "$work/log"
}

@test "what is in the way is named, with what to do" {
	pgarea alloc 4K --at 0x6a00000 --claim
	exits 1
	has "cannot allocate 4 KiB at 0x6a00000: 0x6a03000 is used for small objects of the kernel (try" err
	pgarea reserve 0xc0000000+4K --claim
	exits 1
	has "cannot reserve 0xc0000000-0xc0000fff (4 KiB): 0xc0000000 is not RAM (another address)." err
	pgarea reserve 0xa00000+4K --claim
	exits 1
	has "0xa00000 is allocated in an area. \`pgarea blocks --all\` shows who has it." err
	FAKE_MAX=1 pgarea alloc 4K --at 0x6000000 --claim
	exits 1
	has "0x6000000 is in no area, and there are as many as there may be (max_areas=) (destroy one" err
}

@test "refusals as JSON" {
	pgarea alloc 4K --at 0x6a00000 --claim --json
	exits 1
	is "error.errno error.request.claim error.refusals.#" "EBUSY true 1"
	is "error.refusals.0.area error.refusals.0.reason error.refusals.0.obstacle" "null not-owned slab"
	is "error.refusals.0.address" "$((0x6a03000))"
	pgarea reserve 0xc0000000+4K --claim --json
	exits 1
	is "error.errno error.request.claim error.conflict.obstacle" "ENOSPC true no-ram"
	pgarea reserve 0xa00000+4K --claim --json
	is "error.errno error.conflict.state error.conflict.obstacle" "EBUSY allocated owned"
}

@test "wrong usage" {
	refused "give --at" alloc 4K --claim
	refused "leave out --area" alloc 4K --at 0x6000000 --area low --claim
	refused "\`pgarea probe\` tells what could be had" alloc 4K --at 0x6000000 --dry-run --claim
	refused "\`pgarea probe\` tells what could be had" reserve 0x6000000+4K --dry-run --claim
	refused "only one block fits at an address" alloc 4K --at 0x6000000 --claim --count 2
	refused "'claim' has no value" run --reserve R=0x6000000+4K,claim=1 true
}

@test "other refusals of the kernel" {
	FAKE_USER=1 pgarea alloc 4K --at 0x6000000 --claim
	exits 1
	has "a claim takes memory from the host and needs CAP_SYS_ADMIN" err
	FAKE_ERRNO=95 pgarea reserve 0x6000000+4K --claim
	exits 1
	has "lacks a feature" err
}
