/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the library share, and programs do not see. */
#ifndef _LIBPGAREA_PRIVATE_H
#define _LIBPGAREA_PRIVATE_H

#include "libpgarea.h"

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

/* ioctl() until no signal comes between; 0 or a negative errno value */
__hidden int device_call(int fd, unsigned long command, void *argument);

#endif /* _LIBPGAREA_PRIVATE_H */
