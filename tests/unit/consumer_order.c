// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan ubsan */
/* In what order the consumer header delivers, where it seeks, and reading in place. */
#include "rig.h"

#define BLOCK	4096U
#define RING	(32 * BLOCK)
#define LEN	48U		/* 64 records in a block */
#define CPUS	3U

static struct rig rig;
static struct evring reader;

static void start(u32 flags, u64 holdback_ns)
{
	rig_make(&rig, RING, BLOCK, CPUS);
	rig_attach(&rig, &reader, EVRING_SEEK_OLDEST, flags);
	reader.holdback_ns = holdback_ns; /* images have none: there is no "now" to them */
}

static void finish(void)
{
	evring_close(&reader);
	rig_free(&rig);
}

static void emit_at(u32 cpu, u64 time)
{
	rig_time = time;
	CHECK_EQ(rig_emit(&rig, cpu, LEN, (u32)time), 0);
}

static void expect(u32 cpu, u64 time)
{
	struct evring_event ev;

	CHECK_EQ(evring_next(&reader, &ev), 1);
	CHECK_EQ(ev.kind, EVRING_RECORD);
	CHECK_EQ(ev.cpu, cpu);
	CHECK_EQ(ev.time, time);
	CHECK_EQ(evring_time_ns(&reader, ev.time), time);
}

static void expect_nothing(void)
{
	struct evring_event ev;

	CHECK_EQ(evring_next(&reader, &ev), 0);
}

static void merged_by_time(void)
{
	u32 seed = 1, i;
	u64 t;

	start(0, 0);
	for (t = 1; t <= 1500; t++) {
		seed = seed * 1664525U + 1013904223U;
		emit_at((seed >> 16) % CPUS, t);
	}
	seed = 1;
	for (i = 1; i <= 1500; i++) {
		seed = seed * 1664525U + 1013904223U;
		expect((seed >> 16) % CPUS, i);
	}
	expect_nothing();
	finish();
}

/* Equal time stamps: each record once, those of a CPU in order. */
static void merged_with_equal_times(void)
{
	u64 next[CPUS] = { 0 };
	struct evring_event ev;
	u32 i;

	start(0, 0);
	for (i = 0; i < 900; i++)
		emit_at(i % CPUS, 1000 + i / 100);
	for (i = 0; i < 900; i++) {
		CHECK_EQ(evring_next(&reader, &ev), 1);
		CHECK_EQ(ev.seq, next[ev.cpu]++);
		CHECK_EQ(ev.time, 1000 + i / 100);
	}
	expect_nothing();
	finish();
}

/* A record that became visible late comes, if late, and in its CPU's order. */
static void late_records_come(void)
{
	start(0, 0);
	emit_at(0, 100);
	emit_at(0, 200);
	expect(0, 100);
	emit_at(1, 150);
	expect(0, 200);
	expect(1, 150);
	expect_nothing();
	finish();
}

static void block_order_is_by_cpu(void)
{
	struct evring_event ev;
	u32 i, cpu, changes = 0;

	start(EVRING_OPT_BLOCK_ORDER, 0);
	for (i = 0; i < 300; i++)
		emit_at(i % CPUS, 1000 + i);
	CHECK_EQ(evring_next(&reader, &ev), 1);
	for (i = 1; i < 300; i++) {
		cpu = ev.cpu;
		CHECK_EQ(evring_next(&reader, &ev), 1);
		changes += ev.cpu != cpu;
	}
	CHECK(changes < 12);
	expect_nothing();
	finish();
}

/* No busy CPU keeps the others from being read. */
static void block_order_gives_each_cpu_a_turn(void)
{
	bool seen[CPUS] = { false };
	struct evring_event ev;
	u32 number = 0, i;

	start(EVRING_OPT_BLOCK_ORDER, 0);
	emit_at(1, 5);
	emit_at(2, 5);
	for (i = 0; i < 64 * 64; i++) {
		rig_emit(&rig, 0, LEN, number++);
		CHECK_EQ(evring_next(&reader, &ev), 1);
		seen[ev.cpu] = true;
	}
	CHECK(seen[0] && seen[1] && seen[2]);
	finish();
}

static u64 machine_now(void)
{
	rig_time = 0;
	return evring_clock_read(EVRING_CLOCK_MONOTONIC);
}

/* Young records wait; those of another CPU that were on their way come first. */
static void held_back_until_old(void)
{
	u64 hold = 40000000, now;

	start(0, hold);
	now = machine_now();
	emit_at(0, now);
	expect_nothing();
	emit_at(1, now - 10);
	CHECK(reader.held_until > now);
	while (evring_wait(&reader, 1000) != 1)
		;
	expect(1, now - 10);
	expect(0, now);
	expect_nothing();
	CHECK(machine_now() - now >= hold);
	finish();
}

static void held_back_longer_than_the_clock_has_run(void)
{
	start(0, UINT64_MAX / 2);
	emit_at(0, machine_now());
	expect_nothing();
	finish();
}

static void seek_finds_oldest_latest_and_time(void)
{
	u64 t;

	start(0, 0);
	for (t = 1; t <= 3000; t++)
		emit_at((u32)t % CPUS, 10 * t);
	CHECK_EQ(evring_seek(&reader, EVRING_SEEK_LATEST, 0), 0);
	expect_nothing();
	emit_at(1, 40000);
	expect(1, 40000);
	for (t = 1500; t <= 3000; t += 37) {
		CHECK_EQ(evring_seek(&reader, EVRING_SEEK_TIME, 10 * t - 5), 0);
		expect((u32)t % CPUS, 10 * t);
		expect((u32)(t + 1) % CPUS, 10 * t + 10);
		CHECK_EQ(evring_seek(&reader, EVRING_SEEK_TIME, 10 * t), 0);
		expect((u32)t % CPUS, 10 * t);
	}
	CHECK_EQ(evring_seek(&reader, EVRING_SEEK_TIME, 30001), 0);
	expect(1, 40000);
	expect_nothing();
	CHECK_EQ(evring_seek(&reader, EVRING_SEEK_TIME, 40001), 0);
	expect_nothing();
	emit_at(0, 40002);
	expect(0, 40002);
	expect_nothing();
	finish();
}

/* The oldest there is, on each CPU, all of it, and nothing lost. */
static void seek_oldest_loses_nothing(void)
{
	struct evring_event ev;
	struct evring_stats before, st;
	u64 t, n = 0;

	start(0, 0);
	for (t = 1; t <= 10000; t++)
		emit_at((u32)t % CPUS, t);
	evring_get_stats(&reader, &before);
	CHECK_EQ(evring_seek(&reader, EVRING_SEEK_OLDEST, 0), 0);
	while (evring_next(&reader, &ev) == 1) {
		CHECK_EQ(ev.kind, EVRING_RECORD);
		n++;
	}
	evring_get_stats(&reader, &st);
	CHECK_EQ(st.received - before.received, n);
	CHECK_EQ(st.overrun, 0);
	CHECK(n >= 29 * 64 && n <= 32 * 64);
	CHECK_EQ(evring_seek(&reader, EVRING_SEEK_OLDEST, 1), (u64)-EINVAL);
	CHECK_EQ(evring_seek(&reader, EVRING_SEEK_SEQ, 1), (u64)-EINVAL);
	finish();
}

static void batch_ended_early_gives_the_rest_again(void)
{
	const struct evring_record *record;
	struct evring_stats st;
	struct evring_batch b;
	u32 number, want = 0;
	u32 take = 1;

	start(0, 0);
	rig_emit_many(&rig, 1, LEN, 0, 1000);
	while (evring_batch_begin(&reader, &b) == 1) {
		u32 i;

		CHECK_EQ(b.cpu, 1);
		CHECK_EQ(b.seq, want);
		for (i = 0; i < take && (record = evring_batch_next(&b)); i++) {
			CHECK_EQ(b.len, LEN);
			CHECK(rig_whole(record + 1, b.len, 1, &number));
			CHECK_EQ(number, want);
			want++;
		}
		CHECK_EQ(evring_batch_end(&reader, &b), 1);
		take = (take * 7 + 3) % 90;
	}
	CHECK_EQ(want, 1000);
	evring_get_stats(&reader, &st);
	CHECK_EQ(st.received, 1000);
	CHECK_EQ(st.bytes, 64000);
	finish();
}

static void batch_overrun_is_told(void)
{
	struct evring_batch b;

	start(0, 0);
	rig_emit_many(&rig, 0, LEN, 0, 100);
	CHECK_EQ(evring_batch_begin(&reader, &b), 1);
	CHECK(evring_batch_next(&b) != NULL);
	rig_emit_many(&rig, 0, LEN, 0, 40 * 64 - 100);
	CHECK(evring_batch_next(&b) != NULL);
	CHECK_EQ(evring_batch_end(&reader, &b), 0);
	CHECK_EQ(evring_batch_begin(&reader, &b), 2);
	CHECK_EQ(b.loss.kind, EVRING_OVERRUN);
	CHECK_EQ(b.loss.seq, 0);
	CHECK_EQ(b.loss.count, 8 * 64);
	CHECK_EQ(evring_batch_begin(&reader, &b), 1);
	CHECK_EQ(b.seq, 8 * 64);
	finish();
}

static void peek_valid_advance(void)
{
	struct evring_event ev, again;
	struct evring_stats st;
	u32 number, i;

	start(0, 0);
	rig_emit_many(&rig, 0, LEN, 0, 100);
	for (i = 0; i < 100; i++) {
		CHECK_EQ(evring_peek(&reader, &ev), 1);
		CHECK_EQ(evring_peek(&reader, &again), 1);
		CHECK(ev.payload == again.payload && ev.seq == again.seq);
		CHECK(rig_whole(ev.payload, ev.len, 0, &number));
		CHECK_EQ(number, i);
		if (i % 2)
			CHECK(evring_valid(&reader, &ev));
		evring_advance(&reader);
		evring_advance(&reader); /* no more than one step */
	}
	CHECK_EQ(evring_peek(&reader, &ev), 0);
	evring_get_stats(&reader, &st);
	CHECK_EQ(st.received, 100);

	/* What evring_next() took is not advanced past again. */
	rig_emit_many(&rig, 0, LEN, 100, 3);
	CHECK_EQ(evring_peek(&reader, &ev), 1);
	CHECK_EQ(evring_next(&reader, &ev), 1);
	evring_advance(&reader);
	CHECK_EQ(evring_next(&reader, &ev), 1);
	CHECK_EQ(ev.seq, 101);
	finish();
}

static void overrun_between_peek_and_valid(void)
{
	struct evring_event ev;
	struct evring_stats st;

	start(0, 0);
	rig_emit_many(&rig, 0, LEN, 0, 70);
	CHECK_EQ(evring_peek(&reader, &ev), 1);
	CHECK(evring_valid(&reader, &ev));
	evring_advance(&reader);
	CHECK_EQ(evring_peek(&reader, &ev), 1);
	CHECK_EQ(ev.seq, 1);
	rig_emit_many(&rig, 0, LEN, 70, 35 * 64 - 70);
	CHECK(!evring_valid(&reader, &ev));
	evring_advance(&reader);
	CHECK_EQ(evring_peek(&reader, &ev), 1);
	CHECK_EQ(ev.kind, EVRING_OVERRUN);
	CHECK_EQ(ev.seq, 1);
	CHECK_EQ(ev.count, 3 * 64 - 1);
	CHECK(evring_valid(&reader, &ev));
	evring_advance(&reader);
	CHECK_EQ(evring_peek(&reader, &ev), 1);
	CHECK_EQ(ev.seq, 3 * 64);
	evring_get_stats(&reader, &st);
	CHECK_EQ(st.received, 1);
	CHECK_EQ(st.overrun, 3 * 64 - 1);
	finish();
}

/* It is asked again after the ring went round: the last answer counts. */
static void found_whole_and_then_not(void)
{
	struct evring_event ev;
	struct evring_stats st;

	start(0, 0);
	rig_emit_many(&rig, 0, LEN, 0, 70);
	CHECK_EQ(evring_peek(&reader, &ev), 1);
	CHECK(evring_valid(&reader, &ev));
	rig_emit_many(&rig, 0, LEN, 70, 35 * 64 - 70);
	CHECK(!evring_valid(&reader, &ev));
	evring_advance(&reader);
	evring_get_stats(&reader, &st);
	CHECK_EQ(st.received, 0);
	CHECK_EQ(evring_next(&reader, &ev), 1);
	CHECK_EQ(ev.kind, EVRING_OVERRUN);
	CHECK_EQ(ev.seq, 0);
	CHECK_EQ(ev.count, 3 * 64);
	finish();
}

int main(void)
{
	RUN(merged_by_time);
	RUN(merged_with_equal_times);
	RUN(late_records_come);
	RUN(block_order_is_by_cpu);
	RUN(block_order_gives_each_cpu_a_turn);
	RUN(held_back_until_old);
	RUN(held_back_longer_than_the_clock_has_run);
	RUN(seek_finds_oldest_latest_and_time);
	RUN(seek_oldest_loses_nothing);
	RUN(batch_ended_early_gives_the_rest_again);
	RUN(batch_overrun_is_told);
	RUN(peek_valid_advance);
	RUN(overrun_between_peek_and_valid);
	RUN(found_whole_and_then_not);
	return rig_failures != 0;
}
