# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What check and check-debug share: lanes of things to run.  Those of a lane run one
# after the other, and lanes run in parallel.  The script that sources this has a
# directory $logs and a function run_one NAME, which keeps the process that it waits
# for in $running, and leaves "PASSED FAILED SKIPPED" in $logs/NAME.counts.
# shellcheck disable=SC2154 # $logs and $top are theirs

# A group of processes; the one that runs may have a group of its own.
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

# run_lanes VARIABLE...: each has the names in an array of that name.  From the first
# call on the lanes end when we do, also by SIGINT and SIGTERM.
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

# The last line, of all these; one without an answer has failed.  True when there
# was something and all of it passed.
tell_sum() {
	local name p f s passed=0 failed=0 skipped=0
	for name; do
		read -r p f s 2>/dev/null <"$logs/$name.counts" || { p=0 f=1 s=0; }
		passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
	done
	echo "$passed passed, $failed failed$([ "$skipped" -eq 0 ] || echo ", $skipped skipped")"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# show_failure LOG [PATTERN]: the lines that say what failed, then the end
show_failure() {
	grep -aE "^not ok${2:+|$2}" "$1" | head -n 20 | sed 's/^/      /'
	echo "      ... the end of ${1#"$top"/}:"
	tail -n 25 "$1" | sed 's/^/      | /'
}
