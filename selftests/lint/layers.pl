#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
#
# usage: layers.pl TOP MODULE_OBJECTS TOOLS_OBJECTS
#
# Checks that the module is a stack of folders.  TOP is the tree; the objects are
# below directories that mirror it: MODULE_OBJECTS/module/core/x.o and
# TOOLS_OBJECTS/lib/x.o.  Prints FILE:LINE: error: [RULE] TEXT for each error.
#
#   layer        a file has a place in the stack below
#   include      an include names folder and file: "block/state.h"
#   include-up   a file includes only its own folder and lower ones
#   include-loop no headers include each other in a cycle
#   call-up      a file calls only its own folder and lower ones
#   call-loop    no files call each other in a cycle
#   header       a .c file that others call has one header, of the same name
#   prototype    a header declares only what the .c file of its name defines
#   conditional  #if is for compat.h, and for a header's empty inlines
#   foreign      tools/ and selftests/ include only uapi/ and their own headers
use strict;
use warnings;
use File::Basename qw(basename dirname);
use File::Find qw(find);

my ($top, $module_objects, $tools_objects) = @ARGV;
@ARGV == 3 or die "usage: layers.pl TOP MODULE_OBJECTS TOOLS_OBJECTS\n";

# From the top down.  Folders on the same line do not use each other; files directly
# in module/ that share a line may, like files of one folder.
my @stack = (
	[qw(main dev kapi)],
	[qw(ioctl/ stats/)],
	[qw(map/)],
	[qw(block/)],
	[qw(area/)],
	[qw(core/)],
	[qw(env/)],
	[qw(compat gfp hide size)],
);
my %tools_sees = (
	cli => [qw(cli lib)],
	lib => [qw(lib)],
	test => [qw(test lib)],
);
# Tests and benchmarks of the core include it.
my $sees_core = qr{^selftests/(unit|(bench/)?kbench)/};

my %level;
for my $depth (0 .. $#stack) {
	$level{$_} = @stack - $depth for @{$stack[$depth]};
}

my (%text, $faults);

sub fault {
	my ($file, $line, $rule, $said) = @_;
	print "$file:$line: error: [$rule] $said\n";
	$faults++;
}

sub sources {
	my @found;
	for my $dir (grep { -d "$top/$_" } @_) {
		find({ no_chdir => 1, wanted => sub {
			push @found, s|^\Q$top\E/||r if /\.[ch]$/ && -f;
		} }, "$top/$dir");
	}
	return sort @found;
}

# The file without comments, with the same line numbers.
sub text {
	my ($name) = @_;
	return $text{$name} //= do {
		open(my $file, "<", "$top/$name") or die "$name: $!\n";
		local $/;
		my $all = <$file>;
		$all =~ s{("(?:\\.|[^"\\\n])*")|/\*(.*?)\*/|//[^\n]*}
			 {$1 // "\n" x (($2 // "") =~ tr/\n//)}gse;
		$all;
	};
}

sub line_of {
	my ($file, $word) = @_;
	my $n = 0;
	for (split /\n/, text($file)) {
		$n++;
		return $n if /\b\Q$word\E\b/;
	}
	return 1;
}

# [LINE, NAME, QUOTED] of each include.
sub includes {
	my ($file) = @_;
	my ($n, @found) = (0);
	for (split /\n/, text($file)) {
		$n++;
		push @found, [$n, $2, $1 eq '"'] if /^\s*#\s*include\s*(["<])([^">]+)[">]/;
	}
	return @found;
}

# The layer of a file of the module: "block/", or "dev" of module/dev.c.
sub layer {
	my ($file) = @_;
	return "$1/" if $file =~ m{^module/([^/]+)/};
	return $file =~ m{^module/([^/]+)\.[ch]$} ? $1 : "";
}

sub folder {
	my ($layer) = @_;
	return $layer =~ m{/$} ? "module/$layer" : "module/$layer.c";
}

sub may_use {
	my ($from, $to) = map { layer($_) } @_;
	# check_layers() reports these
	return 1 unless $level{$from} && $level{$to};
	return 1 if $from eq $to;
	return $to eq "env/" if $from eq "core/";
	return 1 if $level{$from} == $level{$to} && "$from$to" !~ m{/};
	return $level{$from} > $level{$to};
}

# relation(FROM, TO): why FROM may not use TO.
sub relation {
	my ($from, $to) = map { layer($_) } @_;
	my $place = $level{$from} < $level{$to} ? "above" :
		$level{$from} == $level{$to} ? "beside" : "outside";
	return "is $place " . folder($from);
}

# The file of the module that an include means, in the required form.
sub meant {
	my ($file, $name) = @_;
	my $plain = $name =~ s{^(\.\.?/)+}{}r;
	for ("$plain", layer($file) . $plain, "core/$plain", "env/$plain") {
		return $_ if -f "$top/module/$_";
	}
	return;
}

my %includes;

# Checks an include's form, and the layer of the file it names.
sub check_module_include {
	my ($file, $line, $name, $quoted) = @_;
	my $meant = meant($file, $name);

	return if !$quoted && !$meant;
	if (!$meant) {
		fault($file, $line, "include", "\"$name\" names no file below module/");
		return;
	}
	my $right = $meant eq "env/pga_env.h" ? "<pga_env.h>" : "\"$meant\"";
	my $written = $quoted ? "\"$name\"" : "<$name>";
	fault($file, $line, "include", "write $right instead of $written")
		if $written ne $right;
	$includes{$file}{"module/$meant"} //= [$line, $written];
	fault($file, $line, "include-up", "$written " . relation($file, "module/$meant") .
		": a file includes only its own folder and lower ones")
		unless may_use($file, "module/$meant");
}

sub check_core_include {
	my ($file, $line, $name, $quoted) = @_;
	fault($file, $line, "include-up", "the core includes only core/ and " .
		"<pga_env.h>, not <$name>") unless $quoted || meant($file, $name);
}

sub check_module_includes {
	for my $file (@_) {
		for (includes($file)) {
			check_module_include($file, @$_);
			check_core_include($file, @$_) if layer($file) eq "core/";
		}
	}
}

sub check_layers {
	for my $file (grep { !$level{layer($_)} } @_) {
		fault($file, 1, "layer", "not in any layer: move it into a folder, " .
			"or add " . folder(layer($file)) . " to selftests/lint/layers.pl");
	}
}

# The cycles of a graph {from}{to}: lists of nodes that reach each other (Tarjan).
sub circles {
	my ($graph) = @_;
	my (%index, %low, %on, @stacked, @found);
	my $n = 0;
	my $visit;
	$visit = sub {
		my ($at) = @_;
		$index{$at} = $low{$at} = ++$n;
		push @stacked, $at;
		$on{$at} = 1;
		for my $to (sort keys %{$graph->{$at} // {}}) {
			if (!$index{$to}) {
				$visit->($to);
				$low{$at} = $low{$to} if $low{$to} < $low{$at};
			} elsif ($on{$to} && $index{$to} < $low{$at}) {
				$low{$at} = $index{$to};
			}
		}
		return if $low{$at} != $index{$at};
		my @circle;
		do {
			push @circle, pop @stacked;
			delete $on{$circle[-1]};
		} while ($circle[-1] ne $at);
		push @found, [sort @circle] if @circle > 1 || $graph->{$at}{$at};
	};
	$visit->($_) for grep { !$index{$_} } sort keys %$graph;
	return @found;
}

# Reports one error for each cycle, with a line for each of its edges.
# $say->(from, to) describes an edge as [LINE, TEXT].
sub check_circles {
	my ($graph, $rule, $verb, $say) = @_;
	for my $circle (circles($graph)) {
		my %in = map { $_ => 1 } @$circle;
		fault($circle->[0], 1, $rule,
			scalar(@$circle) . " files $verb each other in a cycle: @$circle");
		for my $from (@$circle) {
			for my $to (sort grep { $in{$_} } keys %{$graph->{$from}}) {
				my ($line, $said) = @{$say->($from, $to)};
				print "  $from:$line: $verb $to: $said\n";
			}
		}
	}
}

# Symbols that objects define and use: {name} => file, {file}{name} => 1.
my (%defined_in, %defines, %wants);

sub read_objects {
	my %object = @_;
	my %file = reverse %object;
	for my $file (grep { !-f $object{$_} } sort keys %object) {
		fault($file, 1, "layer", "not built, so its calls cannot be checked");
	}
	my @built = grep { -f } values %object or return;
	open(my $nm, "-|", "nm", "-A", "-g", @built) or die "nm: $!\n";
	while (<$nm>) {
		my ($path, $kind, $name) = /^(.*?):\s*[0-9a-f]*\s+(\w)\s+(\S+)$/ or next;
		my $file = $file{$path};
		if ($kind =~ /[UwW]/ && $kind ne "W") {
			$wants{$file}{$name} = 1;
		} else {
			$defines{$file}{$name} = 1;
			$defined_in{$name} = $file;
		}
	}
	close($nm) or die "nm failed\n";
}

# {from}{to} = [names]
sub call_graph {
	my %graph;
	for my $from (sort keys %wants) {
		for (sort keys %{$wants{$from}}) {
			my $to = $defined_in{$_};
			push @{$graph{$from}{$to}}, $_ if $to && $to ne $from;
		}
	}
	return \%graph;
}

sub called {
	my ($names) = @_;
	return join(", ", @$names);
}

# A .c file that does not contain the name calls it through an inline function.
sub call_line {
	my ($from, $names) = @_;
	for (@$names) {
		my $line = line_of($from, $_);
		return $line if $line > 1;
	}
	return 1;
}

sub check_calls {
	my ($graph, $may, $how) = @_;
	for my $from (sort keys %$graph) {
		for my $to (sort keys %{$graph->{$from}}) {
			next if $may->($from, $to);
			my $names = $graph->{$from}{$to};
			fault($from, call_line($from, $names), "call-up", "calls " .
				called($names) . " in $to, which " . $how->($from, $to));
		}
	}
}

sub check_call_circles {
	my ($graph) = @_;
	check_circles($graph, "call-loop", "call", sub {
		my ($from, $to) = @_;
		my $names = $graph->{$from}{$to};
		return [call_line($from, $names), called($names)];
	});
}

sub check_include_circles {
	check_circles(\%includes, "include-loop", "include",
		sub { return $includes{$_[0]}{$_[1]} });
}

# The names of functions and variables that a header declares for other files.
sub declared {
	my ($header) = @_;
	my $text = text($header);
	$text =~ s/^\s*#(?:[^\n]*\\\n)*[^\n]*//mg;
	my $nested;
	$nested = qr/\{(?:[^{}]|(??{ $nested }))*\}/;
	$text =~ s/\)\s*$nested/);/g;	# a function's body ends a statement
	$text =~ s/$nested/ /g;
	my @found;
	for (split /;/, $text) {
		s/\b__(?!must_check\b|init\b|exit\b)\w+\s*\((?:[^()]|\([^()]*\))*\)//g;
		next if /\b(static|typedef)\b/;
		if (/^[^()]*\b([a-z_]\w*)\s*\(/) {
			push @found, $1;
		} elsif (/\bextern\b.*\b(\w+)\s*(\[[^\]]*\]\s*)*$/s) {
			push @found, $1;
		}
	}
	return @found;
}

sub check_prototypes {
	my %is_file = map { $_ => 1 } @_;
	for my $header (grep { /\.h$/ } @_) {
		my $source = $header =~ s/h$/c/r;
		for my $name (declared($header)) {
			next if $defines{$source}{$name};
			my $home = $defined_in{$name};
			my $line = line_of($header, $name);
			if (!$home) {
				fault($header, $line, "prototype", "nothing defines $name");
			} elsif ($is_file{$source}) {
				fault($header, $line, "prototype", "$name is defined in " .
					"$home: declare it in " . $home =~ s/c$/h/r);
			} else {
				fault($header, $line, "header", "no file $source, and $name " .
					"is defined in $home: declare it in " . $home =~ s/c$/h/r);
			}
		}
	}
}

sub check_headers {
	my ($graph, @files) = @_;
	my (%callers, %is_file);
	$is_file{$_} = 1 for @files;
	for my $from (sort keys %$graph) {
		push @{$callers{$_}}, $from for keys %{$graph->{$from}};
	}
	for my $file (grep { /\.c$/ && $callers{$_} } @files) {
		my $header = $file =~ s/c$/h/r;
		fault($file, 1, "header", "no file $header, but these files call it: " .
			"@{$callers{$file}}") unless $is_file{$header};
	}
}

# True if the text consists only of inline functions that do nothing.
sub is_empty_inlines {
	my ($text) = @_;
	my $empty = qr/static\s+inline\s[^{};]*\)\s*\{\s*(?:return\b[^;]*;)?\s*\}/;
	return $text =~ /^\s*(?:$empty\s*)+$/;
}

# Allows only include guards, and #ifdef CONFIG_X of an optional part with empty
# inlines in one half.
sub check_conditionals {
	my ($file) = @_;
	my (@open, $n);
	for my $line (split /\n/, text($file)) {
		$n++;
		if ($line =~ /^\s*#\s*if/) {
			push @open, { line => $n, said => $line, halves => [""] };
		} elsif ($line =~ /^\s*#\s*el/ && @open) {
			$open[-1]{said} .= $line if $line =~ /elif/;
			push @{$open[-1]{halves}}, "";
		} elsif ($line =~ /^\s*#\s*endif/ && @open) {
			check_conditional($file, pop @open, scalar @open);
		} else {
			$_->{halves}[-1] .= "$line\n" for @open;
		}
	}
}

sub check_conditional {
	my ($file, $if, $depth) = @_;
	my $guard = $if->{said} =~ /^#ifndef\s+(\w+_H)$/ ? $1 : undef;
	my $is_header = $file =~ /\.h$/;

	return if $is_header && $guard && !$depth && $if->{halves}[0] =~ /^#define \Q$guard\E\n/;
	return if $is_header && $if->{said} =~ /\bCONFIG_/ && @{$if->{halves}} == 2 &&
		grep { is_empty_inlines($_) } @{$if->{halves}};
	fault($file, $if->{line}, "conditional", "conditionals belong in compat.h; an " .
		"optional file has empty inlines in its header");
}

sub objects {
	my ($dir, $prefix, @files) = @_;
	return map { $_ => "$dir/" . s/^$prefix//r =~ s/c$/o/r } grep { /\.c$/ } @files;
}

sub check_module {
	my @files = sources("module");
	@files or die "$top/module: no file\n";
	check_layers(@files);
	check_module_includes(@files);
	check_include_circles();
	check_conditionals($_) for grep { $_ ne "module/compat.h" } @files;
	read_objects(objects($module_objects, "", @files));
	my $graph = call_graph();
	check_calls($graph, \&may_use, \&relation);
	check_call_circles($graph);
	check_headers($graph, @files);
	check_prototypes(@files);
	return scalar @files;
}

sub tool_folder {
	return $_[0] =~ m{^tools/([^/]+)/} ? $1 : "";
}

sub tool_may_use {
	my ($from, $to) = map { tool_folder($_) } @_;
	return !$tools_sees{$from} || scalar grep { $_ eq $to } @{$tools_sees{$from}};
}

sub tool_relation {
	return "is not for tools/" . tool_folder($_[0]) . "/";
}

# Resolves a/./b and a/../b.
sub plain {
	my ($path) = @_;
	$path =~ s{(^|/)\./}{$1}g;
	1 while $path =~ s{(^|/)(?!\.\./)[^/]+/\.\./}{$1};
	return $path;
}

# The file of this tree that a program's include means.
sub program_meant {
	my ($file, $name, $quoted) = @_;
	my $area = $file =~ s{/.*}{}r;
	my @places = map { plain("$_/$name") } $area, "$area/include", "$area/lib";
	unshift @places, plain(dirname($file) . "/$name") if $quoted;
	push @places, "uapi/$name", "module/$name";
	push @places, glob("$top/$area/{*,*/*}/$name"), glob("$top/module/*/$name")
		if $quoted;
	s|^\Q$top\E/|| for @places;
	return (grep { -f "$top/$_" } @places)[0];
}

sub check_program_include {
	my ($file, $line, $name, $quoted) = @_;
	my $meant = program_meant(@_[0, 2, 3]) // return;
	my $area = $file =~ s{/.*}{}r;

	$includes{$file}{$meant} //= [$line, "\"$name\""];
	if ($meant =~ m{^tools/} && $area eq "tools") {
		fault($file, $line, "include-up", "$meant " . tool_relation($file))
			unless tool_may_use($file, $meant);
		return;
	}
	return if $meant =~ m{^(uapi|$area)/};
	return if $file =~ $sees_core && $meant =~ m{^module/(core|env)/};
	fault($file, $line, "foreign", "$meant is not for $area/, which includes only " .
		"uapi/ and its own headers");
}

sub check_programs {
	my @files = sources("tools", "selftests");
	%includes = ();
	for my $file (@files) {
		check_program_include($file, @$_) for includes($file);
	}
	check_include_circles();
	%defined_in = %defines = %wants = ();
	my @tools = grep { m{^tools/} && !m{^tools/test/} } @files;
	for my $file (grep { !$tools_sees{tool_folder($_)} } @tools) {
		fault($file, 1, "layer", "not in any layer: move it into one of " .
			join(", ", map { "tools/$_/" } sort keys %tools_sees));
	}
	read_objects(objects($tools_objects, "tools/", @tools));
	my $graph = call_graph();
	check_calls($graph, \&tool_may_use, \&tool_relation);
	check_call_circles($graph);
	return scalar @files;
}

my $checked = check_module() + check_programs();
if ($faults) {
	print "$faults errors.  The module's layers, from the top down:\n";
	print "  ", join(" ", map { folder($_) =~ s/\.c$//r } @$_), "\n" for @stack;
	exit 1;
}
print "$checked files\n";
