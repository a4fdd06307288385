// SPDX-License-Identifier: GPL-2.0
/* Runs the tests of all tables, or those whose names match the argument. */
#include <stdio.h>

#include "unit.h"

static const struct unit_table *const tables[] = {
	&unit_word_tests,
	&unit_node_tests,
	&unit_alloc_tests,
	&unit_resume_tests,
	&unit_range_tests,
	&unit_grow_tests,
	&unit_runs_tests,
	&unit_check_tests,
	&unit_known_tests,
	&unit_exhaustive_tests,
	&unit_random_tests,
};

#define MAX_TESTS	256

int main(int argc, char **argv)
{
	struct CMUnitTest tests[MAX_TESTS];
	size_t nr = 0, i, j;

	for (i = 0; i < ARRAY_SIZE(tables); i++)
		for (j = 0; j < tables[i]->nr && nr < MAX_TESTS; j++)
			tests[nr++] = tables[i]->tests[j];
	/* A test that ends the program must not lose the lines before it. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests("core", tests, nr, NULL, NULL);
}
