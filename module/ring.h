/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ring core: types and functions. The design stands at the top of ring.c.
 */
#ifndef EVRING_RING_H
#define EVRING_RING_H

#include "include/linux/evring_ring.h"
#include "include/linux/evring_reservation.h"

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
