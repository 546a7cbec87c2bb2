// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan tsan */
/*
 * The test double, and by it what the consumer header does with ioctls: reading without
 * loss, acknowledging, being evicted, freezing, waiting.
 */
#include "double.h"

static void nobody_else_writes(void)
{
	struct evring_double *d = make(2, 0);
	size_t len;
	const void *map = evring_double_map(d, &len);
	int fd = open(evring_double_path(d), O_RDWR | O_CLOEXEC);

	CHECK(fd >= 0 && map && len == d->layout.map_size);
	CHECK(mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK_EQ(errno, EPERM);
	CHECK_EQ(write(fd, "x", 1), -1);
	CHECK_EQ(ftruncate(fd, 0), -1);
	CHECK_EQ(mprotect((void *)(uintptr_t)map, len, PROT_READ | PROT_WRITE), -1);
	close(fd);
	evring_double_destroy(d);
}

static void reserve_commit_discard(void)
{
	struct evring_double_reservation rsv, nested;
	struct evring_double *d = make(2, 0);
	struct evring_event ev;
	struct evring r;

	attach(d, &r, 0);
	evring_double_set_time(1234);
	CHECK_EQ(evring_double_reserve(d, 1, EVRING_TYPE_USER, 5, &rsv), 0);
	CHECK_EQ(evring_double_reserve(d, 1, EVRING_TYPE_USER, 3, &nested), 0);
	CHECK_EQ(evring_next(&r, &ev), 0);
	evring_double_discard(d, &nested);
	memcpy(rsv.payload, "hello", 5);
	evring_double_commit(d, &rsv);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK(ev.cpu == 1 && ev.len == 5 && ev.time == 1234 && !memcmp(ev.payload, "hello", 5));
	CHECK_EQ(evring_next(&r, &ev), 0);
	CHECK_EQ(stats(&r).discarded, 1);
	CHECK_EQ(evring_double_emit(d, 0, EVRING_TYPE_USER, NULL, 70000), -E2BIG);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK(ev.kind == EVRING_DROPPED && ev.count == 1);
	CHECK_EQ(evring_double_accepted(d, 1), 2);
	CHECK_EQ(evring_double_dropped(d, 0), 1);
	evring_close(&r);
	evring_double_destroy(d);
}

static void opened_by_its_path(void)
{
	struct evring_double *d = make(2, 0);
	struct evring r;
	int err;

	emit_many(d, 0, 10);
	CHECK_EQ(evring_open(&r, evring_double_path(d), NULL), 0);
	CHECK_EQ(take(&r, 100, &err), 10);
	emit_many(d, 1, 10);
	CHECK_EQ(take(&r, 100, &err), 10);
	CHECK_EQ(evring_wait(&r, 0), -EBADF);
	CHECK_EQ(evring_gate(&r), -EBADF);
	CHECK_EQ(evring_watermark(&r, 1, 1), -EBADF);
	CHECK_EQ(evring_freeze(&r), -EBADF);
	evring_double_remove(d);
	take(&r, 100, &err);
	CHECK_EQ(err, -ENODEV);
	evring_close(&r);
	evring_double_destroy(d);
}

static void lossless_drops_and_loses_nothing(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_stats st;
	struct evring r;
	uint64_t accepted;
	int err;

	emit_many(d, 0, 100);
	attach(d, &r, EVRING_OPT_LOSSLESS);
	accepted = emit_many(d, 0, 2 * RECORDS);
	CHECK(accepted > RECORDS / 2 && accepted < RECORDS);
	CHECK_EQ(emit(d, 0, 0), -ENOBUFS);
	/* It acknowledges by itself: there is room again. */
	CHECK_EQ(take(&r, RECORDS / 2, &err), RECORDS / 2);
	CHECK(emit_many(d, 0, RECORDS / 4) == RECORDS / 4);
	take(&r, 2 * RECORDS, &err);
	st = stats(&r);
	CHECK_EQ(st.overrun, 0);
	CHECK_EQ(st.received, accepted + RECORDS / 4);
	CHECK_EQ(st.received + st.dropped, 2 * RECORDS + 1 + RECORDS / 4);
	evring_close(&r);
	/* Nobody gates any more. */
	CHECK_EQ(emit_many(d, 0, 2 * RECORDS), 2 * RECORDS);
	evring_double_destroy(d);
}

static void observers_beside_it(void)
{
	struct evring_double *d = make(1, 0);
	struct evring gating, observer;
	int err;

	attach(d, &observer, 0);
	attach(d, &gating, EVRING_OPT_LOSSLESS);
	emit_many(d, 0, 4 * RECORDS);
	take(&observer, 8 * RECORDS, &err);
	CHECK(stats(&observer).dropped > 0);
	CHECK_EQ(stats(&observer).received + stats(&observer).dropped, 4 * RECORDS);
	/* What an observer takes frees nothing. */
	CHECK_EQ(emit(d, 0, 0), -ENOBUFS);
	CHECK_EQ(evring_ack(&observer), -EINVAL);
	evring_close(&observer);
	evring_close(&gating);
	evring_double_destroy(d);
}

static void manual_ack(void)
{
	struct evring_double *d = make(1, 0);
	struct evring r;
	int err;

	attach(d, &r, EVRING_OPT_LOSSLESS | EVRING_OPT_MANUAL_ACK);
	emit_many(d, 0, 2 * RECORDS);
	take(&r, 2 * RECORDS, &err);
	CHECK_EQ(evring_wait(&r, 0), 0);
	CHECK_EQ(emit(d, 0, 0), -ENOBUFS);
	CHECK_EQ(evring_ack(&r), 0);
	CHECK_EQ(emit(d, 0, 0), 0);
	CHECK_EQ(evring_wait(&r, 0), 1);
	evring_close(&r);
	evring_double_destroy(d);
}

static void waiting_acknowledges(void)
{
	struct evring_double *d = make(1, 0);
	struct evring r;
	int err, i;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	for (i = 0; i < 100; i++) {
		CHECK_EQ(emit_many(d, 0, RECORDS / 2), RECORDS / 2);
		CHECK_EQ(evring_wait(&r, 0), 1);
		CHECK_EQ(take(&r, RECORDS, &err), RECORDS / 2);
		CHECK_EQ(evring_wait(&r, 0), 0);
	}
	CHECK_EQ(stats(&r).overrun, 0);
	evring_close(&r);
	evring_double_destroy(d);
}

static void batches_acknowledge(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_batch b;
	struct evring r;
	uint32_t n = 0, i;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	for (i = 0; i < 1000; i++) {
		CHECK_EQ(emit_many(d, 0, 200), 200);
		while (evring_batch_begin(&r, &b) == 1) {
			while (evring_batch_next(&b))
				n++;
			CHECK_EQ(evring_batch_end(&r, &b), 1);
		}
	}
	CHECK_EQ(n, 200000);
	evring_close(&r);
	evring_double_destroy(d);
}

static int count_event(void *ctx, const struct evring_event *ev)
{
	(void)ev;
	++*(uint64_t *)ctx;
	return 0;
}

static void eviction_is_told_once(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_event ev;
	uint64_t n = 0;
	struct evring r;
	long got;
	int err, told;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	evring_double_evict(d, &r);
	CHECK_EQ(evring_wait(&r, 0), -ETIMEDOUT);
	CHECK_EQ(evring_wait(&r, 0), 0);
	CHECK_EQ(evring_ack(&r), -EINVAL);
	CHECK_EQ(emit_many(d, 0, 4 * RECORDS), 4 * RECORDS);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK_EQ(ev.kind, EVRING_OVERRUN);

	/* By evring_next(), where it acknowledges by itself. */
	CHECK_EQ(evring_gate(&r), 0);
	evring_double_evict(d, &r);
	for (told = 0, err = 1; err;) {
		err = evring_next(&r, &ev);
		told += err == -ETIMEDOUT;
		CHECK(err >= 0 || err == -ETIMEDOUT);
	}
	CHECK_EQ(told, 1);

	/* By evring_drain(), even if it gave something before. */
	CHECK_EQ(evring_gate(&r), 0);
	emit_many(d, 0, RECORDS / 2);
	evring_double_evict(d, &r);
	for (told = 0, got = 1; got;) {
		got = evring_drain(&r, count_event, &n, 1000000);
		told += got == -ETIMEDOUT;
		CHECK(got >= 0 || got == -ETIMEDOUT);
	}
	CHECK_EQ(told, 1);
	CHECK_EQ(n, RECORDS / 2);

	/* By evring_ack(). */
	CHECK_EQ(evring_gate(&r), 0);
	evring_double_evict(d, &r);
	CHECK_EQ(evring_ack(&r), -ETIMEDOUT);
	CHECK_EQ(evring_next(&r, &ev), 0);
	evring_close(&r);
	evring_double_destroy(d);
}

static void gate_and_leave(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_opts o = { .size = sizeof(o), .flags = EVRING_OPT_LOSSLESS };
	struct evring r;
	size_t len;
	const void *map = evring_double_map(d, &len);
	int err;

	CHECK_EQ(evring_attach(&r, map, len, &o), -EBADF);
	attach(d, &r, 0);
	CHECK_EQ(evring_gate(&r), -EBADF);
	CHECK_EQ(evring_freeze(&r), -EBADF);
	evring_close(&r);

	attach(d, &r, EVRING_OPT_WRITABLE);
	CHECK_EQ(evring_ungate(&r), -EINVAL);
	emit_many(d, 0, 100);
	CHECK_EQ(take(&r, 10, &err), 10);
	/* What was there before is still delivered. */
	CHECK_EQ(evring_gate(&r), 0);
	CHECK_EQ(evring_gate(&r), -EALREADY);
	emit_many(d, 0, 100);
	CHECK_EQ(take(&r, 1000, &err), 190);
	CHECK_EQ(evring_ungate(&r), 0);
	CHECK_EQ(evring_ack(&r), -EINVAL);
	CHECK_EQ(emit_many(d, 0, 2 * RECORDS), 2 * RECORDS);
	evring_close(&r);
	evring_double_destroy(d);
}

static void watermark_options(void)
{
	struct evring_opts o = { .size = sizeof(o), .watermark_bytes = 4096 };
	struct evring_double *d = make(1, 0);
	struct evring r;

	CHECK_EQ(evring_double_attach(d, &r, &o), 0);
	CHECK_EQ(evring_watermark(&r, BLOCKS * 4096, 0), -ERANGE);
	evring_close(&r);
	o.watermark_bytes = BLOCKS * 4096;
	CHECK_EQ(evring_double_attach(d, &r, &o), -ERANGE);
	/* A caller compiled before there were watermarks. */
	o.size = offsetof(struct evring_opts, watermark_bytes);
	CHECK_EQ(evring_double_attach(d, &r, &o), 0);
	evring_close(&r);
	o.size = sizeof(o);
	o.flags = EVRING_OPT_MANUAL_ACK << 1;
	CHECK_EQ(evring_double_attach(d, &r, &o), -EINVAL);
	evring_double_destroy(d);
}

static void frozen_image_is_consistent(void)
{
	struct evring_double *d = make(2, 0);
	struct evring r, live, copy;
	struct evring_event a, b;
	uint64_t n = 0;
	size_t len;
	const void *map = evring_double_map(d, &len);
	void *image = aligned_alloc(4096, len);
	int err;

	attach(d, &r, EVRING_OPT_WRITABLE);
	emit_many(d, 0, 300);
	emit_many(d, 1, 300);
	CHECK_EQ(evring_freeze(&r), 0);
	CHECK_EQ(evring_freeze(&r), 0);
	memcpy(image, map, len);
	CHECK_EQ(evring_attach(&copy, image, len, NULL), 0);
	CHECK(evring_control_page(&copy)->state & EVRING_STATE_FROZEN);
	attach(d, &live, 0);
	while (evring_next(&copy, &a) == 1 && n < 10000) {
		CHECK_EQ(evring_next(&live, &b), 1);
		CHECK(a.cpu == b.cpu && a.seq == b.seq && a.len == b.len && a.kind == b.kind &&
		      !memcmp(a.payload, b.payload, a.len));
		n++;
	}
	CHECK_EQ(n, 600);
	CHECK_EQ(emit(d, 0, 0), -EROFS);
	CHECK_EQ(emit(d, 1, 0), -EROFS);
	CHECK(!memcmp(image, map, 512) && !memcmp((char *)image + 4096, (char *)(uintptr_t)map + 4096,
						  len - 4096));
	CHECK_EQ(evring_thaw(&r), 0);
	CHECK_EQ(evring_thaw(&r), 0);
	CHECK_EQ(emit(d, 0, 7), 0);
	take(&r, 10000, &err);
	CHECK_EQ(stats(&r).received, 601);
	CHECK_EQ(stats(&r).dropped, 2);
	evring_close(&copy);
	evring_close(&live);
	evring_close(&r);
	free(image);
	evring_double_destroy(d);
}

static void seek_to_a_sequence_number(void)
{
	struct evring_double *d = make(2, 0);
	struct evring_event ev;
	struct evring r;
	int err;

	attach(d, &r, 0);
	emit_many(d, 0, 300);
	emit_many(d, 1, 10);
	take(&r, 1000, &err);
	CHECK_EQ(evring_seek_seq(&r, 2, 0), -EINVAL);
	CHECK_EQ(evring_seek_seq(&r, 0, 170), 0);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK(ev.kind == EVRING_RECORD && ev.cpu == 0 && ev.seq == 170);
	CHECK_EQ(take(&r, 1000, &err), 129);
	/* Beyond the end, and at it. */
	CHECK_EQ(evring_seek_seq(&r, 0, 1000000), 0);
	CHECK_EQ(evring_next(&r, &ev), 0);
	CHECK_EQ(evring_seek_seq(&r, 0, 300), 0);
	CHECK_EQ(evring_next(&r, &ev), 0);
	emit(d, 0, 1);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK_EQ(ev.seq, 300);
	CHECK_EQ(stats(&r).received, 310 + 130 + 1);
	/* What is gone is told. */
	emit_many(d, 0, 4 * RECORDS);
	CHECK_EQ(evring_seek_seq(&r, 0, 10), 0);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK_EQ(ev.kind, EVRING_OVERRUN);
	CHECK_EQ(ev.seq, 10);
	CHECK_EQ(take(&r, 100000, &err) + ev.count, 4 * RECORDS + 301 - 10);
	evring_close(&r);
	evring_double_destroy(d);
}

static void partitions_keep_a_flood_apart(void)
{
	struct evring_double *d = make(4, EVRING_CREATE_PARTITIONED);
	struct evring r;
	int err;

	attach(d, &r, 0);
	emit_many(d, 1, 100);
	emit_many(d, 0, 10 * RECORDS);
	take(&r, 100000, &err);
	CHECK_EQ(r.cursors[1].seq, 100);
	CHECK(stats(&r).overrun > 8 * RECORDS && stats(&r).received > 100);
	CHECK_EQ(stats(&r).received + stats(&r).overrun, 10 * RECORDS + 100);
	evring_close(&r);

	/* One that only polls acknowledges in time for a CPU's own part, too. */
	attach(d, &r, EVRING_OPT_LOSSLESS);
	for (err = 0; err < 1000; err++) {
		CHECK_EQ(emit_many(d, 0, 64), 64);
		while (evring_next(&r, &(struct evring_event){ 0 }) == 1)
			;
	}
	evring_close(&r);
	evring_double_destroy(d);
}

/* Two producers, a reader that gates and sleeps, and one that freezes now and then. */

#define THREAD_RECORDS	100000U

static struct evring_double *shared;
static uint32_t producing;

static void *produce(void *arg)
{
	uint32_t cpu = *(uint32_t *)arg, i;

	for (i = 0; i < THREAD_RECORDS; i++) {
		emit(shared, cpu, i);
		/* Let others run, also on one CPU. */
		if (i % 512 == 511)
			sched_yield();
	}
	__atomic_sub_fetch(&producing, 1, __ATOMIC_RELEASE);
	evring_double_remove(shared);
	return NULL;
}

static void *freeze_now_and_then(void *arg)
{
	struct evring r;

	(void)arg;
	attach(shared, &r, EVRING_OPT_WRITABLE);
	while (__atomic_load_n(&producing, __ATOMIC_ACQUIRE)) {
		evring_freeze(&r);
		evring_thaw(&r);
		usleep(2000);
	}
	evring_close(&r);
	return NULL;
}

static void threads(void)
{
	uint32_t cpus[2] = { 0, 1 };
	pthread_t producers[2], freezer;
	struct evring_event ev;
	uint64_t seqs[2] = { 0, 0 };
	struct evring_stats st;
	struct evring r;
	int err, i, removed = 0;

	shared = make(2, 0);
	producing = 2;
	attach(shared, &r, EVRING_OPT_LOSSLESS);
	for (i = 0; i < 2; i++)
		pthread_create(&producers[i], NULL, produce, &cpus[i]);
	pthread_create(&freezer, NULL, freeze_now_and_then, NULL);
	for (;;) {
		while ((err = evring_next(&r, &ev)) == 1) {
			CHECK(ev.kind != EVRING_OVERRUN && ev.cpu < 2);
			if (ev.kind == EVRING_RECORD)
				CHECK_EQ(ev.seq, seqs[ev.cpu]++);
		}
		/* Removed by who was first: the other may go on for a while. */
		if (err && removed)
			break;
		removed = !__atomic_load_n(&producing, __ATOMIC_ACQUIRE);
		if (!err)
			CHECK(evring_wait(&r, 10000) == 1);
	}
	for (i = 0; i < 2; i++)
		pthread_join(producers[i], NULL);
	pthread_join(freezer, NULL);
	st = stats(&r);
	CHECK_EQ(st.overrun, 0);
	CHECK_EQ(st.received + st.dropped, 2 * THREAD_RECORDS);
	printf("# %llu received, %llu dropped\n", (unsigned long long)st.received,
	       (unsigned long long)st.dropped);
	evring_close(&r);
	evring_double_destroy(shared);
}

int main(void)
{
	RUN(nobody_else_writes);
	RUN(reserve_commit_discard);
	RUN(opened_by_its_path);
	RUN(lossless_drops_and_loses_nothing);
	RUN(observers_beside_it);
	RUN(manual_ack);
	RUN(waiting_acknowledges);
	RUN(batches_acknowledge);
	RUN(eviction_is_told_once);
	RUN(gate_and_leave);
	RUN(watermark_options);
	RUN(frozen_image_is_consistent);
	RUN(seek_to_a_sequence_number);
	RUN(partitions_keep_a_flood_apart);
	RUN(threads);
	return failures != 0;
}
