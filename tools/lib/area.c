// SPDX-License-Identifier: LGPL-2.1-or-later
/* Creating, resizing, shrinking and destroying areas. */
#include "lib/call.h"
#include "lib/pgarea.h"

int pgarea_create_area(int fd, struct pgarea_create_area *area)
{
	return pga_call(fd, PGAREA_IOC_CREATE_AREA, area);
}

int pgarea_resize_area(int fd, struct pgarea_resize_area *area)
{
	return pga_call(fd, PGAREA_IOC_RESIZE_AREA, area);
}

int pgarea_destroy_area(int fd, struct pgarea_destroy_area *area)
{
	return pga_call(fd, PGAREA_IOC_DESTROY_AREA, area);
}

int pgarea_shrink_area(int fd, struct pgarea_shrink_area *area)
{
	return pga_call(fd, PGAREA_IOC_SHRINK_AREA, area);
}
