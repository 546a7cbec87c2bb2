// SPDX-License-Identifier: GPL-2.0
/*
 * A reader is stopped (SIGSTOP) while the ring turns many times, and goes on: what it lost is told
 * exactly, what it gets is whole. Observers by the header and by read(); another that is not stopped
 * loses nothing by it. Two seconds; EVRING_STOPPED=60 in the environment: a minute.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "reader_stopped"
#define RATE 4000U
#define TURNS 3

static uint64_t count;

static void reads(int fd, struct tally *t)
{
	static char buffer[16 << 10];
	static struct walk w;
	ssize_t bytes;

	/* It ends when the channel is removed and everything was read. */
	while ((bytes = read(fd, buffer, sizeof(buffer))) != 0) {
		if (bytes > 0)
			tally_read(t, &w, buffer, (size_t)bytes);
		else if (errno != EINTR)
			bail("read: %s", strerror(errno));
	}
}

static void maps(struct evring *r, struct tally *t)
{
	struct evring_event ev;
	int got;

	while ((got = evring_next(r, &ev)) != -ENODEV) {
		if (got == 1)
			tally_event(t, &ev);
		else
			evring_wait(r, 1000);
	}
}

/* Read until the channel has gone. */
static void reader(bool mapped, bool stopped, unsigned int ncpus)
{
	const char *who = mapped ? stopped ? "mapped and stopped" : "mapped" : "read() and stopped";
	static struct tally t;
	struct evring r;

	if (mapped) {
		ring_open(&r, NAME, NULL);
		maps(&r, &t);
		evring_close(&r);
	} else {
		reads(channel_open(NAME, O_RDONLY), &t);
	}
	tally_ok(&t, who);
	tally_exact(&t, who, ncpus, count);
	if (stopped)
		ok(tally_sum(&t, 1) > TURNS * 100, "it was overrun", "it was not");
	fflush(stdout);
	_exit(result());
}

int main(void)
{
	const char *env = getenv("EVRING_STOPPED");
	unsigned int seconds = env ? (unsigned int)atoi(env) : 2, ncpus = online_cpus();
	struct run run = { .name = NAME, .g = { .payload_min = 16, .payload_max = 200, .rate = RATE } };
	pid_t pids[3];

	/* The stops take that long in all; before, between and after them the readers run. */
	count = (uint64_t)RATE * (seconds + TURNS + 1);
	run.g.count = count;
	channel_create(NAME, 64 << 10, 4096);
	for (int i = 0; i < 3; i++) {
		pids[i] = child();
		if (!pids[i])
			reader(i < 2, i > 0, ncpus);
	}
	sleep_ms(300);
	run_start(&run);
	for (int turn = 0; turn < TURNS; turn++) {
		sleep_ms(500);
		for (int i = 1; i < 3; i++)
			kill(pids[i], SIGSTOP);
		sleep_ms(seconds * 1000L / TURNS);
		for (int i = 1; i < 3; i++)
			kill(pids[i], SIGCONT);
	}
	run_join(&run);
	sleep_ms(500);
	ok_errno(channel_remove(NAME), 0, "the channel can be removed");
	for (int i = 0; i < 3; i++)
		ok_equal((uint64_t)child_status(pids[i]), 0, "a reader's account is right");
	return result();
}
