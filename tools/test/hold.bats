#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0
# Holding until a signal, and running commands.

load common

# start ARGUMENT...: starts it in the background; waits until its output is complete
start() {
	local i
	# so that no output of the last run is mistaken for this run's
	rm -f "$work/out" "$work/err"
	LD_PRELOAD=$FAKE PGAREA_DEVICE=/fake "$PGAREA" "$@" >"$work/out" 2>"$work/err" 3>&- &
	holder=$!
	for i in $(seq 100); do
		! grep -qs held "$work/err" || return 0
		sleep 0.1
	done
	return 1
}

# end SIGNAL: sends the signal, which must end it within 10 seconds
end() {
	local watchdog
	status=0
	kill "-$1" "$holder"
	{ sleep 10; kill -KILL "$holder"; } >/dev/null 2>&1 3>&- &
	watchdog=$!
	wait "$holder" || status=$?
	kill "$watchdog"
	out=$(cat "$work/out")
	err=$(cat "$work/err")
}

@test "held until SIGINT, SIGTERM or SIGHUP, then 0" {
	local signal
	for signal in INT TERM HUP; do
		start alloc 64K
		[ "$(wc -l <"$work/out")" -eq 2 ]
		end "$signal"
		exits 0
		has "held until Ctrl-C or \`kill $holder\`" err
		start reserve 18M+64K
		end "$signal"
		exits 0
	done
}

@test "the output is complete before holding begins" {
	start alloc 64K --json
	is "held.#" 1
	end TERM
}

@test "held for a time" {
	pgarea alloc 64K --hold-for 1
	exits 0
	has "held for 1 s" err
}

@test "a hang-up under nohup does not end it" {
	command -v nohup >/dev/null || skip "no nohup"
	LD_PRELOAD=$FAKE PGAREA_DEVICE=/fake nohup "$PGAREA" alloc 4K --hold-for 2 \
		>"$work/out" 2>"$work/err" 3>&- &
	holder=$!
	sleep 0.7
	kill -HUP "$holder"
	sleep 0.3
	kill -0 "$holder"
	end TERM
	exits 0
}

@test "run: addresses in the environment" {
	pgarea run --alloc ring=64K,below=16M,align=1M,area=low+lowest \
		--reserve FW=0x1200000-0x120ffff -- env
	exits 0
	has "PGAREA_RING_PHYS=0x800000" out
	has "PGAREA_RING_SIZE=65536" out
	has "PGAREA_RING_OFFSET=0x" out
	has "PGAREA_RING_ID=" out
	has "PGAREA_RING_AREA=lowest" out
	has "PGAREA_FW_PHYS=0x1200000" out
	has "PGAREA_FW_SIZE=65536" out
	lacks PGAREA_FW_OFFSET out
}

@test "run: a word without a value" {
	pgarea run --alloc top=64K,top-down,area=low --alloc b=4K,area=low -- env
	exits 0
	has "PGAREA_TOP_PHYS=0x43f0000" out
	has "PGAREA_B_PHYS=0x1000000" out
}

@test "run: the command inherits the open device, and only it" {
	# shellcheck disable=SC2016 # expanded by the command's shell
	pgarea run --alloc A=4K -- sh -c 'readlink /proc/self/fd/$PGAREA_FD'
	exits 0
	has "memfd:fake" out
}

@test "run: options after the command belong to the command" {
	pgarea run --alloc A=4K echo --json --alloc
	exits 0
	[ "$out" = "--json --alloc" ]
}

@test "run --json: the first object on stdout" {
	pgarea run --json --alloc A=4K true
	exits 0
	is "held.0.name" A
}

@test "run: exit status of the command" {
	pgarea run --alloc A=4K -- sh -c 'exit 42'
	exits 42
	# shellcheck disable=SC2016 # expanded by the command's shell
	pgarea run --alloc A=4K -- sh -c 'kill -KILL $$'
	exits 137
	pgarea run --alloc A=4K -- "$work/nonexistent"
	exits 127
	has "No such file" err
	pgarea run --alloc A=4K -- "$work"
	exits 126
	has "Permission denied" err
}

@test "run: if the allocation fails, it does not run the command" {
	pgarea run --alloc A=4K --reserve B=0xa00000+4K -- touch "$work/ran"
	exits 1
	has "0xa00000 is allocated" err
	[ ! -e "$work/ran" ]
}

@test "run: a signal sent to it reaches the command" {
	local signal
	for signal in TERM USR1; do
		start run --alloc A=4K -- sh -c \
			"trap 'exit 7' $signal; echo held >&2; for i in \$(seq 100); do sleep 0.1; done"
		end "$signal"
		exits 7
	done
}

@test "valgrind finds nothing" {
	command -v valgrind >/dev/null || skip "no valgrind"
	local words
	while read -r words; do
		status=0
		# shellcheck disable=SC2086 # a verb and its arguments
		LD_PRELOAD=$FAKE PGAREA_DEVICE=/fake valgrind -q --error-exitcode=99 \
			--leak-check=full --show-leak-kinds=definite,indirect,possible \
			"$PGAREA" $words >"$work/out" 2>"$work/err" || status=$?
		out=$words err=$(cat "$work/err")
		[ "$status" -ne 99 ] || { show; return 1; }
	done <<-'WORDS'
		info --json
		areas --orders
		areas --orders --json
		areas --require
		map --rows 4
		map --json
		blocks --all
		blocks --all --json
		alloc 64K --count 3 --hold-for 0
		alloc 6M --json
		alloc 64K --at 0xa01000
		alloc 4K --area low,nowhere
		alloc 4K --wc --read-only --orphan-ms none --bind 00:10.0 --hold-for 0
		alloc 4K --count 3 --bind 00:12.0
		alloc 4K --uc
		alloc 4K --persistent --name fb --json
		alloc 4K --persistent --name table --json
		remove table
		remove table --wait=0 --json
		remove spare --json
		remove nothing
		free --orphans --all
		free --orphans --area low --json
		free --orphans --area nowhere
		wait --timeout 0
		wait --timeout 0 --json
		blocks --all --long
		reserve 0xa00000+4K --json
		reserve 18M+4K --hold-for 0
		run --alloc A=4K,below=16M --reserve B=18M+4K true
		run --alloc A=4K,uc --reserve B=18M+4K,orphan-ms=5 true
		run --alloc A=4K,wc,bind=00:10.0 --reserve B=18M+4K,orphan-ms=5 false
		run --alloc A=4K,beneath=1 true
	WORDS
}
