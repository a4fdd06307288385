/* SPDX-License-Identifier: GPL-2.0 */
/* Programs for a module that hides physical addresses. */
#ifndef HIDDEN_H
#define HIDDEN_H

#include "include/pga_state.h"

/* Run the tests, or skip them all where addresses are not hidden. */
static inline int hidden_main(int argc, char **argv)
{
	int fd = open(PGA_DEVICE, O_RDWR | O_CLOEXEC);

	if (fd >= 0 && !(pga_info(fd).flags & PGAREA_INFO_HIDE_PHYS))
		ksft_exit_skip("addresses are not hidden\n");
	close(fd);
	return pga_test_main(argc, argv);
}

#endif /* HIDDEN_H */
