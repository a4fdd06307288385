# SPDX-License-Identifier: GPL-2.0
#
# Faults to put into C sources, one at a time: lists of seeds, changes of single lines,
# and lists of changes that are no faults.  unit/mutants/run uses it for the core, and
# mutants/run for the rest of the module.
#
# A mutant is a hash: what (the fault, in words), where (the same with its function), file,
# line, text (all of the file with the fault in it).
package Faults;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT = qw(slurp spill read_seeds apply_seed all_simple read_equivalent shuffle);

sub slurp {
	open(my $file, "<", $_[0]) or die "$_[0]: $!\n";
	local $/;
	return scalar(<$file>);
}

sub spill {
	open(my $file, ">", $_[0]) or die "$_[0]: $!\n";
	print $file $_[1];
	close($file);
}

# A list of seeds: "fault:", "file:", "-" lines of old text, "+" lines of new text.
sub read_seeds {
	my ($list) = @_;
	my @seeds;
	for my $entry (split(/\n\n+/, slurp($list) =~ s/^#.*\n//mgr)) {
		my ($fault) = $entry =~ /^fault: (.*)$/m or next;
		my ($file) = $entry =~ /^file: (.*)$/m or die "no file: $fault\n";
		my $old = join("\n", $entry =~ /^-(.*)$/mg);
		my $new = join("\n", $entry =~ /^\+(.*)$/mg);
		push(@seeds, { what => $fault, file => $file, old => $old, new => $new });
	}
	return @seeds;
}

# Apply a seed to the sources, a hash of file names.  Leading blanks of a line do not
# matter.  Return why it does not apply, or undef.
sub apply_seed {
	my ($mutant, $sources) = @_;
	my $old = join('\n\s*', map { quotemeta(s/^\s+//r) } split(/\n/, $mutant->{old}));
	my $text = $sources->{$mutant->{file}} // return "no such file";
	my $places = () = $text =~ /$old/g;

	return "applies $places times" if $places != 1;
	$text =~ /$old/;
	$mutant->{line} = 1 + (substr($text, 0, $-[0]) =~ tr/\n//);
	$mutant->{text} = $text =~ s/$old/$mutant->{new}/r;
	return undef;
}

# Simple faults in a line: the changed lines.
sub faults {
	my ($line) = @_;
	my @new;
	my %swap = ("<" => "<=", "<=" => "<", ">" => ">=", ">=" => ">", "==" => "!=",
		"!=" => "==", "&&" => "||", "||" => "&&", "+=" => "-=", "-=" => "+=",
		" + " => " - ", " - " => " + ", "++" => "--", "--" => "++");

	for my $from (sort keys %swap) {
		while ($line =~ /(?<![-<>=!+&|])\Q$from\E(?![-<>=+&|])/g) {
			push(@new, substr($line, 0, $-[0]) . $swap{$from} . substr($line, $+[0]));
		}
	}
	while ($line =~ /(?<![\w.])([012])(?![\w.])/g) {
		push(@new, substr($line, 0, $-[0]) . ($1 + 1) . substr($line, $+[0]));
		push(@new, substr($line, 0, $-[0]) . ($1 - 1) . substr($line, $+[0])) if $1;
	}
	push(@new, $line =~ s/if \((.*)\)$/if (!($1))/r) if $line =~ /if \(.*\)$/;
	push(@new, $line =~ s/!(?=[\w(])//r) if $line =~ /[^!]!(?=[\w(])/;
	push(@new, $line =~ s/\S.*/;/r) if $line =~ /^\t+[^\s].*;$/ &&
		$line !~ /^\t+(return|break|(struct|const|unsigned|u64|bool|int|pga_word|static|void)\b)/;
	return @new;
}

# All simple mutants of the sources.
sub all_simple {
	my ($sources) = @_;
	my @mutants;
	for my $file (sort keys %$sources) {
		my @lines = split(/\n/, $sources->{$file});
		my ($comment, $function) = (0, "");
		for my $i (0 .. $#lines) {
			$function = $1 if $lines[$i] =~ /^[a-z].*?(\w+)\(/;
			$comment = 1 if $lines[$i] =~ m|/\*|;
			my $code = !$comment && $lines[$i] =~ /^\t/;
			$comment = 0 if $lines[$i] =~ m|\*/|;
			next unless $code;
			for my $new (faults($lines[$i])) {
				my @copy = @lines;
				$copy[$i] = $new;
				(my $old = $lines[$i]) =~ s/^\s+//;
				(my $text = $new) =~ s/^\s+//;
				push(@mutants, { file => $file, line => $i + 1,
					text => join("\n", @copy) . "\n",
					what => "$file: $old  =>  $text",
					where => "$file: $function(): $old  =>  $text" });
			}
		}
	}
	return @mutants;
}

# A list of mutants that are no faults: "FILE: OLD  =>  NEW" or "FILE: FUNCTION(): OLD  =>
# NEW" lines, each followed by the reason.  "*" is any file, and "..." any text.  Return a
# function that knows them.
sub read_equivalent {
	my ($list) = @_;
	my @known = map { s/^\\\*(?=:)/\\S+/r =~ s/(\\\.){3}/.*/gr } map { quotemeta =~ s/\\:/:/gr }
		slurp($list) =~ /^(\S+: .*  =>  .*)$/mg;
	my $any = join("|", @known);
	return sub { @known && grep { /^(?:$any)$/ } @{$_[0]}{qw(what where)} };
}

# In an order that depends on the seed only.
sub shuffle {
	my ($seed, @list) = @_;
	srand($seed);
	for my $i (reverse 1 .. $#list) {
		my $j = int(rand($i + 1));
		@list[$i, $j] = @list[$j, $i];
	}
	return @list;
}

1;
