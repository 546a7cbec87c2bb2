// SPDX-License-Identifier: GPL-2.0
/*
 * Soak: random readers over random producers, for as long as is asked for.
 *
 *	soak [SECONDS [SEED]]
 *
 * In each epoch several channels are made, pooled or partitioned, of random geometry, with or without
 * a deadline for readers that gate. Generators emit into them from tasks and interrupts, random sizes,
 * rates and CPUs. On each channel an observer of the map and one by read() stay for the epoch. Others
 * join anywhere, read in all ways, wait, seek, gate and leave, or die by SIGKILL; one freezes channels,
 * takes an image, reads it and thaws.
 *
 * Held, else it is a violation: every record is whole, byte for byte, and in its place; of each reader
 * every sequence number is accounted for; on each CPU received + overrun + dropped is what was attempted
 * (I4); nothing is overrun for a reader that gates (I7); an image does not change while frozen; what the
 * header counts is what it gave; nobody is left asleep.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define CPUS TALLY_CPUS
#define CHANNELS 3
#define JOINERS 5
#define RUNS 2
#define SECONDS 15

/* What all processes add to. */
static struct {
	uint64_t checked, lost, dropped, identities, violations;
	uint64_t epochs, readers, killed, seeks, gates, evictions, freezes, images, waits;
	/* Per channel: */
	struct {
		uint32_t quiet;		/* nothing will be emitted any more */
		uint64_t attempted[CPUS];
		uint64_t emitted, failed;	/* as the generators themselves say */
	} channel[CHANNELS];
	uint32_t over;			/* the epoch */
} *all;

static char *names[CHANNELS];
static uint64_t rnd;
static uint64_t epoch;

static uint64_t below(uint64_t n)
{
	return random_next(&rnd) % n;
}

static void add(uint64_t *to, uint64_t n)
{
	__atomic_add_fetch(to, n, __ATOMIC_RELAXED);
}

__attribute__((format(printf, 1, 2)))
static void violation(const char *why, ...)
{
	char text[300];
	va_list ap;

	add(&all->violations, 1);
	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	printf("violation in epoch %llu: %s\n", (unsigned long long)epoch, text);
	fflush(stdout);
}

/* --- what a reader got ----------------------------------------------------------- */

/**
 * struct account - of one reader.
 * @cpu: for each CPU: the sequence number expected next, the youngest time, and since the reader
 *	opened: received, overrun, dropped.
 * @who: for messages.
 * @lossless: an overrun is a violation, unless it is told next that the reader gates no more.
 * @overrun: there was one nevertheless.
 * @flawed: a violation was told already.
 */
struct account {
	struct {
		uint64_t seq, time, received, overrun, dropped;
	} cpu[CPUS];
	const char *who;
	bool lossless;
	bool overrun;
	bool flawed;
};

static void flaw(struct account *a, uint32_t cpu, uint64_t seq, const char *why)
{
	if (!a->flawed)
		violation("%s, CPU %u, sequence number %llu: %s", a->who, cpu, (unsigned long long)seq,
			  why);
	a->flawed = true;
}

/* What is wrong with a record, or NULL. */
static const char *wrong(const struct account *a, uint32_t cpu, uint64_t seq, uint64_t time,
			 uint32_t type, const void *p, uint32_t bytes)
{
	if (cpu >= CPUS || type != EVRING_TYPE_GENERATOR)
		return "not a record of the generator's";
	if (seq != a->cpu[cpu].seq)
		return "it is not the one that comes next";
	if (time < a->cpu[cpu].time)
		return "it is older than the one before it";
	return generator_flaw(cpu, p, bytes, 0, 0);
}

static void take(struct account *a, uint32_t cpu, uint64_t seq, uint64_t time, const char *why)
{
	if (why)
		flaw(a, cpu, seq, why);
	if (cpu >= CPUS)
		return;
	a->cpu[cpu].seq = seq + 1;
	a->cpu[cpu].time = time;
	a->cpu[cpu].received++;
}

static void take_loss(struct account *a, bool overrun, uint32_t cpu, uint64_t seq, uint64_t count)
{
	if (cpu >= CPUS || !count) {
		flaw(a, cpu, seq, "a loss of nothing, or nowhere");
		return;
	}
	if (!overrun) {
		a->cpu[cpu].dropped += count;
		return;
	}
	if (seq != a->cpu[cpu].seq)
		flaw(a, cpu, seq, "an overrun does not start where the records ended");
	a->overrun = a->lossless;
	a->cpu[cpu].seq = seq + count;
	a->cpu[cpu].overrun += count;
}

static void take_event(struct account *a, const struct evring_event *ev)
{
	if (ev->kind == EVRING_RECORD)
		take(a, ev->cpu, ev->seq, ev->time, wrong(a, ev->cpu, ev->seq, ev->time, ev->type,
							   ev->payload, ev->len));
	else
		take_loss(a, ev->kind == EVRING_OVERRUN, ev->cpu, ev->seq, ev->count);
}

/* The reader stands where its cursors say: after it was opened, or a seek. */
static void rebase(struct account *a, const struct evring *r)
{
	for (uint32_t cpu = 0; cpu < r->ncpus && cpu < CPUS; cpu++) {
		a->cpu[cpu].seq = r->cursors[cpu].seq;
		a->cpu[cpu].time = 0;
	}
}

static uint64_t sum_of(const struct account *a, int which)
{
	uint64_t sum = 0;

	for (int i = 0; i < CPUS; i++)
		sum += which == 0 ? a->cpu[i].received : which == 1 ? a->cpu[i].overrun :
		       a->cpu[i].dropped;
	return sum;
}

static void settle(const struct account *a)
{
	add(&all->checked, sum_of(a, 0));
	add(&all->lost, sum_of(a, 1));
	add(&all->dropped, sum_of(a, 2));
}

/* --- ways of reading --------------------------------------------------------------- */

static int by_next(struct evring *r, struct account *a)
{
	struct evring_event ev;
	int n = 0, got = 0;

	while (n < 500 && (got = evring_next(r, &ev)) == 1) {
		take_event(a, &ev);
		n++;
	}
	return n && got != -ETIMEDOUT ? n : got;
}

static int by_peek(struct evring *r, struct account *a)
{
	struct evring_event ev;
	int n = 0, got = 0;

	while (n < 500 && (got = evring_peek(r, &ev)) == 1) {
		const char *why = NULL;

		n++;
		if (ev.kind == EVRING_RECORD) {
			why = wrong(a, ev.cpu, ev.seq, ev.time, ev.type, ev.payload, ev.len);
			if (evring_valid(r, &ev))
				take(a, ev.cpu, ev.seq, ev.time, why);
		} else {
			take_event(a, &ev);
		}
		evring_advance(r);
	}
	return n && got != -ETIMEDOUT ? n : got;
}

static int by_batch(struct evring *r, struct account *a)
{
	static struct account before;
	const struct evring_record *record;
	const char *why = NULL, *first = NULL;
	struct evring_batch b;
	int got = evring_batch_begin(r, &b);
	uint64_t seq, at = 0;

	if (got == 2)
		take_event(a, &b.loss);
	if (got != 1)
		return got;
	before.cpu[b.cpu] = a->cpu[b.cpu];
	for (seq = b.seq; (record = evring_batch_next(&b)); seq++) {
		struct evring_record head = *(const volatile struct evring_record *)record;

		why = wrong(a, b.cpu, seq, head.time, head.type, record + 1, b.len);
		if (why && !first) {
			first = why;
			at = seq;
		}
		take(a, b.cpu, seq, head.time, NULL);
	}
	if (evring_batch_end(r, &b) != 1)
		a->cpu[b.cpu] = before.cpu[b.cpu];
	else if (first)
		flaw(a, b.cpu, at, first);
	return 1;
}

static int (*const ways[])(struct evring *r, struct account *a) = { by_next, by_peek, by_batch };

/* --- those that stay ------------------------------------------------------------------ */

/*
 * All was emitted and read: does it come to what was attempted, on each CPU, and to what the
 * generators and the kernel counted?
 */
static void balance(struct account *a, size_t ch, int fd)
{
	struct evring_channel_stats stats = channel_stats(fd);
	uint64_t received = sum_of(a, 0) + sum_of(a, 1), dropped = sum_of(a, 2);
	uint64_t held = 0;

	for (uint32_t cpu = 0; cpu < CPUS; cpu++) {
		uint64_t got = a->cpu[cpu].received + a->cpu[cpu].overrun + a->cpu[cpu].dropped;

		if (got != all->channel[ch].attempted[cpu])
			violation("%s, CPU %u: %llu + %llu + %llu, but %llu attempted", a->who, cpu,
				  (unsigned long long)a->cpu[cpu].received,
				  (unsigned long long)a->cpu[cpu].overrun,
				  (unsigned long long)a->cpu[cpu].dropped,
				  (unsigned long long)all->channel[ch].attempted[cpu]);
		else
			held += got > 0;
	}
	if (received != stats.accepted || dropped != stats_dropped(&stats))
		violation("%s: %llu and %llu dropped, but the channel counted %llu and %llu", a->who,
			  (unsigned long long)received, (unsigned long long)dropped,
			  (unsigned long long)stats.accepted,
			  (unsigned long long)stats_dropped(&stats));
	else if (received != all->channel[ch].emitted || dropped != all->channel[ch].failed)
		violation("%s: %llu and %llu dropped, but the generators counted %llu and %llu", a->who,
			  (unsigned long long)received, (unsigned long long)dropped,
			  (unsigned long long)all->channel[ch].emitted,
			  (unsigned long long)all->channel[ch].failed);
	else
		held += 2;
	add(&all->identities, held);
}

static bool quiet(size_t ch)
{
	return __atomic_load_n(&all->channel[ch].quiet, __ATOMIC_ACQUIRE);
}

/* What the header counts is what it gave. */
static void same_count(const struct account *a, const struct evring *r)
{
	struct evring_stats st;

	evring_get_stats(r, &st);
	if (st.received == sum_of(a, 0) && st.overrun == sum_of(a, 1) && st.dropped == sum_of(a, 2))
		add(&all->identities, 1);
	else
		violation("%s: the header counted %llu, %llu, %llu, but gave %llu, %llu, %llu", a->who,
			  (unsigned long long)st.received, (unsigned long long)st.overrun,
			  (unsigned long long)st.dropped, (unsigned long long)sum_of(a, 0),
			  (unsigned long long)sum_of(a, 1), (unsigned long long)sum_of(a, 2));
}

static void stay_mapped(size_t ch)
{
	static struct account a = { .who = "an observer of the map" };
	struct evring_opts opts = { .size = sizeof(opts),
				    .flags = below(2) ? EVRING_OPT_BLOCK_ORDER : 0 };
	size_t way = below(ARRAY_SIZE(ways));
	struct evring r;
	bool last;

	ring_open(&r, names[ch], &opts);
	rebase(&a, &r);
	do {
		last = quiet(ch);
		while (ways[way](&r, &a) > 0)
			;
		if (!last)
			evring_wait(&r, 100);
	} while (!last);
	balance(&a, ch, r.fd);
	same_count(&a, &r);
	settle(&a);
	evring_close(&r);
}

static void stay_reading(size_t ch)
{
	static struct account a = { .who = "an observer by read()" };
	static uint8_t buffer[128 << 10];
	size_t room = (4096U << below(5)) + 65536;
	int fd = channel_open(names[ch], O_RDONLY | O_NONBLOCK);
	const struct evring_record *record;
	struct walk w = { 0 };
	ssize_t bytes;
	bool last;

	do {
		last = quiet(ch);
		while ((bytes = read(fd, buffer, room)) > 0) {
			walk_feed(&w, buffer, (size_t)bytes);
			while ((record = walk_next(&w))) {
				const struct evring_loss *loss = payload(record);

				if (record->type == EVRING_TYPE_OVERRUN ||
				    record->type == EVRING_TYPE_DROPPED)
					take_loss(&a, record->type == EVRING_TYPE_OVERRUN, loss->cpu,
						  loss->seq, loss->count);
				else
					take(&a, w.cpu, w.seq, record->time,
					     wrong(&a, w.cpu, w.seq, record->time, record->type,
						   payload(record), payload_bytes(record)));
			}
			if (w.broken)
				flaw(&a, w.cpu, w.seq, w.broken);
		}
		if (!last)
			poll_for(fd, 100);
	} while (!last);
	balance(&a, ch, fd);
	settle(&a);
	close(fd);
}

/* --- those that come and go -------------------------------------------------------------- */

static void seek(struct evring *r, struct account *a)
{
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	now = (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
	switch (below(4)) {
	case 0:
		evring_seek(r, EVRING_SEEK_OLDEST, 0);
		break;
	case 1:
		evring_seek(r, EVRING_SEEK_LATEST, 0);
		break;
	case 2:
		evring_seek(r, EVRING_SEEK_TIME, now - below(1000000000));
		break;
	default:
		evring_seek_seq(r, (uint32_t)below(r->ncpus), below(20000));
	}
	/* Behind the gate is what it has let go. */
	a->lossless = false;
	rebase(a, r);
	add(&all->seeks, 1);
}

/* It gates no more, for it was evicted: told by what returned @ret. */
static bool evicted(struct account *a, int ret)
{
	if (ret != -ETIMEDOUT)
		return false;
	a->lossless = false;
	a->overrun = false;
	add(&all->evictions, 1);
	return true;
}

static void join(size_t ch)
{
	static struct account a = { .who = "one that came" };
	struct evring_opts opts = { .size = sizeof(opts), .start = (uint32_t)below(2) };
	size_t way = below(ARRAY_SIZE(ways));
	uint64_t until = now_ns() + below(2000) * 1000000;
	int err, got;
	struct evring r;

	if (below(3) == 0)
		opts.flags |= EVRING_OPT_LOSSLESS;
	if (below(2))
		opts.flags |= EVRING_OPT_BLOCK_ORDER;
	if (below(4) == 0)
		opts.flags |= EVRING_OPT_POPULATE;
	if (below(4) == 0)
		opts.holdback_ns = below(2000000);
	if (below(3) == 0) {
		opts.watermark_bytes = below(30000);
		opts.watermark_usecs = 1 + below(20000);
	}
	err = evring_open(&r, names[ch], &opts);
	if (err == -ENOENT || err == -ENODEV || err == -ENXIO)
		return;
	if (err) {
		violation("opening: %s", evring_explain(err));
		return;
	}
	add(&all->readers, 1);
	a.lossless = opts.flags & EVRING_OPT_LOSSLESS;
	add(&all->gates, a.lossless);
	rebase(&a, &r);
	while (now_ns() < until) {
		got = ways[way](&r, &a);
		if (got == -ENODEV)
			break;
		if (evicted(&a, got)) {
			if (below(2) && !evring_gate(&r))
				add(&all->gates, 1);
		} else if (got < 0) {
			flaw(&a, 0, 0, strerror(-got));
		}
		if (a.overrun && !evicted(&a, evring_ack(&r)))
			flaw(&a, 0, 0, "an overrun, though it gates");
		if (below(64) == 0)
			seek(&r, &a);
		if (below(16) == 0)
			sleep_ms((long)below(60));
		if (got <= 0) {
			evicted(&a, evring_wait(&r, (int)below(200)));
			add(&all->waits, 1);
		}
	}
	same_count(&a, &r);
	settle(&a);
	evring_close(&r);
}

/* Freeze, take the image twice, thaw, read the image. */
static void freeze(size_t ch)
{
	static struct account a;
	struct evring_freeze_args args = { .size = sizeof(args) };
	int fd = open(channel_path(names[ch]), O_RDWR | O_CLOEXEC);
	struct evring_event ev;
	struct evring r;
	uint8_t *image;
	const uint8_t *map;
	uint64_t whole;
	int got;

	if (fd < 0)
		return;
	whole = channel_info(fd).map_size;
	map = channel_map(fd, 0);
	image = aligned_alloc(4096, whole);
	if (!image)
		bail("no memory");
	if (!ioctl(fd, EVRING_IOC_FREEZE, &args)) {
		const struct evring_control *c = (const void *)map;
		/* The lines count what is dropped meanwhile: that alone changes. */
		uint64_t from = c->index_offset;

		memcpy(image, map, whole);
		sleep_ms((long)below(10));
		if (memcmp(image + from, map + from, whole - from))
			violation("an image changed while it was frozen");
		ioctl(fd, EVRING_IOC_THAW, &args);
		add(&all->freezes, 1);
		memset(&a, 0, sizeof(a));
		a.who = "an image";
		if (evring_attach(&r, image, whole, NULL)) {
			violation("an image is refused");
		} else {
			rebase(&a, &r);
			while ((got = evring_next(&r, &ev)) == 1) {
				if (ev.kind == EVRING_OVERRUN)
					flaw(&a, ev.cpu, ev.seq, "an overrun");
				take_event(&a, &ev);
			}
			if (got)
				violation("an image ends with %d", got);
			add(&all->checked, sum_of(&a, 0));
			add(&all->images, 1);
			evring_close(&r);
		}
	}
	free(image);
	munmap((void *)(uintptr_t)map, whole);
	close(fd);
}

/* --- producers ------------------------------------------------------------------------------- */

static struct evring_generator_args random_run(unsigned int n)
{
	static const uint64_t rates[] = { 500, 3000, 10000, 30000, 100000, 0 };
	static const uint32_t sizes[] = { 24, 24, 24, 40, 100, 300, 5000 };
	uint64_t rate = rates[below(ARRAY_SIZE(rates))];
	struct evring_generator_args g = {
		.flags = (n ? EVRING_GENERATOR_IRQ : 0) | (below(2) ? EVRING_GENERATOR_RESERVE : 0) |
			 (below(2) ? EVRING_GENERATOR_FIXED : 0) | EVRING_GENERATOR_WAIT,
		.payload_min = 16, .payload_max = sizes[below(ARRAY_SIZE(sizes))], .rate = rate,
		.count = rate ? rate * 3 : 100000 + below(200000),
	};

	if (n && !rate)
		g.rate = 20000;
	if (g.payload_max > 1000)
		g.count /= 20;
	g.cpus[0] = below(3) ? 0 : 1ULL << below(online_cpus());
	return g;
}

static pid_t produce(size_t ch, unsigned int n)
{
	struct evring_generator_args g = random_run(n);
	unsigned int cpus = online_cpus();
	pid_t pid;

	for (uint32_t cpu = 0; cpu < cpus; cpu++)
		if (!g.cpus[0] || g.cpus[0] >> cpu & 1)
			all->channel[ch].attempted[cpu] += g.count;
	pid = child();
	if (pid)
		return pid;
	generate(names[ch], &g);
	add(&all->channel[ch].emitted, g.emitted);
	add(&all->channel[ch].failed, g.failed);
	_exit(0);
}

static void create(size_t ch)
{
	struct evring_create_args args = { .size = sizeof(args), .data_size = 1ULL << (16 + below(7)),
					   .block_size = 4096U << below(5), .mode = 0600,
					   .flags = below(2) ? EVRING_CREATE_PARTITIONED : 0,
					   .evict_us = below(2) ? 100000 + below(1000000) : 0 };

	free(names[ch]);
	must(asprintf(&names[ch], "soak%zu.%llu", ch, (unsigned long long)epoch), "asprintf");
	set_name(args.name, names[ch]);
	must(ioctl(control_fd(), EVRING_IOC_CREATE, &args), "CREATE");
}

/* --- the whole ------------------------------------------------------------------------------- */

static uint64_t started;

static uint64_t value(const uint64_t *of)
{
	return __atomic_load_n(of, __ATOMIC_RELAXED);
}

static void tell(const char *what)
{
	printf("%s %llu s: %llu epochs, %llu checked, %llu lost, %llu dropped, %llu identities held, "
	       "%llu violations; %llu joined, %llu killed, %llu seeks, %llu gates, %llu evictions, "
	       "%llu freezes\n", what, (unsigned long long)((now_ns() - started) / 1000000000),
	       (unsigned long long)value(&all->epochs), (unsigned long long)value(&all->checked),
	       (unsigned long long)value(&all->lost), (unsigned long long)value(&all->dropped),
	       (unsigned long long)value(&all->identities),
	       (unsigned long long)value(&all->violations), (unsigned long long)value(&all->readers),
	       (unsigned long long)value(&all->killed), (unsigned long long)value(&all->seeks),
	       (unsigned long long)value(&all->gates), (unsigned long long)value(&all->evictions),
	       (unsigned long long)value(&all->freezes));
	fflush(stdout);
}

static void tell_now_and_then(void)
{
	static uint64_t next;

	if (!next)
		next = started + 10000000000ULL;
	if (now_ns() < next)
		return;
	next += 10000000000ULL;
	tell("after");
}

/* A child of ours has ended: it must have ended well, or as we wanted. */
static void ended(pid_t pid, bool killed)
{
	int status = child_status(pid);

	if (status && !(killed && status == 256 + SIGKILL))
		violation("a process ended with status %d", status);
}

static bool gone(pid_t pid)
{
	siginfo_t info = { 0 };

	return !waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) && info.si_pid == pid;
}

/* A child with random numbers of its own. */
static pid_t start(void (*fn)(size_t ch), size_t ch)
{
	uint64_t seed = random_next(&rnd);
	pid_t pid = child();

	if (!pid) {
		rnd = seed;
		fn(ch);
		fflush(stdout);
		_exit(0);
	}
	return pid;
}

static void freezer(size_t ch)
{
	(void)ch;
	while (!__atomic_load_n(&all->over, __ATOMIC_ACQUIRE)) {
		sleep_ms((long)below(1500));
		freeze(below(CHANNELS));
	}
}

/* Readers come and go until the producers have ended; as many as are in @joined at a time. */
static void come_and_go(const pid_t *producers, size_t nproducers)
{
	pid_t joined[JOINERS] = { 0 };
	bool busy = true;

	while (busy) {
		size_t i = below(JOINERS);

		busy = false;
		for (size_t p = 0; p < nproducers; p++)
			busy = busy || !gone(producers[p]);
		if (!joined[i]) {
			joined[i] = start(join, below(CHANNELS));
		} else if (gone(joined[i])) {
			ended(joined[i], false);
			joined[i] = 0;
		} else if (below(40) == 0) {
			kill(joined[i], SIGKILL);
			ended(joined[i], true);
			joined[i] = 0;
			add(&all->killed, 1);
		}
		tell_now_and_then();
		sleep_ms((long)below(20));
	}
	for (size_t i = 0; i < JOINERS; i++)
		if (joined[i])
			ended(joined[i], false);
}

static void wait_for_readers(size_t n)
{
	for (size_t ch = 0; ch < CHANNELS; ch++) {
		int fd = channel_open(names[ch], O_RDONLY);

		while (channel_stats(fd).readers < n + 1)
			sleep_ms(1);
		close(fd);
	}
}

static void play(void)
{
	pid_t stay[2 * CHANNELS], producers[RUNS * CHANNELS], cold;
	size_t n = 0;

	memset(all->channel, 0, sizeof(all->channel));
	all->over = 0;
	for (size_t ch = 0; ch < CHANNELS; ch++) {
		create(ch);
		stay[2 * ch] = start(stay_mapped, ch);
		stay[2 * ch + 1] = start(stay_reading, ch);
	}
	wait_for_readers(2);
	for (size_t ch = 0; ch < CHANNELS; ch++)
		for (unsigned int i = 0; i < RUNS; i++)
			if (i == 0 || below(2))
				producers[n++] = produce(ch, i);
	cold = start(freezer, 0);
	come_and_go(producers, n);
	for (size_t i = 0; i < n; i++)
		ended(producers[i], false);
	__atomic_store_n(&all->over, 1, __ATOMIC_RELEASE);
	ended(cold, false);
	for (size_t ch = 0; ch < CHANNELS; ch++)
		__atomic_store_n(&all->channel[ch].quiet, 1, __ATOMIC_RELEASE);
	for (size_t i = 0; i < ARRAY_SIZE(stay); i++)
		ended(stay[i], false);
	for (size_t ch = 0; ch < CHANNELS; ch++) {
		int fd = channel_open(names[ch], O_RDONLY);

		if (channel_stats(fd).readers != 1)
			violation("%u readers are left", channel_stats(fd).readers - 1);
		if (channel_stats(fd).sources)
			violation("%u sources are left", channel_stats(fd).sources);
		must(channel_remove(names[ch]), "REMOVE");
		close(fd);
	}
	add(&all->epochs, 1);
}

int main(int argc, char **argv)
{
	uint64_t seconds = argc > 1 ? strtoull(argv[1], NULL, 0) : SECONDS;

	rnd = argc > 2 ? strtoull(argv[2], NULL, 0) : 1;
	all = mmap(NULL, sizeof(*all), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		bail("mmap");
	control_fd();
	started = now_ns();
	for (epoch = 1; epoch == 1 || now_ns() - started < seconds * 1000000000ULL; epoch++)
		play();
	tell("in all, after");
	ok_equal(all->violations, 0, "no violation");
	return result();
}
