# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What jobs are written with.  A job's own tests are TAP lines; the output of
# run_kselftest.sh may stand between them.

export PGAREA_MODULE=/pgarea/pgarea.ko
export PGAREA_SUITE=/pgarea/kselftest
export PGAREA_TEST_MODULE=/pgarea/pgarea_test.ko
# How many times longer everything may take here: programs of the suite look too.
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

# refuse NAME COMMAND...: one test; the command has to fail.
refuse() {
	local name=$1
	shift
	expect "$name" not "$@"
}
not() { ! "$@"; }

# run_kselftest [GROUP[/NAME]...]: the suite's programs, all, or these groups and
# programs
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

# run_program GROUP/NAME [ARGUMENT...]: of the suite, which counts its tests itself, unless
# it cannot begin.
run_program() {
	"$PGAREA_SUITE/pgarea/$1" "${@:2}"
	[ $? -le 1 ] || not_ok "$* can begin"
}

# run_fuzz CALLS: the fuzzer, one process for each processor, with FUZZ_CALLS of the
# environment or so many calls of all of them together.
run_fuzz() {
	PGA_FUZZ_CALLS=${FUZZ_CALLS:-$1} PGA_FUZZ_PROCESSES=$(nproc) \
		run_program abi/fuzz
}

# Kernel log since the last call of log_mark, without time stamps.
log_mark() { echo "job: mark" >/dev/kmsg; }
log_since_mark() {
	dmesg | sed 's/^\[[^]]*\] //' |
		awk '{ line[NR] = $0 }
		     /^job: mark$/ { mark = NR }
		     END { for (i = mark + 1; i <= NR; i++) print line[i] }'
}

# load [PARAMETER=VALUE...] and unload, each with a mark before it.  A job that
# sets ORPHAN_MS has what a dead process leaves kept back for so long.
load() {
	log_mark
	insmod "$PGAREA_MODULE" ${ORPHAN_MS:+"orphan_ms=$ORPHAN_MS"} "$@"
}
unload() {
	log_mark
	rmmod pgarea
}

# at_rest SLOT: a PCI device that is neither enabled nor bus master.
at_rest() {
	local device=/sys/bus/pci/devices/$1 command enabled
	command=$(od -An -tu1 -j4 -N1 "$device/config") &&
		enabled=$(cat "$device/enable") || return 1
	echo "command register:$command, enabled $enabled times"
	[ $((command & 4)) -eq 0 ] && [ "$enabled" -eq 0 ]
}

# Modules of the kernel's, listed after those they need.
load_listed() {
	local file name
	while read -r file; do
		name=$(basename "$file" .ko)
		[ ! -d "/sys/module/${name//-/_}" ] || continue
		insmod "$file" || { echo "insmod $file"; return 1; }
	done <"$1"
}
