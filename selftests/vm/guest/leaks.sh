# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What a debug kernel (KERNEL=debug) knows of memory that was lost: objects that
# nothing refers to (kmemleak), and who had the host give pages (page_owner).

kmemleak=/sys/kernel/debug/kmemleak
stacks=/sys/kernel/debug/page_owner_stacks/show_stacks

finds_leaks() { [ -w $kmemleak ] && [ -r $stacks ]; }

# Objects younger than five seconds are not told, and one scan may take for an
# object's address what is just left over on some stack.  Names of functions are
# there while the module is, so this comes before and after it is unloaded.
# With an argument, objects with that function in their stack are left out.
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

# Stacks of our code under which the host has given pages that it has not got
# back.  Once the module is gone its functions have no names; no other module goes.
# Not those by which a cache of objects grew: it keeps its pages, and which objects
# are in them is kmemleak's to say.  Nor what the debugging itself remembers, and the
# tables of the kernel's own map of memory: it cuts a large page of it for another
# attribute, once, and does not put it together again.
our_pages() {
	awk 'BEGIN { RS = ""; ORS = "\n\n" }
		/\[pgarea\]|\n *0xffffffff/ &&
		!/allocate_slab|new_slab|stack_depot_save|change_page_attr/' $stacks
}

# While the module has pages: that it would be seen.
pages_are_seen() { our_pages | grep -F '[pgarea]'; }

no_page_is_lost() {
	our_pages >/tmp/lost
	cat /tmp/lost
	[ ! -s /tmp/lost ]
}
