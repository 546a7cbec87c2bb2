// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan ubsan */
/* Runs of records that are kept in place while others are taken; logs that lack some. */
#include "rig.h"

#define BLOCK	4096U
#define RING	(16 * BLOCK)	/* 16 blocks */
#define LEN	48U		/* records of 64 bytes: 64 in a block */
#define IN_BLOCK 64U
#define KEPT	16U

static struct rig rig;
static struct evring reader;

static void start(u32 ncpus)
{
	rig_make(&rig, RING, BLOCK, ncpus);
	rig_attach(&rig, &reader, EVRING_SEEK_OLDEST, 0);
}

static void stop(void)
{
	evring_close(&reader);
	rig_free(&rig);
}

static void expect_stats(u64 received, u64 overrun, u64 bytes)
{
	struct evring_stats st;

	evring_get_stats(&reader, &st);
	CHECK_EQ(st.received, received);
	CHECK_EQ(st.overrun, overrun);
	CHECK_EQ(st.bytes, bytes);
}

/* Is @x the records of @cpu from @seq on, whole, each numbered as it is counted? */
static void expect_records(const struct evring_extent *x, u32 cpu, u64 seq, u32 count)
{
	u32 i, number;

	CHECK_EQ(x->cpu, cpu);
	CHECK_EQ(x->seq, seq);
	CHECK_EQ(x->count, count);
	CHECK_EQ(x->bytes, count * (LEN + 16));
	for (i = 0; i < count && !rig_failed; i++) {
		CHECK(rig_whole(x->data + i * (LEN + 16) + 16, LEN, cpu, &number));
		CHECK_EQ(number, (u32)seq + i);
	}
}

static void many_are_kept_at_once(void)
{
	struct evring_extent x[KEPT];
	uint64_t seq = 0, drops;
	u32 n = 0;

	start(1);
	rig_emit_many(&rig, 0, LEN, 0, 3 * IN_BLOCK + 10);
	while (n < KEPT && evring_extent_take(&reader, &x[n]) == 1)
		n++;
	CHECK_EQ(n, 4);
	for (; n--; ) {
		expect_records(&x[n], 0, n * IN_BLOCK, n == 3 ? 10 : IN_BLOCK);
		CHECK_EQ(x[n].offset, 0);
		CHECK_EQ(x[n].closed, n < 3);
		CHECK(x[n].ts_begin && !x[n].ts_end == !x[n].closed);
		CHECK_EQ(evring_extent_end(&reader, &x[n]), 1);
	}
	expect_stats(3 * IN_BLOCK + 10, 0, (3 * IN_BLOCK + 10) * 64);
	CHECK_EQ(evring_place(&reader, 0, &seq, &drops), 0);
	CHECK_EQ(seq, 3 * IN_BLOCK + 10);
	CHECK_EQ(evring_place(&reader, 1, &seq, &drops), (u64)-EINVAL);
	CHECK_EQ(evring_extent_take(&reader, &x[0]), 0);
	stop();
}

static void an_open_block_goes_on(void)
{
	struct evring_extent a, b;

	start(1);
	rig_emit_many(&rig, 0, LEN, 0, 10);
	CHECK_EQ(evring_extent_take(&reader, &a), 1);
	rig_emit_many(&rig, 0, LEN, 10, IN_BLOCK);
	CHECK_EQ(evring_extent_take(&reader, &b), 1);
	expect_records(&b, 0, 10, IN_BLOCK - 10);
	CHECK_EQ(b.slot, a.slot);
	CHECK_EQ(b.gen, a.gen);
	CHECK_EQ(b.offset, a.bytes);
	CHECK_EQ(evring_extent_take(&reader, &b), 1);
	expect_records(&b, 0, IN_BLOCK, 10);
	stop();
}

static void overrun_while_it_is_kept(void)
{
	struct evring_extent kept[2], x;
	u64 lost = 0, got = 0, total = 2 * IN_BLOCK;
	int rc;

	start(1);
	rig_emit_many(&rig, 0, LEN, 0, 2 * IN_BLOCK);
	CHECK_EQ(evring_extent_take(&reader, &kept[0]), 1);
	CHECK_EQ(evring_extent_take(&reader, &kept[1]), 1);
	CHECK_EQ(evring_extent_end(&reader, &kept[1]), 1);
	for (; rig.ring.index[kept[0].slot].gen == kept[0].gen; total++)
		rig_emit(&rig, 0, LEN, (u32)total);
	CHECK_EQ(evring_extent_end(&reader, &kept[0]), 0);
	while ((rc = evring_extent_take(&reader, &x)) > 0) {
		if (rc == 2) {
			lost += x.loss.count;
		} else {
			got += x.count;
			CHECK_EQ(evring_extent_end(&reader, &x), 1);
		}
	}
	CHECK_EQ(IN_BLOCK + IN_BLOCK + lost + got, total);
	expect_stats(IN_BLOCK + got, IN_BLOCK + lost, (IN_BLOCK + got) * 64);
	stop();
}

static void losses_come_between(void)
{
	struct evring_extent x;

	start(2);
	rig_emit_many(&rig, 0, LEN, 0, 5);
	rig_emit(&rig, 0, BLOCK, 0);
	CHECK_EQ(evring_extent_take(&reader, &x), 1);
	CHECK_EQ(x.drops, 0);
	CHECK_EQ(evring_extent_take(&reader, &x), 2);
	CHECK_EQ(x.loss.kind, EVRING_DROPPED);
	CHECK_EQ(x.loss.count, 1);
	rig_emit_many(&rig, 0, LEN, 5, 1);
	CHECK_EQ(evring_extent_take(&reader, &x), 1);
	CHECK_EQ(x.drops, 1);
	rig.ring.control->state = EVRING_STATE_REMOVED;
	CHECK_EQ(evring_extent_take(&reader, &x), (u64)-ENODEV);
	stop();
}

/* More records than there is room for, or none at all, in a block that holds something. */
static void damage_is_told(void)
{
	struct evring_extent x;
	u64 *pub;

	start(2);
	rig_emit_many(&rig, 0, LEN, 0, 5);
	rig_emit_many(&rig, 1, LEN, 0, 5);
	pub = &rig.ring.index[evring_pos_slot(rig.ring.cpus[1].w)].pub;
	*pub += 100ULL << EVRING_POS_SEQ_SHIFT;
	CHECK_EQ(evring_extent_take(&reader, &x), (u64)-EBADMSG);
	CHECK_EQ(evring_extent_take(&reader, &x), 1);
	expect_records(&x, 0, 0, 5);
	stop();
}

/* An image that lacks records between two blocks, as a log does that was too slow. */
static void a_log_with_a_gap(void)
{
	struct evring_event ev;
	u64 seq = 0, lost = 0;
	int rc;

	start(1);
	rig_emit_many(&rig, 0, LEN, 0, 4 * IN_BLOCK);
	evring_close(&reader);
	/* The second block goes; the third follows the first. */
	rig.ring.index[0].next_slot = 2;
	rig.ring.index[2].prev_slot = 0;
	rig.ring.index[1].gen = 0;
	rig_attach(&rig, &reader, EVRING_SEEK_OLDEST, 0);
	while ((rc = evring_next(&reader, &ev)) == 1 && !rig_failed) {
		CHECK_EQ(ev.seq, seq);
		seq += ev.count;
		if (ev.kind != EVRING_OVERRUN)
			continue;
		lost += ev.count;
		CHECK_EQ(ev.seq, IN_BLOCK);
	}
	CHECK_EQ(rc, 0);
	CHECK_EQ(seq, 4 * IN_BLOCK);
	CHECK_EQ(lost, IN_BLOCK);
	expect_stats(3 * IN_BLOCK, IN_BLOCK, 3 * IN_BLOCK * 64);
	stop();
}

int main(void)
{
	RUN(many_are_kept_at_once);
	RUN(an_open_block_goes_on);
	RUN(overrun_while_it_is_kept);
	RUN(losses_come_between);
	RUN(damage_is_told);
	RUN(a_log_with_a_gap);
	return rig_failures != 0;
}
