// SPDX-License-Identifier: GPL-2.0
/*
 * No wake-up is lost (DESIGN, I10). A record is emitted while its reader is somewhere on its way to
 * sleep, at a random moment, and the next only after the reader has answered: were one wake-up
 * lost, the reader would sleep until its time-out with a record waiting. Ten thousand times, divided
 * among the ways of sleeping: evring_wait(), poll() after read(), read() itself, and an
 * edge-triggered epoll after POSITION. The records are written by another thread, on another CPU.
 *
 * vm: --smp 2
 * timeout: 300
 */
#include "tally.h"
#include <sys/epoll.h>

#define NAME "wakeups"
#define ROUNDS 2500
#define TIMEOUT_MS 20000
/* A reader is on its way to sleep for some tens of microseconds. */
#define LATEST_NS 100000

/* Rounds asked for; or UINT32_MAX: stop. */
static uint32_t asked;

/* Writes a record for each round, a random moment after it was asked for. */
static void *writer(void *arg)
{
	int to = channel_open(NAME, O_RDWR);
	uint32_t want, written = 0;
	uint64_t state = 1;

	(void)arg;
	pin(online_cpus() - 1);
	while ((want = __atomic_load_n(&asked, __ATOMIC_ACQUIRE)) != UINT32_MAX) {
		uint64_t until = now_ns() + random_next(&state) % LATEST_NS;

		if (want == written)
			continue;
		while (now_ns() < until)
			;
		if (write(to, "x", 1) != 1)
			bail("write: %s", strerror(errno));
		written++;
	}
	close(to);
	return NULL;
}

/* The ways. Each sleeps until there is a record, takes it, and says how many it took. */
static struct evring ring;
static int fd, ep;
static char buffer[4096];

static int drain(void)
{
	struct evring_event ev;
	int n = 0;

	while (evring_next(&ring, &ev) == 1)
		n += ev.kind == EVRING_RECORD;
	return n;
}

static int by_wait(void)
{
	int n = drain();

	if (n)
		return n;
	if (evring_wait(&ring, TIMEOUT_MS) != 1)
		return -1;
	return drain();
}

static int count(ssize_t bytes)
{
	static struct walk w;
	int n = 0;

	if (bytes < 0)
		return errno == EAGAIN ? 0 : -1;
	walk_feed(&w, buffer, (size_t)bytes);
	while (walk_next(&w))
		n++;
	return n;
}

static int by_poll(void)
{
	int n = count(read(fd, buffer, sizeof(buffer)));

	if (n)
		return n;
	if (!(poll_for(fd, TIMEOUT_MS) & POLLIN))
		return -1;
	return count(read(fd, buffer, sizeof(buffer)));
}

static void on_alarm(int sig)
{
	(void)sig;
}

static int by_read(void)
{
	int n;

	fcntl(fd, F_SETFL, 0);
	alarm(TIMEOUT_MS / 1000);
	n = count(read(fd, buffer, sizeof(buffer)));
	alarm(0);
	return n;
}

static int by_edge(void)
{
	struct epoll_event ev;
	int n = drain();

	if (n)
		return n;
	if (evring_position(&ring) == 0 && epoll_wait(ep, &ev, 1, TIMEOUT_MS) != 1)
		return -1;
	return drain();
}

static const struct {
	const char *name;
	int (*take)(void);
} ways[] = {
	{ "evring_wait()", by_wait },
	{ "poll()", by_poll },
	{ "read()", by_read },
	{ "edge-triggered epoll", by_edge },
};

static void create(void)
{
	struct evring_create_args args = { .size = sizeof(args), .flags = EVRING_CREATE_USER_WRITE,
					   .data_size = 64 << 10, .block_size = 4096 };

	set_name(args.name, NAME);
	must(ioctl(control_fd(), EVRING_IOC_CREATE, &args), "CREATE");
}

static void play(size_t way)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	int taken = 0, got, round;
	pthread_t thread;

	create();
	ring_open(&ring, NAME, NULL);
	fd = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	ep = (int)must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	must(epoll_ctl(ep, EPOLL_CTL_ADD, evring_fd(&ring), &ev), "epoll_ctl");
	__atomic_store_n(&asked, 0, __ATOMIC_RELEASE);
	pthread_create(&thread, NULL, writer, NULL);
	for (round = 0; round < ROUNDS && taken == round; round++) {
		__atomic_store_n(&asked, (uint32_t)round + 1, __ATOMIC_RELEASE);
		do {
			got = ways[way].take();
			taken += got > 0 ? got : 0;
		} while (got == 0);
	}
	ok(round == ROUNDS && taken == ROUNDS, ways[way].name, "in round %d of %d, %d records came",
	   round, ROUNDS, taken);
	__atomic_store_n(&asked, UINT32_MAX, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	close(ep);
	close(fd);
	evring_close(&ring);
	channel_remove(NAME);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_alarm };

	sigaction(SIGALRM, &sa, NULL);
	pin(0);
	for (size_t way = 0; way < ARRAY_SIZE(ways); way++)
		play(way);
	return result();
}
