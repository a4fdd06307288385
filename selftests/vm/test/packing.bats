# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# elf-libs and make-root pack programs that this machine cannot run.  The tests write
# another machine's number into the ELF headers of a program, its interpreter and its
# libraries, which makes them foreign to this machine.

setup() {
	vm=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
	work=$BATS_TEST_TMPDIR
	tree=$work/sysroot
	foreign=243	# RISC-V, or on such a machine AArch64
	! readelf -h /bin/bash | grep -q RISC-V || foreign=183
}

# make_foreign FILE...: e_machine is at offset 18, least significant byte first.
make_foreign() {
	local file
	for file; do
		# shellcheck disable=SC2059 # an escape sequence
		printf "\\x$(printf %02x "$foreign")\\0" |
			dd of="$file" bs=1 seek=18 conv=notrunc status=none
	done
}

elf_libs() { run "$vm/elf-libs" "$@"; }

# says TEXT...: the output contains each text
says() {
	local text
	for text; do
		[[ $output = *"$text"* ]] || { echo "expected: $text"; echo "$output"; return 1; }
	done
}

# exits N
exits() { [ "$status" -eq "$1" ] || { echo "status $status: $output"; return 1; }; }

# copy PROGRAM...: copies programs and what they need into the tree, at the same paths
copy() {
	local file
	for file in "$@" $("$vm/elf-libs" "$@"); do
		install -D "$file" "$tree$file"
	done
}

# library NAME [ARGUMENT...]: builds lib/NAME.so in $work, with a function NAME
library() {
	mkdir -p "$work/lib"
	echo "void $1(void) {}" | gcc -shared -fPIC -Wl,--no-as-needed -Wl,-soname,"$1.so" \
		-x c - -x none -o "$work/lib/$1.so" "${@:2}"
}

program() {
	echo 'int main(void) { return 0; }' | gcc -Wl,--no-as-needed -x c - -x none \
		-o "$work/program" "$@"
}

@test "a program of this machine needs what the loader loads" {
	elf_libs /bin/bash
	exits 0
	diff <(xargs -n 1 basename <<<"$output" | sort) \
		<(ldd /bin/bash | grep -o '/[^ ]*' | xargs -n 1 basename | sort)
}

@test "a program for another machine needs the same, and is not run" {
	copy /bin/bash
	"$vm/elf-libs" /bin/bash >"$work/expected"
	find "$tree" -type f -print0 | xargs -0 -n 1 echo >"$work/files"
	while read -r file; do
		make_foreign "$file"
	done <"$work/files"
	run "$tree/bin/bash" -c true
	[ "$status" -ne 0 ]
	elf_libs --sysroot "$tree" "$tree/bin/bash"
	exits 0
	diff "$work/expected" - <<<"$output"
}

@test "a 32-bit program needs 32-bit libraries" {
	program -m32 || skip "\"gcc -m32\" cannot build programs here"
	elf_libs "$work/program"
	exits 0
	says libc.so.6 ld-linux
	for file in $output; do
		readelf -h "$file" | grep -q 'Class: *ELF32'
	done
}

@test "a library for another machine is ignored" {
	copy /bin/bash
	libc=$(grep 'libc[.]so' < <("$vm/elf-libs" /bin/bash))
	install -D "$libc" "$tree/lib64/libc.so.6"
	make_foreign "$tree$libc"
	elf_libs --sysroot "$tree" "$tree/bin/bash"
	exits 0
	says /lib64/libc.so.6
	[[ $output != *"$libc"* ]]
}

@test "a library that exists only for another machine is missing" {
	copy /bin/bash
	libc=$(grep 'libc[.]so' < <("$vm/elf-libs" /bin/bash))
	make_foreign "$tree$libc"
	elf_libs --sysroot "$tree" "$tree/bin/bash"
	exits 1
	says "/bin/bash needs the library libc.so.6" "for another machine: $libc"
}

@test "a missing library is named, and each file that needs it" {
	library one
	library two "$work/lib/one.so"
	program "$work/lib/two.so" "-Wl,-rpath-link,$work/lib" \
		"-Wl,--enable-new-dtags,-rpath,$work/lib"
	elf_libs "$work/program"
	exits 1
	says "$work/lib/two.so needs the library one.so"
	rm "$work/lib/two.so"
	elf_libs "$work/program"
	exits 1
	says "$work/program needs the library two.so"
}

@test "a missing interpreter is named" {
	program -Wl,--dynamic-linker,/lib/none.so.1
	elf_libs "$work/program"
	exits 1
	says "$work/program needs the interpreter /lib/none.so.1"
}

@test "an interpreter for another machine is refused" {
	copy /bin/bash
	interpreter=$("$vm/elf-libs" /bin/bash | grep -m1 '/ld-')
	make_foreign "$tree$interpreter"
	elf_libs --sysroot "$tree" "$tree/bin/bash"
	exits 1
	says "/bin/bash needs the interpreter $interpreter"
}

@test "DT_RPATH is inherited, and DT_RUNPATH is not" {
	library one
	library two "$work/lib/one.so"
	# shellcheck disable=SC2016 # the loader's
	program "$work/lib/two.so" "-Wl,-rpath-link,$work/lib" \
		'-Wl,--disable-new-dtags,-rpath,$ORIGIN/lib'
	elf_libs "$work/program"
	exits 0
	says "$work/lib/one.so" "$work/lib/two.so"
}

@test "a script or a static program needs nothing" {
	echo '#!/bin/sh' >"$work/script"
	program -static
	elf_libs "$work/script" "$work/program"
	exits 0
	[ -z "$output" ]
}

@test "a broken ELF file is refused" {
	head -c 100 /bin/bash >"$work/broken"
	elf_libs "$work/broken"
	exits 1
	says "$work/broken is a broken ELF file"
}

# A minimal project, kernel and suite, and a tree with the guest's programs.
small_project() {
	local name
	mkdir -p "$work/project/selftests/vm" "$work/kernel/modules" "$work/suite"
	cp -r "$vm"/{lib.sh,elf-libs,make-root,guest,jobs} "$work/project/selftests/vm/"
	for name in virtio_pci virtio_blk uio_pci_generic; do
		echo "kernel/$name.ko" >>"$work/kernel/modules/modules.builtin"
	done
	touch "$work/kernel/modules/modules.dep" "$work/pgarea.ko"
	program
	cp "$work/program" "$work/suite/test"
	copy /bin/bash /bin/busybox /usr/bin/timeout /usr/bin/stdbuf /sbin/insmod /sbin/rmmod \
		/usr/libexec/coreutils/libstdbuf.so
}

make_root() {
	run env SYSROOT="$tree" "$work/project/selftests/vm/make-root" "$work/kernel" \
		"$work/pgarea.ko" "$work/suite" "$work/root.cpio"
}

@test "a root is packed of programs that do not run here" {
	small_project
	while read -r file; do
		make_foreign "$file"
	done < <(find "$tree" "$work/suite" -type f)
	make_root
	exits 0
	mkdir "$work/root"
	(cd "$work/root" && cpio -id --quiet <"$work/root.cpio")
	elf_libs --sysroot "$work/root" "$work/root"/usr/bin/* "$work/root/pgarea/kselftest/test"
	exits 0
	says libc.so.6 ld-
	[ -x "$work/root/usr/bin/busybox" ] && [ -x "$work/root/usr/bin/insmod" ]
}

@test "no root is packed when a library is missing" {
	small_project
	find "$tree" -name 'libc.so*' -delete
	make_root
	exits 1
	says "needs the library libc.so.6"
	[ ! -e "$work/root.cpio" ]
}

@test "no root is packed that lacks a library found here" {
	small_project
	library one
	# shellcheck disable=SC2016 # the loader's
	program "$work/lib/one.so" '-Wl,-rpath,$ORIGIN/../lib'
	cp "$work/program" "$work/suite/test"
	tree='' make_root
	exits 1
	says "/pgarea/kselftest/test needs the library one.so" "the guest's root lacks"
	[ ! -e "$work/root.cpio" ]
}
