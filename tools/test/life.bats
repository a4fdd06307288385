#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Lifetime of a block: access, orphans, persistence, and waiting for its end.

load common

# orphans NAME...: checks which blocks the last call of pgarea did not free
orphans() {
	local saw
	saw=$(sed -n 's/^left //p' "$work/log" | sort | tr '\n' ' ')
	[ "$saw" = "$*${1:+ }" ] || { echo "orphans: expected $*, saw $saw" >&2; show; return 1; }
}

# device_saw LINE...: checks for these lines in the fake device's log
device_saw() {
	local line
	for line; do
		grep -qxF "$line" "$work/log" ||
			{ echo "the device did not see: $line" >&2; cat "$work/log" >&2; return 1; }
	done
}

# ---- Access, caching and lifetime ----------------------------------------------

@test "alloc: access, cache and orphan time reach the device" {
	pgarea alloc 4K --name a --read-only --wc --orphan-ms 500 --bind 00:10.0 --hold-for 0 --json
	exits 0
	device_saw "made a 1 1 500" "bound a 10.0"
	is "held.0.persistent held.0.path" "false null"
	pgarea alloc 4K --uc --json
	exits 1
	is "error.errno error.request.cache" "EOPNOTSUPP uncached"
	pgarea alloc 4K --execute --area low --above 1T --json
	exits 1
	is "error.request.access error.request.persistent" "execute false"
	pgarea alloc 4K --name a --orphan-ms none --execute --hold-for 0
	exits 0
	device_saw "made a 2 0 4294967295"
	pgarea alloc 4K --name a --count 2 --wc --read-only --orphan-ms 7 --bind 00:11.0 --hold-for 0
	exits 0
	device_saw "made a 1 1 7" "bound a 11.0"
	[ "$(grep -c made "$work/log")" -eq 2 ]
	[ "$(grep -c bound "$work/log")" -eq 2 ]
	pgarea reserve 16M+4K --name a --orphan-ms 3600000 --bind 00:11.0 --hold-for 0
	exits 0
	device_saw "made a 0 0 3600000" "bound a 11.0"
}

@test "alloc: a missing feature is named" {
	pgarea alloc 4K --uc
	exits 1
	has "lacks a feature that the request needs: uc (\`pgarea info\` lists" err
	export FAKE_OLD=1
	pgarea alloc 4K --wc --execute
	exits 2
	pgarea alloc 4K --read-only --wc
	exits 1
	has "that the request needs: access wc (" err
	pgarea alloc 4K --persistent --name fb
	exits 1
	has "that the request needs: persistent (" err
	pgarea reserve 16M+4K --persistent --name fb
	exits 1
	has "that the request needs: persistent (" err
	pgarea alloc 4K --orphan-ms 5
	exits 1
	has "is it older than this program?" err
}

@test "alloc: the limit of a user is reported, and what the user holds" {
	export FAKE_LIMIT=0x10000
	pgarea alloc 128K --json
	exits 1
	is error.errno EDQUOT
	has "more than one user may hold: the limit is 64 KiB, and you hold 0 bytes" err
	has "try as root (CAP_SYS_RESOURCE), or raise the limit" err
	pgarea alloc 48K --count 2 --hold-for 0
	exits 1
	has "the limit is 64 KiB, and you hold 48 KiB" err
	has "1 of 2 blocks fit; all were freed" err
	orphans
	pgarea run --alloc A=48K --alloc B=32K true
	exits 1
	has "and you hold 48 KiB" err
	orphans
}

@test "--bind: both ways to write an address; domain, quota and rights are checked" {
	local address
	for address in 00:10.0 0000:00:10.0 0:10.0 0000:00:11.0; do
		pgarea alloc 4K --bind $address --hold-for 0
		exits 0
		pgarea reserve 16M+4K --bind $address --hold-for 0
		exits 0
	done
	pgarea alloc 4K --count 3 --bind 00:10.0 --hold-for 0
	exits 0
	pgarea alloc 4K --bind 1f:12.3 --json
	exits 1
	is error.errno ENODEV
	has "no such function; \`lspci -D\` lists" err
	has "to PCI function 0000:1f:12.3" err
	pgarea alloc 4K --bind 0001:00:10.0
	exits 1
	has "to PCI function 0001:00:10.0" err
	pgarea alloc 4K --bind 00:1c.0 --json
	exits 1
	is error.errno EINVAL
	has "it is a bridge" err
	orphans
	FAKE_USER=1 pgarea reserve 16M+4K --bind 00:10.0 --json
	exits 1
	is error.errno EPERM
	has "this needs CAP_SYS_ADMIN; try as root" err
	FAKE_OLD=1 pgarea alloc 4K --bind 00:10.0
	exits 1
	has "is it older than this program?" err
	orphans
}

@test "run: words of access and lifetime" {
	# shellcheck disable=SC2016 # expanded by the command's shell
	pgarea run --alloc A=4K,read-only,wc,orphan-ms=none,bind=00:10.0 --alloc B=4K,execute \
		--reserve C=18M+4K,orphan-ms=5,bind=0000:00:11.0 -- sh -c 'echo $PGAREA_C_PHYS'
	exits 0
	[ "$out" = 0x1200000 ]
	device_saw "made A 1 1 4294967295" "bound A 10.0" "made B 2 0 0" "made C 0 0 5" "bound C 11.0"
	pgarea run --reserve C=18M+4K,bind=00:12.0 -- true
	exits 1
	has "there is no such function" err
	orphans
}

# ---- Orphans: blocks that are not freed ----------------------------------------

@test "held blocks are freed when holding ends on purpose" {
	pgarea alloc 64K --name a --hold-for 0
	exits 0
	orphans
	pgarea alloc 64K --name a --count 5 --hold-for 0
	exits 0
	orphans
	pgarea reserve 18M+64K --name a --hold-for 0
	exits 0
	orphans
	pgarea alloc 1M --area low --count 9 --name a --hold-for 0
	exits 1
	has "blocks fit" err
	orphans
}

@test "run: freed when the command ended with 0, left as orphans when it did not" {
	pgarea run --alloc A=4K --reserve B=18M+4K -- true
	exits 0
	orphans
	pgarea run --alloc A=4K --reserve B=18M+4K -- false
	exits 1
	orphans A B
	# shellcheck disable=SC2016 # expanded by the command's shell
	pgarea run --alloc A=4K -- sh -c 'kill -SEGV $$'
	exits 139
	orphans A
	pgarea run --alloc A=4K --reserve B=0xa00000+4K -- true
	exits 1
	orphans
}

# ---- Lists ---------------------------------------------------------------------

@test "blocks: orphans, persistent blocks, functions, poison, and owners" {
	pgarea blocks --all
	exits 0
	has "HOLDERS          PCI       PID   UID  NAME" out
	has "orphaned 812 ms     device           -        1234  1000  rx" out
	has "draining            mapping,dma-buf  -" out
	has "persistent          node             -           -  1000  table" out
	has "persistent          -                -           -  1000  spare" out
	has "allocated,poisoned  owner            03:1f.7  1234  1000  ring" out
	[ "$(wc -L <"$work/out")" -le 125 ]
}

@test "blocks: no column of functions if no block is bound" {
	FAKE_OLD=1 pgarea blocks --all
	exits 0
	has "HOLDERS         PID   UID  NAME" out
	lacks PCI out
	[ "$(wc -L <"$work/out")" -le 110 ]
}

@test "blocks --long: every property, on narrow lines" {
	pgarea blocks --all --long
	exits 0
	has ": ring
  physical    0x1000410000-0x1000413fff, 16 KiB, in normal on node 0
  state       allocated,poisoned
  held by     owner
  owner       process 1234 of user 1000
  memory      read-only, write-combining
  as orphan   will be quarantined for 60 s
  bound to    PCI function 0000:03:1f.7" out
	has "as orphan   quarantined for another 812 ms" out
	has "node        /dev/pgarea-table" out
	has "made by     user 1000" out
	has "made by     process 1234 of user 1000" out
	[ "$(wc -L <"$work/out")" -lt 80 ]
}

@test "blocks --long: a block without quarantine is marked" {
	pgarea blocks --all --long
	exits 0
	lacks "4294967" out
	has "as orphan   will not be quarantined" out
	pgarea blocks --all --json
	is "blocks.42.size blocks.42.orphan_ms" "4096000 0"
}

@test "refusals: those that a wait can resolve" {
	pgarea alloc 1M --area normal
	exits 1
	has "48 KiB are draining or orphaned; \`pgarea wait\` waits for them." err
	pgarea alloc 16K --at 0x1000400000
	exits 1
	has "0x1000400000 is orphaned (16 KiB)" err
	has "\`pgarea wait\` waits until it is free." err
	pgarea reserve 0x10003e8000+8K
	exits 1
	has "is draining (32 KiB). \`pgarea wait\` waits until it is free." err
	pgarea alloc 6M --area lowest
	exits 1
	lacks "pgarea wait" err
}

@test "blocks: JSON has every field" {
	pgarea blocks --all --json
	local n
	n=$(json blocks.#)
	is "blocks.$((n - 1)).name" ring
	is "blocks.$((n - 1)).uid blocks.$((n - 1)).orphan_ms blocks.$((n - 1)).pci" \
		"1000 60000 0000:03:1f.7"
	is "blocks.$((n - 1)).cache blocks.$((n - 1)).access blocks.$((n - 1)).poisoned" \
		"write-combining read-only true"
	is "blocks.$((n - 1)).persistent blocks.$((n - 1)).path" "false null"
	is "blocks.$((n - 3)).persistent blocks.$((n - 3)).path blocks.$((n - 3)).pid" \
		"true /dev/pgarea-table null"
	is "blocks.$((n - 4)).state blocks.$((n - 4)).orphan_ms blocks.$((n - 4)).holders.*" \
		"orphaned 812 device"
	is "blocks.$((n - 2)).kind blocks.$((n - 2)).state blocks.$((n - 2)).holders.#" \
		"reservation reserved 0"
}

# ---- Persistent ----------------------------------------------------------------

@test "alloc --persistent: prints the node, and does not hold" {
	pgarea alloc 64K --area low --persistent --name fb
	exits 0
	has "OFFSET  PATH" out
	has "/dev/pgarea-fb" out
	[ "$err" = "pgarea: stays until \`pgarea remove fb\`" ]
	device_saw "made fb 0 0 0 persistent"
	orphans
	pgarea alloc 64K --area low --persistent --name fb --json
	exits 0
	is "held.0.persistent held.0.path held.0.name" "true /dev/pgarea-fb fb"
	pgarea alloc 8K --persistent --name fb --fill 5
	exits 0
}

@test "reserve --persistent: the same for a range" {
	pgarea reserve 18M+64K --persistent --name fw-1.0_x
	exits 0
	has "0x1200000-0x120ffff" out
	has "/dev/pgarea-fw-1.0_x" out
	has "stays until \`pgarea remove fw-1.0_x\`" err
	device_saw "made fw-1.0_x 0 0 0 persistent"
	orphans
	pgarea reserve 18M+64K --persistent --name fw --json
	is "held.0.kind held.0.persistent held.0.path" "reservation true /dev/pgarea-fw"
}

@test "--persistent --dry-run creates and promises nothing" {
	pgarea alloc 64K --persistent --name fb --dry-run --json
	exits 0
	is "held.0.id" null
	[ -z "$err" ]
	pgarea reserve 18M+64K --persistent --name fb --dry-run
	exits 0
	[ -z "$err" ]
	[ ! -s "$work/log" ]
}

@test "--persistent: a name that is taken, and a user without the right" {
	local verb
	for verb in "alloc 4K" "reserve 16M+4K"; do
		# shellcheck disable=SC2086 # a verb and its arguments
		pgarea $verb --persistent --name table --json
		exits 1
		is error.errno EEXIST
		has "'table' exists already, as /dev/pgarea-table" err
		has "\`pgarea remove table\`" err
		# shellcheck disable=SC2086
		FAKE_USER=1 pgarea $verb --persistent --name fb --json
		exits 1
		is error.errno EPERM
		has "outlives its creator and needs CAP_SYS_ADMIN; try as root" err
	done
}

@test "remove: released at once, or drains and lists the holders" {
	pgarea remove spare
	exits 0
	[ -z "$out$err" ]
	pgarea remove spare --json
	exits 0
	is "removed.name removed.gone removed.holders.#" "spare true 0"
	pgarea remove table
	exits 0
	[ -z "$out" ]
	has "table is removed; its memory drains while it is held by node" err
	pgarea remove table --json
	exits 0
	is "removed.gone removed.holders.*" "false node"
	[ -z "$err" ]
}

@test "remove --wait: until it is released, or for a time" {
	pgarea remove spare --wait
	exits 0
	device_saw "wait one -1"
	[ -z "$err" ]
	pgarea remove table --wait=2
	exits 4
	device_saw "wait one 2000"
	has "1 block or reservation is left, held by an open node" err
	has "table (0x1000408000-0x100040bfff, 16 KiB, in normal): draining, held by node" err
	lacks "rx" err
	pgarea remove table --wait=0 --json
	exits 4
	is "error.errno error.exit error.left" "ETIMEDOUT 4 1"
	is "error.blocks.*.name error.holders.*" "table node"
}

@test "remove: refusals" {
	pgarea remove nothing --json
	exits 1
	is error.errno ENOENT
	has "cannot remove 'nothing': there is no persistent block or reservation" err
	has "ls /dev/pgarea-*" err
	pgarea remove 12345678901234567890123456789012
	exits 1
	has "not a valid name of a persistent block" err
	FAKE_USER=1 pgarea remove spare --json
	exits 1
	is error.errno EPERM
	has "needs CAP_SYS_ADMIN; try as root" err
	FAKE_OLD=1 pgarea remove spare
	exits 1
	has "is it older than this program?" err
}

# ---- Orphans ------------------------------------------------------------------

@test "free: ends the orphans that are named" {
	pgarea free --orphans --pid 1
	exits 0
	[ "$out" = "0 orphans ended" ]
	pgarea free --orphans --area low --json
	exits 0
	is ended 0
	pgarea free --orphans --pid 1234 --uid 1000 --area normal
	exits 0
	[ "$out" = "1 orphan ended" ]
	device_saw "end 1c"
	pgarea free --orphans --all --json
	exits 0
	device_saw "end 1"
	is ended 1
}

@test "free: refusals" {
	FAKE_USER=1 pgarea free --orphans --all --json
	exits 1
	is error.errno EPERM
	has "cannot end the quarantine of orphans: this needs CAP_SYS_ADMIN; try as root" err
	FAKE_OLD=1 pgarea free --orphans --all
	exits 1
	has "is it older than this program?" err
}

# ---- Waiting -------------------------------------------------------------------

@test "wait: done when nothing is left" {
	FAKE_GONE=1 pgarea wait
	exits 0
	[ -z "$out$err" ]
	device_saw "wait all -1"
	FAKE_GONE=1 pgarea wait --all --timeout 5 --json
	exits 0
	device_saw "wait all 5000"
	is left 0
}

@test "wait: on timeout, the holders of what is left" {
	pgarea wait --timeout 3
	exits 4
	[ -z "$out" ]
	has "2 blocks and reservations are left" err
	has "held by a mapping, a dma-buf, possibly a device (orphaned)" err
	has "32 KiB, in normal): draining, held by mapping,dma-buf; allocated by process 1234" err
	has "rx (0x1000400000-0x1000403fff, 16 KiB, in normal): orphaned 812 ms, held by device" err
	lacks table err
	pgarea wait --all --timeout 0 --json
	exits 4
	is "error.errno error.exit error.left" "ETIMEDOUT 4 2"
	is "error.blocks.*.state" "draining orphaned"
	is "error.holders.*" "mapping dma-buf device"
}

@test "wait: a signal that does not end the program does not end the waiting" {
	local -a waits
	FAKE_SIGNAL=1 pgarea wait --timeout 1
	exits 4
	mapfile -t waits < <(sed -n 's/^wait all //p' "$work/log")
	[ "${#waits[@]}" -eq 2 ]
	[ "${waits[0]}" -eq 1000 ]
	[ "${waits[1]}" -le 980 ]
	FAKE_SIGNAL=1 pgarea remove table --wait
	exits 4
	[ "$(grep -cx 'wait one -1' "$work/log")" -eq 2 ]
}

@test "wait: refusals" {
	FAKE_USER=1 pgarea wait --json
	exits 1
	is error.errno EPERM
	has "cannot wait for the blocks of all processes: this needs CAP_SYS_ADMIN; try as root" err
	FAKE_OLD=1 pgarea wait
	exits 1
	has "is it older than this program?" err
}
