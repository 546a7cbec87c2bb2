// SPDX-License-Identifier: GPL-2.0
/* What nothing can be cheaper than. */
#include "channel.h"
#include "kernel/peers.h"
#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/**
 * struct floor_data - memory that the module copies to.
 * @fd: the session.
 * @map: the memory, mapped, or MAP_FAILED.
 * @unread: something was emitted since it was read.
 */
struct floor_data {
	int fd;
	char *map;
	bool unread;
};

static int floor_open(struct peer_buffer *b)
{
	struct floor_data *f = calloc(1, sizeof(*f));

	if (!f)
		return fail("no memory");
	b->data = f;
	f->map = MAP_FAILED;
	f->fd = device_open(b, "");
	if (f->fd < 0)
		return f->fd;
	if (!(b->peer->flags & PEER_STORES))
		return 0;
	f->map = mmap(NULL, b->opts->ring, PROT_READ, MAP_SHARED | MAP_POPULATE, f->fd, 0);
	return f->map == MAP_FAILED ? fail("%s: mmap: %s", b->peer->name, strerror(errno)) : 0;
}

static void floor_close(struct peer_buffer *b)
{
	struct floor_data *f = b->data;

	if (f && f->map != MAP_FAILED)
		munmap(f->map, b->opts->ring);
	if (f && f->fd >= 0)
		close(f->fd);
	free(f);
}

static int floor_emit(struct peer_buffer *b, const struct peer_burst *burst,
		      struct peer_result *res)
{
	struct floor_data *f = b->data;

	f->unread = true;
	return device_emit(f->fd, burst, res);
}

static inline __attribute__((always_inline)) int
sum_slice(const char *at, uint64_t records, uint32_t payload, struct tally *t, bool check)
{
	const struct evring_record *record;

	for (; records; records--) {
		record = (const void *)at;
		if (peer_take(record, payload, t, check))
			return -1;
		at += (record->size + 7U) & ~7U;
	}
	return 0;
}

static int floor_read(struct peer_buffer *b, struct tally *t, bool check)
{
	struct floor_data *f = b->data;
	uint64_t slice = b->last_cpus ? b->opts->ring / b->last_cpus & ~7ULL : 0;
	struct tally sum = { 0 };
	unsigned int i;
	int err = 0;

	if (!f->unread)
		return 0;
	for (i = 0; i < b->last_cpus && !err; i++) {
		const char *at = f->map + i * slice;

		err = check ? sum_slice(at, b->last, b->payload, &sum, true) :
			      sum_slice(at, b->last, b->payload, &sum, false);
	}
	f->unread = false;
	t->records += sum.records;
	t->sum += sum.sum;
	return err;
}

const struct peer_kind floor_kind = {
	.missing = device_missing,
	.open = floor_open,
	.emit = floor_emit,
	.read = floor_read,
	.close = floor_close,
};

/* --- a system call for each record ------------------------------------------------------ */

static int call_open(struct peer_buffer *b)
{
	(void)b;
	return 0;
}

/* Nothing is emitted: the calls are counted as records. */
static int call_emit(struct peer_buffer *b, const struct peer_burst *burst,
		     struct peer_result *res)
{
	(void)b;
	memset(res, 0, sizeof(*res));
	res->stored = burst->count * (uint64_t)CPU_COUNT(burst->cpus);
	return 0;
}

static int call_read(struct peer_buffer *b, struct tally *t, bool check)
{
	uint64_t n = b->last * b->last_cpus;

	(void)check;
	t->records += n;
	b->last = 0;
	while (n--)
		syscall(SYS_getppid);
	return 0;
}

static void call_close(struct peer_buffer *b)
{
	(void)b;
}

const struct peer_kind call_kind = {
	.open = call_open,
	.emit = call_emit,
	.read = call_read,
	.close = call_close,
};
