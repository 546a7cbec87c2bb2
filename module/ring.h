/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring core: types and functions. The design stands at the top of ring.c.
 */
#ifndef EVRING_RING_H
#define EVRING_RING_H

#include <linux/evring.h>
#include "ring_env.h"
#include "include/linux/evring_reservation.h"

/**
 * struct evring_slot - the private half of an index entry.
 * @state: generation of the claim << 1 | EVRING_SLOT_BUSY while a CPU owns the
 *	block; value of the hand << 1 when it was freed otherwise. One word, so
 *	that one compare-and-swap decides who owns the slot.
 * @seq_end: sequence number after the block's last record; valid while free.
 * @final: the sealed position, left by a nested writer for the writer that is
 *	still at work in the block below it.
 * @bytes_first: bytes that the CPU had sealed before this block.
 * @cpu: the CPU whose records the block holds.
 * @reserved: zero.
 */
struct evring_slot {
	u64 state;
	u64 seq_end;
	u64 final;
	u64 bytes_first;
	u32 cpu;
	u32 reserved;
};

#define EVRING_SLOT_BUSY	1ULL

/**
 * struct evring_range - blocks that are claimed together: all of a pooled ring, or one
 * CPU's of a partitioned one.
 * @hand: free-running position of the next claim.
 * @first: slot of the first block.
 * @shift: log2 of the number of blocks; slot = first + hand mod that number.
 */
struct evring_range {
	u64 hand ____cacheline_aligned;
	u32 first;
	u32 shift;
};

/**
 * struct evring_cpu - what one CPU knows of its own writing; never mapped.
 * @w: position word: where the CPU's next record goes. Only this CPU changes it.
 * @floor: least sequence number acknowledged by every gating reader; all ones
 *	while there is none.
 * @bytes: bytes of records in all blocks that the CPU has sealed.
 * @wake_bytes: while evring_ring.armed: wake when the CPU has emitted so many.
 * @line: the CPU's line in the control pages.
 * @range: the blocks that it claims from: @own, or evring_ring.pool.
 * @cpu: its number.
 * @own: of a partitioned ring.
 */
struct evring_cpu {
	u64 w;
	u64 floor;
	u64 bytes;
	u64 wake_bytes;
	struct evring_line *line;
	struct evring_range *range;
	u32 cpu;
	struct evring_range own;
} ____cacheline_aligned;

/**
 * struct evring_ring - a ring.
 * @cpus: one for each possible CPU.
 * @data: the blocks.
 * @payloads: the payload of the first record in the first block.
 * @index: one entry for each block.
 * @slots: its private half.
 * @control: the control page.
 * @wake: called after such a commit; any context.
 * @armed: somebody sleeps: a commit that takes its CPU to evring_cpu.wake_bytes
 *	calls @wake.
 * @frozen: emitting counts a drop.
 * @clock: enum evring_clock.
 * @block_shift: log2 of the block size in bytes.
 * @block_words: the block size in 8-byte words.
 * @max_payload: largest payload of a record, bytes.
 * @short_max: largest payload that evring_ring_emit() takes the short way: of
 *	the default clock, and copied in line.
 * @nblocks: blocks, a power of two.
 * @ncpus: CPU lines.
 * @partitioned: each CPU claims from a range of its own.
 * @pool: the range of all CPUs otherwise.
 */
struct evring_ring {
	struct evring_cpu __percpu *cpus;
	u8 *data;
	u8 *payloads;
	struct evring_index *index;
	struct evring_slot *slots;
	struct evring_control *control;
	void (*wake)(struct evring_ring *r);
	u32 armed;
	u32 frozen;
	u32 clock;
	u32 block_shift;
	u32 block_words;
	u32 max_payload;
	u32 short_max;
	u32 nblocks;
	u32 ncpus;
	bool partitioned;
	struct evring_range pool;
};

/**
 * struct evring_layout - where things are in a mapping.
 * @data_size: bytes of data; in: wanted, out: rounded up.
 * @block_size: bytes of a block; in: wanted, out: perhaps raised.
 * @page_size: bytes of a page.
 * @ncpus: CPU lines.
 * @nblocks: out: blocks.
 * @line_offset: out: first CPU line.
 * @index_offset: out: the index, after the control pages.
 * @data_offset: out: the data.
 * @map_size: out: the whole.
 */
struct evring_layout {
	u64 data_size;
	u32 block_size;
	u32 page_size;
	u32 ncpus;
	u32 nblocks;
	u32 line_offset;
	u64 index_offset;
	u64 data_offset;
	u64 map_size;
};

/**
 * struct evring_cursor - a reader inside the kernel, on one CPU's records.
 * @seq: sequence number of the next record it wants.
 * @gen: generation of the block that holds it; 0: has to be looked up.
 * @drops: drops of the CPU that it has been told.
 * @slot: that block.
 * @offset: bytes into the block.
 */
struct evring_cursor {
	u64 seq;
	u64 gen;
	u64 drops;
	u32 slot;
	u32 offset;
};

/**
 * struct evring_found - what a cursor stands before.
 * @data: first record of a run of complete records.
 * @bytes: bytes of the run.
 * @nrecords: records in it.
 * @loss: a loss instead of a run.
 */
struct evring_found {
	const u8 *data;
	u32 bytes;
	u32 nrecords;
	struct evring_loss loss;
};

/* What evring_cursor_look() found. */
enum evring_look {
	EVRING_LOOK_NONE,
	EVRING_LOOK_RUN,
	EVRING_LOOK_OVERRUN,
	EVRING_LOOK_DROPPED,
};

static inline u64 evring_pos_make(u32 seq, u32 slot, u32 words)
{
	return (u64)seq << EVRING_POS_SEQ_SHIFT | (u64)slot << EVRING_POS_SLOT_SHIFT | words;
}

/* 8-byte words that a record of @len payload bytes takes. */
static inline u32 evring_record_words(u32 len)
{
	return (u32)(sizeof(struct evring_record) + len + 7) >> 3;
}

/* First word of a record: type and size in one store. */
static inline u64 evring_record_word(u32 type, u32 size)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	return (u64)type << 32 | size;
#else
	return (u64)size << 48 | type;
#endif
}

int evring_layout_compute(struct evring_layout *l);
void evring_ring_init(struct evring_ring *r, void *map, const struct evring_layout *l);

int evring_ring_emit(struct evring_ring *r, u32 type, const void *payload, u32 len);
int evring_ring_reserve(struct evring_ring *r, u32 type, u32 len, struct evring_reservation *rsv);
void evring_ring_commit(struct evring_ring *r, struct evring_reservation *rsv);
void evring_ring_discard(struct evring_ring *r, struct evring_reservation *rsv);

u64 evring_ring_head(struct evring_ring *r, u32 cpu);
u64 evring_ring_drops(struct evring_ring *r, u32 cpu);
u64 evring_ring_bytes(struct evring_ring *r, u32 cpu);
void evring_ring_seal(struct evring_ring *r, u32 cpu);
void evring_ring_floor(struct evring_ring *r, u32 cpu, u64 seq);

void evring_cursor_oldest(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor);
void evring_cursor_latest(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor);
void evring_cursor_time(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor, u64 time);
u64 evring_cursor_bytes(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor);
enum evring_look evring_cursor_look(struct evring_ring *r, u32 cpu, struct evring_cursor *cursor,
				    struct evring_found *found);
u32 evring_cursor_fit(const struct evring_found *found, u32 room, u32 *nrecords);
bool evring_cursor_advance(struct evring_ring *r, struct evring_cursor *cursor, u32 bytes,
			   u32 nrecords);

#endif /* EVRING_RING_H */
