/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Number of elements of an array. */
#ifndef _PGAREA_LIB_ARRAY_SIZE_H
#define _PGAREA_LIB_ARRAY_SIZE_H

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))

#endif /* _PGAREA_LIB_ARRAY_SIZE_H */
