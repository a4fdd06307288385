/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One command of the device. */
#ifndef _PGAREA_LIB_CALL_H
#define _PGAREA_LIB_CALL_H

/* ioctl(), repeated after signals; 0 or a negative errno value */
__hidden int pga_call(int fd, unsigned long command, void *argument);

#endif /* _PGAREA_LIB_CALL_H */
