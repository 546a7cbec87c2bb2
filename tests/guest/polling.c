// SPDX-License-Identifier: GPL-2.0
/*
 * poll() and epoll on a channel. Nothing there: not readable, and who sleeps goes on sleeping.
 * Records after the position of the descriptor: readable, level-triggered, also right after
 * open. A record wakes who sleeps. Reading, SEEK and POSITION move the position; POSITION says
 * whether there is more, and arms an edge-triggered epoll. Each descriptor has its own position.
 * A loss alone is no reason to wake.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <sys/epoll.h>

#define NAME "polling"

static int fd;
static char buffer[64 << 10];

static void emit(uint64_t count)
{
	generate_some(NAME, 1, count, 32, 32);
}

/* POSITION with the same number for each CPU: what "more" it answers. */
static uint32_t position(int to_fd, uint64_t seq)
{
	static uint64_t seqs[1024];
	struct evring_position_args args = { .size = sizeof(args), .ncpus = channel_info(to_fd).ncpus,
					     .seqs = (uintptr_t)seqs };

	for (size_t i = 0; i < ARRAY_SIZE(seqs); i++)
		seqs[i] = seq;
	must(ioctl(to_fd, EVRING_IOC_POSITION, &args), "POSITION");
	return args.more;
}

/* Milliseconds that poll() slept, and whether it said "readable". */
static bool readable(int of_fd, int timeout_ms, uint64_t *slept_ms)
{
	uint64_t begin = now_ns();
	int events = poll_for(of_fd, timeout_ms);

	if (slept_ms)
		*slept_ms = (now_ns() - begin) / 1000000;
	return events & POLLIN;
}

static void empty(void)
{
	uint64_t slept;
	bool r;

	ok(!readable(fd, 0, NULL), "an empty channel is not readable", "it is");
	r = readable(fd, 200, &slept);
	ok(!r && slept >= 199, "poll() of an empty channel sleeps its time", "%llu ms",
	   (unsigned long long)slept);
	ok_equal(position(fd, 0), 0, "POSITION says that there is no more");
	ok_equal(position(fd, UINT64_MAX), 0, "also if it is told of records that there never were");
}

static void levels(void)
{
	emit(3);
	ok(readable(fd, 0, NULL), "with records it is readable", "it is not");
	ok(readable(fd, -1, NULL), "and stays so until they are read", "it does not");
	ok(position(fd, 1) == 1 && readable(fd, 0, NULL), "POSITION before the last leaves it readable",
	   "it does not");
	ok_equal(position(fd, 3), 0, "POSITION after the last says that there is no more");
	ok(!readable(fd, 0, NULL), "and it is readable no longer", "it is");
	ok(position(fd, 0) == 1 && readable(fd, 0, NULL), "POSITION back makes it so again", "it does not");
	channel_seek(fd, EVRING_SEEK_LATEST);
	ok(!readable(fd, 0, NULL), "after SEEK to the latest it is not", "it is");
	channel_seek(fd, EVRING_SEEK_OLDEST);
	ok(readable(fd, 0, NULL), "after SEEK to the oldest it is", "it is not");
	must(read(fd, buffer, sizeof(buffer)), "read");
	ok(!readable(fd, 0, NULL), "after read() of all it is not", "it is");
}

static void own_positions(void)
{
	int other = channel_open(NAME, O_RDONLY);

	ok(readable(other, 0, NULL), "a descriptor just opened stands at the oldest record", "it does not");
	channel_seek(fd, EVRING_SEEK_LATEST);
	ok(readable(other, 0, NULL), "it has a position of its own", "it has not");
	close(other);
}

static void *emit_later(void *ms)
{
	sleep_ms(*(long *)ms);
	emit(1);
	return NULL;
}

static void woken(void)
{
	long after = 200;
	pthread_t thread;
	uint64_t slept;
	bool r;

	channel_seek(fd, EVRING_SEEK_LATEST);
	pthread_create(&thread, NULL, emit_later, &after);
	r = readable(fd, 10000, &slept);
	pthread_join(thread, NULL);
	ok(r && slept >= 150 && slept < 9000, "a record wakes who sleeps", "after %llu ms, readable %d",
	   (unsigned long long)slept, r);

	/* One who wants records that are not there yet sleeps on when others come. */
	position(fd, UINT64_MAX);
	ok(!readable(fd, 0, NULL), "who stands behind the last is not woken for nothing", "it is readable");
}

static void edges(void)
{
	int ep = (int)must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };

	/* An earlier poll() armed the descriptor; the second look that follows is an edge too. */
	sleep_ms(50);
	channel_seek(fd, EVRING_SEEK_OLDEST);
	must(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), "epoll_ctl");
	ok_equal((uint64_t)epoll_wait(ep, &ev, 1, 1000), 1, "edge: what is there already is told once");
	ok_equal((uint64_t)epoll_wait(ep, &ev, 1, 100), 0, "edge: and not again");
	ok_equal(position(fd, UINT64_MAX), 0, "edge: POSITION after draining arms");
	ok_equal((uint64_t)epoll_wait(ep, &ev, 1, 0), 0, "edge: nothing new, nothing told");
	for (int i = 0; i < 3; i++) {
		emit(1);
		ok_equal((uint64_t)epoll_wait(ep, &ev, 1, 5000), 1, "edge: the next record is told");
		ok_equal(position(fd, UINT64_MAX), 0, "edge: armed again");
	}
	close(ep);
}

/* Two epolls, one of them in the other; both hear of it. */
static void nested(void)
{
	int inner = (int)must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	int outer = (int)must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	struct epoll_event ev = { .events = EPOLLIN };

	must(epoll_ctl(inner, EPOLL_CTL_ADD, fd, &ev), "epoll_ctl");
	must(epoll_ctl(outer, EPOLL_CTL_ADD, inner, &ev), "epoll_ctl");
	ok_equal((uint64_t)epoll_wait(outer, &ev, 1, 0), 0, "epoll in epoll: quiet");
	emit(1);
	ok_equal((uint64_t)epoll_wait(outer, &ev, 1, 5000), 1, "epoll in epoll: the record is told");
	ok_equal((uint64_t)epoll_wait(inner, &ev, 1, 0), 1, "epoll in epoll: inside too");
	ok_equal((uint64_t)epoll_wait(inner, &ev, 1, 0), 1, "epoll in epoll: and stays, level-triggered");
	close(inner);
	close(outer);
}

/* Records too large to be stored are lost, and are told when something else wakes. */
static void losses(void)
{
	channel_seek(fd, EVRING_SEEK_LATEST);
	generate_some(NAME, 1, 5, 5000, 5000);
	ok(!readable(fd, 300, NULL), "drops alone do not wake", "they do");
	emit(1);
	ok(readable(fd, 5000, NULL), "the next record does", "it does not");
}

/* Two sleep on one descriptor, two on another: all are woken. */
struct sleeper {
	int fd;
	bool woken;
	pthread_t thread;
};

static void *sleeper(void *arg)
{
	struct sleeper *s = arg;

	s->woken = readable(s->fd, 5000, NULL);
	return NULL;
}

static void crowd(void)
{
	struct sleeper s[4];
	int other = channel_open(NAME, O_RDONLY);
	int woke = 0;

	channel_seek(fd, EVRING_SEEK_LATEST);
	channel_seek(other, EVRING_SEEK_LATEST);
	for (int i = 0; i < 4; i++) {
		s[i].fd = i < 2 ? fd : other;
		pthread_create(&s[i].thread, NULL, sleeper, &s[i]);
	}
	sleep_ms(200);
	emit(1);
	for (int i = 0; i < 4; i++) {
		pthread_join(s[i].thread, NULL);
		woke += s[i].woken;
	}
	ok_equal((uint64_t)woke, 4, "one record wakes all that sleep, on each descriptor");
	close(other);
}

int main(void)
{
	channel_create(NAME, 64 << 10, 4096);
	fd = channel_open(NAME, O_RDONLY);
	empty();
	levels();
	own_positions();
	woken();
	edges();
	nested();
	losses();
	crowd();
	close(fd);
	channel_remove(NAME);
	return result();
}
