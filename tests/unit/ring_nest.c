// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan ubsan */
/*
 * The ring core: layouts, and writers nested by reserve and commit in every order that
 * LIFO allows, over blocks and over the whole ring.
 */
#include "rig.h"

#define BLOCK	4096U
#define DEPTH	3U

static struct rig rig;

/* What the newest records of a CPU should be, by sequence number. */
static u32 emitted;		/* records accepted */
static u32 discarded;

static void layout_is_rounded_up(void)
{
	struct evring_layout l = { .data_size = 100000, .block_size = 4096, .page_size = 4096,
				   .ncpus = 1 };

	CHECK_EQ(evring_layout_compute(&l), 0);
	CHECK_EQ(l.data_size, 131072);
	CHECK_EQ(l.nblocks, 32);
	CHECK_EQ(l.index_offset, 4096);
	CHECK_EQ(l.data_offset, 8192);
	CHECK_EQ(l.map_size, 8192 + 131072);

	l = (struct evring_layout){ .page_size = 4096, .ncpus = 1 };
	CHECK_EQ(evring_layout_compute(&l), 0);
	CHECK_EQ(l.data_size, EVRING_RING_DEFAULT);
	CHECK_EQ(l.block_size, EVRING_BLOCK_DEFAULT);

	l = (struct evring_layout){ .data_size = 1, .page_size = 4096, .ncpus = 1 };
	CHECK_EQ(evring_layout_compute(&l), 0);
	CHECK_EQ(l.data_size, EVRING_RING_MIN);

	/* Four blocks for each CPU at least. */
	l = (struct evring_layout){ .data_size = EVRING_RING_MIN, .page_size = 4096,
				    .ncpus = 100 };
	CHECK_EQ(evring_layout_compute(&l), 0);
	CHECK_EQ(l.nblocks, 512);
	CHECK_EQ(l.data_size, 512ULL * EVRING_BLOCK_DEFAULT);
	CHECK_EQ(l.index_offset, 8192); /* 512 + 100 * 64 */

	/* No more than EVRING_BLOCKS_MAX blocks: they grow. */
	l = (struct evring_layout){ .data_size = EVRING_RING_MAX, .block_size = 4096,
				    .page_size = 4096, .ncpus = 1 };
	CHECK_EQ(evring_layout_compute(&l), 0);
	CHECK_EQ(l.block_size, EVRING_BLOCK_MAX);
	CHECK_EQ(l.nblocks, EVRING_BLOCKS_MAX);
}

static int layout_of(u64 data_size, u32 block_size, u32 page_size, u32 ncpus)
{
	struct evring_layout l = { .data_size = data_size, .block_size = block_size,
				   .page_size = page_size, .ncpus = ncpus };

	return evring_layout_compute(&l);
}

static void layout_out_of_range_is_refused(void)
{
	CHECK_EQ(layout_of(EVRING_RING_MAX + 1, 0, 4096, 1), (u64)-ERANGE);
	CHECK_EQ(layout_of(~0ULL, 0, 4096, 1), (u64)-ERANGE);
	CHECK_EQ(layout_of(0, 2048, 4096, 1), (u64)-ERANGE);
	CHECK_EQ(layout_of(0, EVRING_BLOCK_MAX * 2, 4096, 1), (u64)-ERANGE);
	CHECK_EQ(layout_of(0, 12288, 4096, 1), (u64)-ERANGE);
	CHECK_EQ(layout_of(0, 4096, 16384, 1), (u64)-ERANGE);
	CHECK_EQ(layout_of(0, 65536, 65536, 20000), (u64)-ERANGE);
	CHECK_EQ(layout_of(0, 65536, 65536, 16384), 0);
}

/*
 * Read all of CPU 0, from sequence number *@next on, and hold it against what was emitted:
 * none twice, none missing.
 */
static void read_back(struct evring *r, u64 *next, u64 dropped)
{
	struct evring_event ev;
	struct evring_stats st;
	u64 seq = *next;
	u32 number;

	while (evring_next(r, &ev) == 1) {
		if (ev.kind == EVRING_RECORD) {
			/* Padding is skipped. */
			CHECK(ev.seq >= seq);
			seq = ev.seq + 1;
			CHECK(rig_whole(ev.payload, ev.len, 0, &number));
		} else if (ev.kind == EVRING_OVERRUN) {
			CHECK(ev.seq >= seq);
			seq = ev.seq + ev.count;
		}
	}
	*next = seq;
	evring_get_stats(r, &st);
	CHECK_EQ(st.received + st.discarded + st.overrun, emitted);
	CHECK_EQ(st.dropped, dropped);
	CHECK_EQ(rig_accepted(&rig, 0), emitted);
}

/*
 * One writer and what is nested in it: @inner records of @len bytes each before and after
 * a nested writer of its own, then commit or discard. The first nesting is deepest.
 */
static void write_nested(u32 depth, u32 len, u32 inner, bool discard)
{
	struct evring_reservation rsv;
	u32 i;

	if (evring_ring_reserve(&rig.ring, EVRING_TYPE_GENERATOR, len, &rsv))
		return;
	rig_fill(rsv.payload, len, 0, emitted++);
	if (depth) {
		for (i = 0; i < inner; i++)
			emitted += !rig_emit(&rig, 0, len, emitted);
		write_nested(depth - 1, len, inner, !discard);
		for (i = 0; i < inner; i++)
			emitted += !rig_emit(&rig, 0, len, emitted);
	}
	if (discard) {
		evring_ring_discard(&rig.ring, &rsv);
		discarded++;
	} else {
		evring_ring_commit(&rig.ring, &rsv);
	}
}

static u64 drops(void)
{
	return evring_ring_drops(&rig.ring, 0);
}

/* Each number of nested records from none to more than the ring holds, at each depth. */
static void nested_writers_over_blocks(void)
{
	static const u32 inners[] = { 0, 1, 2, 5, 7, 8, 9, 16, 17, 40, 63, 64, 65, 130, 257, 600 };
	struct evring slow, quick;
	struct evring_stats st;
	u32 depth, i, turn;

	for (depth = 0; depth <= DEPTH; depth++)
		for (i = 0; i < sizeof(inners) / sizeof(*inners); i++) {
			u64 quick_next = 0, slow_next = 0;

			rig_make(&rig, 1U << 16, BLOCK, 1);
			rig_attach(&rig, &slow, EVRING_SEEK_OLDEST, 0);
			rig_attach(&rig, &quick, EVRING_SEEK_OLDEST, 0);
			emitted = 0;
			discarded = 0;
			for (turn = 0; turn < 40; turn++) {
				write_nested(depth, 24 + 97 * (turn % 5), inners[i], turn & 1);
				read_back(&quick, &quick_next, drops());
			}
			read_back(&slow, &slow_next, drops());
			evring_get_stats(&quick, &st);
			if (!inners[i]) {
				CHECK_EQ(st.overrun, 0);
				CHECK_EQ(st.discarded, discarded);
			}
			evring_close(&slow);
			evring_close(&quick);
			rig_free(&rig);
		}
}

/* Nothing of a writer that has not committed shows, nor what was written on top of it. */
static void pending_writers_hide_what_is_above(void)
{
	struct evring_reservation outer, inner;
	struct evring_event ev;
	struct evring r;
	u32 i, number;

	rig_make(&rig, 1U << 16, BLOCK, 1);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	CHECK_EQ(rig_emit(&rig, 0, 48, 0), 0);
	CHECK_EQ(evring_ring_reserve(&rig.ring, EVRING_TYPE_GENERATOR, 48, &outer), 0);
	CHECK_EQ(evring_ring_reserve(&rig.ring, EVRING_TYPE_GENERATOR, 48, &inner), 0);
	rig_fill(inner.payload, 48, 0, 2);
	evring_ring_commit(&rig.ring, &inner);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK_EQ(ev.seq, 0);
	CHECK_EQ(evring_next(&r, &ev), 0);
	/* Three blocks more: their records are complete, but come after. */
	for (i = 3; i < 200; i++)
		CHECK_EQ(rig_emit(&rig, 0, 48, i), 0);
	CHECK_EQ(evring_next(&r, &ev), 0);
	rig_fill(outer.payload, 48, 0, 1);
	evring_ring_commit(&rig.ring, &outer);
	for (i = 1; i < 200; i++) {
		CHECK_EQ(evring_next(&r, &ev), 1);
		CHECK_EQ(ev.seq, i);
		CHECK(rig_whole(ev.payload, ev.len, 0, &number));
		CHECK_EQ(number, i);
	}
	CHECK_EQ(evring_next(&r, &ev), 0);
	evring_close(&r);
	rig_free(&rig);
}

/* The whole ring turns many times over a pending writer: its block stays its own. */
static void ring_turns_over_a_pending_writer(void)
{
	struct evring_reservation outer[3];
	struct evring_event ev;
	struct evring r;
	u32 i, level, number, found = 0;

	rig_make(&rig, 1U << 16, BLOCK, 1);
	for (level = 0; level < 3; level++) {
		CHECK_EQ(evring_ring_reserve(&rig.ring, 0x9000 + level, 100, &outer[level]), 0);
		rig_fill(outer[level].payload, 100, 0, 7777 + level);
		for (i = 0; i < 2000; i++)
			CHECK_EQ(rig_emit(&rig, 0, 100, i), 0);
	}
	while (level--) {
		CHECK(rig_whole(outer[level].payload, 100, 0, &number));
		CHECK_EQ(number, 7777 + level);
		evring_ring_commit(&rig.ring, &outer[level]);
	}
	CHECK_EQ(rig_accepted(&rig, 0), 6003);
	CHECK_EQ(drops(), 0);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	while (evring_next(&r, &ev) == 1)
		found += rig_whole(ev.payload, ev.len, 0, &number);
	CHECK(found > 13 * 30);
	/* The three blocks that were held are free again: the ring is whole. */
	for (i = 0; i < 2000; i++)
		CHECK_EQ(rig_emit(&rig, 0, 100, i), 0);
	for (i = 0; i < 16; i++)
		found += (rig.ring.slots[i].state & EVRING_SLOT_BUSY) ? 1000 : 0;
	CHECK(found / 1000 == 1);
	evring_close(&r);
	rig_free(&rig);
}

/*
 * A block that an idle CPU closes late, just before the hand, with its newest records in
 * it: it is not the next to be reused, nor soon after.
 */
static void block_closed_late_is_not_the_next_victim(void)
{
	struct evring_event ev;
	struct evring r;
	u32 i, mine = 0;

	rig_make(&rig, 1U << 16, BLOCK, 2);
	rig_emit_many(&rig, 0, 48, 0, 1);
	/* Seven rounds, up to where CPU 0's block would be the next. */
	rig_emit_many(&rig, 1, 48, 0, 7 * 15 * 64);
	rig_emit_many(&rig, 0, 48, 1, 64); /* the last one opens another block */
	rig_emit_many(&rig, 1, 48, 0, 5 * 64);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	while (evring_next(&r, &ev) == 1)
		mine += ev.kind == EVRING_RECORD && ev.cpu == 0;
	CHECK_EQ(mine, 65);
	evring_close(&r);

	/* But when its time has come, it is. */
	for (i = 0; i < 16 * 64; i++)
		rig_emit(&rig, 1, 48, i);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	for (mine = 0; evring_next(&r, &ev) == 1; )
		mine += ev.kind == EVRING_RECORD && ev.cpu == 0;
	CHECK_EQ(mine, 1);
	evring_close(&r);
	rig_free(&rig);
}

int main(void)
{
	RUN(layout_is_rounded_up);
	RUN(layout_out_of_range_is_refused);
	RUN(nested_writers_over_blocks);
	RUN(pending_writers_hide_what_is_above);
	RUN(ring_turns_over_a_pending_writer);
	RUN(block_closed_late_is_not_the_next_victim);
	return rig_failures != 0;
}
