// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "env.h"

#define LINE	64

static unsigned int fail_in;
static bool failed;
static size_t bytes;

void env_fail_nth(unsigned int nth)
{
	fail_in = nth;
	failed = false;
}

bool env_failed(void)
{
	return failed;
}

size_t env_bytes(void)
{
	return bytes;
}

void *pga_env_zalloc(size_t size)
{
	size_t lines = (size + LINE - 1) / LINE * LINE;
	void *mem;

	if (fail_in && !--fail_in) {
		failed = true;
		return NULL;
	}
	mem = aligned_alloc(LINE, lines);
	if (!mem)
		abort();
	memset(mem, 0, lines);
	bytes += size;
	return mem;
}

void pga_env_free(void *mem, size_t size)
{
	if (mem)
		bytes -= size;
	free(mem);
}
