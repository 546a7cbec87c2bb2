// SPDX-License-Identifier: GPL-2.0
/*
 * 256 readers at once on one channel: each opens, maps, drains and waits by itself, every eighth of
 * them by read(), every sixteenth without loss, and accounts for every record. The producers drop no
 * more than they count, nobody is left asleep at the end, and nothing is left of them.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "readers_256"
#define READERS 256
#define COUNT 300
#define RATE 200

static uint64_t sum[READERS][3];
static const char *flaw[READERS];
static unsigned int opened;

static void by_map(size_t i, struct tally *t)
{
	struct evring_opts opts = { .size = sizeof(opts),
				    .flags = i % 16 == 1 ? EVRING_OPT_LOSSLESS : 0 };
	struct evring_event ev;
	struct evring r;
	int got;

	ring_open(&r, NAME, &opts);
	__atomic_add_fetch(&opened, 1, __ATOMIC_RELEASE);
	while ((got = evring_next(&r, &ev)) != -ENODEV) {
		if (got == 1)
			tally_event(t, &ev);
		else if (evring_wait(&r, 60000) == 0)
			tally_flaw(t, 0, 0, "it was left asleep");
	}
	evring_close(&r);
}

static void by_read(struct tally *t)
{
	int fd = channel_open(NAME, O_RDONLY);
	struct walk w = { 0 };
	char buffer[4096];
	ssize_t bytes;

	__atomic_add_fetch(&opened, 1, __ATOMIC_RELEASE);
	while ((bytes = read(fd, buffer, sizeof(buffer))) > 0)
		tally_read(t, &w, buffer, (size_t)bytes);
	if (bytes)
		tally_flaw(t, 0, 0, "read() failed");
	close(fd);
}

static void *reader(void *arg)
{
	struct tally *t = calloc(1, sizeof(*t));
	size_t i = (uintptr_t)arg;

	if (!t)
		bail("no memory");
	if (i % 8)
		by_map(i, t);
	else
		by_read(t);
	for (int k = 0; k < 3; k++)
		sum[i][k] = tally_sum(t, k);
	flaw[i] = t->flaw;
	free(t);
	return NULL;
}

int main(void)
{
	struct run run = { .name = NAME, .g = { .payload_min = 16, .payload_max = 64, .count = COUNT,
						.rate = RATE } };
	uint64_t attempted = (uint64_t)online_cpus() * COUNT, right = 0, whole = 0, overrun = 0;
	static pthread_t threads[READERS];
	pthread_attr_t attr;
	int watch;

	channel_create(NAME, 1 << 20, 4096);
	watch = channel_open(NAME, O_RDONLY);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 << 10);
	for (size_t i = 0; i < READERS; i++)
		if (pthread_create(&threads[i], &attr, reader, (void *)i))
			bail("no thread");
	while (__atomic_load_n(&opened, __ATOMIC_ACQUIRE) < READERS)
		sleep_ms(10);
	ok_equal(channel_stats(watch).readers, READERS + 1, "they are counted");
	run_start(&run);
	run_join(&run);
	ok_errno(channel_remove(NAME), 0, "the channel can be removed");
	for (size_t i = 0; i < READERS; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < READERS; i++) {
		right += sum[i][0] + sum[i][1] + sum[i][2] == attempted;
		overrun += sum[i][1];
		whole += !flaw[i];
		if (flaw[i])
			printf("# reader %zu: %s\n", i, flaw[i]);
	}
	ok_equal(whole, READERS, "every record of each is whole and in its place");
	ok_equal(right, READERS, "each: received + overrun + dropped = attempted");
	ok_equal(overrun, 0, "a ring that does not go round overruns none of them");
	ok_equal(channel_stats(watch).readers, 1, "nothing is left of them");
	close(watch);
	return result();
}
