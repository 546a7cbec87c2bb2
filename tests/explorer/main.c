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
	  .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	/* Two CPUs claim at once. */
	{ .name = "claims", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "001101",
	  .cpu = { "ee", "e" }, .inject = { "e", "eee" }, .depth = 2,
	  .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "claims-more", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "001101",
	  .cpu = { "eeE", "eee" }, .inject = { "e", "eee" }, .depth = 2,
	  .kind = { EX_HEADER, EX_CURSOR },
	  .check = 0, .full = 2 },
	/* A reader of the header against a CPU that turns the ring. */
	{ .name = "overrun", .ncpus = 1, .nblocks = 4, .block_size = 64, .warm = "00000d00",
	  .cpu = { "eoe" }, .inject = { "eeeee" }, .depth = 1,
	  .reader = { "d" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "overrun-more", .ncpus = 1, .nblocks = 4, .block_size = 64, .warm = "00000d00",
	  .cpu = { "eoeee" }, .inject = { "eeeee" }, .depth = 1,
	  .reader = { "dyd" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 0, .full = 2 },
	/* The same with two CPUs: blocks go from one to the other. */
	{ .name = "exchange", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "0101d10",
	  .cpu = { "eE", "e" }, .inject = { "e" }, .depth = 1,
	  .reader = { "d" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "exchange-more", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "0101d10",
	  .cpu = { "eEe", "eee" }, .inject = { "eee" }, .depth = 1,
	  .reader = { "dyd" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 0, .full = 2 },
	/* The kernel's cursor instead. */
	{ .name = "cursor", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "0101d10",
	  .cpu = { "eE", "e" }, .inject = { "e" }, .depth = 1,
	  .reader = { "nd" }, .kind = { EX_CURSOR, EX_HEADER },
	  .check = 2, .full = 3 },
	{ .name = "cursor-more", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "0101d10",
	  .cpu = { "eEe", "ee" }, .inject = { "eee" }, .depth = 1,
	  .reader = { "nnydy" }, .kind = { EX_CURSOR, EX_HEADER },
	  .check = 0, .full = 2 },
	/* Readers that come late, or are lapped: they look for what is left. */
	{ .name = "search", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "1111110000",
	  .cpu = { "e", "eee" }, .inject = { "e" }, .depth = 1,
	  .reader = { "n" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "search-cursor", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "1111110000",
	  .cpu = { "e", "eee" }, .inject = { "e" }, .depth = 1,
	  .reader = { "n" }, .kind = { EX_CURSOR, EX_HEADER },
	  .check = 2, .full = 3 },
	{ .name = "search-more", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "1111110000",
	  .cpu = { "e", "eee" }, .inject = { "ee" }, .depth = 1,
	  .reader = { "n", "n" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 0, .full = 2 },
	/* Readers that come when there is nothing yet, or that turn back. */
	{ .name = "seek", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "000",
	  .cpu = { "e", "e" }, .inject = { "e", "eeee" }, .depth = 1,
	  .reader = { "sd" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "seek-cursor", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "000",
	  .cpu = { "e", "e" }, .inject = { "e", "eeee" }, .depth = 1,
	  .reader = { "sd" }, .kind = { EX_CURSOR, EX_HEADER },
	  .check = 2, .full = 3 },
	/* A reader that gates, and that acknowledges now and then. */
	{ .name = "gate", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "jd0011d",
	  .cpu = { "eee", "e" }, .inject = { "e" }, .depth = 1,
	  .reader = { "and" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "gate-more", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "jd0011d",
	  .cpu = { "eeee", "eee" }, .inject = { "ee" }, .depth = 1,
	  .reader = { "anayda" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 0, .full = 2 },
	/* A reader that joins and leaves while a CPU turns the ring. */
	{ .name = "join", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "1010d",
	  .cpu = { "eeee", "e" }, .inject = { "e" }, .depth = 1,
	  .reader = { "jd" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "leave", .ncpus = 1, .nblocks = 4, .block_size = 64, .warm = "j000",
	  .cpu = { "eee" }, .inject = { "ee" }, .depth = 1,
	  .reader = { "ald" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "join-more", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "1010d",
	  .cpu = { "eeeee", "ee" }, .inject = { "e" }, .depth = 1,
	  .reader = { "jdyld" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 0, .full = 2 },
	/* A gate before blocks that were claimed in vain, of a CPU that was further. */
	{ .name = "spare", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "j111111da111111da",
	  .cpu = { "eeeeee" }, .inject = { "eee" }, .depth = 1,
	  .reader = { "da" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	/* Two gating readers: the slower one counts. */
	{ .name = "gates", .ncpus = 1, .nblocks = 4, .block_size = 64, .warm = "j0J000d",
	  .cpu = { "eee" }, .inject = { "e" }, .depth = 1,
	  .reader = { "dal", "da" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "gates-more", .ncpus = 1, .nblocks = 4, .block_size = 64, .warm = "j0J000d",
	  .cpu = { "eeeee" }, .inject = { "ee" }, .depth = 1,
	  .reader = { "dayl", "daydad" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 0, .full = 2 },
	/* A reader that freezes the ring, and thaws it. */
	{ .name = "freeze", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "1010d",
	  .cpu = { "ee", "e" }, .inject = { "e" }, .depth = 2,
	  .reader = { "ft" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = "freeze-more", .ncpus = 2, .nblocks = 4, .block_size = 64, .warm = "1010d",
	  .cpu = { "eeee", "ee" }, .inject = { "e" }, .depth = 2,
	  .reader = { "fydt" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 0, .full = 2 },
	/* A writer that the freezing interrupts, and that is preempted before it is done. */
	{ .name = "freeze-late", .ncpus = 1, .nblocks = 4, .block_size = 64, .warm = "0",
	  .cpu = { "ee" }, .depth = 0,
	  .reader = { "f" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 3, .full = 4 },
	/* Reservations, discarded and not, and records of no size that fits. */
	{ .name = "reserve", .ncpus = 1, .nblocks = 4, .block_size = 128, .warm = "000",
	  .cpu = { "rdlE" }, .inject = { "r", "dEol", "EEEEEEEEEEEEEEE" }, .depth = 2,
	  .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	/* Each CPU has blocks of its own. */
	{ .name = "ranges", .ncpus = 2, .nblocks = 8, .block_size = 64, .warm = "jd0011d",
	  .cpu = { "eee", "e" }, .inject = { "ee" }, .depth = 1, .partitioned = true,
	  .reader = { "nad" }, .kind = { EX_HEADER, EX_CURSOR },
	  .check = 2, .full = 3 },
	{ .name = NULL },
};

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static bool explore(const struct ex_scenario *s, uint32_t bound, uint64_t cap)
{
	double began = seconds();
	struct ex_result r;

	ex_scenario = s;
	r = ex_explore(bound, cap);
	printf("%s %s: bound %u, %llu runs, %llu steps, %.1f s%s\n", r.ok ? "ok" : "not ok", s->name,
	       r.bound, (unsigned long long)r.runs, (unsigned long long)r.steps, seconds() - began,
	       r.capped ? ", capped" : "");
	fflush(stdout);
	return r.ok;
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
 * explorer [--full | --bound N] [--cap M] [--first] [--plain] [SCENARIO]...: explore; --cap:
 *	no more than M million steps of each; --first: end with the first that fails;
 *	--plain: try also what makes no difference.
 * explorer --replay SCENARIO SCHEDULE: run one schedule and print every point.
 */
int main(int argc, char **argv)
{
	const struct ex_scenario *s;
	uint32_t bound = 0;
	uint64_t cap = 0;
	bool full = false, first = false, ok = true;
	int i = 1;

	if (argc > 3 && !strcmp(argv[1], "--replay")) {
		ex_scenario = find(argv[2]);
		return ex_replay(argv[3]) ? 0 : 1;
	}
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--full"))
			full = true;
		else if (!strcmp(argv[i], "--plain"))
			ex_plain = true;
		else if (!strcmp(argv[i], "--first"))
			first = true;
		else if (!strcmp(argv[i], "--bound") && i + 1 < argc)
			bound = (uint32_t)strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--cap") && i + 1 < argc)
			cap = strtoull(argv[++i], NULL, 10) * 1000000;
		else
			return 2;
	}
	for (s = ex_scenarios; s->name; s++) {
		uint32_t most = bound ? bound : full || !s->check ? s->full : s->check;
		int j = i;

		while (j < argc && strcmp(argv[j], s->name))
			j++;
		if (i < argc ? j < argc : s->check || full)
			ok &= explore(s, most, cap);
		if (!ok && first)
			break;
	}
	return ok ? 0 : 1;
}
