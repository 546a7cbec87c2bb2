// SPDX-License-Identifier: GPL-2.0
/* From opening a channel whose ring is full to having its oldest record. */
#include "backend.h"
#include "channel.h"
#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PAYLOAD		64U
#define ROOM		4096U	/* bytes of a read() */

static int check_first(uint32_t type, const void *payload, uint32_t len)
{
	struct tally t = { 0 };

	return verify_record(type, payload, len, PAYLOAD, &t);
}

static int map_first(const char *path, uint32_t flags, uint64_t *elapsed)
{
	const struct evring_opts opts = {
		.size = sizeof(opts),
		.start = EVRING_SEEK_OLDEST,
		.flags = flags,
	};
	uint64_t start = clock_now();
	struct evring_event ev;
	struct evring ring;
	int got = evring_open(&ring, path, &opts);

	if (got)
		return fail("%s: %s", path, evring_explain(got));
	got = evring_next(&ring, &ev);
	*elapsed = clock_now() - start;
	if (got == 1 && ev.kind == EVRING_RECORD)
		got = check_first(ev.type, ev.payload, ev.len);
	else
		got = fail("%s: no record in a ring that was filled", path);
	evring_close(&ring);
	return got;
}

/* What read() tells before a record (a run's head, say) is skipped. */
static int check_read(const char *path, const char *at, ssize_t got)
{
	const struct evring_record *rec;
	const char *end = at + got;

	if (got < 0)
		return fail("%s: read: %s", path, strerror(errno));
	for (; at < end; at += (rec->size + 7U) & ~7U) {
		rec = (const void *)at;
		if (rec->type == EVRING_TYPE_GENERATOR)
			return check_first(rec->type, rec + 1, rec->size - (uint32_t)sizeof(*rec));
	}
	return fail("%s: no record in a ring that was filled", path);
}

static int read_first(const char *path, uint32_t flags, uint64_t *elapsed)
{
	struct evring_seek_args oldest = { .size = sizeof(oldest), .whence = EVRING_SEEK_OLDEST };
	char buffer[ROOM] __attribute__((aligned(8)));
	uint64_t start = clock_now();
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), err;
	ssize_t got;

	(void)flags;
	if (fd < 0 || ioctl(fd, EVRING_IOC_SEEK, &oldest)) {
		err = fail("%s: %s", path, strerror(errno));
	} else {
		got = read(fd, buffer, sizeof(buffer));
		*elapsed = clock_now() - start;
		err = check_read(path, buffer, got);
	}
	if (fd >= 0)
		close(fd);
	return err;
}

static const struct way {
	const char *name;
	int (*first)(const char *path, uint32_t flags, uint64_t *elapsed);
	uint32_t flags;
} ways[] = {
	{ "mapped", map_first, 0 },
	{ "mapped, populated", map_first, EVRING_OPT_POPULATE },
	{ "read()", read_first, 0 },
};

#define NWAYS	(ARRAY_SIZE(ways))

static int measure(const struct options *opts, const struct channel *ch, struct report *r,
		   size_t first)
{
	struct sample s = { .records = 1 };
	unsigned int run;
	size_t i;

	for (run = 0; run < opts->warmup + opts->repeats && !interrupted(); run++) {
		for (i = 0; i < NWAYS; i++) {
			if (ways[i].first(ch->path, ways[i].flags, &s.elapsed_ns))
				return -1;
			if (run >= opts->warmup)
				report_sample(r, first + i, &s);
		}
	}
	return interrupted() ? fail("interrupted") : 0;
}

static int fill(struct channel *ch, const struct options *opts)
{
	cpu_set_t cpus;
	struct burst b = { .payload = PAYLOAD, .cpus = &cpus };

	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu_first(&opts->producers), &cpus);
	b.count = channel_capacity(ch, PAYLOAD);
	return channel_fill(ch, &b);
}

/** first_run() - time from open to the first record. */
int first_run(const struct options *opts, struct report *r)
{
	size_t first = r->nresults, i;
	struct channel ch;
	int err;

	progress("first");
	for (i = 0; i < NWAYS; i++)
		if (!report_add(r, MODE_FIRST, ways[i].name, "", PAYLOAD))
			return -1;
	err = channel_make(&ch, opts, PAYLOAD);
	if (!err)
		err = fill(&ch, opts);
	if (!err)
		err = measure(opts, &ch, r, first);
	channel_remove(&ch);
	return err;
}
