/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * evring: read an event channel. Include this; there is no library.
 *
 *	struct evring ring;
 *	struct evring_event ev;
 *
 *	if (evring_open(&ring, "mychannel", NULL) < 0) ...
 *	for (;;) {
 *		while (evring_next(&ring, &ev) == 1)
 *			use(&ev);
 *		evring_wait(&ring, -1);
 *	}
 *
 * C11 and C++17, gcc and clang, 64-bit. All functions return 0 or more, or a
 * negative errno. A struct evring belongs to one thread at a time; open the channel
 * once for each thread that reads: readers do not know of one another.
 *
 * Terms: see linux/evring.h. A *run* is a number of complete records that follow
 * one another in a block.
 *
 * How it reads
 * ============
 * For each CPU there is a cursor: the sequence number wanted next, and the block, its
 * generation and the place where that record is.
 *
 *	nowhere ---- find the block by line, index ----> in a block, before records
 *	in a block ---- records consumed ----> at the head
 *	at the head ---- more published ----> before records
 *	at the head ---- block closed ----> in the next block, by next_slot; or nowhere
 *	in a block ---- generation changed ----> nowhere: what was overwritten is told as
 *						 an overrun, with its exact count
 *
 * Whatever is copied or looked at is believed only after the block's generation has
 * been found unchanged. evring_next() copies a piece of a run at once, asks for the
 * generation once, and delivers from its own copy: what is overwritten after that still
 * comes. Whatever the bytes of the mapping say, nothing outside it is
 * read: geometry is checked and copied at open, slots, offsets and sizes at each use.
 *
 * Barriers
 * ========
 * The letters are those of the table at the top of module/ring.c, whose producer
 * these pair with:
 *
 *   A	acquire pub; then the records		pairs with release of pub
 *   B	acquire line.cur; then the index entry	pairs with release of cur
 *   C	records, metadata; acquire fence; gen	pairs with gen = 0, write barrier
 *   C'	acquire gen; then the metadata		pairs with release of gen
 */
#ifndef EVRING_H
#define EVRING_H

/* POSIX and Linux declarations, also under -std=c11. */
#if !defined(_GNU_SOURCE) && !defined(_DEFAULT_SOURCE)
#define _DEFAULT_SOURCE 1
#endif

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <linux/evring.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MAP_POPULATE
#error "evring.h: include it before other headers, or compile with -D_GNU_SOURCE or -std=gnu11"
#endif

/** EVRING_OPT_BLOCK_ORDER - deliver CPU by CPU, run by run, instead of merged by time. Faster. */
#define EVRING_OPT_BLOCK_ORDER	(1U << 0)
/** EVRING_OPT_WRITABLE - open the device for writing too; the mapping stays read-only. */
#define EVRING_OPT_WRITABLE	(1U << 1)
/** EVRING_OPT_POPULATE - map all pages at once instead of by faults. */
#define EVRING_OPT_POPULATE	(1U << 2)
/**
 * EVRING_OPT_LOSSLESS - open for writing and gate: no record from here on is lost to this
 * reader. Starts at the first record that this holds for, whatever evring_opts.start says.
 * See evring_gate().
 */
#define EVRING_OPT_LOSSLESS	(1U << 3)
/** EVRING_OPT_MANUAL_ACK - acknowledge only where evring_ack() says so. */
#define EVRING_OPT_MANUAL_ACK	(1U << 4)

/* All of them. */
#define EVRING_OPTS_		((EVRING_OPT_MANUAL_ACK << 1) - 1)

/**
 * struct evring_opts - how to read.
 * @size: sizeof(struct evring_opts) of the caller; fields beyond it are taken as zero.
 * @start: where to start: EVRING_SEEK_OLDEST (0) or EVRING_SEEK_LATEST.
 * @flags: EVRING_OPT_*.
 * @holdback_ns: deliver no record younger than this many nanoseconds, so that
 *	records of other CPUs that are on their way can be put before it; 0: none.
 *	Without it, a record may come after a younger one of another CPU if it
 *	became visible after the merge last looked at its CPU. Of one CPU, records
 *	are always in order. Needs a clock; ignored with EVRING_OPT_BLOCK_ORDER and
 *	for images.
 * @watermark_bytes: see evring_watermark(); ignored for images.
 * @watermark_usecs: likewise.
 */
struct evring_opts {
	size_t size;
	uint32_t start;
	uint32_t flags;
	uint64_t holdback_ns;
	uint64_t watermark_bytes;
	uint64_t watermark_usecs;
};

/**
 * enum evring_kind - what an event is.
 * @EVRING_RECORD: a record.
 * @EVRING_OVERRUN: records were overwritten before this reader got them.
 * @EVRING_DROPPED: records were dropped by the producer: no room, too large, frozen.
 */
enum evring_kind {
	EVRING_RECORD	= 0,
	EVRING_OVERRUN	= 1,
	EVRING_DROPPED	= 2,
};

/**
 * struct evring_event - a record or a loss.
 * @kind: which.
 * @cpu: the CPU it happened on.
 * @seq: the record's sequence number on that CPU; of the first record lost
 *	(overrun); of the next one accepted (dropped).
 * @count: 1 for a record, else how many were lost.
 * @time: time stamp by the channel's clock, see evring_time_ns(); 0 for a loss.
 * @type: event type; 0 for a loss.
 * @misc: EVRING_MISC_*; 0 for a loss.
 * @len: bytes of payload; 0 for a loss.
 * @payload: the payload, aligned to 8 bytes.
 */
struct evring_event {
	enum evring_kind kind;
	uint32_t cpu;
	uint64_t seq;
	uint64_t count;
	uint64_t time;
	uint32_t type;
	uint16_t misc;
	uint32_t len;
	const void *payload;
};

/**
 * struct evring_stats - what a reader got since it was opened.
 * @received: records delivered.
 * @discarded: records that the producer discarded; skipped.
 * @overrun: records overwritten before they could be read.
 * @dropped: records the producer dropped.
 * @bytes: bytes of the records received and discarded, headers and rounding included.
 *
 * While it keeps up with a quiet producer, received + discarded + overrun +
 * dropped is exactly what the producer attempted since the reader's start.
 */
struct evring_stats {
	uint64_t received;
	uint64_t discarded;
	uint64_t overrun;
	uint64_t dropped;
	uint64_t bytes;
};

/* A cursor on one CPU's records; private. */
struct evring_cursor_ {
	const unsigned char *end;	/* complete records end here */
	int64_t at;			/* the next one, from @end on; not below 0: none at hand */
	const struct evring_index *entry;	/* the block's */
	uint64_t gen;			/* its generation has to be this; 0: nowhere */
	uint64_t seq;			/* sequence number wanted next */
	uint64_t time;			/* time stamp of that record, for the merge */
	uint64_t settled;		/* records before this one are in the stats */
	const unsigned char *from;	/* so are the block's bytes before this */
	const unsigned char *block;	/* its data */
	uint64_t drops;			/* drops told so far */
	unsigned char *buffer;		/* room for a block: what was copied of it, see copy_end */
	const unsigned char *copy_end;	/* the copy of a record at @at is at this + @at */
	int64_t copied;			/* copied and found whole up to here; EVRING_UNCOPIED_: nothing */
	uint64_t lost;			/* a loss to be told: how many */
	uint64_t lost_seq;		/* its first sequence number */
	uint32_t lost_kind;		/* its kind, or EVRING_DAMAGED_; 0: none */
	uint32_t cpu;
	uint32_t head_seq;		/* low half of the sequence number at @end */
	uint32_t closed;		/* the block will not get more */
	uint32_t corrupt;		/* the image is damaged here: no more of this CPU */
};

/**
 * struct evring - a reader. All fields are private; use the functions.
 */
struct evring {
	const unsigned char *base;
	const unsigned char *index;
	const unsigned char *data;
	struct evring_cursor_ *cursors;	/* one for each CPU, and one that has nothing: */
	struct evring_cursor_ *nobody;	/* nobody's turn */
	struct evring_cursor_ *current;	/* whose record comes next, if still so */
	struct evring_cursor_ *turn;	/* whose turn it is, in block order */
	struct evring_cursor_ **ready;	/* cursors before records, this round */
	uint64_t limit;			/* current comes next up to this time stamp */
	uint64_t cap;			/* and nothing younger than this is delivered */
	uint64_t *positions;		/* for POSITION; and after them, what GATE answered */
	uint32_t nblocks;
	uint32_t block_shift;
	uint32_t block_size;
	uint32_t ncpus;
	uint32_t line_offset;
	uint32_t line_size;
	uint32_t entry_size;
	uint32_t clock;
	uint32_t flags;
	uint32_t nready;
	uint32_t runs;			/* that @turn may still give before the next one */
	uint32_t state;			/* of the channel, before the last round */
	uint32_t peeked;		/* evring_peek() gave: 0 nothing, 1 record, 2 found whole */
	const unsigned char *peeked_place;
	int64_t peeked_next;		/* where the record after it is */
	uint64_t holdback_ns;
	uint64_t held_until;		/* a record is held back until then; 0: none */
	uint64_t ack_at;		/* acknowledge once so many bytes are in the stats */
	uint64_t ack_step;		/* and again after so many more */
	struct evring_stats stats;
	size_t map_size;		/* to be unmapped at close; 0: not ours */
	int gating;			/* nothing is lost to us before it is acknowledged */
	int owed;			/* an error that is still to be told, or 0 */
	int fd;				/* -1: an image */
	/* A test double, see evring_double.h: asked in place of ioctl(); 0: closed. */
	int (*ask)(void *channel, const struct evring *r, unsigned long request, void *args);
	void *channel;
};

/**
 * struct evring_batch - a run in place.
 * @cpu: the CPU whose records these are.
 * @seq: sequence number of the first.
 * @len: payload bytes of the record that evring_batch_next() gave last. Use this and not
 *	record->size, which may have been overwritten since it was checked.
 * @loss: a loss, where evring_batch_begin() returned 2.
 *
 * The other fields are private.
 */
struct evring_batch {
	uint32_t cpu;
	uint64_t seq;
	uint32_t len;
	struct evring_event loss;
	const unsigned char *start;
	const unsigned char *end;
	int64_t at;
	uint32_t discarded;
	uint32_t corrupt;
	struct evring_cursor_ *cursor;
};

/**
 * struct evring_extent - a run in place that is kept while others are taken.
 * @cpu: the CPU whose records these are.
 * @slot: the block that they are in,
 * @gen: and its generation.
 * @offset: where in the block they begin, bytes.
 * @bytes: how many bytes they take, a multiple of 8.
 * @count: how many there are, discarded ones (EVRING_TYPE_PADDING) among them.
 * @seq: sequence number of the first.
 * @drops: records that the CPU had dropped before the first, as far as was told.
 * @ts_begin: none is older.
 * @ts_end: none is younger; 0: not known yet.
 * @closed: nothing will follow them in the block.
 * @data: the bytes, unverified, aligned to 8.
 * @loss: a loss, where evring_extent_take() returned 2.
 */
struct evring_extent {
	uint32_t cpu;
	uint32_t slot;
	uint64_t gen;
	uint32_t offset;
	uint32_t bytes;
	uint32_t count;
	bool closed;
	uint64_t seq;
	uint64_t drops;
	uint64_t ts_begin;
	uint64_t ts_end;
	const unsigned char *data;
	struct evring_event loss;
};

/** evring_fn - called by evring_drain() for each event; non-zero stops it. */
typedef int (*evring_fn)(void *ctx, const struct evring_event *ev);

/* A cursor's lost_kind, but no loss: its block is damaged, which is to be told. */
#define EVRING_DAMAGED_	3U

/* evring_batch_begin(): a loss. */
#define EVRING_LOSS_	2

/* Runs of one CPU in succession, in block order: fewer looks at CPUs that are idle. */
#define EVRING_RUNS_		16

/*
 * evring_next() copies so many bytes at once, and looks once whether they are whole. As much
 * as the nearest cache holds beside other things.
 */
#define EVRING_PIECE_		16384

/* A place before all that a block has. */
#define EVRING_UNCOPIED_	(-2 * (int64_t)EVRING_BLOCK_MAX)

/* Blocks that may be overrun under the eyes of one call before it gives up. */
#define EVRING_TRIES_	16

/* ThreadSanitizer knows no fences: there, every load is an acquire. */
#if defined(__SANITIZE_THREAD__)
#define EVRING_TSAN_	1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define EVRING_TSAN_	1
#endif
#endif

#ifdef EVRING_TSAN_
#define EVRING_LOAD_(p)		__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define EVRING_FENCE_()		__atomic_signal_fence(__ATOMIC_SEQ_CST)
#define EVRING_LOOK_(p)		EVRING_LOAD_(p)
#else
#define EVRING_LOAD_(p)		__atomic_load_n((p), __ATOMIC_RELAXED)
#define EVRING_FENCE_()		__atomic_thread_fence(__ATOMIC_ACQUIRE)
/* What may be torn or read twice: nothing depends on it before it has been verified. */
#define EVRING_LOOK_(p)		(*(p))
#endif
#define EVRING_ACQUIRE_(p)	__atomic_load_n((p), __ATOMIC_ACQUIRE)
#define EVRING_LIKELY_(x)	__builtin_expect(!!(x), 1)

/* The way that each record takes is put in line; what is rare is not. */
#define EVRING_FAST_		static inline __attribute__((__always_inline__))
#define EVRING_SLOW_		static __attribute__((__noinline__, __unused__))

static inline const struct evring_index *evring_index_(const struct evring *r, uint32_t slot)
{
	return (const struct evring_index *)(const void *)
		(r->index + (uint64_t)slot * r->entry_size);
}

static inline const struct evring_line *evring_line_(const struct evring *r, uint32_t cpu)
{
	return (const struct evring_line *)(const void *)
		(r->base + r->line_offset + (uint64_t)cpu * r->line_size);
}

/* Barrier C: what was read, before gen is loaded again. Pairs with the write
 * barrier after gen = 0 in module/ring.c.
 */
EVRING_FAST_ bool evring_unchanged_(const __u64 *genp, uint64_t gen)
{
	EVRING_FENCE_();
	return EVRING_LOAD_(genp) == gen;
}

/* Is all that was read through the cursor what its block holds? */
EVRING_FAST_ bool evring_whole_(const struct evring_cursor_ *c)
{
	return evring_unchanged_(&c->entry->gen, c->gen);
}

/* A consistent copy of what the reader needs of an index entry. */
static inline bool evring_entry_(const struct evring *r, uint32_t slot, struct evring_index *copy)
{
	const struct evring_index *e;

	if (slot >= r->nblocks)
		return false;
	e = evring_index_(r, slot);
	/* Barrier C': gen before the rest. Pairs with the release of gen. */
	copy->gen = EVRING_ACQUIRE_(&e->gen);
	if (!copy->gen)
		return false;
	copy->seq_first = EVRING_LOAD_(&e->seq_first);
	copy->drops = EVRING_LOAD_(&e->drops);
	copy->ts_begin = EVRING_LOAD_(&e->ts_begin);
	copy->cpu = EVRING_LOAD_(&e->cpu);
	copy->prev_slot = EVRING_LOAD_(&e->prev_slot);
	/* No channel gets so far; and a damaged one shall not lead readers in circles. */
	if (copy->seq_first >> 63)
		return false;
	return evring_unchanged_(&e->gen, copy->gen);
}

/*
 * Walk back from position @cur to the block of @cpu that holds @seq and is not younger
 * than @time, or to the oldest there is. Returns its slot, or EVRING_POS_NO_SLOT.
 */
static inline uint32_t evring_walk_(const struct evring *r, uint32_t cpu, uint64_t cur,
				    uint64_t seq, uint64_t time, struct evring_index *best)
{
	uint32_t found = EVRING_POS_NO_SLOT;
	uint32_t slot = evring_pos_slot(cur);
	struct evring_index e;
	uint32_t steps;

	/* Compilers do not see that it is used only where a slot was found. */
	memset(best, 0, sizeof(*best));
	for (steps = 0; steps < r->nblocks; steps++) {
		if (!evring_entry_(r, slot, &e) || e.cpu != cpu)
			break;
		if (found != EVRING_POS_NO_SLOT && e.seq_first >= best->seq_first)
			break;
		*best = e;
		found = slot;
		if (e.seq_first <= seq && e.ts_begin <= time)
			break;
		slot = e.prev_slot;
	}
	return found;
}

/* Barrier B: cur before the index entry it leads to. Pairs with the release of cur. */
static inline uint64_t evring_cur_(const struct evring *r, uint32_t cpu)
{
	return EVRING_ACQUIRE_(&evring_line_(r, cpu)->cur);
}

static inline uint64_t evring_line_drops_(const struct evring *r, uint32_t cpu)
{
	const struct evring_line *line = evring_line_(r, cpu);
	uint64_t sum = 0;
	uint32_t reason;

	for (reason = 0; reason < EVRING_DROP_REASONS; reason++)
		sum += EVRING_LOAD_(&line->dropped[reason]);
	return sum;
}

static inline const struct evring_record *evring_record_(const unsigned char *place)
{
	return (const struct evring_record *)(const void *)place;
}

/*
 * Where the record after the one at @at, which has @len bytes of payload, is. Both are
 * counted from the end of the complete records; if the answer is above 0 there is no
 * such record. @len is what the size field says less the header; a size below that
 * makes it so large that the answer is above 0 too.
 */
EVRING_FAST_ int64_t evring_after_(int64_t at, uint32_t len)
{
	return (at + (int64_t)len + (int64_t)sizeof(struct evring_record) + 7) & ~(int64_t)7;
}

EVRING_FAST_ uint32_t evring_record_len_(const struct evring_record *record)
{
	return EVRING_LOAD_(&record->size) - (uint32_t)sizeof(struct evring_record);
}

/* The record at the cursor. */
static inline const struct evring_record *evring_at_(const struct evring_cursor_ *c)
{
	return evring_record_(c->end + c->at);
}

/* Count the bytes that the cursor has consumed in its block. */
static inline void evring_settle_bytes_(struct evring *r, struct evring_cursor_ *c)
{
	r->stats.bytes += (uint64_t)(c->end + c->at - c->from);
	c->from = c->end + c->at;
}

/* Count all that the cursor has consumed. */
static inline void evring_settle_(struct evring *r, struct evring_cursor_ *c)
{
	r->stats.received += c->seq - c->settled;
	c->settled = c->seq;
	evring_settle_bytes_(r, c);
}

/* The cursor is nowhere. */
static inline void evring_forget_(struct evring *r, struct evring_cursor_ *c)
{
	evring_settle_(r, c);
	c->gen = 0;
	c->closed = 0;
	c->at = 0;
	c->end = c->block;
	c->from = c->block;
}

static inline void evring_lose_(struct evring_cursor_ *c, enum evring_kind kind, uint64_t seq,
				uint64_t count)
{
	c->lost = count;
	c->lost_seq = seq;
	c->lost_kind = (uint32_t)kind;
}

/* Drops up to a total of @drops that have not been told: tell them next. */
static inline bool evring_dropped_(struct evring_cursor_ *c, uint64_t drops)
{
	if (EVRING_LIKELY_(drops <= c->drops))
		return false;
	evring_lose_(c, EVRING_DROPPED, c->seq, drops - c->drops);
	c->drops = drops;
	return true;
}

static inline void evring_overrun_(struct evring *r, struct evring_cursor_ *c, uint64_t seq)
{
	evring_forget_(r, c);
	evring_lose_(c, EVRING_OVERRUN, c->seq, seq - c->seq);
	c->seq = seq;
	c->settled = seq;
}

/* No producer leaves such a block behind: tell it next, and no more of this CPU. */
static inline void evring_damaged_(struct evring *r, struct evring_cursor_ *c)
{
	evring_forget_(r, c);
	c->corrupt = 1;
	c->lost_kind = EVRING_DAMAGED_;
}

/* The cursor's block is complete up to position @pub. */
static inline void evring_set_head_(const struct evring *r, struct evring_cursor_ *c, uint64_t pub)
{
	uint32_t head = evring_pos_bytes(pub);

	if (head > r->block_size)
		head = r->block_size;
	c->at += c->end - c->block - (int64_t)head;
	c->end = c->block + head;
	c->copied = EVRING_UNCOPIED_;
	c->head_seq = evring_pos_seq(pub);
	c->closed = (uint32_t)(pub & EVRING_POS_FULL);
}

/* Load how far the cursor's block is complete. False: it was overrun. */
static inline bool evring_head_(const struct evring *r, struct evring_cursor_ *c)
{
	/* Barrier A: pub before the records. Pairs with the release of pub. */
	uint64_t pub = EVRING_ACQUIRE_(&c->entry->pub);

	if (!evring_whole_(c))
		return false;
	evring_set_head_(r, c, pub);
	return true;
}

/* Put the cursor at the start of the block at @slot, of which it knows no record yet. */
static inline void evring_stand_(struct evring *r, struct evring_cursor_ *c, uint32_t slot,
				 const struct evring_index *e, uint64_t gen)
{
	evring_settle_bytes_(r, c);
	c->entry = e;
	c->gen = gen;
	c->block = r->data + ((uint64_t)slot << r->block_shift);
	c->end = c->block;
	c->at = 0;
}

/*
 * Put the cursor into the block at @slot, at the record with its sequence number. False: it
 * is not there yet, or the block was overrun, or it is damaged.
 */
static inline bool evring_enter_(struct evring *r, struct evring_cursor_ *c, uint32_t slot,
				 const struct evring_index *e)
{
	uint64_t seq = e->seq_first;
	bool whole;

	evring_stand_(r, c, slot, evring_index_(r, slot), e->gen);
	whole = evring_head_(r, c);
	for (; whole && seq < c->seq && c->at < 0; seq++) {
		int64_t next = evring_after_(c->at, evring_record_len_(evring_at_(c)));

		if (next > 0)
			break;
		c->at = next;
	}
	c->from = c->end + c->at;
	whole = whole && evring_whole_(c);
	if (whole && seq == c->seq)
		return true;
	/* A size that cannot be, or sizes that lead to the end by too few records? */
	if (whole && (c->at < 0 || c->head_seq != (uint32_t)seq))
		evring_damaged_(r, c);
	else
		evring_forget_(r, c);
	return false;
}

/*
 * The cursor is at the end of a block: follow the hint to the start of the next one, which
 * is how almost all blocks are come to. False: it leads nowhere yet, or not there.
 */
EVRING_FAST_ bool evring_follow_(struct evring *r, struct evring_cursor_ *c)
{
	uint32_t slot = EVRING_LOAD_(&c->entry->next_slot);
	const struct evring_index *e;
	uint64_t gen, drops, pub;

	if (slot >= r->nblocks)
		return false;
	e = evring_index_(r, slot);
	/* Barrier C': gen before the rest. Pairs with the release of gen. */
	gen = EVRING_ACQUIRE_(&e->gen);
	if (!gen || EVRING_LOAD_(&e->cpu) != c->cpu || EVRING_LOAD_(&e->seq_first) != c->seq ||
	    c->seq >> 63)
		return false;
	drops = EVRING_LOAD_(&e->drops);
	/* Barrier A: pub before the records. Pairs with the release of pub. */
	pub = EVRING_ACQUIRE_(&e->pub);
	if (!evring_unchanged_(&e->gen, gen))
		return false;
	evring_stand_(r, c, slot, e, gen);
	evring_set_head_(r, c, pub);
	c->from = c->block;
	evring_dropped_(c, drops);
	return true;
}

/*
 * The cursor is at the end of its block, which is closed. Does the hint lead to the block after
 * it, but with records missing in between? Not in a ring: a block begins where the one that it
 * names as before it ended, and that is ours still. But a log lacks what was overrun as it was
 * written: tell that.
 */
static inline void evring_gap_(struct evring *r, struct evring_cursor_ *c)
{
	struct evring_index e;

	if (evring_entry_(r, EVRING_LOAD_(&c->entry->next_slot), &e) && e.cpu == c->cpu &&
	    e.prev_slot == (uint32_t)((c->block - r->data) >> r->block_shift) &&
	    e.seq_first > c->seq && evring_whole_(c))
		evring_overrun_(r, c, e.seq_first);
}

/* Find the block that the cursor's record is in, if it was not by the hint. */
EVRING_SLOW_ bool evring_search_(struct evring *r, struct evring_cursor_ *c)
{
	uint32_t cpu = c->cpu;
	uint64_t cur = evring_cur_(r, cpu);
	struct evring_index e;
	uint32_t slot = evring_walk_(r, cpu, cur, c->seq, UINT64_MAX, &e);
	uint64_t total;

	if (slot == EVRING_POS_NO_SLOT) {
		total = evring_seq_extend(EVRING_LOAD_(&evring_line_(r, cpu)->total),
					  evring_pos_seq(cur));
		if ((cur & EVRING_POS_FULL) && total > c->seq)
			evring_overrun_(r, c, total);
		return false;
	}
	if (e.seq_first > c->seq) {
		evring_overrun_(r, c, e.seq_first);
		return false;
	}
	if (c->gen == e.gen && c->entry == evring_index_(r, slot)) {
		evring_gap_(r, c);
		return false;
	}
	if (!evring_enter_(r, c, slot, &e))
		return false;
	evring_dropped_(c, e.drops);
	return true;
}

/*
 * Look what stands before a cursor at its head, or nowhere. True: records, or a loss
 * to be told.
 */
static inline bool evring_look_(struct evring *r, struct evring_cursor_ *c)
{
	uint32_t tries;

	for (tries = 0; tries < EVRING_TRIES_ && !c->lost_kind && !c->corrupt; tries++) {
		if (c->gen && c->head_seq != (uint32_t)c->seq && evring_whole_(c)) {
			/* At the head, but by another number of records than it tells. */
			evring_damaged_(r, c);
			break;
		}
		if (c->gen && !c->closed) {
			if (!evring_head_(r, c))
				evring_forget_(r, c);
			else if (c->at < 0)
				return true;
			else if (!c->closed)
				break;
		}
		if (!(c->gen && evring_follow_(r, c)) && !evring_search_(r, c))
			break;
		if (c->at < 0)
			return true;
	}
	if (c->lost_kind)
		return true;
	return !c->corrupt && evring_dropped_(c, evring_line_drops_(r, c->cpu));
}

static inline uint32_t evring_state_(const struct evring *r)
{
	const struct evring_control *control = (const struct evring_control *)(const void *)r->base;

	return EVRING_ACQUIRE_(&control->state);
}

/* Tell the damage that a cursor has. */
static inline int evring_tell_damage_(struct evring *r, struct evring_cursor_ *c)
{
	c->lost_kind = 0;
	r->current = r->nobody;
	return -EBADMSG;
}

/* Tell the loss that a cursor has. */
static inline void evring_tell_(struct evring *r, struct evring_cursor_ *c,
				struct evring_event *ev)
{
	memset(ev, 0, sizeof(*ev));
	ev->kind = (enum evring_kind)c->lost_kind;
	ev->cpu = c->cpu;
	ev->seq = c->lost_seq;
	ev->count = c->lost;
	if (ev->kind == EVRING_OVERRUN)
		r->stats.overrun += c->lost;
	else
		r->stats.dropped += c->lost;
	c->lost_kind = 0;
	r->current = r->nobody;
}

static inline uint64_t evring_now_(const struct evring *r);

/* No record younger than this is delivered while records are held back. */
static inline uint64_t evring_horizon_(const struct evring *r)
{
	uint64_t now = evring_now_(r);

	return now > r->holdback_ns ? now - r->holdback_ns : 0;
}

/*
 * The record at the cursor, if it has been copied and so is known to be whole; else NULL.
 * Where the record after it is: @next.
 */
EVRING_FAST_ const struct evring_record *evring_copied_(const struct evring_cursor_ *c,
							int64_t *next)
{
	const struct evring_record *record;

	if (!EVRING_LIKELY_(c->at < c->copied))
		return NULL;
	/* The copy may end in the middle of a record, but eight bytes of it are there. */
	record = evring_record_(c->copy_end + c->at);
	*next = evring_after_(c->at, record->size - (uint32_t)sizeof(*record));
	return EVRING_LIKELY_(*next <= c->copied) ? record : NULL;
}

/*
 * Load the time stamp that the merge compares. A torn one shows when it is verified; what has
 * been copied is not looked at again.
 */
static inline void evring_time_load_(struct evring_cursor_ *c)
{
	const int64_t size = (int64_t)sizeof(struct evring_record);

	c->time = 0;
	if (c->at <= c->copied - size)
		c->time = evring_record_(c->copy_end + c->at)->time;
	else if (c->at <= -size)
		c->time = EVRING_LOAD_(&evring_at_(c)->time);
}

/*
 * The cursors that are ready are a heap, the one with the least time stamp at the root.
 * The one at @i may have become younger: let it sink.
 */
static inline void evring_sink_(struct evring *r, uint32_t i)
{
	struct evring_cursor_ *c = r->ready[i];

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= r->nready)
			break;
		if (child + 1 < r->nready && r->ready[child + 1]->time < r->ready[child]->time)
			child++;
		if (r->ready[child]->time >= c->time)
			break;
		r->ready[i] = r->ready[child];
		i = child;
	}
	r->ready[i] = c;
}

/* A new round of the merge: look at every CPU. True if a loss is to be told. */
static inline bool evring_round_(struct evring *r)
{
	uint32_t cpu;

	r->nready = 0;
	r->current = r->nobody;
	r->held_until = 0;
	r->state = evring_state_(r);
	r->cap = r->holdback_ns ? evring_horizon_(r) : UINT64_MAX;
	for (cpu = 0; cpu < r->ncpus; cpu++) {
		struct evring_cursor_ *c = &r->cursors[cpu];

		if (c->at >= 0 && !evring_look_(r, c))
			continue;
		if (c->lost_kind) {
			r->current = c;
			return true;
		}
		evring_time_load_(c);
		r->ready[r->nready++] = c;
	}
	for (cpu = r->nready / 2; cpu--; )
		evring_sink_(r, cpu);
	return false;
}

/* The cursor with the least time stamp; sets the limit up to which it stays so. */
static inline struct evring_cursor_ *evring_least_(struct evring *r)
{
	uint32_t i;

	r->limit = r->cap;
	for (i = 1; i < 3 && i < r->nready; i++)
		if (r->ready[i]->time < r->limit)
			r->limit = r->ready[i]->time;
	r->current = r->nready ? r->ready[0] : r->nobody;
	return r->nready ? r->current : NULL;
}

/* Block order: the next CPU, after the last one, that has something. */
static inline struct evring_cursor_ *evring_turn_(struct evring *r)
{
	uint32_t i;

	r->state = evring_state_(r);
	r->limit = UINT64_MAX;
	r->held_until = 0;
	for (i = 0; i <= r->ncpus; i++) {
		struct evring_cursor_ *c = r->turn;

		if (r->runs && (c->at < 0 || evring_look_(r, c))) {
			r->runs--;
			r->current = c;
			return c;
		}
		r->turn = c + 1 != r->nobody ? c + 1 : r->cursors;
		r->runs = EVRING_RUNS_;
	}
	r->current = r->nobody;
	return NULL;
}

/* The cursor whose record or loss comes next; NULL: there is nothing to deliver now. */
static inline struct evring_cursor_ *evring_choose_(struct evring *r)
{
	struct evring_cursor_ *c = r->current;

	if (c->at < 0) {
		evring_time_load_(c);
		if (c->time <= r->limit)
			return c;
		evring_sink_(r, 0);
	} else if (r->flags & EVRING_OPT_BLOCK_ORDER) {
		return evring_turn_(r);
	} else if (evring_round_(r)) {
		/* A CPU whose run was at its end may have more by now, hence the round. */
		return r->current;
	}
	c = evring_least_(r);
	if (c && c->time > r->cap) {
		r->held_until = c->time + r->holdback_ns;
		r->current = r->nobody;
		return NULL;
	}
	return c;
}

/*
 * The next record that is not padding. Returns its cursor, and where the record after it is
 * in @next; @record is its copy, or NULL: it has yet to be verified. Or a cursor with a loss;
 * or NULL and why in @err.
 */
static inline struct evring_cursor_ *evring_find_record_(struct evring *r, int64_t *next,
							 const struct evring_record **record,
							 int *err)
{
	uint32_t tries = 0;

	*record = NULL;
	while (tries < EVRING_TRIES_) {
		struct evring_cursor_ *c = evring_choose_(r);

		if (c && c->lost_kind == EVRING_DAMAGED_) {
			*err = evring_tell_damage_(r, c);
			return NULL;
		}
		if (!c || c->lost_kind) {
			*err = (r->state & EVRING_STATE_REMOVED) && !r->held_until ? -ENODEV : 0;
			return c;
		}
		*record = evring_copied_(c, next);
		if (*record && (*record)->type != EVRING_TYPE_PADDING)
			return c;
		if (!*record)
			*next = evring_after_(c->at, evring_record_len_(evring_at_(c)));
		if (!*record && *next <= 0 &&
		    EVRING_LOAD_(&evring_at_(c)->type) != EVRING_TYPE_PADDING)
			return c;
		if (!*record && !evring_whole_(c)) {
			evring_forget_(r, c);
			tries++;
		} else if (*next > 0) {
			evring_damaged_(r, c);
		} else {
			r->stats.discarded++;
			c->at = *next;
			c->seq++;
			c->settled++;
		}
	}
	*err = 0;
	return NULL;
}

/* The record at the cursor, unverified; what it says of its length is @len. */
EVRING_FAST_ void evring_fill_(const struct evring_cursor_ *c, const struct evring_record *record,
			       uint32_t len, struct evring_event *ev)
{
	ev->kind = EVRING_RECORD;
	ev->cpu = c->cpu;
	ev->seq = c->seq;
	ev->count = 1;
	ev->time = EVRING_LOOK_(&record->time);
	ev->type = EVRING_LOOK_(&record->type);
	ev->misc = EVRING_LOOK_(&record->misc);
	ev->len = len;
	ev->payload = record + 1;
}

/* The errors that an ioctl on the channel fails with; -EBADF: an image. */
static inline int evring_ioctl_(const struct evring *r, unsigned long request, void *args)
{
	if (r->fd < 0)
		return -EBADF;
	if (r->ask)
		return r->ask(r->channel, r, request, args);
	return ioctl(r->fd, request, args) < 0 ? -errno : 0;
}

/* This reader does not gate any more, or not yet. */
static inline void evring_observe_(struct evring *r)
{
	r->gating = 0;
	r->ack_at = UINT64_MAX;
}

/*
 * POSITION or ACK with the sequence numbers wanted next: what has been taken is before
 * them. 1: there is more; 0: a wake-up is armed.
 */
static inline int evring_tell_seqs_(struct evring *r, unsigned long request)
{
	struct evring_position_args args;
	uint32_t cpu;
	int err;

	for (cpu = 0; cpu < r->ncpus; cpu++)
		r->positions[cpu] = r->cursors[cpu].seq;
	memset(&args, 0, sizeof(args));
	args.size = sizeof(args);
	args.ncpus = r->ncpus;
	args.seqs = (uint64_t)(uintptr_t)r->positions;
	err = evring_ioctl_(r, request, &args);
	if (request == EVRING_IOC_ACK && !err && r->ack_at != UINT64_MAX)
		r->ack_at = r->stats.bytes + r->ack_step;
	if (request == EVRING_IOC_ACK && err && err != -EINTR && err != -EBADF)
		evring_observe_(r);
	return err ? err : args.more != 0;
}

/*
 * Enough has been taken to be acknowledged, or an error is owed. 0, or the error, which is
 * told once. A call that a signal interrupted comes again soon enough.
 */
EVRING_SLOW_ int evring_due_(struct evring *r)
{
	int err = r->owed;

	r->owed = 0;
	if (!err && r->stats.bytes >= r->ack_at)
		err = evring_tell_seqs_(r, EVRING_IOC_ACK);
	return err < 0 && err != -EINTR ? err : 0;
}

static inline bool evring_is_due_(const struct evring *r)
{
	return r->stats.bytes >= r->ack_at || r->owed;
}

/* Copy a payload that may be overwritten meanwhile: then the copy is not believed. */
EVRING_FAST_ void evring_copy_(void *to, const void *from, uint32_t len)
{
#ifdef EVRING_TSAN_
	uint64_t *dst = (uint64_t *)to;
	const uint64_t *src = (const uint64_t *)from;
	const uint64_t *end = src + (len + 7) / 8;

	while (src != end)
		*dst++ = EVRING_LOAD_(src++);
#else
	memcpy(to, from, len);
#endif
}

/*
 * Copy what is before the cursor, but for a single record no more than a piece. If it was
 * overrun meanwhile, nothing is copied. 0, or -ENOMEM.
 */
static inline int evring_gather_(struct evring *r, struct evring_cursor_ *c, int64_t next)
{
	int64_t to = c->at + EVRING_PIECE_ < 0 ? c->at + EVRING_PIECE_ : 0;

	if (to < next)
		to = next;
	if (!c->buffer) {
		c->buffer = (unsigned char *)malloc(r->block_size);
		if (!c->buffer)
			return -ENOMEM;
		c->copy_end = c->buffer + r->block_size;
	}
	evring_copy_(c->buffer + r->block_size + c->at, evring_at_(c), (uint32_t)(to - c->at));
	if (evring_whole_(c))
		c->copied = to;
	else
		evring_forget_(r, c);
	return 0;
}

/* The record of the cursor, which has been copied, as an event: it is delivered. */
EVRING_FAST_ void evring_take_(struct evring_cursor_ *c, const struct evring_record *record,
			       int64_t next, struct evring_event *ev)
{
	evring_fill_(c, record, record->size - (uint32_t)sizeof(*record), ev);
	c->at = next;
	c->seq++;
}

/* evring_next() where the next record is not the next of those that were copied. */
EVRING_SLOW_ int evring_next_slow_(struct evring *r, struct evring_event *ev)
{
	int err = evring_is_due_(r) ? evring_due_(r) : 0;
	uint32_t tries;

	for (tries = 0; tries < EVRING_TRIES_ && !err; tries++) {
		const struct evring_record *record;
		int64_t next = 0;
		struct evring_cursor_ *c = evring_find_record_(r, &next, &record, &err);

		if (!c)
			break;
		if (c->lost_kind) {
			evring_tell_(r, c, ev);
			return 1;
		}
		if (!record) {
			err = evring_gather_(r, c, next);
			record = evring_copied_(c, &next);
		}
		/* An image that changes without a trace may hold another record by now. */
		if (record && record->type != EVRING_TYPE_PADDING) {
			evring_take_(c, record, next, ev);
			return 1;
		}
	}
	memset(ev, 0, sizeof(*ev));
	return err;
}

/**
 * evring_next() - take the next event.
 * @r: the reader.
 * @ev: the event; its payload is a verified copy, good until the next call on @r.
 *
 * Ordered by time across CPUs, see struct evring_opts. Never blocks; each call does
 * a bounded amount of work. Takes memory once for each CPU that has records: a block.
 *
 * Return: 1, an event; 0, none now; -ENODEV, the channel was removed and everything
 * has been delivered; -EBADMSG, the image is damaged: no more of this CPU's
 * records, others go on; -ENOMEM; -ETIMEDOUT, once: see evring_gate().
 */
EVRING_FAST_ int evring_next(struct evring *r, struct evring_event *ev)
{
	struct evring_cursor_ *c = r->current;
	const struct evring_record *record;
	struct evring_event other;
	int64_t next;
	int ret;

	record = evring_copied_(c, &next);
	if (EVRING_LIKELY_(record) && EVRING_LIKELY_(record->time <= r->limit) &&
	    EVRING_LIKELY_(record->type != EVRING_TYPE_PADDING)) {
		evring_take_(c, record, next, ev);
		return 1;
	}
	/* Not @ev itself: it may live in registers. */
	ret = evring_next_slow_(r, &other);
	*ev = other;
	return ret;
}

/**
 * evring_peek() - look at the next event in place.
 * @r: the reader.
 * @ev: the event; its payload is in the mapping and may be overwritten at any time.
 *
 * Use the payload, then ask evring_valid() whether what was used was whole. Then
 * evring_advance(). A loss is an event of its own and always valid.
 *
 * Return: as evring_next().
 */
static inline int evring_peek(struct evring *r, struct evring_event *ev)
{
	int64_t next = 0;
	int err = evring_is_due_(r) ? evring_due_(r) : 0;
	const struct evring_record *copy;
	struct evring_cursor_ *c = err ? NULL : evring_find_record_(r, &next, &copy, &err);
	uint32_t len;

	r->peeked = 0;
	if (!c) {
		memset(ev, 0, sizeof(*ev));
		return err;
	}
	if (c->lost_kind) {
		evring_tell_(r, c, ev);
		return 1;
	}
	len = evring_record_len_(evring_at_(c));
	if (evring_after_(c->at, len) != next)
		len = 0; /* it is being overwritten: evring_valid() will say so */
	evring_fill_(c, evring_at_(c), len, ev);
	r->peeked_place = c->end + c->at;
	r->peeked_next = next;
	r->peeked = 1;
	return 1;
}

/* Does the reader still stand before the record that evring_peek() gave? */
static inline bool evring_peeked_(const struct evring *r)
{
	return r->peeked && r->current->end + r->current->at == r->peeked_place;
}

/**
 * evring_valid() - was the record that evring_peek() gave whole until now?
 * @r: the reader.
 * @ev: the event.
 *
 * Return: true: all that was read of its payload before this call is what was
 * emitted. False: the ring went round; forget what was read. The last answer counts.
 */
static inline bool evring_valid(struct evring *r, const struct evring_event *ev)
{
	if (ev->kind != EVRING_RECORD)
		return true;
	if (!evring_peeked_(r))
		return false;
	r->peeked = evring_whole_(r->current) ? 2 : 1;
	return r->peeked == 2;
}

/**
 * evring_advance() - go past the event that evring_peek() gave.
 * @r: the reader.
 *
 * A record that was found whole, or is now, counts as received; one that was
 * overwritten does not, and is told as lost next.
 */
static inline void evring_advance(struct evring *r)
{
	struct evring_cursor_ *c = r->current;

	if (!evring_peeked_(r))
		return;
	if (r->peeked == 2 || evring_whole_(c)) {
		c->at = r->peeked_next;
		c->seq++;
	} else {
		evring_forget_(r, c);
	}
	r->peeked = 0;
}

/* The next run in place, or the next loss: as evring_batch_begin(). */
EVRING_SLOW_ int evring_run_slow_(struct evring *r, struct evring_cursor_ **run,
				  struct evring_event *loss)
{
	int err = evring_is_due_(r) ? evring_due_(r) : 0;
	struct evring_cursor_ *c = err ? NULL : evring_turn_(r);

	r->current = r->nobody;
	*run = r->current;
	r->peeked = 0;
	if (err)
		return err;
	if (!c)
		return r->state & EVRING_STATE_REMOVED ? -ENODEV : 0;
	if (c->lost_kind == EVRING_DAMAGED_)
		return evring_tell_damage_(r, c);
	if (c->lost_kind) {
		evring_tell_(r, c, loss);
		return EVRING_LOSS_;
	}
	*run = c;
	return 1;
}

/* Has the cursor read a block to its end, as the producer told it, and nothing to tell? */
static inline bool evring_through_(const struct evring_cursor_ *c)
{
	return c->closed && c->at >= 0 && !c->lost_kind && c->head_seq == (uint32_t)c->seq;
}

/* As evring_run_slow_(), quick where one block of a CPU follows another. */
EVRING_SLOW_ int evring_run_(struct evring *r, struct evring_cursor_ **run,
			     struct evring_event *loss)
{
	struct evring_cursor_ *c = r->turn;

	if (EVRING_LIKELY_(r->runs && evring_through_(c)) && EVRING_LIKELY_(!evring_is_due_(r)) &&
	    EVRING_LIKELY_(evring_follow_(r, c)) &&
	    EVRING_LIKELY_(c->at < 0) && EVRING_LIKELY_(!c->lost_kind)) {
		r->runs--;
		r->current = r->nobody;
		*run = c;
		return 1;
	}
	return evring_run_slow_(r, run, loss);
}

/**
 * evring_batch_begin() - take a run of records of one CPU in place. The fastest way.
 * @r: the reader.
 * @b: the run.
 *
 * CPUs take turns; there is no order by time among them. Go through the run by
 * evring_batch_next(), then call evring_batch_end().
 *
 * Return: 1, records; 2, a loss, in b->loss (nothing to end); 0, none now; -ENODEV,
 * -EBADMSG and -ETIMEDOUT as evring_next().
 */
EVRING_FAST_ int evring_batch_begin(struct evring *r, struct evring_batch *b)
{
	struct evring_cursor_ *c;
	struct evring_event loss;
	int ret = evring_run_(r, &c, &loss);

	b->loss = loss;	/* of no meaning, but for EVRING_LOSS_ */
	b->cursor = c;
	b->cpu = c->cpu;
	b->seq = c->seq;
	b->len = 0;
	b->start = c->end + c->at;
	b->end = c->end;
	b->at = c->at;
	b->discarded = 0;
	b->corrupt = 0;
	return ret;
}

/**
 * evring_batch_next() - the next record of a run.
 * @b: the run.
 *
 * Return: the record in place, its header and payload as yet unverified, but its
 * b->len bytes of payload are within the mapping; NULL at the end. If anything of it is
 * read twice it may differ, record->size too.
 */
EVRING_FAST_ const struct evring_record *evring_batch_next(struct evring_batch *b)
{
	while (b->at < 0) {
		const struct evring_record *record = evring_record_(b->end + b->at);
		uint32_t len = evring_record_len_(record);
		int64_t next = evring_after_(b->at, len);

		if (!EVRING_LIKELY_(next <= 0)) {
			b->end += b->at;
			b->at = 0;
			b->corrupt = 1;
			return NULL;
		}
		b->at = next;
		if (EVRING_LIKELY_(EVRING_LOOK_(&record->type) != EVRING_TYPE_PADDING)) {
			b->len = len;
			return record;
		}
		b->discarded++;
	}
	return NULL;
}

/* Records from the cursor to @to, counted again: cheaper than to count all as they come. */
EVRING_SLOW_ uint32_t evring_run_count_(const struct evring_cursor_ *c, const unsigned char *to)
{
	int64_t at = c->at;
	int64_t last = to - c->end;
	uint32_t count;

	for (count = 0; at < last; count++) {
		const struct evring_record *record = evring_record_(c->end + at);

		at = evring_after_(at, evring_record_len_(record));
	}
	return count;
}

/* As evring_batch_end(), for a run that was gone through to @to. */
EVRING_SLOW_ int evring_run_end_(struct evring *r, struct evring_cursor_ *c,
				 const unsigned char *to, uint32_t discarded, uint32_t corrupt)
{
	/* A run that was gone through to its end tells by itself. */
	uint32_t count = c->head_seq - (uint32_t)c->seq;

	if (!c->gen)
		return 0;
	if (to != c->end || count > (uint64_t)-c->at / sizeof(struct evring_record))
		count = evring_run_count_(c, to);
	if (!EVRING_LIKELY_(evring_whole_(c))) {
		evring_forget_(r, c);
		return 0;
	}
	c->at = to - c->end;
	c->seq += count;
	if (EVRING_LIKELY_(!(discarded | corrupt)))
		return 1;
	c->settled += discarded;
	r->stats.discarded += discarded;
	if (!corrupt)
		return 1;
	evring_forget_(r, c);
	c->corrupt = 1;
	return -EBADMSG;
}

/**
 * evring_batch_end() - done with a run: was it whole?
 * @r: the reader.
 * @b: the run. Records that evring_batch_next() did not give come again.
 *
 * Return: 1: everything that evring_batch_next() gave was valid until now, and is
 * consumed; 0: the ring went round: forget all of it, the loss is told next;
 * -EBADMSG: the image is damaged after what was given, which is consumed.
 */
EVRING_FAST_ int evring_batch_end(struct evring *r, struct evring_batch *b)
{
	return evring_run_end_(r, b->cursor, b->end + b->at, b->discarded, b->corrupt);
}

/* All that is left of the run at the cursor. False: the ring went round. */
static inline bool evring_extent_fill_(struct evring *r, struct evring_cursor_ *c,
				       struct evring_extent *x)
{
	const struct evring_index *e = c->entry;

	x->cpu = c->cpu;
	x->slot = (uint32_t)((c->block - r->data) >> r->block_shift);
	x->gen = c->gen;
	x->offset = (uint32_t)(c->end + c->at - c->block);
	x->bytes = (uint32_t)-c->at;
	x->count = c->head_seq - (uint32_t)c->seq;
	x->closed = c->closed != 0;
	x->seq = c->seq;
	x->drops = c->drops;
	x->ts_begin = EVRING_LOAD_(&e->ts_begin);
	x->ts_end = EVRING_LOAD_(&e->ts_end);
	x->data = c->end + c->at;
	return evring_whole_(c);
}

/**
 * evring_extent_take() - take a run of records of one CPU in place, and keep it.
 * @r: the reader.
 * @x: the run.
 *
 * For who hands whole runs on, to a file by io_uring say, without looking at each record. Any
 * number may be kept at once; each is ended by evring_extent_end(), in any order, before the
 * reader is closed. What is kept has been taken: who gates acknowledges by evring_ack() when all
 * have ended, with EVRING_OPT_MANUAL_ACK. CPUs take turns, as with evring_batch_begin().
 *
 * Return: 1, records; 2, a loss, in x->loss (nothing to end); 0, none now; -ENODEV, -EBADMSG
 * and -ETIMEDOUT as evring_next().
 */
static inline int evring_extent_take(struct evring *r, struct evring_extent *x)
{
	uint32_t tries;

	for (tries = 0; tries < EVRING_TRIES_; tries++) {
		struct evring_cursor_ *c;
		int ret = evring_run_(r, &c, &x->loss);

		if (ret != 1)
			return ret;
		if (!evring_extent_fill_(r, c, x)) {
			evring_forget_(r, c);
			continue;
		}
		/* No so many records take so little room, nor does none take any. */
		if (!x->count || x->count > x->bytes / sizeof(struct evring_record)) {
			evring_damaged_(r, c);
			continue;
		}
		c->at = 0;
		c->seq += x->count;
		return 1;
	}
	return 0;
}

/**
 * evring_extent_end() - done with a run: was it whole?
 * @r: the reader.
 * @x: the run.
 *
 * Barrier C, as for all that is read in place. Who had another read it, the kernel say, has to
 * know by then that this is done, by an acquire of its own.
 *
 * Return: 1: all that was read of it until now is what was emitted. 0: the ring went round:
 * forget all of it; x->count records from x->seq on are lost, which is counted, and is not told
 * again.
 */
static inline int evring_extent_end(struct evring *r, const struct evring_extent *x)
{
	if (evring_unchanged_(&evring_index_(r, x->slot)->gen, x->gen))
		return 1;
	/* They were counted as received, or will be: the sum is right in the end. */
	r->stats.received -= x->count;
	r->stats.bytes -= x->bytes;
	r->stats.overrun += x->count;
	return 0;
}

/**
 * evring_place() - where this reader stands on one CPU.
 * @r: the reader.
 * @cpu: the CPU.
 * @seq: answer: sequence number of the record wanted next.
 * @drops: answer: records that the CPU had dropped by then, as far as was told or skipped.
 *
 * Return: 0, or -EINVAL: no such CPU.
 */
static inline int evring_place(const struct evring *r, uint32_t cpu, uint64_t *seq,
			       uint64_t *drops)
{
	if (cpu >= r->ncpus)
		return -EINVAL;
	*seq = r->cursors[cpu].seq;
	*drops = r->cursors[cpu].drops;
	return 0;
}

/**
 * evring_drain() - take what there is, but no more than @max events.
 * @r: the reader.
 * @fn: called for each, with a verified copy; non-zero stops.
 * @ctx: for @fn.
 * @max: most events to take.
 *
 * Return: events taken (0: none now), or what evring_next() failed with before it
 * gave any.
 */
static inline long evring_drain(struct evring *r, evring_fn fn, void *ctx, size_t max)
{
	struct evring_event ev;
	long taken = 0;
	int err;

	if (r->owed)
		return evring_due_(r);
	while ((size_t)taken < max) {
		err = evring_next(r, &ev);
		if (err != 1) {
			/* What is told only once waits for the next call. */
			if (taken && err < 0 && err != -ENODEV)
				r->owed = err;
			return taken ? taken : err;
		}
		taken++;
		if (fn(ctx, &ev))
			break;
	}
	return taken;
}

/** evring_fd() - the descriptor to poll, or -1 for an image. See evring_position(). */
static inline int evring_fd(const struct evring *r)
{
	return r->fd;
}

/** evring_control_page() - the head of the mapping: name, geometry, times. */
static inline const struct evring_control *evring_control_page(const struct evring *r)
{
	return (const struct evring_control *)(const void *)r->base;
}

/**
 * evring_position() - tell the kernel where this reader stands, before sleeping.
 * @r: the reader.
 *
 * For event loops of your own: drain, call this, sleep on evring_fd() if it says 0. With
 * edge-triggered or multishot polling this is what arms the next wake-up. A reader that
 * gates acknowledges by it, in the same system call.
 *
 * Return: 1, there is more already, do not sleep; 0, a wake-up is armed; -EBADF: an
 * image; -ETIMEDOUT, once: see evring_gate(); or what the ioctl failed with.
 */
static inline int evring_position(struct evring *r)
{
	bool ack = r->gating && !(r->flags & EVRING_OPT_MANUAL_ACK);
	const uint64_t *gated = r->positions + r->ncpus;
	uint32_t cpu;

	if (r->fd < 0)
		return -EBADF;
	if (r->owed)
		return 1;
	for (cpu = 0; cpu < r->ncpus; cpu++) {
		if (r->cursors[cpu].lost_kind)
			return 1;
		/* ACK does not go back to what came before the gate. */
		if (r->cursors[cpu].seq < gated[cpu])
			ack = false;
	}
	return evring_tell_seqs_(r, ack ? EVRING_IOC_ACK : EVRING_IOC_POSITION);
}

/**
 * evring_ack() - everything taken so far is done with: producers may reuse its place.
 * @r: the reader, gating.
 *
 * With EVRING_OPT_MANUAL_ACK this alone does it; call it where the results are safe, and
 * so often that the ring does not fill. Without that option it happens by itself: in
 * evring_wait() and evring_position(), and wherever a block ends after about an eighth of
 * the ring has been taken since the last time. Who only polls, and never waits, had better
 * call it now and then if the channel has a deadline.
 *
 * Return: 0; -EINVAL, the reader does not gate; -ETIMEDOUT, it does not gate any more (told
 * once; see evring_gate()); -EBADF, an image; -EINTR.
 */
static inline int evring_ack(struct evring *r)
{
	int ret = evring_tell_seqs_(r, EVRING_IOC_ACK);

	return ret < 0 ? ret : 0;
}

/* Sleep while a record is held back, at most @timeout_ms. */
static inline int evring_wait_held_(struct evring *r, int timeout_ms)
{
	uint64_t now = evring_now_(r);
	uint64_t left = r->held_until > now ? r->held_until - now : 0;
	struct timespec ts;

	if (timeout_ms >= 0 && left > (uint64_t)timeout_ms * 1000000U)
		left = (uint64_t)timeout_ms * 1000000U;
	ts.tv_sec = (time_t)(left / 1000000000U);
	ts.tv_nsec = (long)(left % 1000000000U);
	if (nanosleep(&ts, NULL) < 0)
		return -errno;
	return r->held_until <= evring_now_(r);
}

/**
 * evring_wait() - sleep until there is something to read.
 * @r: the reader; drain it first.
 * @timeout_ms: at most so long; -1: for ever; 0: only look.
 *
 * A reader that gates acknowledges by it. With a watermark, some may be there already and
 * it sleeps all the same: see evring_watermark().
 *
 * Return: 1, there is something, or the channel was removed (evring_next() tells);
 * 0, time-out; -EINTR, a signal; -EBADF, an image; -ETIMEDOUT, once: see evring_gate(); or
 * what the ioctl failed with.
 */
static inline int evring_wait(struct evring *r, int timeout_ms)
{
	struct pollfd pfd;
	int ret;

	if (r->held_until)
		return evring_wait_held_(r, timeout_ms);
	ret = evring_position(r);
	if (ret)
		return ret;
	pfd.fd = r->fd;
	pfd.events = POLLIN;
	pfd.revents = 0;
	ret = poll(&pfd, 1, timeout_ms);
	return ret < 0 ? -errno : ret;
}

/**
 * evring_get_stats() - what this reader got.
 * @r: the reader.
 * @st: where to.
 */
static inline void evring_get_stats(const struct evring *r, struct evring_stats *st)
{
	uint32_t cpu;

	*st = r->stats;
	for (cpu = 0; cpu < r->ncpus; cpu++) {
		const struct evring_cursor_ *c = &r->cursors[cpu];

		st->received += c->seq - c->settled;
		st->bytes += (uint64_t)(c->end + c->at - c->from);
	}
}

/**
 * evring_lag() - how far this reader is behind on one CPU.
 * @r: the reader.
 * @cpu: the CPU.
 *
 * Looks at the mapping alone, without a system call.
 *
 * Return: records emitted that have not been taken; those that were overwritten meanwhile and
 * those that the producer discarded count, drops do not. 0 for a CPU that there is not.
 */
static inline uint64_t evring_lag(const struct evring *r, uint32_t cpu)
{
	const struct evring_index *entry;
	struct evring_index e;
	uint64_t cur, head, pub;

	if (cpu >= r->ncpus)
		return 0;
	cur = evring_cur_(r, cpu);
	head = evring_seq_extend(EVRING_LOAD_(&evring_line_(r, cpu)->total), evring_pos_seq(cur));
	/* The line is as old as the block that it leads to; that tells the rest. */
	if (evring_entry_(r, evring_pos_slot(cur), &e) && e.cpu == cpu) {
		entry = evring_index_(r, evring_pos_slot(cur));
		pub = EVRING_LOAD_(&entry->pub);
		if (evring_unchanged_(&entry->gen, e.gen))
			head = evring_seq_extend(head, evring_pos_seq(pub));
	}
	return head > r->cursors[cpu].seq ? head - r->cursors[cpu].seq : 0;
}

/* Multiply by a 32-bit factor and shift right, without losing the high bits. */
static inline uint64_t evring_scale_(uint64_t value, uint32_t mult, uint32_t shift)
{
	uint64_t high = (value >> 32) * mult;
	uint64_t low = (value & 0xffffffffU) * mult;

	if (shift >= 32)
		return (high + (low >> 32)) >> (shift - 32);
	return (high << (32 - shift)) + (low >> shift);
}

/**
 * evring_time_ns() - a time stamp in nanoseconds.
 * @r: the reader.
 * @time: a record's time stamp.
 *
 * Return: nanoseconds of the channel's clock; of CLOCK_MONOTONIC for
 * EVRING_CLOCK_CYCLES.
 */
static inline uint64_t evring_time_ns(const struct evring *r, uint64_t time)
{
	const struct evring_control *control = evring_control_page(r);
	uint32_t tries;

	if (r->clock != EVRING_CLOCK_CYCLES)
		return time;
	for (tries = 0; tries < EVRING_TRIES_; tries++) {
		uint32_t seq = EVRING_ACQUIRE_(&control->time_seq);
		uint32_t mult = EVRING_LOAD_(&control->time_mult);
		uint32_t shift = EVRING_LOAD_(&control->time_shift);
		uint64_t zero = EVRING_LOAD_(&control->time_zero);

		EVRING_FENCE_();
		if (!(seq & 1) && EVRING_LOAD_(&control->time_seq) == seq)
			return zero + evring_scale_(time, mult, shift & 63);
	}
	return time;
}

/* Now, by the channel's clock, which is none of NONE and CYCLES. */
static inline uint64_t evring_now_(const struct evring *r)
{
	clockid_t id = CLOCK_MONOTONIC;
	struct timespec ts;

	if (r->clock == EVRING_CLOCK_BOOTTIME)
		id = CLOCK_BOOTTIME;
	else if (r->clock == EVRING_CLOCK_REALTIME)
		id = CLOCK_REALTIME;
	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

/* Where the CPU was last seen: the cursor is nowhere yet, and waits for that record. */
static inline uint64_t evring_seek_seen_(struct evring *r, struct evring_cursor_ *c)
{
	uint64_t cur;

	c->drops = evring_line_drops_(r, c->cpu);
	cur = evring_cur_(r, c->cpu);
	c->seq = evring_seq_extend(EVRING_LOAD_(&evring_line_(r, c->cpu)->total),
				   evring_pos_seq(cur));
	return cur;
}

static inline void evring_seek_latest_(struct evring *r, struct evring_cursor_ *c)
{
	struct evring_index e;
	uint32_t tries, slot;
	uint64_t cur;

	for (tries = 0; tries < EVRING_TRIES_; tries++) {
		cur = evring_seek_seen_(r, c);
		slot = evring_walk_(r, c->cpu, cur, UINT64_MAX, UINT64_MAX, &e);
		if (slot == EVRING_POS_NO_SLOT)
			continue;
		c->seq = e.seq_first;
		c->settled = c->seq;
		if (!evring_enter_(r, c, slot, &e))
			continue;
		/* Never before seq_first, so that a damaged head does not wrap around. */
		c->seq = e.seq_first + (uint32_t)(c->head_seq - (uint32_t)e.seq_first);
		c->at = 0;
		return;
	}
}

/* To the first record not older than @time, or the oldest; or to the first there will be. */
static inline void evring_seek_time_(struct evring *r, struct evring_cursor_ *c, uint64_t time)
{
	struct evring_index e;
	uint32_t slot = evring_walk_(r, c->cpu, evring_seek_seen_(r, c), UINT64_MAX, time, &e);

	/* What was emitted since it was looked for is not skipped. */
	if (slot == EVRING_POS_NO_SLOT)
		return;
	c->drops = e.drops;
	c->seq = e.seq_first;
	c->settled = c->seq;
	/* A record is at hand then, and need not be looked for again. */
	if (!evring_enter_(r, c, slot, &e) || !time)
		return;
	while (c->at <= -(int64_t)sizeof(struct evring_record)) {
		int64_t next = evring_after_(c->at, evring_record_len_(evring_at_(c)));

		if (next > 0 || EVRING_LOAD_(&evring_at_(c)->time) >= time)
			break;
		c->at = next;
		c->seq++;
	}
	if (!evring_whole_(c)) {
		c->seq = e.seq_first;
		c->at = 0;
	}
}

/* The cursor is nowhere, and has nothing to tell. */
static inline void evring_reset_(struct evring *r, struct evring_cursor_ *c, uint32_t cpu)
{
	unsigned char *buffer = c->buffer;
	const unsigned char *copy_end = c->copy_end;

	if (c->from)
		evring_settle_(r, c);
	memset(c, 0, sizeof(*c));
	c->cpu = cpu;
	c->block = r->base;
	c->end = r->base;
	c->from = r->base;
	c->buffer = buffer;
	c->copy_end = copy_end;
}

/* Nobody's turn, nothing held back: the cursors will move. */
static inline void evring_unchoose_(struct evring *r)
{
	r->current = r->nobody;
	r->nready = 0;
	r->held_until = 0;
	r->peeked = 0;
}

/**
 * evring_seek() - go elsewhere.
 * @r: the reader.
 * @whence: EVRING_SEEK_OLDEST, EVRING_SEEK_LATEST, or EVRING_SEEK_TIME: the first
 *	record of each CPU that is not older than @value.
 * @value: a time stamp of the channel's clock; 0 where not used.
 *
 * What is skipped does not count as lost. Looks at the index and at one block for
 * each CPU; needs no system call. Damage on the way is told by what reads next.
 *
 * Return: 0, or -EINVAL.
 */
static inline int evring_seek(struct evring *r, uint32_t whence, uint64_t value)
{
	uint32_t cpu;

	if (whence > EVRING_SEEK_TIME || (whence != EVRING_SEEK_TIME && value))
		return -EINVAL;
	evring_unchoose_(r);
	for (cpu = 0; cpu < r->ncpus; cpu++) {
		struct evring_cursor_ *c = &r->cursors[cpu];

		evring_reset_(r, c, cpu);
		if (whence == EVRING_SEEK_LATEST)
			evring_seek_latest_(r, c);
		else
			evring_seek_time_(r, c, whence == EVRING_SEEK_TIME ? value : 0);
		c->settled = c->seq;
		c->from = c->end + c->at;
	}
	return 0;
}

/**
 * evring_seek_seq() - go to a record of one CPU.
 * @r: the reader.
 * @cpu: the CPU; the others stay.
 * @seq: sequence number of the record wanted next; if there is none yet, to the end.
 *
 * What is skipped does not count as lost. Records from @seq on that have been overwritten
 * do: they are told as an overrun.
 *
 * Return: 0, or -EINVAL: no such CPU.
 */
static inline int evring_seek_seq(struct evring *r, uint32_t cpu, uint64_t seq)
{
	struct evring_cursor_ *c;
	struct evring_index e;
	uint64_t drops;
	uint32_t slot;

	if (cpu >= r->ncpus)
		return -EINVAL;
	evring_unchoose_(r);
	c = &r->cursors[cpu];
	evring_reset_(r, c, cpu);
	evring_seek_latest_(r, c);
	c->settled = c->seq;
	c->from = c->end + c->at;
	if (seq >= c->seq)
		return 0;
	drops = c->drops;
	evring_reset_(r, c, cpu);
	memset(&e, 0, sizeof(e));
	slot = evring_walk_(r, cpu, evring_cur_(r, cpu), seq, UINT64_MAX, &e);
	c->drops = slot == EVRING_POS_NO_SLOT ? drops : e.drops;
	c->seq = seq;
	c->settled = seq;
	return 0;
}

/**
 * evring_watermark() - when to wake this reader.
 * @r: the reader.
 * @bytes: when so many bytes of records of one CPU wait, headers and rounding included; 0
 *	or 1: at once. At most half the ring.
 * @usecs: and when a record has waited so long, however few wait; 0: never for that
 *	reason. At most an hour.
 *
 * Holds for evring_wait() and for poll() after evring_position(). What waits below the
 * watermark can be taken at any time.
 *
 * Return: 0; -ERANGE; -EBADF, an image; or what the ioctl failed with.
 */
static inline int evring_watermark(struct evring *r, uint64_t bytes, uint64_t usecs)
{
	struct evring_watermark_args args;

	memset(&args, 0, sizeof(args));
	args.size = sizeof(args);
	args.bytes = bytes;
	args.usecs = usecs;
	return evring_ioctl_(r, EVRING_IOC_WATERMARK, &args);
}

/*
 * Bytes to take before they are acknowledged: an eighth of the ring, or of what is each
 * CPU's own.
 */
static inline uint64_t evring_ack_step_(const struct evring *r)
{
	const struct evring_control *control = (const struct evring_control *)(const void *)r->base;
	uint64_t bytes = (uint64_t)r->nblocks << r->block_shift;

	if (EVRING_LOAD_(&control->features) & EVRING_FEATURE_PARTITIONED)
		bytes /= r->ncpus;
	return bytes / 8;
}

/* GATE; its answer is behind r->positions. */
static inline int evring_gate_(struct evring *r)
{
	struct evring_gate_args args;
	int err;

	memset(&args, 0, sizeof(args));
	args.size = sizeof(args);
	args.ncpus = r->ncpus;
	args.seqs = (uint64_t)(uintptr_t)(r->positions + r->ncpus);
	err = evring_ioctl_(r, EVRING_IOC_GATE, &args);
	if (err)
		return err;
	r->gating = 1;
	r->ack_step = evring_ack_step_(r);
	if (!(r->flags & EVRING_OPT_MANUAL_ACK))
		r->ack_at = r->stats.bytes + r->ack_step;
	return 0;
}

/**
 * evring_gate() - from now on lose no record.
 * @r: the reader, opened with EVRING_OPT_WRITABLE.
 *
 * Blocks with records that this reader has not acknowledged (see evring_ack()) are not
 * reused; when no other is free, producers drop what is new, and that is told as dropped.
 * The reader stays where it is: what it has yet to take of the records before this call may
 * still be overrun. EVRING_OPT_LOSSLESS starts after them.
 *
 * A channel may have a deadline after which a gating reader that does not acknowledge
 * becomes an observer, for which records may be overrun again. It is told so by -ETIMEDOUT,
 * once, from the next call that acknowledges; where that happens by itself, from
 * evring_next(), evring_peek(), evring_batch_begin() or evring_drain(). Nothing more is lost
 * by that than what the overruns tell; gate again to go on without loss.
 *
 * Return: 0; -EALREADY, it gates; -EBADF, not open for writing, or an image; or what the
 * ioctl failed with.
 */
static inline int evring_gate(struct evring *r)
{
	return evring_gate_(r);
}

/**
 * evring_ungate() - stop gating: be an observer.
 * @r: the reader.
 *
 * Return: 0; -EINVAL, it does not gate; -EBADF, an image.
 */
static inline int evring_ungate(struct evring *r)
{
	struct evring_gate_args args;

	memset(&args, 0, sizeof(args));
	args.size = sizeof(args);
	args.flags = EVRING_GATE_LEAVE;
	evring_observe_(r);
	return evring_ioctl_(r, EVRING_IOC_GATE, &args);
}

static inline int evring_set_frozen_(struct evring *r, unsigned long request)
{
	struct evring_freeze_args args;

	memset(&args, 0, sizeof(args));
	args.size = sizeof(args);
	return evring_ioctl_(r, request, &args);
}

/**
 * evring_freeze() - stop the channel: what is mapped stays as it is.
 * @r: the reader, opened with EVRING_OPT_WRITABLE.
 *
 * When it returns, no record is being written any more, and a copy of the mapping is a
 * consistent image. What is emitted until evring_thaw() counts as dropped. Nothing happens
 * where the channel is frozen already.
 *
 * Return: 0; -EBADF, not open for writing, or an image; -ENODEV, removed.
 */
static inline int evring_freeze(struct evring *r)
{
	return evring_set_frozen_(r, EVRING_IOC_FREEZE);
}

/**
 * evring_thaw() - let the channel go on.
 * @r: the reader, opened with EVRING_OPT_WRITABLE.
 *
 * Return: as evring_freeze().
 */
static inline int evring_thaw(struct evring *r)
{
	return evring_set_frozen_(r, EVRING_IOC_THAW);
}

/* Is @value a power of two from @min to @max? */
static inline bool evring_pow2_(uint64_t value, uint64_t min, uint64_t max)
{
	return value >= min && value <= max && !(value & (value - 1));
}

/* Does @count things of @size bytes from @offset on end by @end, all aligned to 8? */
static inline bool evring_within_(uint64_t offset, uint64_t count, uint64_t size, uint64_t end)
{
	return !(offset & 7) && !(size & 7) && offset <= end && count * size <= end - offset;
}

/* Check the geometry once and keep a copy: the mapping is not asked again. */
static inline int evring_check_(struct evring *r, size_t len)
{
	struct evring_control c;

	if (len < sizeof(c))
		return -EBADMSG;
	memcpy(&c, r->base, sizeof(c));
	if (c.magic != EVRING_MAGIC)
		return -EBADMSG;
	if (c.abi_version != EVRING_ABI_VERSION)
		return -EPROTO;
	if ((c.features >> 32) & ~(EVRING_FEATURES_KNOWN_INCOMPAT >> 32))
		return -EPROTONOSUPPORT;
	if (!evring_pow2_(c.block_size, EVRING_BLOCK_MIN, EVRING_BLOCK_MAX) ||
	    !evring_pow2_(c.nblocks, 1, EVRING_BLOCKS_MAX) || !c.ncpus || c.ncpus > 1U << 20 ||
	    c.line_size < sizeof(struct evring_line) || c.line_size > 4096 ||
	    c.index_entry_size < sizeof(struct evring_index) || c.index_entry_size > 4096 ||
	    c.clock > EVRING_CLOCK_CYCLES)
		return -EBADMSG;
	if (c.line_offset < sizeof(c) ||
	    !evring_within_(c.line_offset, c.ncpus, c.line_size, len) ||
	    !evring_within_(c.index_offset, c.nblocks, c.index_entry_size, len) ||
	    !evring_within_(c.data_offset, c.nblocks, c.block_size, len))
		return -EBADMSG;
	r->index = r->base + c.index_offset;
	r->data = r->base + c.data_offset;
	r->nblocks = c.nblocks;
	r->block_shift = (uint32_t)__builtin_ctz(c.block_size);
	r->block_size = c.block_size;
	r->ncpus = c.ncpus;
	r->line_offset = c.line_offset;
	r->line_size = c.line_size;
	r->entry_size = c.index_entry_size;
	r->clock = c.clock;
	return 0;
}

/* Take the options over; @o: what they are. */
static inline int evring_opts_(struct evring *r, const struct evring_opts *opts,
			       struct evring_opts *o)
{
	memset(o, 0, sizeof(*o));
	if (opts) {
		if (opts->size < sizeof(size_t))
			return -EINVAL;
		memcpy(o, opts, opts->size < sizeof(*o) ? opts->size : sizeof(*o));
	}
	if (o->start > EVRING_SEEK_LATEST || o->flags & ~EVRING_OPTS_)
		return -EINVAL;
	if (o->flags & EVRING_OPT_LOSSLESS)
		o->start = EVRING_SEEK_LATEST;
	r->flags = o->flags;
	r->holdback_ns = o->holdback_ns;
	r->ack_at = UINT64_MAX;
	return 0;
}

/**
 * evring_close() - done reading.
 * @r: the reader; from evring_open() or evring_attach(), whether they failed or not.
 */
static inline void evring_close(struct evring *r)
{
	uint32_t cpu;

	for (cpu = 0; r->cursors && cpu < r->ncpus; cpu++)
		free(r->cursors[cpu].buffer);
	if (r->ask)
		r->ask(r->channel, r, 0, NULL);
	if (r->map_size)
		munmap((void *)(uintptr_t)r->base, r->map_size);
	if (r->fd >= 0)
		close(r->fd);
	free(r->cursors);
	free(r->ready);
	free(r->positions);
	memset(r, 0, sizeof(*r));
	r->fd = -1;
}

/*
 * Gate, and go to the first record that is not lost any more. Drops are counted from
 * before that, so that none is overlooked.
 */
static inline int evring_start_lossless_(struct evring *r)
{
	uint32_t cpu;
	int err = evring_gate_(r);

	for (cpu = 0; cpu < r->ncpus && !err; cpu++) {
		struct evring_cursor_ *c = &r->cursors[cpu];
		uint64_t gated = r->positions[r->ncpus + cpu];
		uint64_t drops = c->drops;

		if (gated <= c->seq)
			continue;
		evring_reset_(r, c, cpu);
		c->drops = drops;
		c->seq = gated;
		c->settled = c->seq;
	}
	return err;
}

/* The mapping is there: check it and get ready to read. */
static inline int evring_setup_(struct evring *r, size_t len, const struct evring_opts *o)
{
	int err = evring_check_(r, len);

	if (err)
		return err;
	/* Without time stamps there is nothing to merge by. */
	if (r->clock == EVRING_CLOCK_NONE)
		r->flags |= EVRING_OPT_BLOCK_ORDER;
	if (r->fd < 0 || r->clock == EVRING_CLOCK_NONE || r->clock == EVRING_CLOCK_CYCLES)
		r->holdback_ns = 0;
	r->cursors = (struct evring_cursor_ *)calloc(r->ncpus + 1U, sizeof(*r->cursors));
	r->ready = (struct evring_cursor_ **)calloc(r->ncpus, sizeof(*r->ready));
	r->positions = (uint64_t *)calloc(2UL * r->ncpus, sizeof(*r->positions));
	if (!r->cursors || !r->ready || !r->positions)
		return -ENOMEM;
	r->nobody = r->cursors + r->ncpus;
	r->turn = r->cursors;
	r->nobody->copy_end = r->base;
	r->nobody->end = r->base; /* no pointer is made from a null one */
	err = evring_seek(r, o->start, 0);
	if (!err && r->fd >= 0 && (o->watermark_bytes || o->watermark_usecs))
		err = evring_watermark(r, o->watermark_bytes, o->watermark_usecs);
	if (!err && o->flags & EVRING_OPT_LOSSLESS)
		err = evring_start_lossless_(r);
	return err;
}

/**
 * evring_attach() - read an image: a dump, a memfd, a mapping of your own.
 * @r: the reader.
 * @image: a whole mapping, aligned to 8 bytes; stays yours, must outlive @r.
 * @len: its bytes.
 * @opts: or NULL.
 *
 * It may change while it is read; it may hold anything.
 *
 * Return: 0; -EINVAL: options or alignment; -ENOMEM; -EBADF: EVRING_OPT_LOSSLESS, but an
 * image has no producers; -EBADMSG: not an image of a channel, or damaged; -EPROTO: of another ABI version; -EPROTONOSUPPORT: needs
 * features that this header does not know.
 */
static inline int evring_attach(struct evring *r, const void *image, size_t len,
				const struct evring_opts *opts)
{
	struct evring_opts o;
	int err;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	r->base = (const unsigned char *)image;
	err = evring_opts_(r, opts, &o);
	if (!err && ((uintptr_t)image & 7))
		err = -EINVAL;
	if (!err)
		err = evring_setup_(r, len, &o);
	if (err)
		evring_close(r);
	return err;
}

/* Bytes to be mapped of the device or file. */
static inline int evring_length_(int fd, size_t *len, bool *image)
{
	struct evring_info info;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*image = S_ISREG(st.st_mode);
	if (*image) {
		*len = (size_t)st.st_size;
		return *len < sizeof(struct evring_control) ? -EBADMSG : 0;
	}
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	if (ioctl(fd, EVRING_IOC_INFO, &info) < 0)
		return errno == ENOTTY ? -EBADMSG : errno == EINVAL ? -EPROTO : -errno;
	*len = (size_t)info.map_size;
	return 0;
}

static inline int evring_map_(struct evring *r, size_t len, bool image)
{
	int flags = image ? MAP_PRIVATE : MAP_SHARED;
	void *map;

	if (r->flags & EVRING_OPT_POPULATE)
		flags |= MAP_POPULATE;
	map = mmap(NULL, len, PROT_READ, flags, r->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	r->base = (const unsigned char *)map;
	r->map_size = len;
	return 0;
}

/* /dev/evring/NAME, or a path as it is. */
static inline int evring_open_fd_(const char *name, uint32_t opt_flags)
{
	static const char dir[] = "/dev/evring/";
	bool write = opt_flags & (EVRING_OPT_WRITABLE | EVRING_OPT_LOSSLESS);
	int flags = (write ? O_RDWR : O_RDONLY) | O_CLOEXEC;
	char path[sizeof(dir) + EVRING_NAME_SIZE];
	size_t len = strlen(name);
	int fd;

	if (!strchr(name, '/')) {
		if (!len || len >= EVRING_NAME_SIZE)
			return -EINVAL;
		memcpy(path, dir, sizeof(dir) - 1);
		memcpy(path + sizeof(dir) - 1, name, len + 1);
		name = path;
	}
	fd = open(name, flags);
	return fd < 0 ? -errno : fd;
}

/**
 * evring_open() - open a channel, or a file that holds an image of one.
 * @r: the reader.
 * @name: a channel's name; or, with a slash in it, a path.
 * @opts: or NULL.
 *
 * Return: 0, or what open(2) and mmap(2) fail with, or what evring_attach() does.
 * evring_explain() tells what to do about it.
 */
static inline int evring_open(struct evring *r, const char *name, const struct evring_opts *opts)
{
	struct evring_opts o;
	bool image = false;
	size_t len = 0;
	int err;

	memset(r, 0, sizeof(*r));
	r->fd = -1;
	err = evring_opts_(r, opts, &o);
	if (err)
		return err;
	err = evring_open_fd_(name, r->flags);
	if (err < 0)
		return err;
	r->fd = err;
	err = evring_length_(r->fd, &len, &image);
	if (!err)
		err = evring_map_(r, len, image);
	if (!err && image) {
		close(r->fd);
		r->fd = -1;
	}
	if (!err)
		err = evring_setup_(r, len, &o);
	if (err)
		evring_close(r);
	return err;
}

/**
 * evring_explain() - why evring_open() or evring_attach() failed, and what mends it.
 * @err: what it returned.
 *
 * Return: a sentence, without a full stop.
 */
static inline const char *evring_explain(int err)
{
	switch (-err) {
	case ENOENT:
		return "no such channel or file; is the evring module loaded and the channel "
		       "created? (evringctl list)";
	case EACCES:
		return "permission denied; join the group of the device node or become root (to "
		       "lose nothing, or to freeze, the group needs write permission)";
	case ENODEV:
	case ENXIO:
		return "the channel has been removed";
	case EBADF:
		return "an image of a channel, of which nothing more will come, or not open for "
		       "writing";
	case ETIMEDOUT:
		return "did not acknowledge within the channel's deadline: records may be lost "
		       "to it again";
	case EALREADY:
		return "loses nothing already";
	case EINVAL:
		return "invalid options, name or alignment";
	case EPROTO:
		return "made by another ABI version of evring; use the header and the module of "
		       "one release";
	case EPROTONOSUPPORT:
		return "uses features that this program does not know; build it with a newer "
		       "evring.h";
	case EBADMSG:
		return "not an evring channel or image, or a damaged one";
	case ENOMEM:
		return "out of memory";
	default:
		return strerror(-err);
	}
}

#endif /* EVRING_H */
