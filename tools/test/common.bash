# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Shared by the tests: runs the command on a fake device, with separate stdout, stderr
# and exit status, and checks that print the actual values on failure.

setup() {
	unset NO_COLOR PGAREA_FD PGAREA_DEVICE FAKE_ERRNO FAKE_HIDE FAKE_USER FAKE_OLD \
		FAKE_LIMIT FAKE_GONE FAKE_SIGNAL FAKE_LIE FAKE_SHORT \
		FAKE_HOST FAKE_BUSY FAKE_FULL FAKE_CLAIM
	work=$BATS_TEST_TMPDIR
}

# pgarea ARGUMENT...: runs it on the fake device; sets $status, $out and $err; the
# device's log is in $work/log
pgarea() {
	status=0
	: >"$work/log"
	LD_PRELOAD=$FAKE FAKE_LOG=$work/log PGAREA_DEVICE=/fake timeout 20 "$PGAREA" "$@" \
		>"$work/out" 2>"$work/err" </dev/null || status=$?
	out=$(cat "$work/out")
	err=$(cat "$work/err")
}

show() {
	echo "status: $status" >&2
	echo "stdout: ${out:0:1000}" >&2
	echo "stderr: ${err:0:1000}" >&2
}

# exits N: checks the exit status
exits() {
	[ "$status" -eq "$1" ] || { echo "expected status $1" >&2; show; return 1; }
}

# has TEXT IN: the text occurs in "out" or "err"
has() {
	local in=${!2}
	[[ $in == *"$1"* ]] || { echo "expected in $2: $1" >&2; show; return 1; }
}

lacks() {
	local in=${!2}
	[[ $in != *"$1"* ]] || { echo "unexpected in $2: $1" >&2; show; return 1; }
}

# json PATH...: values of the object on stdout, as in held.0.size; * is every element
# of an array, and # their number
json() {
	# shellcheck disable=SC2016 # Perl's own variables
	perl -MJSON::PP -0777 -e '
		sub walk {
			my ($o, $key, @path) = @_;
			return $o if !defined $key;
			return scalar @$o if $key eq "#";
			return map { walk($_, @path) } @$o if $key eq "*";
			return walk($o->[$key], @path) if ref $o eq "ARRAY";
			return exists $o->{$key} ? walk($o->{$key}, @path) : "missing";
		}
		my $o = decode_json(<STDIN>);
		print join " ", map {
			!defined ? "null" : !JSON::PP::is_bool($_) ? $_ : $_ ? "true" : "false"
		} map { walk($o, split /\./) } @ARGV;
	' "$@" <"$work/out"
}

# is "PATH..." "VALUE..."
is() {
	local saw
	# shellcheck disable=SC2086 # several paths
	saw=$(json $1) || { show; return 1; }
	[ "$saw" = "$2" ] || { echo "$1: expected $2, saw $saw" >&2; show; return 1; }
}

# refused TEXT ARGUMENT...: checks for a usage error with TEXT and no output on stdout
refused() {
	local text=$1
	shift
	pgarea "$@"
	exits 2 && has "$text" err && [ -z "$out" ]
}
