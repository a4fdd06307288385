# SPDX-License-Identifier: GPL-2.0
#
# Included by the Makefile of each group of tests.  A group is a folder and a target
# of kselftest, and each C file in it is a program.  Before the include a group's
# Makefile may set
#
#   extended   programs that are built and installed but are not tests: benchmarks,
#              and programs that load and unload the module, need a kernel with
#              fault injection, leave bad pages, or do not end
#   as_user    programs that are also built as NAME-user, which runs as a user
#              without a capability
#   as_32      programs that are also built as NAME-32, a 32-bit program
#
# KSELFTEST is the kernel's tools/testing/selftests, which provides lib.mk, the runner
# and the harness.  Without it, those of the distribution's kernel source are unpacked
# below .build, where the programs go too.

pgarea_dir := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
pgarea_top := $(patsubst %/,%,$(dir $(pgarea_dir)))

KSELFTEST ?= $(pgarea_top)/.build/kselftest/tools/testing/selftests
OUTPUT ?= $(pgarea_top)/.build/selftests/$(notdir $(CURDIR))

TEST_GEN_PROGS_EXTENDED := $(extended)
TEST_GEN_PROGS := $(filter-out $(extended),$(basename $(sort $(wildcard *.c)))) \
		  $(as_user:=-user) $(as_32:=-32)

# An installed group has these next to its programs, where the runner looks for them.
TEST_FILES := $(pgarea_dir)/config $(pgarea_dir)/settings

CFLAGS += -std=gnu11 -O2 -g -Wall -Wextra \
	  -I$(pgarea_dir) -I$(pgarea_top)/uapi -isystem $(KSELFTEST)
LOCAL_HDRS += $(wildcard *.h $(pgarea_dir)/include/*.h $(pgarea_dir)/device/*.h \
	      $(pgarea_dir)/testmod/*.h) $(pgarea_top)/uapi/linux/pgarea.h

# In the source tree the runner looks for settings below KSELFTEST only.
export kselftest_override_timeout ?= \
	$(shell sed -n 's/^timeout=//p' $(pgarea_dir)/settings)

.DEFAULT_GOAL := all

$(KSELFTEST)/lib.mk:
	$(pgarea_dir)/vm/get-kselftest

$(shell mkdir -p $(OUTPUT))

include $(KSELFTEST)/lib.mk

$(as_user:%=$(OUTPUT)/%-user): $(OUTPUT)/%-user: %.c $(LOCAL_HDRS)
	$(CC) $(CFLAGS) $(CPPFLAGS) -DPGA_AS_USER $(LDFLAGS) $< -o $@ $(LDLIBS)

ifneq ($(as_32),)

# 32-bit and 64-bit programs use the same kernel headers, but with -m32 the compiler
# searches for them in a directory that Debian does not have.
CFLAGS_32 := -m32 -D_FILE_OFFSET_BITS=64 \
	     -isystem /usr/include/$(shell $(CC) -print-multiarch)
can_32 := $(shell printf '\043include <errno.h>\nint main(void) { return 0; }' | \
		  $(CC) $(CFLAGS_32) -x c - -o /dev/null 2>/dev/null && echo yes)
# On stderr, as targets such as emit_tests print to stdout.
ifneq ($(can_32),yes)
$(shell echo 'skip: $(as_32:=-32): "$(CC) -m32" cannot build programs here' >&2)
endif

# If a program cannot be built, a script that skips replaces it.
$(as_32:%=$(OUTPUT)/%-32): $(OUTPUT)/%-32: %.c $(LOCAL_HDRS)
ifeq ($(can_32),yes)
	$(CC) $(CFLAGS) $(CFLAGS_32) $(CPPFLAGS) $(LDFLAGS) $< -o $@ $(LDLIBS)
else
	printf '#!/bin/sh\necho "1..0 # SKIP built without a compiler for -m32"\nexit 4\n' >$@
	chmod +x $@
endif

endif
