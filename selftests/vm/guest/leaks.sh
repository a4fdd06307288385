# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# Leak checks with a debug kernel (KERNEL=debug): objects without a reference
# (kmemleak), and pages by the stack that allocated them (page_owner).

kmemleak=/sys/kernel/debug/kmemleak
stacks=/sys/kernel/debug/page_owner_stacks/show_stacks

finds_leaks() { [ -w $kmemleak ] && [ -r $stacks ]; }

# kmemleak does not report objects younger than five seconds, and a single scan may
# mistake a stale value on a stack for an object's address.  Stacks have the module's
# function names only while it is loaded, so jobs call this before and after it is
# unloaded.  With an argument, objects with that function in their stack are ignored.
no_object_is_lost() {
	sleep 6
	echo scan >$kmemleak && echo scan >$kmemleak && cat $kmemleak >/tmp/all ||
		return 1
	awk -v leave="${1:-none at all}" '
		function flush() { if (!index(object, leave)) printf "%s", object }
		/^unreferenced object/ { flush(); object = "" }
		{ object = object $0 "\n" }
		END { flush() }' /tmp/all >/tmp/lost
	cat /tmp/lost
	[ ! -s /tmp/lost ]
}

# Stacks of pgarea's code that allocated pages of the kernel which are not freed.
# After the module is unloaded its functions have no names; no other module is
# unloaded.  Ignores stacks by which a cache of objects grew: the cache keeps its
# pages, and kmemleak checks the objects in them.  Also ignores data of the debugging
# itself (KASAN keeps its own of a mapping that failed), and page tables of the
# kernel's direct map: to change an attribute it splits a large page once, and never
# merges it again.
module_pages() {
	awk 'BEGIN { RS = ""; ORS = "\n\n" }
		/\[pgarea\]|\n *0xffffffff/ &&
		!/allocate_slab|new_slab|stack_depot_save|kasan_populate_vmalloc|change_page_attr/' $stacks
}

# While the module has pages: checks that module_pages() finds them.
pages_are_seen() { module_pages | grep -F '[pgarea]'; }

no_page_is_lost() {
	module_pages >/tmp/lost
	cat /tmp/lost
	[ ! -s /tmp/lost ]
}
