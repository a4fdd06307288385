// SPDX-License-Identifier: LGPL-2.1-or-later
/* Explanation of a failed open(). */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/pgarea.h"

static const char missing_module[] =
	"the module is not loaded. Load it with `modprobe pgarea`, or `make load` in its source";
static const char missing_node[] =
	"the module is loaded, but its device node does not exist. Is udev running?";
static const char no_permission[] =
	"no permission. Try as root, or install 60-pgarea.rules and join the group pgarea";

static const char *missing_device(void)
{
	return access("/sys/class/misc/pgarea", F_OK) ? missing_module :
							missing_node;
}

char *pgarea_explain_open(const char *path, int err)
{
	const char *why;
	char *text;

	if (!path)
		path = pgarea_device_path();
	switch (-err) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		why = strcmp(path, PGAREA_DEVICE_PATH) ? strerror(-err) :
							 missing_device();
		break;
	case EACCES:
	case EPERM:
		why = no_permission;
		break;
	case ENOTTY:
		why = "this is not a pgarea device";
		break;
	default:
		why = strerror(-err);
	}
	if (asprintf(&text, "cannot open %s: %s", path, why) < 0)
		return NULL;
	return text;
}
