// SPDX-License-Identifier: GPL-2.0
/* A kfifo's reader: read() of as many whole records as 64 KiB take. */
#include "channel.h"
#include "kernel/peers.h"
#include "peer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROOM	(64U << 10)

/**
 * struct kfifo_data - an open kfifo.
 * @fd: the session.
 * @buffer: where read() copies to.
 */
struct kfifo_data {
	int fd;
	char *buffer;
};

static int kfifo_open(struct peer_buffer *b)
{
	struct kfifo_data *k = calloc(1, sizeof(*k));

	if (!k)
		return fail("no memory");
	b->data = k;
	k->fd = -1;
	k->buffer = aligned_alloc(4096, ROOM);
	if (!k->buffer)
		return fail("no memory");
	k->fd = device_open(b, "");
	return k->fd < 0 ? k->fd : 0;
}

static void kfifo_close(struct peer_buffer *b)
{
	struct kfifo_data *k = b->data;

	if (!k)
		return;
	if (k->fd >= 0)
		close(k->fd);
	free(k->buffer);
	free(k);
}

static int kfifo_emit(struct peer_buffer *b, const struct peer_burst *burst,
		      struct peer_result *res)
{
	struct kfifo_data *k = b->data;

	return device_emit(k->fd, burst, res);
}

static int kfifo_read(struct peer_buffer *b, struct tally *t, bool check)
{
	struct kfifo_data *k = b->data;
	struct tally sum = { 0 };
	ssize_t got;
	int err = 0;

	while (!err && (got = read(k->fd, k->buffer, ROOM)) > 0)
		err = peer_walk(k->buffer, (size_t)got, b->payload, &sum, check);
	if (!err && got < 0)
		return fail("%s: read: %s", b->peer->name, strerror(errno));
	t->records += sum.records;
	t->sum += sum.sum;
	return err;
}

/* vmalloc()'s pages and their array. */
static int kfifo_memory(const struct peer_buffer *b, uint64_t *bytes)
{
	uint64_t pages = peer_pages(b->opts->ring);

	*bytes = peer_memory(pages, pages);
	return 0;
}

const struct peer_kind kfifo_kind = {
	.missing = device_missing,
	.open = kfifo_open,
	.emit = kfifo_emit,
	.read = kfifo_read,
	.memory = kfifo_memory,
	.close = kfifo_close,
};
