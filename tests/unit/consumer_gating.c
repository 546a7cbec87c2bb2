// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan ubsan */
/*
 * Reading without loss by the consumer header, on the test double: what it acknowledges and
 * when, how it tells an eviction, several gating readers, leaving and gating again; and with
 * it the order of delivery that only a channel has, not an image: records held back.
 */
#include "double.h"

#define IN_BLOCK	64U
#define CPUS		2U
#define HOUR		3600000000000ULL

/**
 * struct spy - stands between a reader and its channel and notes what the reader says.
 * @channel: the channel's own ear, and @ask its way in.
 * @acks: acknowledgements.
 * @positions: positions told without acknowledging.
 * @acked: sequence numbers of the last acknowledgement.
 * @interrupt: so many acknowledgements are interrupted by a signal, as it were.
 */
struct spy {
	void *channel;
	int (*ask)(void *channel, const struct evring *r, unsigned long request, void *args);
	uint32_t acks;
	uint32_t positions;
	uint64_t acked[CPUS];
	uint32_t interrupt;
};

static int spy_ask(void *channel, const struct evring *r, unsigned long request, void *args)
{
	const struct evring_position_args *position = args;
	struct spy *spy = channel;

	if (request == EVRING_IOC_ACK) {
		if (spy->interrupt) {
			spy->interrupt--;
			return -EINTR;
		}
		spy->acks++;
		memcpy(spy->acked, (const void *)(uintptr_t)position->seqs,
		       position->ncpus * sizeof(*spy->acked));
	}
	spy->positions += request == EVRING_IOC_POSITION;
	return spy->ask(spy->channel, r, request, args);
}

static void spy_on(struct spy *spy, struct evring *r)
{
	memset(spy, 0, sizeof(*spy));
	spy->channel = r->channel;
	spy->ask = r->ask;
	r->channel = spy;
	r->ask = spy_ask;
}

/* Take @n records by evring_next(); all have to be there. */
static void take_records(struct evring *r, uint64_t n)
{
	struct evring_event ev;

	while (n--) {
		CHECK_EQ(evring_next(r, &ev), 1);
		CHECK_EQ(ev.kind, EVRING_RECORD);
	}
}

static void acknowledges_after_about_an_eighth(void)
{
	struct evring_double *d = make(1, 0);
	uint64_t last = 0, taken;
	struct evring r;
	struct spy spy;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	spy_on(&spy, &r);
	for (taken = 0; taken < 10 * RECORDS; taken++) {
		uint32_t acks = spy.acks;

		CHECK_EQ(emit(d, 0, 0), 0);
		take_records(&r, 1);
		CHECK(spy.acks - acks <= 1);
		if (spy.acks == acks)
			continue;
		/* What was taken before this call, and nothing else. */
		CHECK_EQ(spy.acked[0], taken);
		CHECK(taken - last >= RECORDS / 8 && taken - last <= RECORDS / 8 + 2 * IN_BLOCK);
		last = taken;
	}
	CHECK(taken - last <= RECORDS / 8 + 2 * IN_BLOCK);
	CHECK_EQ(spy.positions, 0);
	evring_close(&r);
	evring_double_destroy(d);
}

static void only_evring_ack_acknowledges_if_so_chosen(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_event ev;
	struct evring_batch b;
	struct evring r;
	struct spy spy;
	uint32_t i;

	attach(d, &r, EVRING_OPT_LOSSLESS | EVRING_OPT_MANUAL_ACK);
	spy_on(&spy, &r);
	emit_many(d, 0, RECORDS);
	take_records(&r, RECORDS / 2);
	CHECK_EQ(evring_peek(&r, &ev), 1);
	CHECK_EQ(evring_batch_begin(&r, &b), 1);
	CHECK_EQ(evring_batch_end(&r, &b), 1);
	CHECK_EQ(evring_position(&r), 1);
	CHECK_EQ(evring_wait(&r, 0), 1);
	CHECK_EQ(spy.acks, 0);
	CHECK_EQ(spy.positions, 2);
	/* Nothing that was taken is let go: as much as before fits, and no more. */
	CHECK_EQ(emit(d, 0, 0), -ENOBUFS);
	for (i = 1; i <= 10; i++) {
		CHECK_EQ(evring_ack(&r), 0);
		CHECK_EQ(spy.acks, i);
		CHECK_EQ(spy.acked[0], RECORDS / 2);
	}
	CHECK(emit_many(d, 0, RECORDS) >= RECORDS / 2 - 2 * IN_BLOCK);
	evring_close(&r);
	evring_double_destroy(d);
}

static void what_is_only_looked_at_is_not_acknowledged(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_event ev;
	struct evring_batch b;
	struct evring r;
	struct spy spy;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	spy_on(&spy, &r);
	emit_many(d, 0, RECORDS / 2);
	take_records(&r, 10);
	CHECK_EQ(evring_peek(&r, &ev), 1);
	CHECK_EQ(ev.seq, 10);
	CHECK_EQ(evring_wait(&r, 0), 1);
	CHECK_EQ(spy.acked[0], 10);
	CHECK(evring_valid(&r, &ev));
	CHECK_EQ(evring_wait(&r, 0), 1);
	CHECK_EQ(spy.acked[0], 10);
	evring_advance(&r);
	CHECK_EQ(evring_wait(&r, 0), 1);
	CHECK_EQ(spy.acked[0], 11);

	CHECK_EQ(evring_batch_begin(&r, &b), 1);
	while (b.at < 0 && evring_batch_next(&b))
		CHECK_EQ(evring_ack(&r), 0);
	CHECK_EQ(spy.acked[0], 11);
	CHECK_EQ(evring_batch_end(&r, &b), 1);
	CHECK_EQ(evring_ack(&r), 0);
	CHECK_EQ(spy.acked[0], IN_BLOCK);

	/* A run left early: what was given is taken, the rest comes again. */
	CHECK_EQ(evring_batch_begin(&r, &b), 1);
	CHECK(evring_batch_next(&b) && evring_batch_next(&b));
	CHECK_EQ(evring_batch_end(&r, &b), 1);
	CHECK_EQ(evring_position(&r), 1);
	CHECK_EQ(spy.acked[0], IN_BLOCK + 2);
	evring_close(&r);
	evring_double_destroy(d);
}

static void a_loss_to_be_told_is_no_reason_to_acknowledge(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_event ev;
	struct evring r;
	struct spy spy;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	spy_on(&spy, &r);
	CHECK_EQ(evring_double_emit(d, 0, EVRING_TYPE_USER, NULL, 70000), -E2BIG);
	CHECK_EQ(evring_peek(&r, &ev), 1);
	CHECK_EQ(ev.kind, EVRING_DROPPED);
	CHECK_EQ(ev.count, 1);
	CHECK_EQ(evring_wait(&r, 0), 0);
	CHECK_EQ(spy.acks, 1);
	CHECK_EQ(spy.acked[0], 0);
	evring_close(&r);
	evring_double_destroy(d);
}

static void an_interrupted_acknowledgement_comes_again(void)
{
	struct evring_double *d = make(1, 0);
	struct evring r;
	struct spy spy;
	uint32_t i;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	spy_on(&spy, &r);
	spy.interrupt = 3;
	/* It is not told where nobody asked for it. */
	for (i = 0; i < RECORDS; i++) {
		CHECK_EQ(emit(d, 0, 0), 0);
		take_records(&r, 1);
	}
	CHECK_EQ(spy.interrupt, 0);
	CHECK(spy.acks >= 4);
	spy.interrupt = 2;
	CHECK_EQ(evring_ack(&r), -EINTR);
	CHECK_EQ(evring_wait(&r, 0), -EINTR);
	CHECK_EQ(evring_ack(&r), 0);
	CHECK_EQ(spy.acked[0], RECORDS);
	evring_close(&r);
	evring_double_destroy(d);
}

/* What came before the gate is not to be acknowledged: it holds for nobody. */
static void before_the_gate_it_only_tells_its_position(void)
{
	struct evring_double *d = make(2, 0);
	struct evring r;
	struct spy spy;

	attach(d, &r, EVRING_OPT_WRITABLE);
	spy_on(&spy, &r);
	emit_many(d, 0, 100);
	emit_many(d, 1, 100);
	CHECK_EQ(evring_gate(&r), 0);
	take_records(&r, 150);
	CHECK_EQ(evring_position(&r), 1);
	CHECK(spy.acks == 0 && spy.positions == 1);
	take_records(&r, 50);
	CHECK_EQ(evring_position(&r), 0);
	CHECK(spy.acks == 1 && spy.positions == 1);
	CHECK(spy.acked[0] == 100 && spy.acked[1] == 100);
	evring_close(&r);
	evring_double_destroy(d);
}

/* Each way of reading tells that the deadline has passed, once, and then goes on. */
static void eviction_is_told_by_each_way_of_reading(void)
{
	enum { NEXT, PEEK, BATCH, POSITION, WAIT, ACK, WAYS } way;

	for (way = NEXT; way < WAYS; way++) {
		struct evring_double *d = make(1, 0);
		uint32_t told = 0, calls;
		int err;
		struct evring_stats st;
		struct evring_event ev;
		struct evring_batch b;
		struct evring r;

		attach(d, &r, EVRING_OPT_LOSSLESS);
		emit_many(d, 0, RECORDS / 2);
		take_records(&r, 5);
		evring_double_evict(d, &r);
		/* It is an observer: the ring goes round. */
		CHECK_EQ(emit_many(d, 0, 3 * RECORDS), 3 * RECORDS);
		for (calls = 0; calls < 8 * RECORDS; calls++) {
			int ret = 0;

			if (way == PEEK) {
				ret = evring_peek(&r, &ev);
				evring_advance(&r);
			} else if (way == BATCH) {
				ret = evring_batch_begin(&r, &b);
				while (ret == 1 && evring_batch_next(&b))
					;
				if (ret == 1)
					evring_batch_end(&r, &b);
			} else {
				/* By the others before anything else was read. */
				if (!calls && way != NEXT)
					ret = way == POSITION ? evring_position(&r) :
					      way == WAIT ? evring_wait(&r, 0) : evring_ack(&r);
				if (!ret)
					ret = evring_next(&r, &ev);
			}
			CHECK(ret >= 0 || ret == -ETIMEDOUT);
			told += ret == -ETIMEDOUT;
		}
		CHECK_EQ(told, 1);
		CHECK_EQ(evring_ack(&r), -EINVAL);
		st = stats(&r);
		CHECK(st.overrun > 0);
		CHECK_EQ(st.dropped, 0);
		CHECK_EQ(st.received + st.overrun, 3 * RECORDS + RECORDS / 2);

		/* Gating again, nothing more is lost. */
		CHECK_EQ(evring_gate(&r), 0);
		emit_many(d, 0, 3 * RECORDS);
		take(&r, 8 * RECORDS, &err);
		CHECK_EQ(stats(&r).overrun, st.overrun);
		CHECK(stats(&r).dropped > 0);
		CHECK_EQ(evring_ack(&r), 0);
		evring_close(&r);
		evring_double_destroy(d);
	}
}

static void the_slowest_of_several_readers_decides(void)
{
	struct evring_double *d = make(1, 0);
	struct evring fast, slow, late;
	uint64_t accepted, attempted;
	int err;

	attach(d, &fast, EVRING_OPT_LOSSLESS);
	attach(d, &slow, EVRING_OPT_LOSSLESS | EVRING_OPT_MANUAL_ACK);
	accepted = emit_many(d, 0, 2 * RECORDS);
	attempted = 2 * RECORDS;
	CHECK(accepted <= RECORDS);
	take(&fast, 4 * RECORDS, &err);
	CHECK_EQ(evring_wait(&fast, 0), 0);
	CHECK_EQ(emit(d, 0, 0), -ENOBUFS);
	/* It starts at what is new: what is full is not its matter, but drops are. */
	attach(d, &late, EVRING_OPT_LOSSLESS);
	take(&slow, RECORDS / 2, &err);
	CHECK_EQ(emit(d, 0, 0), -ENOBUFS);
	CHECK_EQ(evring_ack(&slow), 0);
	attempted += 2 + RECORDS / 4;
	CHECK_EQ(emit_many(d, 0, RECORDS / 4), RECORDS / 4);
	accepted += RECORDS / 4;

	take(&fast, 4 * RECORDS, &err);
	take(&slow, 4 * RECORDS, &err);
	take(&late, 4 * RECORDS, &err);
	CHECK_EQ(stats(&fast).received, accepted);
	CHECK_EQ(stats(&slow).received, accepted);
	CHECK_EQ(stats(&late).received, RECORDS / 4);
	CHECK_EQ(stats(&fast).received + stats(&fast).dropped, attempted);
	CHECK_EQ(stats(&slow).received + stats(&slow).dropped, attempted);
	CHECK_EQ(stats(&late).dropped, 1);
	CHECK_EQ(stats(&fast).overrun + stats(&slow).overrun + stats(&late).overrun, 0);

	/* When it leaves, the next slowest does: it has taken all, and told only some. */
	CHECK(emit_many(d, 0, 2 * RECORDS) <= RECORDS);
	take(&fast, 4 * RECORDS, &err);
	take(&late, 4 * RECORDS, &err);
	CHECK_EQ(evring_ack(&fast), 0);
	CHECK_EQ(evring_ack(&late), 0);
	CHECK_EQ(emit(d, 0, 0), -ENOBUFS);
	CHECK_EQ(evring_ungate(&slow), 0);
	CHECK_EQ(emit_many(d, 0, RECORDS / 2), RECORDS / 2);
	evring_close(&slow);
	evring_close(&late);
	CHECK(emit_many(d, 0, 2 * RECORDS) <= RECORDS);
	evring_close(&fast);
	CHECK_EQ(emit_many(d, 0, 2 * RECORDS), 2 * RECORDS);
	evring_double_destroy(d);
}

static void who_leaves_may_be_overrun_and_may_come_back(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_event ev;
	struct evring r;
	uint64_t gated, next;
	int err;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	emit_many(d, 0, 100);
	take_records(&r, 50);
	CHECK_EQ(evring_ungate(&r), 0);
	CHECK_EQ(evring_ungate(&r), -EINVAL);
	CHECK_EQ(evring_ack(&r), -EINVAL);
	CHECK_EQ(evring_wait(&r, 0), 1);
	CHECK_EQ(emit_many(d, 0, 2 * RECORDS), 2 * RECORDS);
	gated = evring_double_accepted(d, 0);
	CHECK_EQ(evring_gate(&r), 0);
	/* What it had not taken by then may go; nothing of what comes now. */
	CHECK(emit_many(d, 0, 2 * RECORDS) < 2 * RECORDS);
	for (next = 50; evring_next(&r, &ev) == 1 && ev.kind == EVRING_RECORD; next++)
		CHECK(ev.seq == next && next < 100);
	CHECK_EQ(ev.kind, EVRING_OVERRUN);
	CHECK_EQ(ev.seq, next);
	CHECK(ev.seq + ev.count <= gated);
	take(&r, 8 * RECORDS, &err);
	CHECK_EQ(stats(&r).overrun, ev.count);
	CHECK_EQ(stats(&r).received + stats(&r).overrun, evring_double_accepted(d, 0));
	CHECK_EQ(stats(&r).dropped, evring_double_dropped(d, 0));
	evring_close(&r);
	evring_double_destroy(d);
}

/* Where it seeks back, it does not let go less: an acknowledgement is for good. */
static void seeking_back_takes_no_acknowledgement_back(void)
{
	struct evring_double *d = make(1, 0);
	struct evring r;
	uint32_t i;

	attach(d, &r, EVRING_OPT_LOSSLESS);
	for (i = 0; i < 10 * RECORDS; i++) {
		CHECK_EQ(emit(d, 0, 0), 0);
		take_records(&r, 1);
		if (i % 100 == 99) {
			CHECK_EQ(evring_wait(&r, 0), 0);
			CHECK_EQ(evring_seek_seq(&r, 0, i - 50), 0);
			CHECK_EQ(evring_wait(&r, 0), 1);
			take_records(&r, 51);
		}
	}
	CHECK_EQ(stats(&r).overrun, 0);
	evring_close(&r);
	evring_double_destroy(d);
}

static void lossless_in_block_order(void)
{
	struct evring_double *d = make(2, 0);
	uint64_t seqs[2] = { 0, 0 };
	struct evring_event ev;
	struct evring r;
	uint32_t i;

	attach(d, &r, EVRING_OPT_LOSSLESS | EVRING_OPT_BLOCK_ORDER);
	for (i = 0; i < 20 * RECORDS; i++) {
		CHECK_EQ(emit(d, i % 3 == 0, i), 0);
		if (i % 100)
			continue;
		while (evring_next(&r, &ev) == 1) {
			CHECK_EQ(ev.kind, EVRING_RECORD);
			CHECK_EQ(ev.seq, seqs[ev.cpu]++);
		}
	}
	evring_close(&r);
	evring_double_destroy(d);
}

/* --- held back: a channel has a "now" ------------------------------------------------- */

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static void attach_holding(struct evring_double *d, struct evring *r, uint64_t holdback_ns,
			   uint32_t flags)
{
	struct evring_opts o = { .size = sizeof(o), .flags = flags, .holdback_ns = holdback_ns };

	CHECK_EQ(evring_double_attach(d, r, &o), 0);
}

static void emit_at(struct evring_double *d, uint32_t cpu, uint64_t time)
{
	evring_double_set_time(time);
	CHECK_EQ(emit(d, cpu, 0), 0);
}

static void held_back_for_late_comers(void)
{
	struct evring_double *d = make(2, 0);
	uint64_t hold = 50000000, start = now(), seen;
	struct evring_event ev;
	struct evring r;

	attach_holding(d, &r, hold, 0);
	/* Half a second ahead: nothing of it is old enough, however slow this machine. */
	emit_at(d, 0, start + 500000000);
	CHECK_EQ(evring_next(&r, &ev), 0);
	emit_at(d, 1, start + 400000000);
	CHECK_EQ(evring_wait(&r, 0), 0);
	for (seen = 0; seen < 2; ) {
		if (evring_next(&r, &ev) != 1) {
			CHECK(evring_wait(&r, 1000) >= 0);
			continue;
		}
		/* The late one first, neither before its time. */
		CHECK_EQ(ev.cpu, seen ? 0 : 1);
		CHECK(now() >= ev.time + hold);
		seen++;
	}
	evring_close(&r);
	evring_double_destroy(d);
}

static void what_is_held_back_is_not_acknowledged(void)
{
	struct evring_double *d = make(1, 0);
	struct evring_event ev;
	struct evring r;
	struct spy spy;

	attach_holding(d, &r, 1, EVRING_OPT_LOSSLESS);
	spy_on(&spy, &r);
	emit_at(d, 0, 1000);
	emit_at(d, 0, now() + HOUR);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK_EQ(evring_next(&r, &ev), 0);
	CHECK_EQ(evring_peek(&r, &ev), 0);
	CHECK_EQ(evring_position(&r), 1);
	CHECK_EQ(spy.acked[0], 1);
	/* It sleeps for the record, not for the channel, and no longer than it may. */
	CHECK_EQ(evring_wait(&r, 1), 0);
	CHECK_EQ(spy.acks, 1);
	/* The end of the channel is told after its last record. */
	evring_double_remove(d);
	CHECK_EQ(evring_next(&r, &ev), 0);
	evring_close(&r);
	evring_double_destroy(d);
}

static void nothing_is_held_back_where_it_makes_no_sense(void)
{
	struct evring_double_opts none = { .size = sizeof(none), .clock = EVRING_CLOCK_NONE };
	struct evring_double *d = make(2, 0);
	struct evring_event ev;
	struct evring_batch b;
	struct evring r;

	attach_holding(d, &r, HOUR, EVRING_OPT_BLOCK_ORDER);
	emit_at(d, 0, now() + HOUR);
	CHECK_EQ(evring_next(&r, &ev), 1);
	evring_close(&r);

	/* Batches are not ordered, so they do not wait either. */
	attach_holding(d, &r, HOUR, 0);
	CHECK_EQ(evring_next(&r, &ev), 0);
	CHECK_EQ(evring_batch_begin(&r, &b), 1);
	CHECK_EQ(evring_batch_end(&r, &b), 1);
	evring_close(&r);

	CHECK_EQ(evring_open(&r, evring_double_path(d), &(struct evring_opts){
			 .size = sizeof(struct evring_opts), .holdback_ns = HOUR }), 0);
	CHECK_EQ(evring_next(&r, &ev), 1);
	evring_close(&r);
	evring_double_destroy(d);

	d = evring_double_create("none", &none);
	attach_holding(d, &r, HOUR, 0);
	CHECK_EQ(emit(d, 0, 0), 0);
	CHECK_EQ(evring_next(&r, &ev), 1);
	CHECK_EQ(ev.time, 0);
	evring_close(&r);
	evring_double_destroy(d);
}

/* --- several at once ------------------------------------------------------------------ */

#define THREAD_RECORDS	20000U

static struct evring_double *shared;
static uint32_t producing;

static void *produce(void *arg)
{
	uint32_t cpu = *(uint32_t *)arg, i;

	for (i = 0; i < THREAD_RECORDS; i++) {
		/* Let others run, also on one CPU; and have more than drops. */
		if (emit(shared, cpu, i))
			usleep(20);
		else if (i % 256 == 255)
			sched_yield();
	}
	/* Who is last ends it. */
	if (!__atomic_sub_fetch(&producing, 1, __ATOMIC_ACQ_REL))
		evring_double_remove(shared);
	return NULL;
}

/**
 * struct reading - a reader of several.
 * @r: the reader.
 * @pause_us: that it takes over each round.
 * @batches: it reads by batches.
 * @st: what it got.
 * @seqs: sequence numbers expected next.
 * @flaws: events that should not have come, and errors.
 */
struct reading {
	struct evring r;
	useconds_t pause_us;
	bool batches;
	struct evring_stats st;
	uint64_t seqs[CPUS];
	uint64_t flaws;
};

static int read_next(struct reading *reading)
{
	struct evring_event ev;
	int ret = evring_next(&reading->r, &ev);

	if (ret != 1)
		return ret;
	reading->flaws += ev.kind == EVRING_OVERRUN;
	if (ev.kind == EVRING_RECORD)
		reading->flaws += ev.seq != reading->seqs[ev.cpu]++;
	return 1;
}

static int read_batch(struct reading *reading)
{
	struct evring_batch b;
	uint64_t n = 0;
	int ret = evring_batch_begin(&reading->r, &b);

	reading->flaws += ret == 2 && b.loss.kind == EVRING_OVERRUN;
	if (ret != 1)
		return ret;
	reading->flaws += b.seq != reading->seqs[b.cpu];
	while (evring_batch_next(&b))
		n++;
	reading->seqs[b.cpu] += n;
	reading->flaws += evring_batch_end(&reading->r, &b) != 1;
	return 1;
}

static void *read_all(void *arg)
{
	struct reading *reading = arg;
	int ret;

	for (;;) {
		ret = reading->batches ? read_batch(reading) : read_next(reading);
		if (ret < 0)
			break;
		if (ret)
			continue;
		usleep(reading->pause_us);
		reading->flaws += evring_wait(&reading->r, 10000) != 1;
	}
	reading->flaws += ret != -ENODEV;
	evring_get_stats(&reading->r, &reading->st);
	return NULL;
}

static void several_lossless_readers_in_threads(void)
{
	struct reading readings[3] = { { .pause_us = 0 }, { .batches = true, .pause_us = 500 },
				       { .pause_us = 2000 } };
	uint32_t cpus[CPUS] = { 0, 1 }, i;
	pthread_t producers[CPUS], readers[3];

	shared = make(CPUS, 0);
	producing = CPUS;
	for (i = 0; i < 3; i++)
		attach(shared, &readings[i].r, EVRING_OPT_LOSSLESS);
	for (i = 0; i < 3; i++)
		pthread_create(&readers[i], NULL, read_all, &readings[i]);
	for (i = 0; i < CPUS; i++)
		pthread_create(&producers[i], NULL, produce, &cpus[i]);
	for (i = 0; i < CPUS; i++)
		pthread_join(producers[i], NULL);
	for (i = 0; i < 3; i++)
		pthread_join(readers[i], NULL);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(readings[i].flaws, 0);
		CHECK_EQ(readings[i].st.overrun, 0);
		CHECK_EQ(readings[i].st.received, evring_double_accepted(shared, 0) +
						  evring_double_accepted(shared, 1));
		CHECK_EQ(readings[i].st.received + readings[i].st.dropped, CPUS * THREAD_RECORDS);
		evring_close(&readings[i].r);
	}
	printf("# %llu received, %llu dropped\n", (unsigned long long)readings[0].st.received,
	       (unsigned long long)readings[0].st.dropped);
	evring_double_destroy(shared);
}

int main(void)
{
	RUN(acknowledges_after_about_an_eighth);
	RUN(only_evring_ack_acknowledges_if_so_chosen);
	RUN(what_is_only_looked_at_is_not_acknowledged);
	RUN(a_loss_to_be_told_is_no_reason_to_acknowledge);
	RUN(an_interrupted_acknowledgement_comes_again);
	RUN(before_the_gate_it_only_tells_its_position);
	RUN(eviction_is_told_by_each_way_of_reading);
	RUN(the_slowest_of_several_readers_decides);
	RUN(who_leaves_may_be_overrun_and_may_come_back);
	RUN(seeking_back_takes_no_acknowledgement_back);
	RUN(lossless_in_block_order);
	RUN(held_back_for_late_comers);
	RUN(what_is_held_back_is_not_acknowledged);
	RUN(nothing_is_held_back_where_it_makes_no_sense);
	RUN(several_lossless_readers_in_threads);
	return failures != 0;
}
