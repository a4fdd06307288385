// SPDX-License-Identifier: GPL-2.0
/*
 * Checks of requests that several commands share.
 */
#include <linux/ctype.h>
#include <linux/errno.h>
#include <linux/mm.h>

#include "block/file.h"
#include "block/state.h"
#include "ioctl/check.h"
#include "map/cdev.h"

/**
 * pga_label_valid() - can this label be printed?
 * @name: PGAREA_NAME_SIZE bytes
 *
 * Return: true if it is printable and has a NUL within the bytes.
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

static bool power_of_two_or_0(u64 value)
{
	return !(value & (value - 1));
}

/**
 * pga_check_placement() - do these limits of a place make sense?
 * @size: in bytes
 * @align: in bytes; 0: none
 * @boundary: in bytes; 0: none
 * @lowest: lowest address
 * @highest: highest address; 0: no limit
 *
 * Return: 0, -EINVAL, or -EOVERFLOW.
 */
int pga_check_placement(u64 size, u64 align, u64 boundary, u64 lowest,
			u64 highest)
{
	int err = pga_check_size(size);

	if (err)
		return err;
	if (!power_of_two_or_0(align) || !power_of_two_or_0(boundary))
		return -EINVAL;
	if (boundary && boundary < size)
		return -EINVAL;
	return highest && lowest > highest ? -EINVAL : 0;
}

/**
 * pga_check_orphan() - can a block have this quarantine time?
 * @file: the file of the ioctl
 * @orphan_ms: as requested
 * @reserved: the padding after it
 * @persistent: the block will have no owner that can exit
 *
 * A time beyond the limit is refused and not shortened: the program relies on
 * it, because its device may write for that long.
 *
 * Return: 0, -EINVAL, or -EPERM.
 */
int pga_check_orphan(const struct pga_file *file, u32 orphan_ms, u32 reserved,
		     bool persistent)
{
	if (reserved || (persistent && orphan_ms))
		return -EINVAL;
	if (orphan_ms == PGAREA_ORPHAN_NONE)
		return 0;
	if (orphan_ms > PGAREA_ORPHAN_MAX_MS)
		return -EINVAL;
	return orphan_ms > pga_orphan_limit_ms(file) ? -EPERM : 0;
}

/**
 * pga_check_persistent() - may a persistent block or reservation be created?
 * @file: the file of the ioctl
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
