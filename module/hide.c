// SPDX-License-Identifier: GPL-2.0
/*
 * Hiding physical addresses from programs.
 *
 * With the parameter hide_phys, a program gets no physical address and no
 * number from which it can derive one.  The cursor of a list of ranges has a
 * page frame number XORed with a secret.
 *
 * Locking: none.  The secret is constant after load.
 */
#include <linux/random.h>

#include "hide.h"

bool pga_hide_phys;
static u32 cursor_secret;

/**
 * pga_hide_init() - create the secret for cursors
 *
 * Context: process, at load, after the parameters are parsed.
 */
void __init pga_hide_init(void)
{
	if (pga_hide_phys)
		cursor_secret = get_random_u32();
}

/**
 * pga_hide_position() - the position, in a cursor, of a page in a list of ranges
 * @pfn: page frame number, or such a position
 *
 * Areas end below 2^44 (spec.c), so a page frame number has 32 bits.
 *
 * Return: the position, or the page frame number of it.
 */
u32 pga_hide_position(u32 pfn)
{
	return pfn ^ cursor_secret;
}
