# SPDX-License-Identifier: GPL-2.0
#
# pgarea: build, test, load.  `make help` lists the targets.
# The module itself is described in Kbuild; all output goes below .build.

vm := selftests/vm

# The kernel that a virtual machine boots: a Debian series.
KERNEL ?= 6.1
export KERNEL MEM TIMEOUT AREAS STEPS SET SLOW JOBS

# The headers that a plain `make` uses for the module: the running kernel's,
# else the newest that Debian packages installed, else those unpacked in .build.
newest = $(lastword $(shell printf '%s\n' $(1) | sort -V))
KDIR ?= $(firstword $(wildcard /lib/modules/$(shell uname -r)/build) \
	  $(call newest,$(wildcard /usr/src/linux-headers-*-amd64)) \
	  $(wildcard .build/kernels/$(KERNEL)/build))

all: module tools

help:
	@sed -n 's/^##//p' Makefile

##
## In a virtual machine (root, or the packages that `make setup` names):
##   make demo        set up, build, boot a virtual machine, show the main job
##   make check       set up, and run every test
##   make check-debug tests, fuzzer, fault injection, leak and race detection, on
##                    kernels built to detect errors: 20 minutes to build them,
##                    then two hours                JOBS="fuzz"  only these jobs
##   make bench       time the allocator, compared with others, and the ioctls
##   make soak        areas that come and go, and claims, beside a busy host
##                    MINUTES=10
##   make mutants-module  faults in the module that the tests must detect
##                    MUTANTS=100  generated ones     FILES="dev.c"  only in these
##   make vm          a shell in a virtual machine that has pgarea loaded
##   make setup       only install the packages
##
## Tests of the allocator's core, in user space:
##   make fuzz        random operations by libFuzzer    FUZZ_TIME=60  seconds
##                    FUZZ_FILE=...  replay what it found
##   make coverage    code that the core's tests reach   VERBOSE=1  and what they miss
##   make mutants     faults that they must detect       MUTANTS=40  generated ones
##
## On a lab host, for the running kernel:
##   make             build pgarea.ko and the tool `pgarea` below .build
##   sudo make load   load the module        AREAS=lowest=8M,low=512M  areas to fill
##   sudo make unload unload it; all pages return to the host
##   sudo make install    the tool, into PREFIX (/usr/local)
##   make kselftest   the test suite, to run with run_kselftest.sh
##
## Variables:
##   KERNEL=6.12      Debian series that virtual machines boot (6.1)
##   KDIR=...         headers that a plain `make` builds against
##   MEM=2G           memory of the virtual machine (4G)
##   TIMEOUT=300      seconds after which a virtual machine counts as hung
##   STEPS="lint vm"  run only these steps of `make check`; STEPS=list lists them
##
##   make clean       remove what was built      make distclean  remove .build
##   make clean-kernels   forget the unpacked kernels: the next run fetches the
##                    newest of each series
##

module: need-compiler
	@test -n "$(KDIR)" || { \
	  echo "No kernel headers here. On Debian: apt-get install linux-headers-amd64" >&2; \
	  echo "(or: make setup).  Elsewhere: make KDIR=/path/to/headers" >&2; exit 1; }
	@ko=$$($(vm)/build-module "$(KDIR)") && ln -sfn "$$ko" .build/pgarea.ko && echo "built $$ko"

tools: need-compiler
	@if test -e tools/Makefile; then $(MAKE) -C tools; fi

need-compiler:
	@command -v gcc >/dev/null || { echo "No compiler here: run \`make setup\` first" >&2; exit 1; }

setup:
	@$(vm)/setup

demo:
	@$(vm)/setup build vm
	@$(vm)/run demo

check:
	@$(vm)/setup
	@selftests/check

check-debug:
	@$(vm)/setup build vm debug
	@selftests/check-debug

bench:
	@$(vm)/setup
	@$(MAKE) --no-print-directory -C selftests/unit bench
	@$(vm)/run bench
	@$(vm)/run contiguous

soak:
	@$(vm)/setup build vm
	@SET="MINUTES=$(or $(MINUTES),10) $(SET)" \
		TIMEOUT=$${TIMEOUT:-$$(($(or $(MINUTES),10) * 60 + 600))} $(vm)/run soak

# make passes variables from the command line on to the tests' own Makefile.
unit = $(MAKE) --no-print-directory -C selftests/unit

fuzz:
	@$(vm)/setup build check
	@$(unit) fuzz FUZZ_FILE="$(abspath $(FUZZ_FILE))"

mutants-module:
	@$(vm)/setup build vm check
	@selftests/mutants/run

coverage mutants:
	@$(vm)/setup build check
	@$(unit) $@

vm:
	@$(vm)/setup build vm
	@$(vm)/run shell

kselftest:
	@$(vm)/build-user
	@echo "as root, with the module loaded: .build/kselftest-install/run_kselftest.sh"

# The module for the running kernel; `load` builds it first.
running := .build/module/$(shell uname -r)/pgarea.ko

load:
	@test -d /lib/modules/$(shell uname -r)/build || { \
	  echo "No headers of the running kernel $(shell uname -r): modules cannot be built for it" >&2; exit 1; }
	@$(MAKE) --no-print-directory module tools
	insmod $(running) $(if $(AREAS),areas=$(AREAS))
	@dmesg 2>/dev/null | grep 'pgarea: ' | tail -n 8; ls -l /dev/pgarea

unload:
	rmmod pgarea
	@dmesg 2>/dev/null | grep 'pgarea: returned' | tail -n 1

PREFIX ?= /usr/local
install: tools
	$(MAKE) -C tools install PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)"

clean:
	rm -rf $(filter-out .build/kernels .build/kselftest .build/apt,$(wildcard .build/*))

clean-kernels:
	rm -rf .build/kernels .build/apt

distclean:
	rm -rf .build

.PHONY: all help module tools need-compiler setup demo check check-debug bench \
	soak fuzz coverage mutants mutants-module vm kselftest load unload install clean \
	clean-kernels distclean
