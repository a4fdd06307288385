# SPDX-License-Identifier: GPL-2.0
#
# Builds variants of a module that kbuild has built: compiles the objects that one
# changed source affects with kbuild's own commands, which it left in .NAME.o.cmd, and
# links them with the other objects.  This saves Kbuild's probes and modpost.  The result
# of modpost (pgarea.mod.o) is used again, so a variant may not use a symbol of the kernel
# that the module does not use.
package Rebuild;

use strict;
use warnings;
use Cwd qw(realpath);
use File::Basename qw(basename dirname);
use File::Path qw(make_path);
use Faults;

# The module KO as kbuild left it, built against the headers KDIR.
sub new {
	my ($class, $ko, $kdir) = @_;
	my $self = bless({ place => dirname($ko), name => basename($ko, ".ko"),
		kdir => realpath($kdir) }, $class);

	$self->{objects} = [ grep { /\.o$/ } split(" ", slurp("$self->{place}/$self->{name}.mod")) ];
	s|^(?!/)|$self->{place}/| for @{$self->{objects}};
	# kbuild exports the architecture's name; objtool needs it.
	($self->{arch}) = $self->command($self->{objects}[0]) =~ m|/arch/(\w+)/include|;
	$self->{symbols} = { map { $_ => 1 } $self->undefined("$self->{place}/$self->{name}.o") };
	return $self;
}

sub undefined {
	my ($self, $object) = @_;
	return map { /\bU (\S+)/ } `nm -u $object`;
}

sub cmd_file {
	my ($target) = @_;
	return dirname($target) . "/." . basename($target) . ".cmd";
}

# The command that made a target, as a shell understands it.
sub command {
	my ($self, $target) = @_;
	my ($command) = slurp(cmd_file($target)) =~ /^(?:saved)?cmd_\S+ := (.*)$/m
		or die "$target: kbuild left no command\n";

	$command =~ s/\$\(pound\)/#/g;
	$command =~ s/\$\$/\$/g;
	index($command, $self->{place}) >= 0 or die "$target: not built by its full path\n";
	return $command;
}

# Run a command of kbuild's with other paths, given as pairs of old and new.
sub run_command {
	my ($self, $target, $log, @paths) = @_;
	my $command = $self->command($target);

	while (my ($old, $new) = splice(@paths, 0, 2)) {
		$command =~ s/\Q$old\E(?=[\s;]|$)/$new/g;
	}
	my $pid = fork() // die "fork: $!\n";
	if (!$pid) {
		$ENV{SRCARCH} = $self->{arch};
		chdir($self->{kdir}) && open(STDOUT, ">>", $log) && open(STDERR, ">&", \*STDOUT)
			or die "$log: $!\n";
		exec("sh", "-ec", $command);
	}
	waitpid($pid, 0);
	return !$?;
}

# The objects that include a header, or the one of a source.
sub affected {
	my ($self, $file) = @_;
	my $path = "$self->{place}/module/$file";

	return grep { $_ eq $path =~ s/c$/o/r } @{$self->{objects}} if $file =~ /\.c$/;
	return grep { slurp(cmd_file($_)) =~ /\Q$path\E\s/ } @{$self->{objects}};
}

# Compile an object from the sources in $dir/module before those of the module.
sub compile {
	my ($self, $object, $dir) = @_;
	my $relative = $object =~ s|^\Q$self->{place}/||r;
	my $source = $relative =~ s/o$/c/r;
	my ($new, $dependencies) = ("$dir/$relative", "." . basename($relative) . ".d");

	make_path(dirname($new));
	link_file("$self->{place}/$source", "$dir/$source");
	# Behind the compiler's dependency option, which is the first one.  __FILE__ stays
	# the same, so that objects can be compared.
	my $options = "$dir/dependencies -I$dir/module -fmacro-prefix-map=$dir/=$self->{place}/";
	return $self->run_command($object, "$dir/log", $object => $new,
		"-Wp,-MMD," . dirname($object) . "/$dependencies" => "-Wp,-MMD,$options",
		"$self->{place}/$source" => "$dir/$source");
}

sub link_file {
	my ($old, $new) = @_;
	-e $new or symlink($old, $new) or die "$new: $!\n";
}

sub link_module {
	my ($self, $dir, %new) = @_;
	my ($old, $name) = ($self->{place}, $self->{name});

	spill("$dir/$name.mod", join("\n", map { $new{$_} // $_ } @{$self->{objects}}) . "\n");
	$self->run_command("$old/$name.o", "$dir/log", "@" . "$old/$name.mod" => "@" . "$dir/$name.mod",
		"$old/$name.o" => "$dir/$name.o") or return "does not build";
	return "needs a symbol that the module does not use"
		if grep { !$self->{symbols}{$_} } $self->undefined("$dir/$name.o");
	$self->run_command("$old/$name.ko", "$dir/log", "$old/$name.o" => "$dir/$name.o",
		"$old/$name.ko" => "$dir/$name.ko") or return "does not build";
	return undef;
}

# Build the module with other text in one of its files, below $dir.  Return undef, or
# why there is no such module.
sub build {
	my ($self, $file, $text, $dir) = @_;
	my %new;

	my @affected = $self->affected($file) or return "is in no object";
	make_path(dirname("$dir/module/$file"));
	spill("$dir/module/$file", $text);
	# A file may include the headers next to it without their folder.
	link_file($_, $dir . s/^\Q$self->{place}\E//r) for
		glob(dirname("$self->{place}/module/$file") . "/*.h");
	for my $object (@affected) {
		$self->compile($object, $dir) or return "does not build";
		my $changed = $object =~ s/^\Q$self->{place}\E/$dir/r;
		$new{$object} = $changed if system("cmp", "-s", $object, $changed);
	}
	return "is the same code" unless %new;
	return $self->link_module($dir, %new);
}

1;
