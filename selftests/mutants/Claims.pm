# SPDX-License-Identifier: GPL-2.0
#
# The table of claims: which test programs must find the faults in a file.
package Claims;

use strict;
use warnings;
use Faults;

sub new {
	my ($class, $table) = @_;
	my $self = bless({ programs => {} }, $class);

	for my $line (split(/\n/, slurp($table) =~ s/^#.*\n//mgr =~ s/\\\n\s*//gr)) {
		my ($files, $programs) = $line =~ /^(\S[^|]*?)\s*\|\s*(.*?)\s*$/ or next;
		push(@{$self->{programs}{$_}}, split(" ", $programs)) for split(" ", $files);
	}
	return $self;
}

# The programs of a file.  A header without an entry has those of its source.
sub programs {
	my ($self, $file) = @_;
	my ($known) = grep { $_ } map { $self->{programs}{$_} } $file, $file =~ s/h$/c/r, "*";

	return @$known;
}

# Is there such a program, or such a function of the suite's job?
sub exists {
	my ($program, $tests) = @_;
	my ($group, $name) = $program =~ m|^(?:\w+:)?(\w+)/([\w-]+)$| or return 0;

	return slurp("$tests/vm/jobs/suite") =~ /^\Q$name\E\(\)/m if $group eq "job";
	return -e "$tests/$group/" . ($name =~ s/-(user|32)$//r) . ".c";
}

# What is wrong with the table: files and programs that do not exist.  $tests is the
# folder of the tests.
sub faults {
	my ($self, $sources, $tests) = @_;
	my %programs = map { map { $_ => 1 } @$_ } values %{$self->{programs}};
	my @bad = map { "there is no $_" } grep { !Claims::exists($_, $tests) } sort keys %programs;

	push(@bad, map { "$_: claimed, but there is no such file" }
		grep { $_ ne "*" && !$sources->{$_} } sort keys %{$self->{programs}}) unless $ENV{FILES};
	return @bad;
}

1;
