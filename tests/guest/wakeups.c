// SPDX-License-Identifier: GPL-2.0
/*
 * No wake-up is lost (DESIGN, I10). A record is emitted while its reader is somewhere on its way to
 * sleep, at a random moment, and the next only after the reader has answered: were one wake-up
 * lost, the reader would sleep until its time-out with a record waiting. Ten thousand times, divided
 * among the ways of sleeping: evring_wait(), poll() after read(), read() itself, and an
 * edge-triggered epoll after POSITION. Each fork of ours is a record (the probe of
 * sched_process_fork).
 *
 * vm: --smp 2
 * timeout: 300
 */
#include "tally.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define NAME "wakeups"
#define ROUNDS 2500
#define TIMEOUT_MS 20000

static int go, stop;
static pid_t forker;
static uint64_t emitted_at;	/* time stamp of its last record */

/* A child that ends at once: one record on this CPU. */
static __attribute__((noinline)) void fork_once(void)
{
	pid_t pid = vfork();

	if (!pid)
		_exit(0);
	waitpid(pid, NULL, 0);
}

static void *fork_on_demand(void *arg)
{
	uint64_t n;

	(void)arg;
	forker = (pid_t)syscall(SYS_gettid);
	pin((unsigned int)(online_cpus() - 1));
	while (read(go, &n, sizeof(n)) == sizeof(n) && !stop)
		fork_once();
	return NULL;
}

static void ask(void)
{
	uint64_t one = 1;

	if (write(go, &one, sizeof(one)) != sizeof(one))
		bail("eventfd");
}

/* Others fork too, the kernel's threads among them. */
static int is_ours(uint32_t type, uint64_t time, const void *p)
{
	const struct evring_event_fork *e = p;

	if (type != EVRING_TYPE_FORK || e->parent_pid != forker)
		return 0;
	emitted_at = time;
	return 1;
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
		n += ev.kind == EVRING_RECORD && is_ours(ev.type, ev.time, ev.payload);
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
	const struct evring_record *record;
	static struct walk w;
	int n = 0;

	if (bytes < 0)
		return errno == EAGAIN ? 0 : -1;
	walk_feed(&w, buffer, (size_t)bytes);
	while ((record = walk_next(&w)))
		n += is_ours(record->type, record->time, payload(record));
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

/*
 * Ask for a record, and wait until it is about to come: then the reader is on its way to sleep.
 * How long that takes is learnt from the time stamps.
 */
static void ask_and_dally(uint64_t *state)
{
	static uint64_t asked_at, delay = 200000;
	uint64_t until;

	if (emitted_at > asked_at && asked_at)
		delay = (delay * 7 + emitted_at - asked_at) / 8;
	asked_at = now_ns();
	until = asked_at + delay / 2 + random_next(state) % (delay + 1);
	ask();
	while (now_ns() < until)
		;
}

static void play(size_t way)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	uint64_t state = way;
	int taken = 0, got, round;
	pthread_t thread;

	channel_create(NAME, 64 << 10, 4096);
	probe(NAME, EVRING_PROBE_FORK);
	ring_open(&ring, NAME, NULL);
	fd = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	ep = (int)must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	must(epoll_ctl(ep, EPOLL_CTL_ADD, evring_fd(&ring), &ev), "epoll_ctl");
	go = (int)must(eventfd(0, EFD_CLOEXEC), "eventfd");
	stop = 0;
	pthread_create(&thread, NULL, fork_on_demand, NULL);
	for (round = 0; round < ROUNDS && taken == round; round++) {
		ask_and_dally(&state);
		do {
			got = ways[way].take();
			taken += got > 0 ? got : 0;
		} while (got == 0);
	}
	ok(round == ROUNDS && taken == ROUNDS, ways[way].name, "in round %d of %d, %d records came",
	   round, ROUNDS, taken);
	stop = 1;
	ask();
	pthread_join(thread, NULL);
	close(go);
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
