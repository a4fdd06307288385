// SPDX-License-Identifier: GPL-2.0
/*
 * Hiding physical addresses from programs.
 *
 * With the parameter hide_phys, a program gets no physical address and no
 * number from which it can derive one.  The cursor of a list is an address
 * XORed with a secret.
 *
 * Locking: none.  The secret is constant after load.
 */
#include <linux/mm.h>
#include <linux/random.h>

#include "hide.h"

bool pga_hide_phys;
static u64 cursor_secret;

/**
 * pga_hide_init() - create the secret for cursors
 *
 * Context: process, at load, after the parameters are parsed.
 */
void __init pga_hide_init(void)
{
	if (pga_hide_phys)
		cursor_secret = get_random_u64() | BIT_ULL(63);
}

/**
 * pga_cursor_of() - the cursor from which a list continues at an address
 * @address: a multiple of the page size, not 0
 *
 * Return: the cursor, never 0: no address has the highest bit.
 */
u64 pga_cursor_of(u64 address)
{
	return address ^ cursor_secret;
}

/* The address of a cursor; cursor 0 is the start of a list. */
u64 pga_cursor_address(u64 cursor)
{
	return cursor ? cursor ^ cursor_secret : 0;
}
