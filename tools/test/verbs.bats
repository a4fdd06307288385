#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# The verbs on a fake device: output, refusals, holding.

load common

@test "info" {
	pgarea info
	exits 0
	has "pageblock           2 MiB" out
	has "cleared             24 MiB" out
	has "features            alloc reserve dry-run exact" out
	has "chunks              12 taken, 3 returned" out
	has "bytes               24 MiB taken, 6 MiB returned" out
	has "host was asked      1234 times; that and returning took 1200 ms" out
	has "refused             3 in use, 2 for a reserve, 1 otherwise" out
	pgarea info --json
	is "page_size addresses_hidden" "4096 false"
	is "features.*" "alloc reserve dry-run exact bulk top-down trim wait orphan bind persistent access wc export poison end-orphans areas probe grow claim shrink"
	is cleared $((24 << 20))
	is "bytes_taken bytes_returned host_calls host_us" "25165824 6291456 1234 1200345"
	is "refused_busy refused_reserve refused_other" "3 2 1"
}

@test "info: lifetime of blocks, in 80 columns" {
	FAKE_LIMIT=0x4000000 pgarea info
	exits 0
	has "poisoned            4 KiB" out
	has "you hold            0 bytes" out
	has "limit per user      64 MiB" out
	has "orphans are kept    for 1000 ms" out
	has "addresses           shown" out
	has "and others (0x10000000000)" out
	[ "$(wc -L <"$work/out")" -lt 80 ]
	FAKE_LIMIT=0x4000000 pgarea info --json
	is "poisoned user_limit user_held orphan_ms" "4096 67108864 0 1000"
}

@test "info: no limit, no orphans, hidden addresses, an older module" {
	FAKE_OLD=1 FAKE_HIDE=1 pgarea info
	exits 0
	has "you hold            0 bytes" out
	has "limit per user      none" out
	has "orphans are kept    not at all" out
	has "addresses           hidden" out
	has "features            alloc reserve top-down" out
	lacks others out
	lacks "host was asked" out
	FAKE_OLD=1 FAKE_HIDE=1 pgarea info --json
	is "user_limit orphan_ms addresses_hidden" "null 0 true"
	is "bytes_taken host_calls" "0 0"
}

@test "areas: table and JSON" {
	pgarea areas
	exits 0
	has "lowest  0x0-0xffffff" out
	has "LARGEST" out
	pgarea areas --json
	is "areas.*.name" "lowest low normal"
	is "areas.0.reserved areas.0.largest_free" "1048576 3145728"
	is "areas.*.node" "null null 0"
}

@test "areas: columns for orphaned and poisoned if there are any, and sums match" {
	pgarea areas
	has "DRAINING  ORPHANED  POISONED  LARGEST  CHUNKS" out
	pgarea areas normal low
	has "DRAINING  ORPHANED  POISONED  LARGEST  CHUNKS" out
	pgarea areas low
	lacks ORPHANED out
	lacks POISONED out
	has "DRAINING  LARGEST" out
	[ "$(wc -L <"$work/out")" -le 120 ]
	FAKE_GONE=1 pgarea areas
	has "DRAINING  POISONED  LARGEST" out
	pgarea areas --json
	is "areas.*.orphaned" "0 0 16384"
	is "areas.*.poisoned" "0 0 4096"
	local owned sum
	owned=$(json areas.2.owned) && sum=0
	for part in free allocated reserved draining orphaned poisoned; do
		sum=$((sum + $(json areas.2.$part)))
	done
	[ "$sum" -eq "$owned" ]
}

@test "areas: only the named areas, and their orders" {
	pgarea areas --orders low
	exits 0
	lacks lowest out
	has "FREE BLOCKS" out
	pgarea areas --orders low --json
	is "areas.0.orders.*.order areas.0.orders.*.free_blocks" "9 2"
}

@test "areas and map: an unknown area is refused" {
	local verb
	for verb in areas map; do
		pgarea "$verb" lowest nowhere
		exits 1
		has "there is no area 'nowhere'" err
		[ -z "$out" ]
	done
}

@test "map: every state and every part of a cell is visible" {
	pgarea map --rows 4
	exits 0
	has "0xa00000 |##......" out
	has "0xc00000 |RRRRRRRR" out
	has "a cell is 32 KiB, a row 2 MiB:  . free  # allocated  R reserved" out
	has "... 44 MiB not owned ..." out
	has ": mostly free" out
	has "#D..|" out
	has "0x1000400000 |o+:....." out
	has "o mostly orphaned" out
	has "16 KiB orphaned, 4 KiB poisoned" out
}

@test "map: orphaned and poisoned pages have letters of their own" {
	pgarea map normal --rows 1000
	exits 0
	has "0x1000400000 |OOOOX...####RRRR####....." out
	has "O orphaned" out
	has "X poisoned" out
	has "D draining" out
}

@test "map: the rows set the scale, one row is enough" {
	pgarea map lowest --rows 1
	exits 0
	[ "$(grep -c '|' "$work/out")" -eq 1 ]
	has "a row 8 MiB" out
	pgarea map lowest --rows 1000 --width 128
	has "a cell is 4 KiB, a row 512 KiB" out
}

@test "map: plain text if stdout is not a terminal" {
	pgarea map
	[ -z "$(LC_ALL=C grep -P '[^\n -~]' "$work/out")" ]
}

@test "map: colours and shades on a terminal, not with NO_COLOR or --ascii" {
	command -v script >/dev/null || skip "no script(1)"
	export LD_PRELOAD=$FAKE PGAREA_DEVICE=/fake LC_ALL=C.UTF-8
	script -qec "$PGAREA map lowest" /dev/null >"$work/out" </dev/null
	grep -q $'\033\[34m█' "$work/out"
	NO_COLOR=1 script -qec "$PGAREA map lowest" /dev/null >"$work/out" </dev/null
	grep -q █ "$work/out"
	[ "$(grep -c $'\033' "$work/out")" -eq 0 ]
	script -qec "$PGAREA map lowest --ascii" /dev/null >"$work/out" </dev/null
	[ -z "$(LC_ALL=C grep -P '[^\r\n -~]' "$work/out")" ]
}

@test "map: JSON has the exact ranges, of lists longer than one call" {
	pgarea map low --json
	exits 0
	is "areas.0.ranges.#" 82
	is "areas.0.ranges.80.address areas.0.ranges.80.size areas.0.ranges.80.state" \
		"$((0x411c000)) 8192 allocated"
}

@test "blocks: of all processes; an error outside a run" {
	pgarea blocks --all
	exits 0
	has "reservation  0xc00000-0xcfffff" out
	has "owner,mapping" out
	pgarea blocks --all --json
	is "blocks.# blocks.1.holders.*" "48 owner mapping"
	pgarea blocks
	exits 2
	has "--all" err
}

@test "alloc: prints the address, and that the block was freed at once" {
	pgarea alloc 64K --below 16M --name ring --hold-for 0
	exits 0
	has "0x800000-0x80ffff  64 KiB  lowest" out
	has ring out
	[ -z "$err" ]
}

@test "alloc: every limit reaches the device" {
	pgarea alloc 4K --align 2M --area low --hold-for 0 --json
	is "held.0.address" $((16 << 20))
	pgarea alloc 4K --above 0x4000000 --highest 0x4000fff --hold-for 0 --json
	is "held.0.address" $((64 << 20))
	pgarea alloc 4K --lowest 65M --below 4G --hold-for 0 --json
	is "held.0.address" $((0x4102000))
	pgarea alloc 4K --at 0x1234000 --hold-for 0 --json
	is "held.0.address" $((0x1234000))
	pgarea alloc 12K --area normal --boundary 16K --hold-for 0 --json
	is "held.0.address" $((0x10003f0000))
	pgarea alloc 64K --area lowest,low --hold-for 0 --json
	is "held.0.area" lowest
}

@test "alloc --top-down: the highest address within the limits" {
	pgarea alloc 64K --area low --top-down --hold-for 0 --json
	exits 0
	is "held.0.address" $((0x43f0000))
	pgarea alloc 64K --below 20M --align 1M --top-down --hold-for 0 --json
	exits 0
	is "held.0.address" $((0x1300000))
	pgarea alloc 1M --area low --top-down --count 3 --hold-for 0 --json
	is "held.*.address" "$((0x4300000)) $((0x4200000)) $((0x1300000))"
	pgarea alloc 1G --area low --top-down --json
	exits 1
	is "error.request.top_down" true
}

@test "alloc: several, all or none" {
	pgarea alloc 1M --area low --count 3 --hold-for 0 --json
	exits 0
	is "held.*.address" "$((16 << 20)) $((17 << 20)) $((18 << 20))"
	pgarea alloc 2M --area low --count 9 --hold-for 0
	exits 1
	has "2 MiB in low" err
	has "3 of 9 blocks fit; all were freed" err
	[ -z "$out" ]
	pgarea alloc 8M --area low --count 9 --json
	exits 1
	has "cannot allocate 8 MiB in low" err
	lacks "blocks fit" err
	is "error.errno error.refusals.0.area" "ENOSPC low"
}

@test "alloc --count: every block has the label, its own id and address" {
	pgarea alloc 4K --area low --count 3 --name ring --hold-for 0 --json
	exits 0
	is "held.#" 3
	is "held.*.name" "ring ring ring"
	is "held.*.size held.*.area" "4096 4096 4096 low low low"
	is "held.*.address" "$((0x1000000)) $((0x1001000)) $((0x1002000))"
	[ "$(json "held.*.id" | tr ' ' '\n' | sort -u | wc -l)" -eq 3 ]
	[ "$(json "held.*.mmap_offset" | tr ' ' '\n' | sort -u | wc -l)" -eq 3 ]
	pgarea alloc 4K --count 100000 --hold-for 0
	exits 1
	has "of 100000 blocks fit" err
}

@test "alloc --count: a module without bulk support is named" {
	FAKE_ERRNO=25 pgarea alloc 4K --count 2
	exits 1
	has "is it older than this program?" err
	lacks "blocks fit" err
}

@test "alloc --fill maps and writes" {
	pgarea alloc 64K --fill 165 --hold-for 0
	exits 0
	pgarea alloc 8K --fill 165 --count 5 --hold-for 0
	exits 0
	pgarea alloc 64K --fill 165 --dry-run
	exits 0
}

@test "alloc --dry-run holds nothing" {
	pgarea alloc 64K --dry-run --json
	exits 0
	is "held.0.id held.0.mmap_offset" "null null"
	[ -z "$err" ]
}

@test "alloc: why no area grew, and what to do" {
	FAKE_GROW=10 pgarea alloc 1G --area low
	exits 1
	has "and cannot grow: 0x1400000 is used by the kernel or a driver, and cannot be moved" err
	has "So that it can grow: try soon after boot, or unload the driver." err
	lacks "reload the module" err
	FAKE_GROW=10 pgarea alloc 1G --area low --json
	is "error.refusals.0.obstacle error.refusals.0.obstacle_address" "unmovable $((0x1400000))"
	is "error.request.no_grow" false
	FAKE_GROW=16 pgarea alloc 1G --area low
	has "and cannot grow: 0x1400000 is a hole between RAM" err
	has "So that it can grow: another address." err
	FAKE_GROW=13 pgarea alloc 1G --area low
	lacks "So that it can grow" err
	FAKE_HIDE=1 FAKE_GROW=10 pgarea alloc 1G --area low
	has "and cannot grow: most memory is used by the kernel" err
	FAKE_GROW=maximum pgarea alloc 1G --area low
	has "and may not grow beyond its maximum of 64 MiB" err
	has "An area with a larger maximum" err
	FAKE_GROW=maximum pgarea alloc 1G --area low --json
	is "error.refusals.0.reason error.refusals.0.obstacle" "maximum null"
	FAKE_GROW=timeout pgarea alloc 1G --area low
	has "could not grow in the time that the parameter grow_ms= allows" err
	FAKE_GROW=maximum pgarea alloc 4K --area normal --at 0x1000000000
	exits 1
	has "beyond its maximum" err
}

@test "alloc --no-grow" {
	FAKE_GROW=10 pgarea alloc 1G --area low --no-grow --json
	exits 1
	is "error.refusals.0.obstacle error.refusals.0.obstacle_address" "null null"
	is "error.request.no_grow" true
	FAKE_OLD=1 FAKE_ERRNO=95 pgarea alloc 4K --no-grow
	exits 1
	has "grow" err
	FAKE_GROW=10 pgarea run --alloc big=1G,area=low,no-grow true
	exits 1
	lacks "cannot grow" err
}

@test "alloc --node and --prefer-node" {
	pgarea alloc 64K --node 0 --hold-for 0
	exits 0
	pgarea alloc 64K --node 1 --json
	exits 1
	is "error.refusals.0.reason error.refusals.1.reason" "node node"
	is "error.request.node error.request.prefer_node" "1 null"
	pgarea alloc 64K --node 1 --above 16M
	has "cannot allocate 64 KiB on node 1 from 16 MiB up" err
	has "normal: is for node 0; low: owns nothing on node 1 within the limits" err
	has "\`pgarea create --node\` makes an area on a node" err
	pgarea alloc 4K --node 1 --count 3
	exits 1
	has "owns nothing on node 1" err
	pgarea alloc 64K --prefer-node 1 --hold-for 0
	exits 0
	pgarea alloc 1G --prefer-node 1 --json
	is "error.request.node error.request.prefer_node" "null 1"
	has "1 GiB on node 1 or another" out
	pgarea alloc 64K --node 7
	exits 1
	has "there is no node 7, or it has no memory" err
	pgarea alloc 64K --prefer-node 7
	has "there is no node 7, or it has no memory" err
	pgarea run --alloc ring=64K,node=1 true
	exits 1
	has "owns nothing on node 1" err
	FAKE_HIDE=1 FAKE_USER=1 pgarea alloc 64K --node 0
	has "a NUMA node, and memory that is not write-back, need CAP_SYS_ADMIN" err
	FAKE_OLD=1 FAKE_ERRNO=95 pgarea alloc 4K --node 0
	has "lacks a feature that the request needs: node" err
	refused "has the node that it has; leave out --node" alloc 64K --at 0x1200000 --node 0
	refused "is not a number from 0" alloc 64K --node low
}

@test "areas: which ones may grow, and how far" {
	pgarea areas low
	lacks "GROWS TO" out
	FAKE_GROW=10 pgarea areas low
	has "CHUNKS  GROWS TO" out
	has "64 MiB" out
	FAKE_GROW=10 pgarea areas low --json
	is "areas.0.grow areas.0.maximum" "true $((64 << 20))"
}

@test "areas --require" {
	pgarea areas --require
	exits 0
	has LARGEST out
	[ -z "$err" ]
	export FAKE_SHORT=low
	pgarea areas --require
	exits 1
	has "low has 8 MiB of 40 MiB; the kernel's log has the reason" err
	lacks normal err
	[ -z "$out" ]
	pgarea areas --require normal low
	exits 1
	pgarea areas --require normal lowest
	exits 0
	pgarea areas low
	exits 0
	pgarea areas --require --json
	exits 1
	is "error.exit error.errno error.short.*.name" "1 ENOSPC low"
	is "error.short.0.owned error.short.0.target_size" "8388608 41943040"
}

@test "a device whose answers are impossible" {
	local lie
	# What a list that never ends would eat
	ulimit -v 1000000
	for lie in stuck cycle start many none fits short; do
		FAKE_LIE=$lie pgarea areas
		exits 1
		has "cannot list the areas: the device's answer contradicts" err
		[ -z "$out" ]
	done
	FAKE_LIE=stuck pgarea blocks --all
	exits 1
	has "the device's answer contradicts itself" err
	FAKE_LIE=stuck pgarea areas --json
	exits 1
	is "error.errno" EPROTO
}

@test "library" {
	LD_PRELOAD=$FAKE PGAREA_DEVICE=/fake timeout 60 "$TEST_LIB"
}

@test "library under valgrind" {
	command -v valgrind >/dev/null || skip "no valgrind"
	LD_PRELOAD=$FAKE PGAREA_DEVICE=/fake timeout 300 valgrind -q --error-exitcode=99 \
		--leak-check=full --show-leak-kinds=definite,indirect,possible "$TEST_LIB"
}

@test "hidden addresses are not printed" {
	export FAKE_HIDE=1
	pgarea alloc 64K --hold-for 0
	exits 0
	has hidden out
	lacks 0xffffffffffffffff out
	pgarea alloc 64K --hold-for 0 --json
	is "held.0.address" null
	pgarea map
	exits 1
	has "hides physical addresses" err
	pgarea map --json
	exits 0
	is "areas.0.ranges.0.address" null
}

@test "hidden addresses: refusals reveal no address" {
	export FAKE_HIDE=1
	pgarea alloc 6M --below 16M
	exits 1
	lacks 0xffffffffffffffff err
	lacks " at 0x" err
	has "lowest: 7104 KiB free of 8 MiB, largest run 3 MiB" err
	has "Try at most 3 MiB" err
	pgarea reserve 0x9ff000 64K --json
	exits 1
	has "a page of it is allocated" err
	is error.conflict.address null
}

@test "hidden addresses: options that then need CAP_SYS_ADMIN" {
	export FAKE_HIDE=1 FAKE_USER=1
	pgarea alloc 4K --at 16M
	exits 1
	has "naming one needs CAP_SYS_ADMIN; try as root" err
	pgarea alloc 4K --align 4M
	exits 1
	has "an alignment or boundary beyond a pageblock" err
	pgarea reserve 16M+4K
	exits 1
	has "naming one needs CAP_SYS_ADMIN; try as root" err
	pgarea map --json
	exits 1
	has "listing ranges needs CAP_SYS_ADMIN" err
	is error.errno EPERM
}

@test "refusal: the request, the obstacle, what to try" {
	pgarea alloc 6M --below 16M
	exits 1
	has "cannot allocate 6 MiB below 16 MiB: normal: lies above the limit; low: lies above" err
	has "lowest: 7104 KiB free of 8 MiB, largest run 3 MiB at 0xd00000 after 1 MiB reserved" err
	has "Try at most 3 MiB" err
	has "reload the module with more in areas= (lowest=14M)" err
}

@test "refusal: promises no more memory than the bounds allow" {
	pgarea alloc 32M --below 16M
	exits 1
	has "The limits allow less" err
	lacks reload err
}

@test "refusal: an alignment that no free run meets" {
	pgarea alloc 4K --align 1G --below 16M
	exits 1
	has "but it misses the alignment" err
	has "Try a smaller alignment" err
	lacks reload err
}

@test "refusal: every field as JSON" {
	pgarea alloc 6M --area lowest,normal --json
	exits 1
	is "error.errno error.exit" "ENOSPC 1"
	is "error.refusals.*.area error.refusals.*.reason" "lowest normal fragmented full"
	is "error.request.size" 6291456
	has "cannot allocate 6 MiB in lowest, normal" err
}

@test "refusal of an exact address names the page and its state" {
	pgarea alloc 64K --at 0xa01000
	exits 1
	has "lowest: 0xa01000 is allocated (64 KiB)" err
	pgarea alloc 64K --at 0x200000 --json
	exits 1
	is "error.errno" ENOSPC
	has "no area owns 0x200000, the host has it, and it is free: \`pgarea alloc 0x10000 --at 0x200000 --claim\` takes it." err
	lacks "does not own" err
	pgarea alloc 64K --at 0x6a00000
	exits 1
	has "no area owns 0x6a00000, and nothing gets it: 0x6a03000 is used for small objects of the kernel (try" err
	FAKE_USER=1 pgarea alloc 64K --at 0x200000
	exits 1
	has "does not own 0x200000" err
}

@test "other errors of the kernel are explained" {
	FAKE_ERRNO=95 pgarea alloc 4K --json
	exits 1
	is "error.errno" EOPNOTSUPP
	has "lacks a feature that the request needs; see \`pgarea info\`" err
	is "error.refusals.#" 0
	FAKE_ERRNO=12 pgarea alloc 4K
	exits 1
	has "no memory" err
	FAKE_ERRNO=23 pgarea alloc 4K --persistent --name fb
	exits 1
	has "no device node or open file left" err
	FAKE_ERRNO=133 pgarea alloc 4K
	exits 1
	has "the hardware reported an error" err
	FAKE_ERRNO=13 pgarea reserve 16M+4K
	exits 1
	has "open read-only" err
}

@test "reserve: three notations of a range" {
	local range
	for range in "0x1200000 64K" 0x1200000+64K 18M+64K 0x1200000-0x120ffff; do
		# shellcheck disable=SC2086 # one argument or two
		pgarea reserve $range --name fw --hold-for 0 --json
		exits 0
		is "held.0.address held.0.size" "18874368 65536"
		is "held.0.kind held.0.name" "reservation fw"
	done
}

@test "reserve: a refusal names the first page in the way" {
	pgarea reserve 0x9ff000 64K --json
	exits 1
	has "cannot reserve 0x9ff000-0xa0efff (64 KiB): 0xa00000 is allocated (64 KiB)" err
	is "error.conflict.state error.errno" "allocated EBUSY"
	pgarea reserve 0x13ff000+8K
	exits 1
	has "no area owns 0x1400000, the host has it, and it is free: \`pgarea reserve 0x13ff000+0x2000 --claim\` takes it." err
	pgarea reserve 0xc0000000+8K
	has "no area owns 0xc0000000, and nothing gets it: 0xc0000000 is not RAM (another address)." err
	FAKE_USER=1 pgarea reserve 0x13ff000+8K
	has "0x1400000 is not owned by the area" err
	pgarea reserve 0x1000001 4K
	exits 1
	has "multiples of the page size" err
}

@test "reserve --dry-run" {
	pgarea reserve 18M 64K --dry-run --json
	exits 0
	is "held.0.id" null
}
