// SPDX-License-Identifier: GPL-2.0
/* doctor: what is wrong with the machine and its channels, and how to mend it. */
#define _GNU_SOURCE
#include "channel.h"
#include "command.h"
#include "finding.h"
#include "machine.h"

#include <errno.h>
#include <linux/evring.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define HISTORY_LEAST	1.0	/* seconds that a ring should hold */
#define HISTORY_WANTED	5.0	/* seconds that the advice is for */
#define CHECK_SIZE	(sizeof("channel ") + EVRING_NAME_SIZE)

/**
 * struct sample - a channel, looked at twice.
 * @name: its name.
 * @fd: its device; -1: told already why there is nothing to say.
 * @at: when it was looked at the first time, nanoseconds.
 * @info: what it is.
 * @before: what it had done then.
 * @now: what it has done by the second time.
 * @rate: events accepted a second.
 * @bytes: mean bytes of an event in the ring, with header and rounding; 0: it has none.
 */
struct sample {
	const char *name;
	int fd;
	__u64 at;
	struct evring_info info;
	struct evring_channel_stats before;
	struct evring_channel_stats now;
	double rate;
	double bytes;
};

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000000U + (__u64)ts.tv_nsec;
}

static const char *check_of(const char *name, char *check)
{
	snprintf(check, CHECK_SIZE, "channel %s", name);
	return check;
}

/* A channel that cannot be asked. */
static void found_closed(struct diagnosis *d, const char *name, int error, bool wanted)
{
	char check[CHECK_SIZE];

	check_of(name, check);
	if (error == EACCES || error == EPERM)
		found(d, VERDICT_WARN, check, "run as root, or as a member of its group (create --group)",
		      "not readable for you");
	else if (error == EPROTO)
		found(d, VERDICT_FAIL, check, "use the module and the tools of one build",
		      "it has another ABI than this evringctl, %d", EVRING_ABI_VERSION);
	else if (error == ENOENT && wanted)
		found(d, VERDICT_FAIL, check, "see evringctl list", "there is no such channel");
	else if (error != ENOENT && error != ENODEV)
		found(d, VERDICT_FAIL, check, NULL, "%s", strerror(error));
}

static void begin(struct diagnosis *d, struct sample *s, const char *name, bool wanted)
{
	int error;

	*s = (struct sample){ .name = name, .fd = open_to_ask(name) };
	error = s->fd < 0 ? errno : ask(s->fd, &s->info, &s->before);
	s->at = now_ns();
	if (!error)
		return;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	found_closed(d, name, error, wanted);
}

/* Mean bytes of the records in the ring, by the index; while it changes roughly. */
static double mean_bytes(const struct sample *s)
{
	void *map = mmap(NULL, s->info.map_size, PROT_READ, MAP_SHARED, s->fd, 0);
	const struct evring_control *c = map;
	__u64 bytes = 0, records = 0, pub;
	const struct evring_index *e;
	uint32_t slot;

	if (map == MAP_FAILED)
		return 0;
	for (slot = 0; slot < c->nblocks; slot++) {
		e = (const void *)((const char *)map + c->index_offset +
				   (size_t)slot * c->index_entry_size);
		pub = __atomic_load_n(&e->pub, __ATOMIC_RELAXED);
		if (!__atomic_load_n(&e->gen, __ATOMIC_RELAXED) || evring_pos_slot(pub) != slot)
			continue;
		bytes += evring_pos_bytes(pub);
		records += evring_pos_seq(pub) - (uint32_t)e->seq_first;
	}
	munmap(map, s->info.map_size);
	return records ? (double)bytes / (double)records : 0;
}

static void end(struct diagnosis *d, struct sample *s)
{
	int error = ask(s->fd, &s->info, &s->now);
	double seconds = (double)(now_ns() - s->at) / 1e9;

	if (!error && s->info.state & EVRING_STATE_REMOVED)
		error = ENODEV;
	if (!error) {
		s->rate = (double)(s->now.accepted - s->before.accepted) / seconds;
		s->bytes = mean_bytes(s);
	}
	close(s->fd);
	if (error) {
		s->fd = -1;
		found_closed(d, s->name, error, false);
	}
}

/* Seconds of events that the ring holds at this rate; 0: there is none to tell by. */
static double history(const struct sample *s)
{
	double rate = s->rate * s->bytes;

	return rate > 0 ? (double)s->info.data_size / rate : 0;
}

/* Sums up the channel. */
static void tell_channel(struct diagnosis *d, const struct sample *s, const char *check)
{
	double seconds = history(s);
	char holds[64] = "";

	if (seconds > 0)
		snprintf(holds, sizeof(holds), " of %.0f bytes, of which it holds %.3g s", s->bytes,
			 seconds);
	found(d, VERDICT_OK, check, NULL, "%s, ring of %llu KiB, sources %u, readers %u%s; %.0f events/s%s",
	      state_of(s->info.state), (unsigned long long)s->info.data_size >> 10,
	      s->now.sources, s->now.readers,
	      s->now.readers ? "" : " (it keeps the latest for whoever comes)", s->rate, holds);
}

/* The size for HISTORY_WANTED seconds; 0: there is no such size. */
static __u64 size_wanted(const struct sample *s)
{
	double want = s->rate * s->bytes * HISTORY_WANTED;
	__u64 size = s->info.data_size;

	while (size < EVRING_RING_MAX && (double)size < want)
		size *= 2;
	return (double)size < want ? 0 : size;
}

static void advise_size(struct diagnosis *d, const struct sample *s, const char *check)
{
	double seconds = history(s);
	char mend[192] = "attach fewer events, or write what is read to a file as it comes: no ring is large enough";
	__u64 size = size_wanted(s);

	if (seconds <= 0 || seconds >= HISTORY_LEAST)
		return;
	if (size)
		snprintf(mend, sizeof(mend), "make the ring larger: create --size %lluM holds %.0f s of this",
			 (unsigned long long)(size / ((__u64)1 << 20)), HISTORY_WANTED);
	found(d, VERDICT_WARN, check, mend,
	      "overflows soon: the ring holds %.3g s at %.1f MB/s, a reader that is away for longer loses events",
	      seconds, s->rate * s->bytes / 1e6);
}

/* Why records were dropped, and what to do. What was dropped while frozen was wanted. */
static void advise_drops(struct diagnosis *d, const struct sample *s, const char *check)
{
	static const struct {
		enum evring_drop reason;
		const char *why;
		const char *mend;
	} reasons[] = {
		{ EVRING_DROP_NO_ROOM, "no block was free: a lossless reader holds the ring up, or all are being written",
		  "a faster reader, a larger ring (create --size), or an end to its hold (create --lossless-deadline)" },
		{ EVRING_DROP_TOO_LARGE, "they were larger than a record can be",
		  "larger blocks (create --block, up to 64K), or smaller events" },
		{ EVRING_DROP_CONTEXT, "they were emitted where RCU does not watch, as in the idle loop",
		  "none for the channel: the source must not emit there" },
	};
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		__u64 all = s->now.dropped[reasons[i].reason];

		if (all)
			found(d, VERDICT_WARN, check, reasons[i].mend,
			      "%llu events dropped, %llu of them just now: %s",
			      (unsigned long long)all,
			      (unsigned long long)(all - s->before.dropped[reasons[i].reason]),
			      reasons[i].why);
	}
}

static void advise(struct diagnosis *d, const struct sample *s)
{
	char check[CHECK_SIZE], mend[32 + EVRING_NAME_SIZE];

	check_of(s->name, check);
	tell_channel(d, s, check);
	if (s->info.state & EVRING_STATE_FROZEN) {
		snprintf(mend, sizeof(mend), "evringctl thaw %s", s->name);
		found(d, VERDICT_WARN, check, mend, "frozen: what comes is dropped (%llu so far)",
		      (unsigned long long)s->now.dropped[EVRING_DROP_FROZEN]);
	}
	advise_size(d, s, check);
	advise_drops(d, s, check);
	if (s->now.evictions)
		found(d, VERDICT_WARN, check, "a faster reader, a larger ring, or a longer --lossless-deadline",
		      "%llu times a lossless reader was too slow and lost its hold",
		      (unsigned long long)s->now.evictions);
}

static void check_channels(struct diagnosis *d, char (*names)[EVRING_NAME_SIZE], uint32_t count,
			   bool wanted)
{
	static const struct timespec second = { .tv_sec = 1 };
	struct sample *samples = calloc(count + 1, sizeof(*samples));
	bool any = false;
	uint32_t i;

	if (!samples) {
		found(d, VERDICT_FAIL, "channels", NULL, "no memory");
		return;
	}
	for (i = 0; i < count; i++) {
		begin(d, &samples[i], names[i], wanted);
		any |= samples[i].fd >= 0;
	}
	if (any)
		nanosleep(&second, NULL);
	for (i = 0; i < count; i++)
		if (samples[i].fd >= 0) {
			end(d, &samples[i]);
			if (samples[i].fd >= 0)
				advise(d, &samples[i]);
		}
	free(samples);
}

int doctor(char **argv, const struct options *o)
{
	struct diagnosis d = { .json = o->given & TAKES_JSON };
	char (*names)[EVRING_NAME_SIZE], one[1][EVRING_NAME_SIZE];
	int control, rc;
	uint32_t count;

	if (argv[0]) {
		rc = check_name(argv[0]);
		if (rc)
			return rc;
	}
	control = check_module(&d);
	check_machine(&d);
	if (control >= 0 && argv[0]) {
		copy_name(one[0], argv[0]);
		check_channels(&d, one, 1, true);
	} else if (control >= 0 && !list_names(&names, &count)) {
		if (!count)
			found(&d, VERDICT_OK, "channels", NULL, "none; evringctl create makes one");
		check_channels(&d, names, count, false);
		free(names);
	}
	if (control >= 0)
		close(control);
	return found_all(&d);
}
