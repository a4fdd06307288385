// SPDX-License-Identifier: GPL-2.0
/*
 * Checks that several commands make of what a program asks.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/mm.h>

#include "block/file.h"
#include "ioctl/check.h"
#include "map/cdev.h"

/**
 * pga_label_valid() - is it a label that can be shown?
 * @name: PGAREA_NAME_SIZE bytes
 *
 * Return: true when it is printable and ends within the bytes.
 */
bool pga_label_valid(const u8 *name)
{
	unsigned int i;

	for (i = 0; i < PGAREA_NAME_SIZE; i++) {
		if (!name[i])
			return true;
		if (!isascii(name[i]) || !isprint(name[i]))
			return false;
	}
	return false;
}

/**
 * pga_check_size() - can a block have this size?
 * @size: in bytes
 *
 * Return: 0, -EINVAL, or -EOVERFLOW.
 */
int pga_check_size(u64 size)
{
	if (!size)
		return -EINVAL;
	return size > U64_MAX - PAGE_SIZE + 1 ? -EOVERFLOW : 0;
}

/**
 * pga_check_orphan() - can it be kept back for so long?
 * @orphan_ms: as a program asked
 * @reserved: padding behind it
 * @persistent: it will have no owner that could die
 *
 * Return: 0 or -EINVAL.
 */
int pga_check_orphan(u32 orphan_ms, u32 reserved, bool persistent)
{
	if (reserved || (persistent && orphan_ms))
		return -EINVAL;
	return orphan_ms > PGAREA_ORPHAN_MAX_MS &&
	       orphan_ms != PGAREA_ORPHAN_NONE ? -EINVAL : 0;
}

/**
 * pga_check_persistent() - can something persistent be made?
 * @file: through which
 * @name: a valid label
 *
 * Context: process; sleeps.
 * Return: 0, -EINVAL, -EPERM, or -EEXIST.
 */
int pga_check_persistent(const struct pga_file *file, const u8 *name)
{
	if (!pga_cdev_name_valid(name))
		return -EINVAL;
	if (!file->admin)
		return -EPERM;
	return pga_cdev_exists(name) ? -EEXIST : 0;
}
