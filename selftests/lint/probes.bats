# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# Kbuild's probes detect the features of the kernel's headers, regardless of warnings
# of the headers or the compiler; the module builds with each result, and not with a wrong
# one.
#
# The tests build a small module that uses all of compat.h, with the project's Kbuild.
# Its compiler searches an overlay directory first, whose headers can add warnings and
# features that the kernel's own headers lack.

setup() {
	top=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	work=$BATS_TEST_TMPDIR
	wrap_compiler
}

# The kernel's headers name their compiler, so the wrapper has the same name.
wrap_compiler() {
	local name
	mkdir -p "$work/bin" "$work/overlay/linux"
	for name in gcc gcc-12; do
		cat >"$work/bin/$name" <<-SCRIPT
			#!/bin/sh
			PATH=\${PATH#*:} exec $name -I$work/overlay \$EXTRA "\$@"
		SCRIPT
		chmod +x "$work/bin/$name"
	done
}

# overlay HEADER: appends stdin to the kernel's header, which may be included several
# times.
overlay() {
	local header=$work/overlay/linux/$1.h
	[ -e "$header" ] || echo "#include_next <linux/$1.h>" >"$header"
	cat >>"$header"
}

has_VM_FLAGS_SET() {
	overlay mm <<-'C'
		#undef vm_flags_set
		#undef vm_flags_clear
		#define vm_flags_set(v, f) (((struct vm_area_struct *)(v))->vm_flags |= (f))
		#define vm_flags_clear(v, f) (((struct vm_area_struct *)(v))->vm_flags &= ~(f))
	C
}

has_CLASS_CREATE_NAME() {
	overlay device <<-'C'
		#undef class_create
		#define class_create(name) __class_create(NULL, name, NULL)
	C
}

has_COPY_SPLICE_READ() {
	overlay fs <<-'C'
		#undef copy_splice_read
		#define copy_splice_read(in, pos, pipe, len, flags) \
			generic_file_splice_read(in, pos, pipe, len, flags)
	C
}

# The kernel's struct has a counter of the same type that the small module can read.
has_LARGE_MAPCOUNT() {
	overlay mm <<-'C'
		#define _large_mapcount _total_mapcount
	C
}

has_SHRINKER_ALLOC() {
	overlay shrinker <<-'C'
		#define shrinker_alloc(flags, ...) ((struct shrinker *)0 + (flags))
		#define shrinker_register(shrinker) ((void)(shrinker))
		#define shrinker_free(shrinker) ((void)(shrinker))
	C
}

has_IMPORT_NS_WORD() { :; }
lacks_IMPORT_NS_WORD() {
	overlay module <<-'C'
		#undef MODULE_IMPORT_NS
		#define MODULE_IMPORT_NS(ns) MODULE_INFO(import_ns, ns)
	C
}
lacks_VM_FLAGS_SET() { :; }
lacks_CLASS_CREATE_NAME() { :; }
lacks_COPY_SPLICE_READ() { :; }
lacks_LARGE_MAPCOUNT() { :; }
lacks_SHRINKER_ALLOC() { :; }

small_module() {
	rm -rf "$work/m"
	mkdir "$work/m"
	ln -s "$top"/{module,uapi,dkms.conf} "$work/m/"
	ln -s "$top/Kbuild" "$work/m/Kbuild.module"
	cat >"$work/m/Kbuild" <<-'MAKE'
		include $(src)/Kbuild.module
		obj-m := small.o
		ccflags-y := $(filter-out $(WITHOUT),$(ccflags-y)) $(WITH)
	MAKE
	cat >"$work/m/small.c" <<-'C'
		#include <linux/dma-buf.h>
		#include "compat.h"
		struct class *small(struct vm_area_struct *vma);
		struct class *small(struct vm_area_struct *vma)
		{
			vm_flags_set(vma, VM_DONTEXPAND);
			vm_flags_clear(vma, VM_EXEC);
			dma_buf_put(dma_buf_get(0));
			pga_splice_read(NULL, NULL, NULL, 0, 0);
			pga_page_mapcount(NULL, 2);
			pga_shrinker_unregister(pga_shrinker_register("small", NULL, NULL));
			return pga_class_create("small");
		}
		PGA_IMPORT_NS(DMA_BUF);
		MODULE_DESCRIPTION("uses compat.h");
		MODULE_LICENSE("GPL");
	C
}

# build KERNEL [ARGUMENT...]: builds the small module
build() {
	local kernel=$1
	shift
	small_module
	PATH=$work/bin:$PATH run make -C "$top/.build/kernels/$kernel/build" M="$work/m" \
		CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules
}

built() {
	[ "$status" -eq 0 ] || { echo "$output"; return 1; }
	[ -e "$work/m/small.ko" ]
}
refused() { [ "$status" -ne 0 ] || { echo "it builds: $*: $output"; return 1; }; }
said() { [[ $output = *"$1"* ]] || { echo "expected: $1"; echo "$output"; return 1; }; }

answers() { grep -oE 'DHAVE_[A-Z_]+' "$work/m/.small.o.cmd" | cut -c7- | sort -u | xargs; }

# answered ANSWER...: checks for these and no others, and that the module imports the
# namespace by its right name.
answered() {
	built || return 1
	[ "$(answers)" = "$*" ] || { echo "expected: $*; are: $(answers)"; return 1; }
	[ "$(/sbin/modinfo -F import_ns "$work/m/small.ko")" = DMA_BUF ]
}

# The features of these two kernels.
answers_of() {
	case $1 in
	6.1) echo IMPORT_NS_WORD ;;
	6.12) echo "$all" ;;
	esac
}

all="CLASS_CREATE_NAME COPY_SPLICE_READ IMPORT_NS_WORD LARGE_MAPCOUNT SHRINKER_ALLOC"
all+=" VM_FLAGS_SET"

@test "the results match the kernels" {
	for kernel in 6.1 6.12; do
		build "$kernel"
		# shellcheck disable=SC2046 # a list
		answered $(answers_of "$kernel")
	done
}

# Warnings are errors at most for the probes: -Wno-error lets the build continue.
@test "warnings of the headers do not change the results" {
	echo '#warning a newer compiler' | overlay mm
	for kernel in 6.1 6.12; do
		EXTRA=-Werror build "$kernel" W=2 KCFLAGS=-Wno-error
		said "warning: "
		# shellcheck disable=SC2046 # a list
		answered $(answers_of "$kernel")
	done
}

# builds_with NAME...: headers with these features and no others
builds_with() {
	rm -f "$work"/overlay/linux/*
	for name in $all; do
		case " $* " in
		*" $name "*) "has_$name" ;;
		*) "lacks_$name" ;;
		esac
	done
	build 6.1
	answered "$@"
}

# Each feature is independent of the others.
@test "each result is detected, alone and missing alone, and builds" {
	# shellcheck disable=SC2086 # a list
	builds_with $all
	builds_with
	for one in $all; do
		builds_with "$one"
		# shellcheck disable=SC2046,SC2086 # lists
		builds_with $(printf '%s\n' $all | grep -vx "$one")
	done
}

@test "a wrong result does not build" {
	for kernel in 6.1 6.12; do
		for name in $all; do
			case " $(answers_of "$kernel") " in
			*" $name "*) build "$kernel" WITHOUT="-DHAVE_$name" ;;
			*) build "$kernel" WITH="-DHAVE_$name" ;;
			esac
			refused "$kernel $name"
		done
	done
}

@test "if the headers do not compile, the build stops and shows why" {
	echo '#error these headers are broken' | overlay mm
	build 6.1
	refused "with broken headers"
	said "these headers are broken"
	said "compiles nothing with the headers of this kernel"
}

@test "with a compiler that accepts everything, the build stops" {
	cat >"$work/bin/gcc-12" <<-'SCRIPT'
		#!/bin/sh
		case " $* " in
		*" -fsyntax-only "*) exec cat >/dev/null ;;
		esac
		PATH=${PATH#*:} exec gcc-12 "$@"
	SCRIPT
	build 6.1
	refused "with a compiler that accepts everything"
	said "compiles a call of a function that there is not"
}

# fake_kernel COMPILER: a directory of headers whose make prints the value of LLVM
# that build-module or dkms.conf passes to it.
fake_kernel() {
	mkdir -p "$work/k/include/generated" "$work/k/include/config"
	echo '#define UTS_RELEASE "0-fake"' >"$work/k/include/generated/utsrelease.h"
	echo "CONFIG_CC_IS_${1}=y" >"$work/k/include/config/auto.conf"
	# shellcheck disable=SC2016 # make's
	printf 'modules:\n\t@echo "LLVM is <$(LLVM)>"\n' >"$work/k/Makefile"
}

from_dkms() {
	# shellcheck disable=SC2030,SC2034,SC2154 # of dkms.conf
	(kernel_source_dir=$work/k dkms_tree=/none; . "$top/dkms.conf" && ${MAKE[0]})
}

@test "a kernel built with clang gets LLVM=1" {
	fake_kernel CLANG
	run "$top/selftests/vm/build-module" "$work/k"
	said "LLVM is <1>"
	run from_dkms
	said "LLVM is <1>"
}

@test "a kernel built with gcc does not" {
	fake_kernel GCC
	run "$top/selftests/vm/build-module" "$work/k"
	said "LLVM is <>"
	run from_dkms
	said "LLVM is <>"
}

@test "the module has the version of dkms.conf" {
	# shellcheck source=dkms.conf
	version=$(. "$top/dkms.conf" && echo "$PACKAGE_VERSION")
	[ -n "$version" ]
	module=$("$top/selftests/vm/build-module" "$top/.build/kernels/6.1/build" 2>/dev/null)
	[ "$(/sbin/modinfo -F version "$module")" = "$version" ]
	[ -n "$(/sbin/modinfo -F author "$module")" ]
}
