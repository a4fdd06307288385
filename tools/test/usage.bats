#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Usage errors exit with 2, help with 0, and a missing device with 3.

load common

@test "no verb" {
	refused "a verb is missing"
}

@test "unknown verb" {
	refused "there is no verb 'frobnicate'" frobnicate
}

@test "unknown option" {
	refused "unrecognized option '--frobnicate'" alloc 4K --frobnicate
}

@test "every verb has help with examples" {
	local verb
	for verb in info areas map blocks alloc reserve run remove free wait create \
		resize shrink destroy; do
		pgarea "$verb" --help
		exits 0
		has "Usage: pgarea $verb" out
		has "Examples:" out
		has "--json" out
		[ -z "$err" ]
		[ "$(wc -L <"$work/out")" -lt 80 ]
		# a wrongly wrapped line of an example or a list has a single word
		[ "$(sed '1,/Common options/d' "$work/out" | grep -cE '^[a-z]+$')" -eq 0 ]
		pgarea help "$verb"
		exits 0
		has "Usage: pgarea $verb" out
	done
}

@test "the general help lists the verbs" {
	local verb
	for verb in --help help; do
		pgarea "$verb"
		exits 0
		has "reserve   keep an exact range" out
	done
}

@test "alloc: arguments" {
	refused "a size is missing" alloc
	refused "one argument too many" alloc 4K 8K
	refused "the size is zero" alloc 0
	refused "not a power of two" alloc 4K --align 3
	refused "not a power of two" alloc 4K --align 0
	refused "not a power of two" alloc 4K --boundary 12K
	refused "the boundary is smaller than the size" alloc 8K --boundary 4K
	refused "above the highest" alloc 4K --above 16M --below 8M
	refused "nothing lies below address 0" alloc 4K --below 0
	refused "not a number from 1" alloc 4K --count 0
	refused "not a number from 0 to 255" alloc 4K --fill 256
	refused "not a number from 0" alloc 4K --hold-for -1
	refused "leave out --count" alloc 4K --dry-run --count 2
	refused "leave out --count" alloc 4K --at 16M --count 2
	refused "doesn't allow an argument" alloc 4K --top-down=yes
	refused "longer than 31" alloc 4K --name 12345678901234567890123456789012
	refused "named twice" alloc 4K --area low,low
}

@test "alloc: options of access and lifetime" {
	local text
	refused "read-only or can be executed" alloc 4K --read-only --execute
	refused "write-combining or uncached" alloc 4K --wc --uc
	refused "only write-back memory" alloc 4K --execute --wc
	refused "cannot write to a read-only" alloc 4K --read-only --fill 1
	for text in 0 3600001 -1 1.5 99999999999999999999 None ""; do
		refused "is neither \`none\` nor" alloc 4K --orphan-ms "$text"
	done
	for text in 10.0 00:10 0:0:10 00:20.0 00:10.8 100:00.0 00:10.0x 00:0x1.0 \
		    "00: 1.0" +0:10.0 100000000:00:10.0 0:00:00:10.0 ":10.0" "00:10." ""; do
		refused "is not a PCI function" alloc 4K --bind "$text"
	done
	refused "a dry run binds nothing" alloc 4K --bind 00:10.0 --dry-run
}

@test "a persistent block needs a valid name, and no option that needs an owner" {
	local name verb
	for verb in "alloc 4K" "reserve 16M+4K"; do
		# shellcheck disable=SC2086 # a verb and its arguments
		refused "needs a name" $verb --persistent
		for name in -a .a _a a/b "a b" ä ../a; do
			# shellcheck disable=SC2086
			refused "is not a valid node name" $verb --persistent "--name=$name"
		done
		# shellcheck disable=SC2086
		refused "leave out --orphan-ms" $verb --persistent --name a --orphan-ms 5
		# shellcheck disable=SC2086
		refused "leave out --orphan-ms" $verb --persistent --name a --bind 00:10.0
		# shellcheck disable=SC2086
		refused "leave out --hold-for" $verb --persistent --name a --hold-for 0
	done
	refused "leave out --count" alloc 4K --persistent --name a --count 2
}

@test "remove and wait: arguments" {
	refused "a name is missing" remove
	refused "one argument too many" remove a b
	refused "a time is --wait=5" remove a --wait 5
	refused "not a number from 0" remove a --wait=x
	refused "not a number from 0" wait --timeout -1
	refused "one argument too many" wait x
}

@test "free: arguments" {
	refused "say --orphans" free --all
	refused "which orphans?" free --orphans
	refused "leave out --all" free --orphans --all --pid 1
	refused "leave out --all" free --orphans --all --area low
	refused "not a number from 0" free --orphans --pid x
	refused "not a number from 0 to 2147483647" free --orphans --pid 2147483648
	refused "one argument too many" free --orphans --all x
	refused "there is no area 'nowhere'" free --orphans --area nowhere
}

@test "reserve: arguments" {
	refused "a range is missing" reserve
	refused "is not a range like" reserve 0x1200000
	refused "one argument too many" reserve 16M 4K 4K
	refused "one argument too many" reserve 4K 4K 16M+4K
	refused "the size is zero" reserve 16M+0
	refused "ends before it begins" reserve 0x2000-0xfff
	refused "did you mean 0x1ffffff?" reserve 0x1000000-0x2000000
}

@test "run: arguments" {
	refused "a command is missing" run --alloc A=4K
	refused "nothing to hold" run true
	refused "lacks a name" run --alloc 4K true
	refused "is not a valid variable name" run --alloc 1A=4K true
	refused "is not a valid variable name" run --alloc =4K true
	refused "given twice" run --alloc A=4K --reserve a=16M+4K true
	refused "no option 'beneath'" run --alloc A=4K,beneath=16M true
	refused "not OPTION=VALUE" run --alloc A=4K,below true
	refused "not OPTION=VALUE" run --alloc A=4K,lowest= true
	refused "'top-down' has no value" run --alloc A=4K,top-down=1 true
	refused "'top-down' has no value" run --alloc A=4K,top-down= true
	refused "is not a range like" run --reserve A=4K true
	refused "no option 'uc' for a reservation" run --reserve A=16M+4K,uc true
	refused "no option 'persistent' for a block" run --alloc A=4K,persistent true
	refused "'wc' has no value" run --alloc A=4K,wc=1 true
	refused "not OPTION=VALUE" run --alloc A=4K,bind true
	refused "is not a PCI function" run --reserve A=16M+4K,bind=x true
}

@test "verbs without arguments refuse them" {
	refused "one argument too many" info x
	refused "one argument too many" blocks x
}

@test "with --json, usage errors are JSON too, wherever it stands" {
	pgarea alloc 4K --align 3 --json
	exits 2
	is "error.message" "alignment '3' is not a power of two"
	is "error.exit" 2
	has "not a power of two" err
	pgarea alloc --frobnicate --json
	exits 2
	is "error.exit" 2
	pgarea --json frobnicate
	exits 2
	is "error.exit" 2
}

@test "no device: the error explains how to load the module" {
	[ ! -e /dev/pgarea ]
	[ ! -e /sys/class/misc/pgarea ] || skip "there is a device"
	status=0
	err=$("$PGAREA" info 2>&1) || status=$?
	out=
	exits 3
	has "modprobe pgarea" err
	has "make load" err
}

@test "another device is refused" {
	local verb
	for verb in info areas map "blocks --all" "alloc 4K" "reserve 16M+4K" "run --alloc A=4K true" \
		    "remove a" "free --orphans --all" wait "shrink --all"; do
		# shellcheck disable=SC2086 # a verb and its arguments
		pgarea --device /dev/null $verb
		exits 3
		has "/dev/null: this is not a pgarea device" err
	done
}

@test "a path that does not exist" {
	pgarea info --device /dev/nonexistent --json
	exits 3
	is "error.errno" ENOENT
	has "cannot open /dev/nonexistent" err
}

@test "without permission the error names the udev rules" {
	local -a drop=()
	# root may open everything, so root becomes another user; that user may not
	# reach the build directory, so the command is copied.
	[ "$(id -u)" -ne 0 ] || drop=(setpriv --reuid 65534 --clear-groups)
	touch "$work/device" && chmod 0 "$work/device"
	chmod 755 "$BATS_RUN_TMPDIR" "$(dirname "$work")" "$work"
	install -m 755 "$PGAREA" "$work/pgarea"
	status=0
	err=$(cd "$work" && "${drop[@]}" ./pgarea info --device ./device 2>&1) || status=$?
	out=
	exits 3
	has "60-pgarea.rules" err
}

@test "a failed write of the output is an error" {
	status=0
	err=$(LD_PRELOAD=$FAKE PGAREA_DEVICE=/fake "$PGAREA" areas 2>&1 >/dev/full) || status=$?
	out=
	exits 1
	has "cannot write" err
}
