// SPDX-License-Identifier: GPL-2.0
/* The scenarios, and the command line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "explorer.h"

const struct ex_scenario ex_scenarios[] = {
	/* One CPU. Nested writers turn the whole ring in the middle of any step. */
	{ .name = "nested", .ncpus = 1, .nblocks = 4, .block_size = 64, .warm = "0",
	  .cpu = { "ee" }, .inject = { "e", "eeeeeeee" }, .depth = 3,
	  .kind = { EX_HEADER, EX_CURSOR }, .check = 2, .full = 3 },
	/* Two CPUs claim at once. */
	{ .name = "claims", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "001101",
	  .cpu = { "eeE", "eee" }, .inject = { "e", "eee" }, .depth = 2,
	  .kind = { EX_HEADER, EX_CURSOR }, .check = 2, .full = 3 },
	/* A reader of the header against a CPU that turns the ring. */
	{ .name = "overrun", .ncpus = 1, .nblocks = 4, .block_size = 64, .warm = "00000A00",
	  .cpu = { "eoeee" }, .inject = { "eeeee" }, .depth = 1,
	  .reader = { "dyd" }, .kind = { EX_HEADER, EX_CURSOR }, .check = 2, .full = 3 },
	/* The same with two CPUs: blocks go from one to the other. */
	{ .name = "exchange", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "0101A10",
	  .cpu = { "eEe", "eee" }, .inject = { "eee" }, .depth = 1,
	  .reader = { "dyd" }, .kind = { EX_HEADER, EX_CURSOR }, .check = 2, .full = 3 },
	/* The kernel's cursor instead. */
	{ .name = "cursor", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "0101A10",
	  .cpu = { "eEe", "ee" }, .inject = { "eee" }, .depth = 1,
	  .reader = { "nnydy" }, .kind = { EX_CURSOR, EX_HEADER }, .check = 2, .full = 3 },
	/* A reader that gates, and that acknowledges now and then. */
	{ .name = "gate", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "0011A",
	  .cpu = { "eeee", "eee" }, .inject = { "ee" }, .depth = 1,
	  .reader = { "anaydaydad" }, .kind = { EX_HEADER, EX_CURSOR }, .gating = true,
	  .check = 2, .full = 3 },
	/* Reservations, discarded and not, and records of no size that fits. */
	{ .name = "reserve", .ncpus = 1, .nblocks = 4, .block_size = 128, .warm = "000",
	  .cpu = { "rdlE" }, .inject = { "r", "dEol", "EEEEEEEEEEEEEEE" }, .depth = 2,
	  .kind = { EX_HEADER, EX_CURSOR }, .check = 2, .full = 3 },
	{ .name = NULL },
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool explore(const struct ex_scenario *s, uint32_t bound)
{
	double began = seconds();
	uint64_t runs, steps;
	bool ok;

	ex_scenario = s;
	ok = ex_explore(bound, &runs, &steps);
	printf("%s %s: bound %u, %llu runs, %llu steps, %.1f s\n", ok ? "ok" : "not ok", s->name,
	       bound, (unsigned long long)runs, (unsigned long long)steps, seconds() - began);
	fflush(stdout);
	return ok;
}

static const struct ex_scenario *find(const char *name)
{
	const struct ex_scenario *s;

	for (s = ex_scenarios; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	fprintf(stderr, "explorer: no scenario %s\n", name);
	exit(2);
}

/*
 * explorer [--full | --bound N] [--first] [SCENARIO]...: explore; --first: end with the
 *	first that fails.
 * explorer --replay SCENARIO SCHEDULE: run one schedule and print every point.
 * explorer --list: name the scenarios.
 */
int main(int argc, char **argv)
{
	const struct ex_scenario *s;
	uint32_t bound = 0;
	bool full = false, first = false, ok = true;
	int i = 1;

	if (argc > 3 && !strcmp(argv[1], "--replay")) {
		ex_scenario = find(argv[2]);
		return ex_replay(argv[3]) ? 0 : 1;
	}
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--full"))
			full = true;
		else if (!strcmp(argv[i], "--first"))
			first = true;
		else if (!strcmp(argv[i], "--bound") && i + 1 < argc)
			bound = (uint32_t)atoi(argv[++i]);
		else if (!strcmp(argv[i], "--list"))
			for (s = ex_scenarios; s->name; s++)
				puts(s->name);
		else
			return 2;
	}
	for (s = ex_scenarios; s->name; s++) {
		int j = i;

		while (j < argc && strcmp(argv[j], s->name))
			j++;
		if (i < argc ? j < argc : strcmp(argv[argc - 1], "--list"))
			ok &= explore(s, bound ? bound : full ? s->full : s->check);
		if (!ok && first)
			break;
	}
	return ok ? 0 : 1;
}
