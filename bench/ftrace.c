// SPDX-License-Identifier: GPL-2.0
/*
 * The reader of a ring like tracefs's: a page with each read(), as of trace_pipe_raw.
 *
 * The pages are walked here, not by libtraceevent, which would cost as much again: an
 * event's head has five bits of type and length and 27 of time since the one before.
 */
#include "channel.h"
#include "kernel/peers.h"
#include "peer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TYPE_BITS	0x1fU
#define DATA_WORDS_MAX	28U	/* types up to it are lengths in words of 4 bytes */
#define TYPE_PADDING	29U
#define TYPE_TIME	30U	/* extends the time */
#define TYPE_STAMP	31U	/* is one */
#define PAGE_WORDS	8U	/* of the kernel's struct buffer_page, a cache line */
#define COMMIT_MASK	0xfffffU	/* the rest are flags */

/**
 * struct page - what read() gives.
 * @time: time stamp of the first event.
 * @commit: bytes of events, and flags.
 * @data: the events.
 */
struct page {
	uint64_t time;
	uint64_t commit;
	unsigned char data[];
};

static inline __attribute__((always_inline)) int
walk(const struct page *page, uint32_t payload, struct tally *t, bool check)
{
	const unsigned char *at = page->data, *end = at + (page->commit & COMMIT_MASK);
	uint32_t head, type, length;

	while (at < end) {
		memcpy(&head, at, sizeof(head));
		type = head & TYPE_BITS;
		at += sizeof(head);
		if (type >= TYPE_TIME) {
			at += sizeof(uint32_t);
			continue;
		}
		if (type == 0 || type == TYPE_PADDING) {
			memcpy(&length, at, sizeof(length));
			/* The length counts itself for data, and its own word as well for padding. */
			if (type == TYPE_PADDING) {
				at += length;
				continue;
			}
			if (peer_take(at + sizeof(length), payload, t, check))
				return -1;
			at += (length + 3U) & ~3U;
			continue;
		}
		if (peer_take(at, payload, t, check))
			return -1;
		at += type * 4;
	}
	return 0;
}

static int ftrace_read(struct peer_buffer *b, struct tally *t, bool check)
{
	const struct device_reader *d = b->data;
	struct tally sum = { 0 };
	ssize_t got;
	int err = 0;

	while (!err && (got = read(d->fd, d->room, DEVICE_ROOM)) > 0)
		err = check ? walk(d->room, b->payload, &sum, true) :
			      walk(d->room, b->payload, &sum, false);
	if (!err && got < 0)
		return fail("%s: read: %s", b->peer->name, strerror(errno));
	t->records += sum.records;
	t->sum += sum.sum;
	return err;
}

/* One CPU's pages of records, and the reader's, which it swaps for the one it reads. */
static int ftrace_memory(const struct peer_buffer *b, uint64_t *bytes)
{
	uint64_t room = (uint64_t)sysconf(_SC_PAGESIZE) - sizeof(struct page);
	uint64_t pages = (b->opts->ring + room - 1) / room + 1;

	*bytes = peer_memory(pages, pages * PAGE_WORDS);
	return 0;
}

const struct peer_kind ftrace_kind = {
	.missing = device_missing,
	.open = device_reader_open,
	.emit = device_reader_emit,
	.read = ftrace_read,
	.memory = ftrace_memory,
	.close = device_reader_close,
};
