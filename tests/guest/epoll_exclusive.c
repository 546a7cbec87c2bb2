// SPDX-License-Identifier: GPL-2.0
/*
 * EPOLLEXCLUSIVE and shared descriptors. Waiters with an epoll and a descriptor each: every one is
 * told of every record. Waiters with an epoll each and one descriptor between them, exclusive or
 * not, level- or edge-triggered: each record wakes at least one, and is taken by exactly one. The
 * next record comes only when all have answered: one wake-up lost and a waiter sleeps until its
 * time-out, which is a failure.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <sys/epoll.h>

#define NAME "epoll_exclusive"
#define WAITERS 6
#define ROUNDS 150
#define TIMEOUT_MS 10000

static const struct way {
	const char *name;
	uint32_t events;
	bool shared;
} ways[] = {
	{ "own descriptors, EPOLLEXCLUSIVE", EPOLLIN | EPOLLEXCLUSIVE, false },
	{ "own descriptors, EPOLLEXCLUSIVE and EPOLLET", EPOLLIN | EPOLLEXCLUSIVE | EPOLLET, false },
	{ "one descriptor, several epolls", EPOLLIN, true },
	{ "one descriptor, several epolls, EPOLLET", EPOLLIN | EPOLLET, true },
	{ "one descriptor, EPOLLEXCLUSIVE", EPOLLIN | EPOLLEXCLUSIVE, true },
	{ "one descriptor, EPOLLEXCLUSIVE and EPOLLET", EPOLLIN | EPOLLEXCLUSIVE | EPOLLET, true },
};

static const struct way *way;
static int common;
static bool stop, late;
static uint64_t taken[WAITERS], wakes;

/* POSITION that leaves all CPUs where they are: arms, or says that there is more. */
static bool more(int fd)
{
	struct evring_position_args args = { .size = sizeof(args) };

	must(ioctl(fd, EVRING_IOC_POSITION, &args), "POSITION");
	return args.more;
}

static uint64_t drain(int fd)
{
	char buffer[4096];
	struct walk w = { 0 };
	uint64_t n = 0;
	ssize_t bytes;

	do {
		while ((bytes = read(fd, buffer, sizeof(buffer))) > 0) {
			walk_feed(&w, buffer, (size_t)bytes);
			while (walk_next(&w))
				n++;
		}
	} while (bytes < 0 && more(fd));
	return n;
}

static void *waiter(void *arg)
{
	size_t i = (uintptr_t)arg;
	int fd = way->shared ? common : channel_open(NAME, O_RDONLY | O_NONBLOCK);
	int ep = (int)must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	struct epoll_event ev = { .events = way->events };

	must(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), "epoll_ctl");
	while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
		int n = epoll_wait(ep, &ev, 1, TIMEOUT_MS);

		if (n == 0 && !way->shared)
			__atomic_store_n(&late, true, __ATOMIC_RELAXED);
		if (n > 0 && ev.events & EPOLLHUP)
			break;
		__atomic_add_fetch(&wakes, n > 0, __ATOMIC_RELAXED);
		__atomic_add_fetch(&taken[i], drain(fd), __ATOMIC_RELEASE);
	}
	close(ep);
	if (!way->shared)
		close(fd);
	return NULL;
}

static bool all_have(uint64_t want)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < WAITERS; i++) {
		uint64_t n = __atomic_load_n(&taken[i], __ATOMIC_ACQUIRE);

		if (!way->shared && n != want)
			return false;
		sum += n;
	}
	return !way->shared || sum == want;
}

static void play(void)
{
	pthread_t threads[WAITERS];
	unsigned int round;
	bool well = true;

	memset(taken, 0, sizeof(taken));
	wakes = 0;
	stop = false;
	late = false;
	channel_create(NAME, 64 << 10, 4096);
	common = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	for (size_t i = 0; i < WAITERS; i++)
		if (pthread_create(&threads[i], NULL, waiter, (void *)i))
			bail("no thread");
	for (round = 1; round <= ROUNDS && well; round++) {
		uint64_t until = now_ns() + TIMEOUT_MS / 2 * 1000000ULL;

		generate_some(NAME, 1, 1, 32, 32);
		while (!all_have(round) && now_ns() < until)
			usleep(50);
		well = all_have(round);
	}
	ok(well && !late, way->name, "a wake-up was lost in round %u", round - 1);
	printf("# %s: %llu wake-ups for %d records\n", way->name, (unsigned long long)wakes, ROUNDS);
	__atomic_store_n(&stop, true, __ATOMIC_RELEASE);
	must(channel_remove(NAME), "REMOVE");
	for (size_t i = 0; i < WAITERS; i++)
		pthread_join(threads[i], NULL);
	close(common);
}

int main(void)
{
	for (way = ways; way < ways + ARRAY_SIZE(ways); way++)
		play();
	return result();
}
