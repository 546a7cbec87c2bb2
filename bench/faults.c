// SPDX-License-Identifier: GPL-2.0
/* What it costs to map a channel and touch all of it. */
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

static const struct {
	const char *name;
	int flags;
} ways[] = {
	{ "at first touch", 0 },
	{ "with MAP_POPULATE", MAP_POPULATE },
};

#define NWAYS	(ARRAY_SIZE(ways))

static uint64_t minor_faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return (uint64_t)usage.ru_minflt;
}

static void touch(const char *map, size_t size, size_t page)
{
	size_t at;

	for (at = 0; at < size; at += page)
		(void)__atomic_load_n(&map[at], __ATOMIC_RELAXED);
}

static int map_once(const struct channel *ch, int flags, struct sample *s)
{
	size_t size = (size_t)ch->info.map_size;
	uint64_t faults = minor_faults();
	uint64_t start = clock_now();
	void *map;

	map = mmap(NULL, size, PROT_READ, MAP_SHARED | flags, ch->device, 0);
	if (map == MAP_FAILED)
		return fail("%s: mmap of %zu bytes: %s", ch->path, size, strerror(errno));
	touch(map, size, ch->info.page_size);
	s->elapsed_ns = clock_now() - start;
	s->faults = minor_faults() - faults;
	s->bytes = size;
	munmap(map, size);
	return 0;
}

static int measure(const struct options *opts, const struct channel *ch, struct report *r,
		   size_t first)
{
	struct sample s = { 0 };
	unsigned int run;
	size_t i;

	for (run = 0; run < opts->warmup + opts->repeats && !interrupted(); run++) {
		for (i = 0; i < NWAYS; i++) {
			if (map_once(ch, ways[i].flags, &s))
				return -1;
			if (run >= opts->warmup)
				report_sample(r, first + i, &s);
		}
	}
	return interrupted() ? fail("interrupted") : 0;
}

/** faults_run() - page faults and time for each MiB mapped. */
int faults_run(const struct options *opts, struct report *r)
{
	size_t first = r->nresults, i;
	struct channel ch;
	int err;

	progress("faults");
	for (i = 0; i < NWAYS; i++)
		if (!report_add(r, MODE_FAULTS, ways[i].name, "", 0))
			return -1;
	err = channel_make(&ch, opts, 0);
	if (!err)
		err = measure(opts, &ch, r, first);
	channel_remove(&ch);
	return err;
}
