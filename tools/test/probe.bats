#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# `pgarea probe` on a fake device, whose host has firmware at 0, no memory from 3 GiB
# on, slab in every 16th pageblock from 10 MiB on, and is free elsewhere.

load common

@test "a range that could be had" {
	pgarea probe 0x6000000+4M
	exits 0
	has "0x6000000-0x63fffff  4 MiB  yes  free  0x6000000   -" out
	has "0x6000000-0x63fffff could be had" out
	[ "$(wc -l <"$work/out")" -eq 3 ]
}

@test "each run of pageblocks alike is a line, and the first page in the way is named" {
	pgarea probe 96M 32M
	exits 1
	has "RANGE" out
	has "0x6a00000-0x6bfffff   2 MiB  no   slab  0x6a03000   try" out
	has "0x6c00000-0x7ffffff  20 MiB  yes  free  0x6c00000   -" out
	has "0x6000000-0x7ffffff cannot be had: 0x6a03000 is used for small objects of the kernel" out
}

@test "notations of a range" {
	local range
	for range in "0x6000000 4M" 0x6000000+4M 96M+4M 0x6000000-0x63fffff; do
		# shellcheck disable=SC2086 # one argument or two
		pgarea probe $range --json
		exits 0
		is "place size obtainable kind conflict" "100663296 4194304 true none null"
	done
}

@test "JSON has every field" {
	pgarea probe 96M 16M --json
	exits 1
	is "obtainable kind conflict" "false slab $((0x6a03000))"
	is "obstacles.*.kind" "free slab free"
	is "obstacles.1.address obstacles.1.size obstacles.1.page" "$((0x6a00000)) 2097152 $((0x6a03000))"
	is "obstacles.1.area obstacles.1.state obstacles.1.block" "null null null"
	is "obstacles.0.obtainable obstacles.1.obtainable obstacles.0.free" "true false 10485760"
}

@test "memory of an area names the area, the state and the block" {
	pgarea probe 0xa00000+4K
	exits 1
	has "lowest: allocated (block " out
	pgarea probe 0xa00000+4K --json
	is "obstacles.0.kind obstacles.0.area obstacles.0.state" "owned lowest allocated"
}

@test "a search finds the lowest place" {
	pgarea probe --size 8M --align 8M --above 32M --below 4G
	exits 0
	has "0x2000000-0x27fffff could be had" out
	pgarea probe --size 64M --below 128M
	exits 1
	has "64 MiB can be had nowhere within the limits" out
	has "the longest run that could be had is" out
}

@test "a search without a place has a line for each kind" {
	FAKE_FULL=1 pgarea probe --size 64M --below 2G
	exits 1
	has "most of it is what the host keeps for itself (reserve=)" out
	has "host-reserve" out
	has "firmware" out
	has "free memory, or load with a smaller reserve=" out
	[ "$(wc -l <"$work/out")" -lt 10 ]
	FAKE_FULL=1 pgarea probe --size 64M --below 2G --json
	exits 1
	is "place obtainable kind" "null false host-reserve"
}

@test "wrong usage" {
	refused "a range or --size is missing" probe
	refused "give a range, or the --size" probe 64M+4M --size 4M
	refused "a limit is for a search" probe 64M+4M --below 4G
	refused "is not a power of two" probe --size 4M --align 3M
	refused "is not a range" probe 64M
	refused "is not a number" probe --size 4M --node x
}

@test "refusals of the kernel are explained" {
	FAKE_USER=1 pgarea probe 64M+4M
	exits 1
	has "cannot probe the host: this needs CAP_SYS_ADMIN" err
	FAKE_HIDE=1 pgarea probe 64M+4M
	exits 1
	has "hides addresses" err
	FAKE_OLD=1 pgarea probe 64M+4M
	exits 1
	has "does not know the command" err
	pgarea probe --size 4M --node 7 --json
	exits 1
	has "there is no such NUMA node" err
	is error.errno EINVAL
}
