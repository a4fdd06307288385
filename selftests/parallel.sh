# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Shared by check and check-debug: lanes of steps or jobs to run.  Within a lane they
# run one after the other; lanes run in parallel.  The script that sources this file
# has a directory $logs and a function run_one NAME, which keeps the process that it
# waits for in $running, and writes "PASSED FAILED SKIPPED" to $logs/NAME.counts.
# shellcheck disable=SC2154 # the scripts that source this set $logs and $top

# A lane is a process group; the process in $running may have a group of its own.
run_lane() {
	local name
	running=
	trap '[ -z "$running" ] || kill "$running"' EXIT
	trap 'exit 130' INT TERM
	for name; do
		run_one "$name"
	done
}

end_lanes() {
	local lane
	for lane in "${lanes[@]}"; do
		kill -- "-$lane" 2>/dev/null
	done
}

# run_lanes ARRAY...: runs a lane for each array of this name, which lists what to
# run.  From the first call on, the lanes end with this script, also on SIGINT and
# SIGTERM.
run_lanes() {
	local -n lane_names
	lanes=()
	trap end_lanes EXIT
	trap 'exit 130' INT TERM
	set -m
	for lane_names; do
		run_lane "${lane_names[@]}" &
		lanes+=($!)
	done
	set +m
	wait "${lanes[@]}"
	lanes=()
}

# print_summary NAME...: the last line, with the sum of all counts.  A name without
# counts has failed.  True if at least one test passed and none failed.
print_summary() {
	local name p f s passed=0 failed=0 skipped=0
	for name; do
		read -r p f s 2>/dev/null <"$logs/$name.counts" || { p=0 f=1 s=0; }
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
	echo "$passed passed, $failed failed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# show_failure LOG [PATTERN]: the lines that report a failure, then the log's end
show_failure() {
	grep -aE "^not ok${2:+|$2}" "$1" | head -n 20 | sed 's/^/      /'
	echo "      ... last lines of ${1#"$top"/}:"
	tail -n 25 "$1" | sed 's/^/      | /'
}
