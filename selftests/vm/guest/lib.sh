# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Functions for jobs.  A job's own tests are TAP lines; the output of
# run_kselftest.sh may appear between them.

export PGAREA_MODULE=${PGAREA_MODULE:-/pgarea/pgarea.ko}
export PGAREA_SUITE=/pgarea/kselftest
export PGAREA_TEST_MODULE=/pgarea/pgarea_test.ko
# The factor by which everything may take longer; programs of the suite use it too.
export PGA_SLOW=${PGA_SLOW:-1}

ok() { echo "ok - $*"; }
not_ok() { echo "not ok - $*"; }
skip() { echo "ok - $1 # SKIP $2"; }
note() { sed 's/^/#   /'; }
caption() { printf '\n%s\n' "$*"; }

# expect NAME COMMAND...: one test; the command's output is shown if it fails.
expect() {
	local name=$1 output status
	shift
	output=$("$@" 2>&1)
	status=$?
	if [ "$status" -eq 0 ]; then
		ok "$name"
		return 0
	fi
	not_ok "$name"
	printf 'exit status %s of: %s\n%s\n' "$status" "$*" "$output" | note
	return 1
}

# refuse NAME COMMAND...: one test; the command must fail.
refuse() {
	local name=$1
	shift
	expect "$name" not "$@"
}
not() { ! "$@"; }

# run_kselftest [GROUP[/NAME]...]: runs these groups and programs of the suite, by
# default all
run_kselftest() {
	local name seconds tests=()
	for name; do
		case $name in
		*/*) tests+=(-t "pgarea/${name%/*}:${name##*/}") ;;
		*) tests+=(-c "pgarea/$name") ;;
		esac
	done
	seconds=$(sed -n 's/^timeout=//p' "$PGAREA_SUITE"/pgarea/*/settings |
		sort -n | tail -n 1)
	"$PGAREA_SUITE/run_kselftest.sh" --override-timeout $((seconds * PGA_SLOW)) \
		"${tests[@]}"
}

# run_program GROUP/NAME [ARGUMENT...]: runs a program of the suite, which prints the
# results of its tests itself, unless it cannot start.
run_program() {
	"$PGAREA_SUITE/pgarea/$1" "${@:2}"
	[ $? -le 1 ] || not_ok "$* can start"
}

# run_fuzz CALLS: runs the fuzzer with one process for each processor, which together
# make CALLS calls, or FUZZ_CALLS if that is set in the environment.
run_fuzz() {
	PGA_FUZZ_CALLS=${FUZZ_CALLS:-$1} PGA_FUZZ_PROCESSES=$(nproc) \
		run_program abi/fuzz
}

# The kernel log since the last call of log_mark, without time stamps.
log_mark() { echo "job: mark" >/dev/kmsg; }
log_since_mark() {
	dmesg | sed 's/^\[[^]]*\] //' |
		awk '{ line[NR] = $0 }
		     /^job: mark$/ { mark = NR }
		     END { for (i = mark + 1; i <= NR; i++) print line[i] }'
}

# load [PARAMETER=VALUE...] and unload, each with a mark before it.  A job may set
# ORPHAN_MS, the time for which blocks of a dead process stay quarantined.
load() {
	log_mark
	insmod "$PGAREA_MODULE" ${ORPHAN_MS:+"orphan_ms=$ORPHAN_MS"} "$@"
}
unload() {
	log_mark
	rmmod pgarea
}

# at_rest SLOT: true if the PCI device is neither enabled nor bus master.
at_rest() {
	local device=/sys/bus/pci/devices/$1 command enabled
	command=$(od -An -tu1 -j4 -N1 "$device/config") &&
		enabled=$(cat "$device/enable") || return 1
	echo "command register:$command, enabled $enabled times"
	[ $((command & 4)) -eq 0 ] && [ "$enabled" -eq 0 ]
}

# load_listed FILE: loads the kernel's modules in FILE, which lists dependencies first.
load_listed() {
	local file name
	while read -r file; do
		name=$(basename "$file" .ko)
		[ ! -d "/sys/module/${name//-/_}" ] || continue
		insmod "$file" || { echo "insmod $file"; return 1; }
	done <"$1"
}
