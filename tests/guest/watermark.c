// SPDX-License-Identifier: GPL-2.0
/*
 * Watermarks (DESIGN, I10): a reader is woken when so many bytes of one CPU wait; what stays
 * below that is told by the deadline, no later; and nobody is woken in vain.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "watermark"
#define LEN 48		/* records of 64 bytes */

static struct evring r;

static uint64_t wakeups(void)
{
	return channel_stats(evring_fd(&r)).wakeups;
}

static uint64_t drain(void)
{
	struct evring_event ev;
	uint64_t n = 0;

	while (evring_next(&r, &ev) == 1)
		n++;
	return n;
}

static void emit(uint64_t count)
{
	generate_some(NAME, 1, count, LEN, LEN);
}

static void watermark(uint64_t bytes, uint64_t usecs)
{
	if (evring_watermark(&r, bytes, usecs))
		bail("evring_watermark");
}

static void wakes_at_bytes(void)
{
	uint64_t before;

	watermark(4096, 0);
	drain();
	ok_equal((uint64_t)evring_wait(&r, 0), 0, "nothing is there");
	before = wakeups();
	emit(63);
	ok_equal((uint64_t)evring_wait(&r, 100), 0, "a record less than the watermark: no wake-up");
	ok_equal(wakeups(), before, "STATS counts none");
	emit(1);
	ok_equal((uint64_t)evring_wait(&r, 0), 1, "the last byte of it: at once");
	ok_equal(drain(), 64, "everything is there");
	ok_equal((uint64_t)evring_wait(&r, 50), 0, "then it counts from there");
}

/* Sleeps in a thread, so that the wake-up finds it asleep. */
struct sleeper {
	int timeout_ms;
	int ret;
	uint64_t woken_at;
	pthread_t thread;
};

static void *sleep_thread(void *arg)
{
	struct sleeper *s = arg;

	s->ret = evring_wait(&r, s->timeout_ms);
	s->woken_at = now_ns();
	return NULL;
}

static void sleeper_start(struct sleeper *s, int timeout_ms)
{
	s->timeout_ms = timeout_ms;
	if (pthread_create(&s->thread, NULL, sleep_thread, s))
		bail("no thread");
	sleep_ms(50);
}

static void wakes_a_sleeper(void)
{
	struct sleeper s;
	uint64_t before, at;

	watermark(4096, 0);
	drain();
	before = wakeups();
	sleeper_start(&s, 5000);
	emit(40);
	sleep_ms(100);
	ok_equal(wakeups(), before, "asleep, below the watermark: not woken");
	at = now_ns();
	emit(40);
	pthread_join(s.thread, NULL);
	ok(s.ret == 1 && s.woken_at - at < 1000000000U, "at the watermark: woken", "%d after %llu us",
	   s.ret, (unsigned long long)(s.woken_at - at) / 1000);
	ok_equal(wakeups(), before + 1, "once");
	drain();
}

static void deadline_tells_the_remainder(void)
{
	struct sleeper s;
	uint64_t at, us;

	watermark(4096, 100000);
	drain();
	sleeper_start(&s, 5000);
	at = now_ns();
	emit(3);
	pthread_join(s.thread, NULL);
	us = (s.woken_at - at) / 1000;
	ok(s.ret == 1 && us > 80000 && us < 1000000, "the deadline tells what is below the watermark",
	   "%d after %llu us", s.ret, (unsigned long long)us);
	ok_equal(drain(), 3, "and it is there");

	sleeper_start(&s, 400);
	pthread_join(s.thread, NULL);
	ok_equal((uint64_t)s.ret, 0, "without a record there is no deadline");

	emit(3);
	at = now_ns();
	sleeper_start(&s, 5000);
	pthread_join(s.thread, NULL);
	us = (s.woken_at - at) / 1000;
	ok(s.ret == 1 && us < 1000000, "also for what came before it slept", "%d after %llu us",
	   s.ret, (unsigned long long)us);
	drain();

	watermark(4096, 3000000);
	drain();
	sleeper_start(&s, 5000);
	at = now_ns();
	emit(100);
	pthread_join(s.thread, NULL);
	ok(s.ret == 1 && s.woken_at - at < 1000000000U, "more than the watermark does not wait for it",
	   "%d", s.ret);
	drain();
}

static void read_sleeps_by_it(void)
{
	struct evring_watermark_args args = { .size = sizeof(args), .bytes = 4096,
					      .usecs = 200000 };
	static char buffer[64 << 10];
	int fd = channel_open(NAME, O_RDONLY);
	uint64_t at;
	pid_t pid;

	channel_seek(fd, EVRING_SEEK_LATEST);
	must(ioctl(fd, EVRING_IOC_WATERMARK, &args), "WATERMARK");
	pid = child();
	if (!pid)
		_exit(read(fd, buffer, sizeof(buffer)) > 0 ? 0 : 1);
	sleep_ms(100);
	at = now_ns();
	emit(2);
	ok_equal((uint64_t)child_status(pid), 0, "read() that sleeps gets the remainder");
	at = (now_ns() - at) / 1000;
	ok(at > 150000 && at < 2000000, "by the deadline", "after %llu us", (unsigned long long)at);
	close(fd);
}

static void none_in_vain(void)
{
	struct evring_generator_args g = { .payload_min = LEN, .payload_max = LEN, .rate = 20000,
					   .count = 40000, .cpus = { 1 } };
	uint64_t accepted = channel_stats(evring_fd(&r)).accepted;
	uint64_t before, taken = 0, rounds = 0;
	uint32_t id;

	watermark(32768, 0);
	drain();
	before = wakeups();
	id = generate(NAME, &g);
	while (taken < g.count - 512 && rounds < 10000) {
		if (evring_wait(&r, 3000) != 1)
			break;
		taken += drain();
		rounds++;
	}
	/* The last few, which are below the watermark. */
	while (channel_stats(evring_fd(&r)).accepted < accepted + g.count)
		sleep_ms(10);
	detach(NAME, id);
	taken += drain();
	ok_equal(taken, g.count, "everything came");
	/* 512 records each time; a few come late. */
	ok(rounds <= g.count / 512 + 1, "no more waits than watermarks", "%llu for %llu records",
	   (unsigned long long)rounds, (unsigned long long)taken);
	ok(wakeups() - before <= g.count / 512 + 1, "nor wake-ups", "%llu",
	   (unsigned long long)(wakeups() - before));
}

int main(void)
{
	struct evring_watermark_args args = { .size = sizeof(args), .flags = 1 };
	struct evring second;

	channel_create(NAME, 1 << 20, 4096);
	ring_open(&r, NAME, NULL);
	ok_errno(ioctl(evring_fd(&r), EVRING_IOC_WATERMARK, &args), EINVAL, "an unknown flag");
	ok_equal((uint64_t)-evring_watermark(&r, (1 << 19) + 1, 0), ERANGE, "more than half the ring");
	ok_equal((uint64_t)-evring_watermark(&r, 0, 3600000001ULL), ERANGE, "more than an hour");
	ok_equal((uint64_t)-evring_watermark(&r, 1 << 19, 3600000000ULL), 0, "as much as that");

	/* Each reader has its own. */
	ring_open(&second, NAME, NULL);
	watermark(4096, 0);
	drain();
	evring_wait(&r, 0);
	emit(1);
	ok_equal((uint64_t)evring_wait(&second, 1000), 1, "another reader is woken by one record");
	ok_equal((uint64_t)evring_wait(&r, 50), 0, "this one is not");
	evring_close(&second);

	wakes_at_bytes();
	wakes_a_sleeper();
	deadline_tells_the_remainder();
	read_sleeps_by_it();
	none_in_vain();
	evring_close(&r);
	channel_remove(NAME);
	return result();
}
