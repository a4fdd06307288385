// SPDX-License-Identifier: GPL-2.0
/* The device that a verb works on, and its areas. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/device.h"
#include "cli/output.h"
#include "lib/pgarea.h"

static int open_failed(struct cli *cli, int err)
{
	char *text = pgarea_explain_open(cli->device, err);

	output_error(cli, EXIT_DEVICE, err, NULL, "%s",
		     text ? text : strerror(-err));
	free(text);
	return EXIT_DEVICE;
}

int device_open(struct cli *cli, int access)
{
	int err;

	cli->fd = pgarea_open(cli->device, access);
	if (cli->fd < 0)
		return open_failed(cli, cli->fd);
	err = pgarea_get_info(cli->fd, &cli->info);
	return err ? open_failed(cli, err) : EXIT_OK;
}

int device_list_areas(struct cli *cli)
{
	int err;

	free(cli->areas);
	err = pgarea_list_areas(cli->fd, &cli->areas, &cli->nr_areas);
	if (err)
		return output_error(cli, EXIT_REFUSED, err, NULL,
				    "cannot list the areas: %s",
				    pgarea_error_text(err));
	return EXIT_OK;
}

void device_close(struct cli *cli)
{
	free(cli->areas);
	cli->areas = NULL;
	cli->nr_areas = 0;
	if (cli->fd >= 0)
		close(cli->fd);
	cli->fd = -1;
}

const struct pgarea_area *area_by_id(const struct cli *cli, __u32 id)
{
	for (size_t i = 0; i < cli->nr_areas; i++) {
		if (cli->areas[i].id == id)
			return &cli->areas[i];
	}
	return NULL;
}

const struct pgarea_area *area_by_name(const struct cli *cli, const char *name)
{
	for (size_t i = 0; i < cli->nr_areas; i++) {
		if (!strcmp((const char *)cli->areas[i].name, name))
			return &cli->areas[i];
	}
	return NULL;
}

const char *area_name(const struct cli *cli, __u32 id)
{
	const struct pgarea_area *area = area_by_id(cli, id);

	return area ? (const char *)area->name : "?";
}

const struct pgarea_area **pick_areas(struct cli *cli, char **names, size_t *n)
{
	const struct pgarea_area **picked;
	size_t wanted = 0;

	while (names && names[wanted])
		wanted++;
	*n = wanted ? wanted : cli->nr_areas;
	picked = calloc(*n + 1, sizeof(*picked));
	for (size_t i = 0; picked && i < *n; i++) {
		picked[i] = wanted ? area_by_name(cli, names[i]) :
				     &cli->areas[i];
		if (picked[i])
			continue;
		output_error(cli, EXIT_REFUSED, -ENOENT, NULL,
			     "there is no area '%s'; `pgarea areas` lists them",
			     names[i]);
		free(picked);
		return NULL;
	}
	return picked;
}
