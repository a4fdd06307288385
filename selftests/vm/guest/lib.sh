# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What jobs are written with.  A job's own tests are TAP lines; the output of
# run_kselftest.sh may stand between them.

export PGAREA_MODULE=/pgarea/pgarea.ko
export PGAREA_SUITE=/pgarea/kselftest
export PGAREA_TEST_MODULE=/pgarea/pgarea_test.ko

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

# Kernel log since the last call of log_mark, without time stamps.
log_mark() { echo "job: mark" >/dev/kmsg; }
log_since_mark() {
	dmesg | sed 's/^\[[^]]*\] //' |
		awk '/^job: mark$/ { text = ""; next }
		     { text = text $0 "\n" }
		     END { printf "%s", text }'
}

# load [PARAMETER=VALUE...] and unload, each with a mark before it.
load() {
	log_mark
	insmod "$PGAREA_MODULE" "$@"
}
unload() {
	log_mark
	rmmod pgarea
}
