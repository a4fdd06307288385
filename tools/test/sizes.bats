#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Sizes and addresses: which are accepted, which are refused, how they are printed.

load common

# reads TEXT BYTES: checks that a dry run reports that size
reads() {
	pgarea alloc "$1" --dry-run --json
	exits 0 && is "held.0.size" "$2"
}

@test "plain numbers are bytes, rounded up to pages" {
	reads 1 4096
	reads 20480 20480
}

@test "K, M, KiB, MiB and lower case are binary" {
	reads 4K 4096
	reads 4k 4096
	reads 8Ki 8192
	reads 8KiB 8192
	reads 2M 2097152
	reads 2mib 2097152
}

@test "hexadecimal, with and without a suffix" {
	reads 0x1000 4096
	reads 0X8K 8192
}

@test "G and T are accepted" {
	pgarea alloc 2G --dry-run
	exits 1
	has "cannot allocate 2 GiB" err
	pgarea alloc 3T --dry-run
	has "cannot allocate 3 TiB" err
}

@test "a leading zero is not octal" {
	pgarea alloc 010K --dry-run --json
	is "held.0.size" 12288
}

@test "junk is refused" {
	local text
	for text in "" K 4KK 4KB 4Kx x4 1.5G +4K " 4K" "4 K" 0x 0xg 0x0x1 4,000; do
		refused "is not a number like" alloc "$text"
	done
	refused "is not a number like" alloc -- -4K
}

@test "a number that does not fit in 64 bits is refused" {
	refused "exceeds 64 bits" alloc 18446744073709551616
	refused "exceeds 64 bits" alloc 0x10000000000000000
	refused "exceeds 64 bits" alloc 16777216T
	refused "exceeds 64 bits" alloc 99999999999999999999999K
}

@test "the largest number that fits is accepted" {
	pgarea alloc 0xffffffffffffffff --dry-run
	exits 1
	has "cannot allocate 16.00 EiB" err
}

@test "sizes are printed exactly where five digits suffice" {
	pgarea alloc 1536M --dry-run
	has "cannot allocate 1.5 GiB" err
	pgarea alloc 1025M --dry-run
	has "cannot allocate 1025 MiB" err
	pgarea alloc 4194305K --dry-run
	has "cannot allocate 4.00 GiB" err
}
