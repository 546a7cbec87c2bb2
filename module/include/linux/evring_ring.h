/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A ring as its producers see it. Private: the design stands at the top of ring.c; this is
 * here for what is emitted in line. A module that is built with other types than evring
 * itself is refused by the kernel (modversions).
 */
#ifndef _LINUX_EVRING_RING_H
#define _LINUX_EVRING_RING_H

#include <linux/evring.h>
#include "evring_env.h"

/**
 * struct evring_slot - the private half of an index entry.
 * @origin: payload of a record at position w: @origin + 8 * the lower half of w.
 * @entry: the index entry.
 * @bias: what has to be added to a position for evring_slot_fits().
 * @cpu: the CPU whose records the block holds.
 * @state: generation of the claim << 1 | EVRING_SLOT_BUSY while a CPU owns the
 *	block; value of the hand << 1 when it was freed otherwise. One word, so
 *	that one compare-and-swap decides who owns the slot.
 * @seq_end: sequence number after the block's last record; valid while free.
 * @final: the sealed position, left by a nested writer for the writer that is
 *	still at work in the block below it.
 * @bytes_first: bytes that the CPU had sealed before this block.
 *
 * The first three never change.
 */
struct evring_slot {
	unsigned long origin;
	struct evring_index *entry;
	u32 bias;
	u32 cpu;
	u64 state;
	u64 seq_end;
	u64 final;
	u64 bytes_first;
} ____cacheline_aligned;

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
 * @open: the slot of the block that @w is in, or of an earlier one: who uses it
 *	asks evring_slot_fits(). Of a ring with another clock than EVRING_CLOCK_MONOTONIC
 *	evring_ring.closed, which nothing fits.
 * @open_cycles: the same for EVRING_CLOCK_CYCLES.
 * @floor: least sequence number acknowledged by every gating reader; all ones
 *	while there is none.
 * @bytes: bytes of records in all blocks that the CPU has sealed.
 * @wake_bytes: while evring_ring.armed: wake when the CPU has emitted so many.
 * @look: the CPU may come to @wake_bytes in the block that it is in: a commit looks. Set
 *	by who arms and by who opens a block, cleared by the CPU's own commits.
 * @line: the CPU's line in the control pages.
 * @range: the blocks that it claims from: @own, or evring_ring.pool.
 * @cpu: its number.
 * @own: of a partitioned ring.
 */
struct evring_cpu {
	u64 w;
	u64 look;
	const struct evring_slot *open;
	const struct evring_slot *open_cycles;
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
 * @index: one entry for each block.
 * @slots: its private half.
 * @control: the control page.
 * @wake: called after such a commit; any context.
 * @armed: somebody sleeps: a commit that takes its CPU to evring_cpu.wake_bytes
 *	calls @wake. See evring_cpu.look.
 * @frozen: emitting counts a drop.
 * @clock: enum evring_clock.
 * @block_shift: log2 of the block size in bytes.
 * @block_words: the block size in 8-byte words.
 * @max_payload: largest payload of a record, bytes.
 * @short_max: largest payload that evring_ring_emit() takes the short way, copied in
 *	line.
 * @nblocks: blocks, a power of two.
 * @ncpus: CPU lines.
 * @partitioned: each CPU claims from a range of its own.
 * @closed: a slot that no position fits.
 * @pool: the range of all CPUs otherwise.
 */
struct evring_ring {
	struct evring_cpu __percpu *cpus;
	u8 *data;
	struct evring_index *index;
	struct evring_slot *slots;
	struct evring_control *control;
	void (*wake)(struct evring_ring *r);
	u64 armed;
	u32 frozen;
	u32 clock;
	u32 block_shift;
	u32 block_words;
	u32 max_payload;
	u32 short_max;
	u32 nblocks;
	u32 ncpus;
	bool partitioned;
	struct evring_slot closed;
	struct evring_range pool;
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

#endif /* _LINUX_EVRING_RING_H */
