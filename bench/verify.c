// SPDX-License-Identifier: GPL-2.0
/* Is what was read what was emitted? */
#include "verify.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PATIENCE_NS	5000000000U	/* without any progress */
#define SLEEP_MS	20
#define ROOM		(128U << 10)	/* bytes of a read() */

/** verify_record() - is it a record of the generator's, of @expected bytes, and undamaged? */
int verify_record(uint32_t type, const void *payload, uint32_t len, uint32_t expected,
		  struct tally *t)
{
	struct evring_event_generator event;

	if (type != EVRING_TYPE_GENERATOR || len != expected)
		return fail("a record of type %#x, %u bytes of payload, in place of %u", type, len,
			    expected);
	memcpy(&event, payload, sizeof(event));
	if (evring_generator_sum(payload, len) != event.sum)
		return fail("%u-byte payload: the checksum of record number %u is wrong", expected,
			    event.number);
	t->records++;
	t->sum += record_word(payload);
	return 0;
}

/** verify_accounting() - is every attempted record accounted for, once? */
int verify_accounting(const char *who, const struct tally *t, uint64_t attempted)
{
	if (tally_total(t) == attempted)
		return 0;
	return fail("%s: %llu received + %llu discarded + %llu overrun + %llu dropped != %llu",
		    who, (unsigned long long)t->records, (unsigned long long)t->discarded,
		    (unsigned long long)t->overrun, (unsigned long long)t->dropped,
		    (unsigned long long)attempted);
}

static int check_event(const struct evring_event *ev, uint32_t payload, struct tally *t)
{
	switch (ev->kind) {
	case EVRING_OVERRUN:
		t->overrun += ev->count;
		return 0;
	case EVRING_DROPPED:
		t->dropped += ev->count;
		return 0;
	default:
		return verify_record(ev->type, ev->payload, ev->len, payload, t);
	}
}

/**
 * verify_mapped() - read by evring_next() until @attempted records are
 * accounted for, and check each. They may still be under way.
 */
int verify_mapped(struct evring *ring, uint32_t payload, uint64_t attempted, struct tally *t)
{
	uint64_t last = clock_now();
	struct evring_event ev;
	int got;

	while (tally_total(t) < attempted && !interrupted()) {
		got = evring_next(ring, &ev);
		if (got < 0)
			return fail("evring_next: %s", evring_explain(got));
		if (got && check_event(&ev, payload, t))
			return -1;
		if (got)
			last = clock_now();
		else if (clock_now() - last > PATIENCE_NS || evring_wait(ring, SLEEP_MS) < 0)
			break;
	}
	if (interrupted())
		return fail("interrupted");
	return verify_accounting("evring_next()", t, attempted);
}

/* The same of what read() brings. */
static int check_read(const struct evring_record *rec, uint32_t payload, struct tally *t)
{
	const struct evring_loss *loss = (const void *)(rec + 1);

	switch (rec->type) {
	case EVRING_TYPE_RUN:
		return 0;
	case EVRING_TYPE_PADDING:
		t->discarded++;
		return 0;
	case EVRING_TYPE_OVERRUN:
		t->overrun += loss->count;
		return 0;
	case EVRING_TYPE_DROPPED:
		t->dropped += loss->count;
		return 0;
	default:
		return verify_record(rec->type, rec + 1, rec->size - (uint32_t)sizeof(*rec),
				     payload, t);
	}
}

static int check_buffer(const char *at, size_t len, uint32_t payload, struct tally *t)
{
	const char *end = at + len;
	const struct evring_record *rec;

	while (at < end) {
		rec = (const void *)at;
		if (end - at < (ptrdiff_t)sizeof(*rec) || end - at < rec->size ||
		    rec->size < sizeof(*rec))
			return fail("read() returned a part of a record");
		if (check_read(rec, payload, t))
			return -1;
		at += (rec->size + 7U) & ~7U;
	}
	return 0;
}

static int read_all(int fd, char *buffer, size_t room, uint32_t payload, struct tally *t)
{
	ssize_t got;

	while ((got = read(fd, buffer, room)) > 0)
		if (check_buffer(buffer, (size_t)got, payload, t))
			return -1;
	if (got < 0 && errno != EAGAIN)
		return fail("read of %zu bytes: %s", room, strerror(errno));
	return 0;
}

/**
 * verify_read() - read what a new descriptor finds in the channel by read(),
 * and check each record. Nothing may be emitted meanwhile.
 */
int verify_read(const char *path, uint32_t payload, uint64_t attempted, struct tally *t)
{
	struct evring_seek_args oldest = { .size = sizeof(oldest), .whence = EVRING_SEEK_OLDEST };
	int err = -1, fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char *buffer = malloc(ROOM);

	if (fd < 0 || ioctl(fd, EVRING_IOC_SEEK, &oldest))
		fail("%s: %s", path, strerror(errno));
	else if (!buffer)
		fail("no memory");
	else
		err = read_all(fd, buffer, ROOM, payload, t);
	free(buffer);
	if (fd >= 0)
		close(fd);
	return err ? err : verify_accounting("read()", t, attempted);
}
