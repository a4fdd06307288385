// SPDX-License-Identifier: GPL-2.0
/*
 * Hiding physical addresses from programs.
 *
 * With the parameter hide_phys a program gets no physical address, and no number
 * from which it could work one out: a list continues at a cursor that is mixed with
 * a secret.
 */
#include <linux/mm.h>
#include <linux/random.h>

#include "hide.h"

bool pga_hide_phys;
static u64 cursor_secret;

/**
 * pga_hide_init() - draw the secret of the cursors
 *
 * Context: process, at load, when the parameters are known.
 */
void __init pga_hide_init(void)
{
	if (pga_hide_phys)
		cursor_secret = get_random_u64() | BIT_ULL(63);
}

/**
 * pga_cursor_of() - the cursor at which a list continues
 * @address: a multiple of the page size, not 0
 *
 * Return: the cursor, never 0: no address has the highest bit.
 */
u64 pga_cursor_of(u64 address)
{
	return address ^ cursor_secret;
}

/* The address that a cursor stands for; 0 is where a list begins. */
u64 pga_cursor_address(u64 cursor)
{
	return cursor ? cursor ^ cursor_secret : 0;
}
