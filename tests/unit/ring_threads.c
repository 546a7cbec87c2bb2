// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan tsan */
/* timeout: 300 */
/*
 * Threads play CPUs, signals play interrupts that nest to depth 3, and readers of
 * different speeds and ways read along: every record whole and in order, every count
 * exact, however the machine interleaves them.
 */
#include "rig.h"

#define BLOCK	4096U
#define RING	(1U << 16)
#define CPUS	3U
#define LEVELS	4U		/* a thread's own and three of signals */
#define READERS	4U

/* Records attempted by the threads themselves. */
#ifdef EVRING_TSAN_
#define TOTAL	300000U
#else
#define TOTAL	2000000U
#endif

static const int signals[LEVELS] = { 0, SIGUSR1, SIGUSR2, SIGALRM };

static struct rig rig;
static pthread_t producers[CPUS];
static u64 attempts[CPUS];	/* by all levels; one thread's */
static u32 done;

/* The record's number tells its level and its count there. */
static _Thread_local u32 counts[LEVELS];
static _Thread_local u32 seed;

static u32 pick(u32 n)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 16) % n;
}

static void emit_one(u32 level)
{
	u32 cpu = evring_user_cpu, number = level << 28 | counts[level]++, len;
	struct evring_reservation rsv;
	u64 payload[BLOCK / 8];

	len = RIG_PAYLOAD_MIN + (pick(50) ? pick(120) : pick(BLOCK));
	__atomic_fetch_add(&attempts[cpu], 1, __ATOMIC_RELAXED);
	if (pick(4)) {
		rig_fill(payload, len < sizeof(payload) ? len : 16, cpu, number);
		evring_ring_emit(&rig.ring, EVRING_TYPE_GENERATOR, payload, len);
	} else if (!evring_ring_reserve(&rig.ring, EVRING_TYPE_GENERATOR, len, &rsv)) {
		rig_fill(payload, len, cpu, number);
		evring_copy(rsv.payload, payload, len);
		if (pick(5))
			evring_ring_commit(&rig.ring, &rsv);
		else
			evring_ring_discard(&rig.ring, &rsv);
	}
}

static void on_signal(int sig)
{
	u32 level, n;

	for (level = 1; signals[level] != sig; level++)
		;
	for (n = 1 + pick(level == 1 ? 200 : 20); n; n--)
		emit_one(level);
}

static void *produce(void *arg)
{
	u32 i, level;
	sigset_t set;

	evring_user_cpu = (u32)(uintptr_t)arg;
	seed = evring_user_cpu + 1;
	sigemptyset(&set);
	for (level = 1; level < LEVELS; level++)
		sigaddset(&set, signals[level]);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	for (i = 0; i < TOTAL / CPUS; i++)
		emit_one(0);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	__atomic_fetch_add(&done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static bool finished(void)
{
	return __atomic_load_n(&done, __ATOMIC_ACQUIRE) == CPUS;
}

/* What a reader saw of one CPU. */
struct seen {
	u64 seq;		/* next one expected */
	u32 counts[LEVELS];	/* next one expected, or later, of each level */
};

struct reading {
	pthread_t thread;
	struct evring r;
	struct seen seen[CPUS];
	u64 by_cpu[CPUS];	/* received and lost of each */
	u32 way;
	u32 failures;
	u64 overruns;
};

static void fault(struct reading *me, const char *what, u32 cpu, u64 seq)
{
	if (!me->failures++)
		printf("# reader %u, cpu %u, record %llu: %s\n", me->way, cpu,
		       (unsigned long long)seq, what);
}

static void see(struct reading *me, const struct evring_event *ev)
{
	struct seen *s = &me->seen[ev->cpu];
	u32 number, level;

	me->by_cpu[ev->cpu] += ev->count;
	if (ev->kind == EVRING_DROPPED)
		return;
	if (ev->seq < s->seq)
		fault(me, "came twice or out of order", ev->cpu, ev->seq);
	s->seq = ev->seq + ev->count;
	if (ev->kind == EVRING_OVERRUN) {
		me->overruns++;
		return;
	}
	if (!rig_whole(ev->payload, ev->len, ev->cpu, &number)) {
		fault(me, "is not whole", ev->cpu, ev->seq);
		return;
	}
	level = number >> 28;
	number &= (1U << 28) - 1;
	if (level >= LEVELS || number < s->counts[level])
		fault(me, "is not in its writer's order", ev->cpu, ev->seq);
	else
		s->counts[level] = number + 1;
}

static bool read_peek(struct reading *me)
{
	u64 copy[BLOCK / 8];
	struct evring_event ev;
	u32 i;

	if (evring_peek(&me->r, &ev) != 1)
		return false;
	for (i = 0; i < (ev.len + 7) / 8; i++) /* atomically, for ThreadSanitizer */
		copy[i] = READ_ONCE(((const u64 *)ev.payload)[i]);
	if (evring_valid(&me->r, &ev)) {
		ev.payload = copy;
		see(me, &ev);
	}
	evring_advance(&me->r);
	return true;
}

static bool read_batch(struct reading *me)
{
	u64 copy[2 * BLOCK / 8], *to = copy;
	const struct evring_record *record;
	struct evring_event evs[256];
	struct evring_batch b;
	u32 n = 0, i;
	int ret = evring_batch_begin(&me->r, &b);

	if (ret == 2)
		see(me, &b.loss);
	if (ret != 1)
		return ret == 2;
	while (n < 256 && (record = evring_batch_next(&b))) {
		const u64 *from = (const u64 *)(const void *)(record + 1);

		evs[n] = (struct evring_event){ .cpu = b.cpu, .count = 1, .len = b.len,
						.payload = to, .seq = me->seen[b.cpu].seq };
		n++;
		for (i = 0; i < (b.len + 7) / 8; i++)
			*to++ = READ_ONCE(from[i]);
	}
	if (evring_batch_end(&me->r, &b) == 1)
		for (i = 0; i < n; i++) {
			evs[i].seq = me->seen[b.cpu].seq; /* padding has numbers too */
			see(me, &evs[i]);
		}
	return true;
}

static bool read_some(struct reading *me)
{
	struct evring_event ev;

	if (me->way == 2)
		return read_peek(me);
	if (me->way == 3)
		return read_batch(me);
	if (evring_next(&me->r, &ev) != 1)
		return false;
	see(me, &ev);
	return true;
}

static void *reads(void *arg)
{
	struct reading *me = arg;
	bool last;
	u32 n;

	do {
		last = finished();
		for (n = 0; read_some(me); n++)
			if (me->way == 1 && n % 3000 == 0)
				usleep(2000);
	} while (!last);
	return NULL;
}

static void check_reader(struct reading *me, bool batch)
{
	u64 all = 0, got = 0;
	struct evring_stats st;
	u32 cpu;

	evring_get_stats(&me->r, &st);
	for (cpu = 0; cpu < CPUS; cpu++) {
		all += attempts[cpu];
		got += me->by_cpu[cpu];
		if (!batch)
			CHECK_EQ(me->seen[cpu].seq <= rig_accepted(&rig, cpu), 1);
		CHECK_EQ(rig_accepted(&rig, cpu) + evring_ring_drops(&rig.ring, cpu),
			 attempts[cpu]);
	}
	CHECK_EQ(st.received + st.discarded + st.overrun + st.dropped, all);
	CHECK_EQ(got + st.discarded, all);
	CHECK_EQ(me->failures, 0);
	printf("# reader %u: received %llu, discarded %llu, overrun %llu, dropped %llu\n", me->way,
	       (unsigned long long)st.received, (unsigned long long)st.discarded,
	       (unsigned long long)st.overrun, (unsigned long long)st.dropped);
}

static struct reading readings[READERS];

static void run_threads(void)
{
	u32 i, n = 0;

	rig_make(&rig, RING, BLOCK, CPUS);
	for (i = 0; i < READERS; i++) {
		readings[i].way = i;
		rig_attach(&rig, &readings[i].r, EVRING_SEEK_OLDEST,
			   i == 1 ? EVRING_OPT_BLOCK_ORDER : 0);
		pthread_create(&readings[i].thread, NULL, reads, &readings[i]);
	}
	for (i = 0; i < CPUS; i++)
		pthread_create(&producers[i], NULL, produce, (void *)(uintptr_t)i);
	while (!finished()) {
		pthread_kill(producers[n % CPUS], signals[1 + (n / CPUS) % (LEVELS - 1)]);
		if (++n % 16 == 0)
			usleep(50);
	}
	for (i = 0; i < CPUS; i++)
		pthread_join(producers[i], NULL);
	for (i = 0; i < READERS; i++)
		pthread_join(readings[i].thread, NULL);
	printf("# %u signals\n", n);
}

static void every_record_whole_and_counted(void)
{
	u32 i;

	run_threads();
	for (i = 0; i < READERS; i++) {
		check_reader(&readings[i], i == 3);
		evring_close(&readings[i].r);
	}
	rig_free(&rig);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	sigset_t set;
	u32 level;

	/* Signals stay out but for the producers. */
	sigemptyset(&set);
	for (level = 1; level < LEVELS; level++) {
		sigaddset(&set, signals[level]);
		sigaction(signals[level], &sa, NULL);
	}
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	RUN(every_record_whole_and_counted);
	return rig_failures != 0;
}
