// SPDX-License-Identifier: GPL-2.0
/*
 * The real ring core, every access hooked, and a ring of a few small blocks that it
 * works on.
 */
#include "hooks.h"
#include "ring.c"
#include <stdio.h>
#include <stdlib.h>
#include "core.h"

static struct ex_ring {
	struct evring_cpu cpus[EX_CPUS];
	struct evring_slot slots[EX_SLOTS];
	struct evring_cursor cursors[EX_READERS][EX_CPUS];
	u8 map[2048] ____cacheline_aligned;
} rig;

_Static_assert(sizeof(rig) <= EX_PLACES / 2 * 8, "a place for each word");

static struct evring_layout layout;

static struct evring_ring *ring;

const void *ex_core_map(size_t *len)
{
	*len = layout.map_size;
	return rig.map;
}

static void no_wake(struct evring_ring *r)
{
	(void)r;
}

/* The least blocks that evring_layout_compute() allows are too large to go round. */
static void make_layout(const struct ex_scenario *s)
{
	memset(&layout, 0, sizeof(layout));
	layout.data_size = (u64)s->nblocks * s->block_size;
	layout.block_size = s->block_size;
	layout.page_size = 64;
	layout.ncpus = s->ncpus;
	layout.nblocks = s->nblocks;
	layout.line_offset = EVRING_LINE_OFFSET;
	layout.index_offset = EVRING_LINE_OFFSET + s->ncpus * sizeof(struct evring_line);
	layout.data_offset = layout.index_offset + s->nblocks * sizeof(struct evring_index);
	layout.map_size = layout.data_offset + layout.data_size;
	if (layout.map_size > sizeof(rig.map) || s->nblocks > EX_SLOTS)
		abort();
}

void ex_core_setup(const struct ex_scenario *s)
{
	make_layout(s);
	memset(&rig, 0, sizeof(rig));
	ex_module_setup(&layout);
	ring = ex_ring();
	ring->cpus = rig.cpus;
	ring->slots = rig.slots;
	ring->wake = no_wake;
	ring->partitioned = s->partitioned;
	evring_ring_init(ring, rig.map, &layout);
	ex_run.memory = (uintptr_t)&rig;
	ex_keep(&rig, offsetof(struct ex_ring, map) + layout.map_size);
}

/* Reserve a record, fill it in by words, and commit it, or discard it. */
static int reserve(u32 cpu, char what, const u8 *bytes, u32 len)
{
	struct evring_reservation rsv;
	int err = evring_ring_reserve(ring, EVRING_TYPE_EVENTS, len, &rsv);

	if (err)
		return err;
	evring_copy(rsv.payload, bytes, len);
	ex_oracle_committed(cpu, what == 'd');
	if (what == 'd')
		evring_ring_discard(ring, &rsv);
	else
		evring_ring_commit(ring, &rsv);
	return 0;
}

/*
 * One attempt: 'e' emits 8 bytes, 'o' 11, 'E' 16; 'r' reserves, fills and commits, 'd'
 * reserves and discards; 'l' emits what is too large for a block.
 */
void ex_core_emit(u32 cpu, char what)
{
	u8 bytes[512] __attribute__((__aligned__(8)));
	u32 len = ex_payload(cpu, ex_oracle_attempts(cpu), what, bytes);
	int err;

	ex_oracle_attempt(cpu, what);
	if (what == 'r' || what == 'd') {
		err = reserve(cpu, what, bytes, len);
	} else {
		if (what != 'l')
			ex_oracle_committed(cpu, false);
		err = evring_ring_emit(ring, EVRING_TYPE_EVENTS, bytes, len);
	}
	ex_oracle_result(cpu, err);
}

/* --- the cursor inside the kernel --------------------------------------------------------- */

static void deliver(u32 reader, u32 cpu, u64 seq, const u8 *copy, u32 bytes)
{
	u32 at = 0;

	while (at < bytes) {
		const struct evring_record *record = (const void *)(copy + at);

		if (record->type == EVRING_TYPE_PADDING)
			ex_oracle_padding(reader, cpu, seq);
		else
			ex_oracle_got(reader, cpu, seq, record->time, record + 1,
				      record->size - (u32)sizeof(*record));
		at += (record->size + 7U) & ~7U;
		seq++;
	}
}

static void copy_run(u32 reader, u32 cpu, struct evring_cursor *cursor, struct evring_found *found,
		     u32 room)
{
	u64 copy[64];
	u64 seq = cursor->seq;
	u32 nrecords, i;
	u32 bytes = evring_cursor_fit(found, room, &nrecords);

	for (i = 0; i < bytes / 8; i++)
		copy[i] = READ_ONCE(((const u64 *)(const void *)found->data)[i]);
	if (evring_cursor_advance(ring, cursor, bytes, nrecords))
		deliver(reader, cpu, seq, (const u8 *)copy, bytes);
}

/* One look; what is found is copied, at most @room bytes. False: nothing. */
bool ex_core_cursor_next(u32 reader, u32 cpu, u32 room)
{
	struct evring_cursor *cursor = &rig.cursors[reader][cpu];
	struct evring_found found;

	switch (evring_cursor_look(ring, cpu, cursor, &found)) {
	case EVRING_LOOK_RUN:
		copy_run(reader, cpu, cursor, &found, room);
		return true;
	case EVRING_LOOK_OVERRUN:
		ex_oracle_lost(reader, cpu, found.loss.seq, found.loss.count);
		return true;
	case EVRING_LOOK_DROPPED:
		ex_oracle_dropped(reader, cpu, found.loss.count);
		return true;
	default:
		return false;
	}
}

void ex_core_cursor_oldest(u32 reader, u32 cpu)
{
	struct evring_cursor *cursor = &rig.cursors[reader][cpu];

	evring_cursor_oldest(ring, cpu, cursor);
	ex_oracle_sought(reader, cpu, cursor->seq, cursor->drops);
}

/* --- names ---------------------------------------------------------------------------------- */

static const char *const slot_fields[] = { "origin", "entry", "limit/cpu", "state", "seq_end",
					   "final", "bytes" };
static const char *const index_fields[] = { "gen", "pub", "seq_first", "drops", "ts_begin",
					    "ts_end", "cpu/prev", "next" };

/* Is the word at that place a block's pub? The core loads it once without a hook. */
bool ex_core_is_pub(u32 place)
{
	size_t at = (size_t)place * 8 - offsetof(struct ex_ring, map) - layout.index_offset;

	return at < layout.data_offset - layout.index_offset &&
	       at % sizeof(struct evring_index) == offsetof(struct evring_index, pub);
}

static const char *name_map(size_t at, char *buf, size_t len)
{
	if (at >= layout.data_offset) {
		at -= layout.data_offset;
		snprintf(buf, len, "data[%zu]+%zu", at / layout.block_size, at % layout.block_size);
	} else if (at >= layout.index_offset) {
		at -= layout.index_offset;
		snprintf(buf, len, "index[%zu].%s", at / sizeof(struct evring_index),
			 index_fields[at % sizeof(struct evring_index) / 8]);
	} else if (at < layout.line_offset) {
		snprintf(buf, len, "control+%zu", at);
	} else {
		at -= layout.line_offset;
		snprintf(buf, len, "line[%zu]+%zu", at / sizeof(struct evring_line),
			 at % sizeof(struct evring_line));
	}
	return buf;
}

const char *ex_core_name(const volatile void *p, char *buf, size_t len)
{
	size_t at = (size_t)((const volatile u8 *)p - (const volatile u8 *)&rig);

	if (at >= sizeof(rig)) {
		snprintf(buf, len, "%s", p == &ring->pool.hand ? "hand" : "elsewhere");
	} else if (at >= offsetof(struct ex_ring, map)) {
		return name_map(at - offsetof(struct ex_ring, map), buf, len);
	} else if (at >= offsetof(struct ex_ring, slots)) {
		at -= offsetof(struct ex_ring, slots);
		snprintf(buf, len, "slot[%zu].%s", at / sizeof(struct evring_slot),
			 slot_fields[at % sizeof(struct evring_slot) / 8]);
	} else {
		snprintf(buf, len, "cpu[%zu]%s+%zu", at / sizeof(struct evring_cpu),
			 at % sizeof(struct evring_cpu) ? "" : ".w", at % sizeof(struct evring_cpu));
	}
	return buf;
}
