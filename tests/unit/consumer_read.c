// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan ubsan */
/* Reading by the consumer header: delivery, overruns, drops, padding, counts. */
#include "rig.h"

#define BLOCK	4096U
#define RING	(16 * BLOCK)	/* 16 blocks */
#define LEN	48U		/* records of 64 bytes: 64 in a block */
#define IN_BLOCK 64U

/* Take one event and hold it against what it should be. */
static void expect_record(struct evring *r, u32 cpu, u64 seq)
{
	struct evring_event ev;
	u32 number;

	CHECK_EQ(evring_next(r, &ev), 1);
	if (rig_failed)
		return;
	CHECK_EQ(ev.kind, EVRING_RECORD);
	CHECK_EQ(ev.cpu, cpu);
	CHECK_EQ(ev.seq, seq);
	CHECK_EQ(ev.count, 1);
	CHECK_EQ(ev.type, EVRING_TYPE_GENERATOR);
	CHECK_EQ(ev.misc, 0);
	CHECK(rig_whole(ev.payload, ev.len, cpu, &number));
	CHECK_EQ((uintptr_t)ev.payload & 7, 0);
}

static void expect_loss(struct evring *r, enum evring_kind kind, u64 seq, u64 count)
{
	struct evring_event ev;

	CHECK_EQ(evring_next(r, &ev), 1);
	if (rig_failed)
		return;
	CHECK_EQ(ev.kind, kind);
	CHECK_EQ(ev.seq, seq);
	CHECK_EQ(ev.count, count);
	CHECK_EQ(ev.len, 0);
	CHECK_EQ(ev.time, 0);
}

static void expect_nothing(struct evring *r)
{
	struct evring_event ev;

	CHECK_EQ(evring_next(r, &ev), 0);
	CHECK_EQ(evring_next(r, &ev), 0);
}

static void expect_stats(const struct evring *r, u64 received, u64 discarded, u64 overrun,
			 u64 dropped)
{
	struct evring_stats st;

	evring_get_stats(r, &st);
	CHECK_EQ(st.received, received);
	CHECK_EQ(st.discarded, discarded);
	CHECK_EQ(st.overrun, overrun);
	CHECK_EQ(st.dropped, dropped);
}

static void empty_ring_gives_nothing(void)
{
	struct evring_batch b;
	struct evring_event ev;
	struct evring r;
	struct rig rig;

	rig_make(&rig, RING, BLOCK, 3);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	expect_nothing(&r);
	CHECK_EQ(evring_peek(&r, &ev), 0);
	CHECK_EQ(evring_batch_begin(&r, &b), 0);
	evring_advance(&r);
	expect_stats(&r, 0, 0, 0, 0);
	CHECK_EQ(evring_fd(&r), (u64)-1);
	CHECK_EQ(evring_wait(&r, 0), (u64)-EBADF);
	evring_close(&r);
	rig_free(&rig);
}

static void records_come_in_order_with_every_size(void)
{
	struct evring_stats st;
	struct evring_event ev;
	struct evring r;
	struct rig rig;
	u64 bytes = 0;
	u32 len;

	rig_make(&rig, 1U << 20, BLOCK, 1);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	for (len = 0; len <= BLOCK - sizeof(struct evring_record); len += 1 + len / 8) {
		u8 want[BLOCK];

		memset(want, (int)len + 1, sizeof(want));
		CHECK_EQ(evring_ring_emit(&rig.ring, 0x9000 + len, want, len), 0);
		CHECK_EQ(evring_next(&r, &ev), 1);
		CHECK_EQ(ev.len, len);
		CHECK_EQ(ev.type, 0x9000 + len);
		CHECK(ev.time != 0);
		CHECK(!memcmp(ev.payload, want, len));
		bytes += (sizeof(struct evring_record) + len + 7) & ~7ULL;
	}
	expect_nothing(&r);
	evring_get_stats(&r, &st);
	CHECK_EQ(st.bytes, bytes);
	evring_close(&r);
	rig_free(&rig);
}

static void records_visible_at_once(void)
{
	struct evring r;
	struct rig rig;
	u32 i;

	rig_make(&rig, RING, BLOCK, 2);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	for (i = 0; i < 40 * IN_BLOCK; i++) {
		rig_emit(&rig, 1, LEN, i);
		expect_record(&r, 1, i);
	}
	expect_nothing(&r);
	expect_stats(&r, i, 0, 0, 0);
	evring_close(&r);
	rig_free(&rig);
}

static void overrun_is_counted_exactly(void)
{
	struct evring r;
	struct rig rig;
	u64 kept = 16 * IN_BLOCK;
	u64 total = 20 * IN_BLOCK;
	u64 i;

	rig_make(&rig, RING, BLOCK, 1);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	rig_emit_many(&rig, 0, LEN, 0, (u32)total);
	expect_loss(&r, EVRING_OVERRUN, 0, total - kept);
	for (i = total - kept; i < total; i++)
		expect_record(&r, 0, i);
	expect_nothing(&r);
	expect_stats(&r, kept, 0, total - kept, 0);

	/* And again, from the middle of a block on. What was copied at once still comes. */
	rig_emit_many(&rig, 0, LEN, 0, 10);
	for (i = total; i < total + 5; i++)
		expect_record(&r, 0, i);
	rig_emit_many(&rig, 0, LEN, 0, 30 * IN_BLOCK - 10);
	for (; i < total + 10; i++)
		expect_record(&r, 0, i);
	expect_loss(&r, EVRING_OVERRUN, total + 10, 14 * IN_BLOCK - 10);
	expect_record(&r, 0, total + 14 * IN_BLOCK);
	expect_stats(&r, kept + 11, 0, total - kept + 14 * IN_BLOCK - 10, 0);
	evring_close(&r);
	rig_free(&rig);
}

/* Hold a block-sized reservation in each of @n blocks. */
static void hold(struct rig *rig, u32 cpu, struct evring_reservation *rsv, u32 n)
{
	u32 i;

	evring_user_cpu = cpu;
	for (i = 0; i < n; i++)
		CHECK_EQ(evring_ring_reserve(&rig->ring, EVRING_TYPE_USER,
					     BLOCK - (u32)sizeof(struct evring_record), &rsv[i]),
			 0);
}

static void let_go(struct rig *rig, u32 cpu, struct evring_reservation *rsv, u32 n)
{
	evring_user_cpu = cpu;
	while (n--)
		evring_ring_discard(&rig->ring, &rsv[n]);
}

/* Seal CPU 0's block, with five records in it, while there is no other to be had. */
static void seal_last_block(struct rig *rig)
{
	struct evring_reservation outer, held[15];

	rig_emit_many(rig, 0, LEN, 0, 4);
	CHECK_EQ(evring_ring_reserve(&rig->ring, EVRING_TYPE_GENERATOR, LEN, &outer), 0);
	hold(rig, 1, held, 15);
	CHECK_EQ(rig_emit(rig, 0, BLOCK - 16, 5), (u64)-ENOBUFS);
	CHECK_EQ(rig_emit(rig, 0, LEN, 5), (u64)-ENOBUFS);
	evring_user_cpu = 0;
	rig_fill(outer.payload, LEN, 0, 4);
	evring_ring_commit(&rig->ring, &outer);
	let_go(rig, 1, held, 15);
}

static void no_room_is_counted_exactly(void)
{
	struct evring r;
	struct rig rig;
	u32 i;

	rig_make(&rig, RING, BLOCK, 2);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	seal_last_block(&rig);
	for (i = 0; i < 5; i++)
		expect_record(&r, 0, i);
	expect_loss(&r, EVRING_DROPPED, 5, 2);
	expect_nothing(&r);
	expect_stats(&r, 5, 15, 0, 2);

	/* Room again: the drops are not told twice. */
	CHECK_EQ(rig_emit(&rig, 0, LEN, 5), 0);
	expect_record(&r, 0, 5);
	expect_nothing(&r);
	evring_close(&r);
	rig_free(&rig);
}

/* Drops before a block was opened come before its records. */
static void drops_come_where_they_happened(void)
{
	struct evring r;
	struct rig rig;
	u32 i;

	rig_make(&rig, RING, BLOCK, 2);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	rig_emit_many(&rig, 0, LEN, 0, IN_BLOCK);
	for (i = 0; i < 3; i++)
		CHECK_EQ(rig_emit(&rig, 0, BLOCK, 0), (u64)-E2BIG);
	rig_emit_many(&rig, 0, LEN, IN_BLOCK, 3);
	CHECK_EQ(rig_emit(&rig, 0, BLOCK, 0), (u64)-E2BIG);
	for (i = 0; i < IN_BLOCK; i++)
		expect_record(&r, 0, i);
	expect_loss(&r, EVRING_DROPPED, IN_BLOCK, 3);
	for (; i < IN_BLOCK + 3; i++)
		expect_record(&r, 0, i);
	expect_loss(&r, EVRING_DROPPED, IN_BLOCK + 3, 1);
	expect_nothing(&r);
	evring_close(&r);
	rig_free(&rig);
}

/* Every block of a CPU is gone, taken by another, and it has not opened a new one. */
static void overrun_of_all_blocks_of_a_cpu(void)
{
	struct evring_event ev;
	u64 lost = 0, dropped = 0;
	struct evring r;
	struct rig rig;

	rig_make(&rig, RING, BLOCK, 2);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	seal_last_block(&rig);
	rig_emit_many(&rig, 1, LEN, 0, 64 * IN_BLOCK);
	while (evring_next(&r, &ev) == 1) {
		if (ev.cpu == 0 && ev.kind == EVRING_OVERRUN) {
			CHECK_EQ(ev.seq, 0);
			lost += ev.count;
		} else if (ev.cpu == 0 && ev.kind == EVRING_DROPPED) {
			dropped += ev.count;
		} else {
			CHECK_EQ(ev.cpu, 1);
		}
	}
	CHECK_EQ(lost, 5);
	CHECK_EQ(dropped, 2);
	evring_close(&r);
	rig_free(&rig);
}

static void too_large_is_counted(void)
{
	struct evring r;
	struct rig rig;

	rig_make(&rig, RING, BLOCK, 1);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	CHECK_EQ(rig_emit(&rig, 0, BLOCK - 15, 0), (u64)-E2BIG);
	expect_loss(&r, EVRING_DROPPED, 0, 1);
	CHECK_EQ(rig_emit(&rig, 0, BLOCK - 16, 0), 0);
	CHECK_EQ(rig_emit(&rig, 0, BLOCK - 15, 1), (u64)-E2BIG);
	CHECK_EQ(rig_emit(&rig, 0, BLOCK - 15, 1), (u64)-E2BIG);
	expect_record(&r, 0, 0);
	expect_loss(&r, EVRING_DROPPED, 1, 2);
	expect_nothing(&r);
	evring_close(&r);
	rig_free(&rig);

	/* A block of 64 KiB holds more than a record's size can tell. */
	rig_make(&rig, 1U << 20, EVRING_BLOCK_MAX, 1);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	CHECK_EQ(rig_emit(&rig, 0, EVRING_PAYLOAD_MAX, 0), 0);
	expect_record(&r, 0, 0);
	CHECK_EQ(rig_emit(&rig, 0, EVRING_PAYLOAD_MAX + 1, 1), (u64)-E2BIG);
	expect_loss(&r, EVRING_DROPPED, 1, 1);
	expect_stats(&r, 1, 0, 0, 1);
	evring_close(&r);
	rig_free(&rig);
}

static void frozen_is_counted(void)
{
	struct evring r;
	struct rig rig;
	u64 refused = 0, i;

	rig_make(&rig, RING, BLOCK, 1);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	rig_emit_many(&rig, 0, LEN, 0, 10);
	rig.ring.frozen = 1;
	for (i = 0; i < 200; i++) {
		int err = rig_emit(&rig, 0, LEN, (u32)(10 + i));

		CHECK(err == 0 || err == -EROFS);
		refused += err == -EROFS;
	}
	CHECK(refused > 0);
	for (i = 0; i < rig_accepted(&rig, 0); i++)
		expect_record(&r, 0, i);
	expect_loss(&r, EVRING_DROPPED, i, refused);
	expect_stats(&r, 210 - refused, 0, 0, refused);
	rig.ring.frozen = 0;
	CHECK_EQ(rig_emit(&rig, 0, LEN, 0), 0);
	expect_record(&r, 0, i);
	expect_nothing(&r);
	evring_close(&r);
	rig_free(&rig);
}

/* A discarded record keeps its number, is skipped, and shows none of its bytes. */
static void discarded_is_skipped_and_counted(void)
{
	struct evring_reservation rsv;
	struct evring_event ev;
	struct evring r;
	struct rig rig;
	u32 i, j;

	rig_make(&rig, RING, BLOCK, 1);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	for (i = 0; i < 300; i++) {
		const u8 *payload;

		CHECK_EQ(evring_ring_reserve(&rig.ring, EVRING_TYPE_GENERATOR, LEN, &rsv), 0);
		payload = rsv.payload;
		rig_fill(rsv.payload, LEN, 0, i);
		if (i % 3) {
			evring_ring_discard(&rig.ring, &rsv);
			for (j = 0; j < LEN; j++)
				CHECK_EQ(payload[j], 0);
		} else {
			evring_ring_commit(&rig.ring, &rsv);
			expect_record(&r, 0, i);
		}
	}
	expect_nothing(&r);
	expect_stats(&r, 100, 200, 0, 0);

	/* By batch too. */
	CHECK_EQ(evring_seek(&r, EVRING_SEEK_OLDEST, 0), 0);
	for (i = 0; ;) {
		struct evring_batch b;

		if (evring_batch_begin(&r, &b) != 1)
			break;
		while (evring_batch_next(&b))
			i++;
		CHECK_EQ(evring_batch_end(&r, &b), 1);
	}
	CHECK_EQ(i, 100);
	expect_stats(&r, 200, 400, 0, 0);
	CHECK_EQ(evring_peek(&r, &ev), 0);
	evring_close(&r);
	rig_free(&rig);
}

static void removed_is_told_at_the_end(void)
{
	struct evring_batch b;
	struct evring_event ev;
	struct evring r;
	struct rig rig;

	rig_make(&rig, RING, BLOCK, 2);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	rig_emit(&rig, 0, LEN, 0);
	rig_emit(&rig, 1, LEN, 0);
	rig.ring.control->state = EVRING_STATE_REMOVED;
	expect_record(&r, 0, 0);
	expect_record(&r, 1, 0);
	CHECK_EQ(evring_next(&r, &ev), (u64)-ENODEV);
	CHECK_EQ(evring_peek(&r, &ev), (u64)-ENODEV);
	CHECK_EQ(evring_batch_begin(&r, &b), (u64)-ENODEV);
	evring_close(&r);
	rig_free(&rig);
}

static int take(void *ctx, const struct evring_event *ev)
{
	u64 *taken = ctx;

	(void)ev;
	return ++*taken == 7;
}

static void drain_is_bounded(void)
{
	struct evring r;
	struct rig rig;
	u64 taken = 0;

	rig_make(&rig, RING, BLOCK, 2);
	rig_attach(&rig, &r, EVRING_SEEK_OLDEST, 0);
	rig_emit_many(&rig, 0, LEN, 0, 20);
	CHECK_EQ(evring_drain(&r, take, &taken, 0), 0);
	CHECK_EQ(evring_drain(&r, take, &taken, 5), 5);
	CHECK_EQ(evring_drain(&r, take, &taken, 5), 2);	/* it stopped */
	CHECK_EQ(evring_drain(&r, take, &taken, 100), 13);
	CHECK_EQ(evring_drain(&r, take, &taken, 100), 0);
	CHECK_EQ(taken, 20);
	rig.ring.control->state = EVRING_STATE_REMOVED;
	CHECK_EQ(evring_drain(&r, take, &taken, 100), (u64)-ENODEV);
	evring_close(&r);
	rig_free(&rig);
}

int main(void)
{
	RUN(empty_ring_gives_nothing);
	RUN(records_come_in_order_with_every_size);
	RUN(records_visible_at_once);
	RUN(overrun_is_counted_exactly);
	RUN(no_room_is_counted_exactly);
	RUN(drops_come_where_they_happened);
	RUN(overrun_of_all_blocks_of_a_cpu);
	RUN(too_large_is_counted);
	RUN(frozen_is_counted);
	RUN(discarded_is_skipped_and_counted);
	RUN(removed_is_told_at_the_end);
	RUN(drain_is_bounded);
	return rig_failures != 0;
}
