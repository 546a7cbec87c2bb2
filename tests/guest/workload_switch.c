// SPDX-License-Identifier: GPL-2.0
/*
 * Workload truth: the events of sched_switch are the switches there were. On each CPU every event takes
 * up where the one before it ended: the task that came is the one that goes next. Two threads on one
 * CPU that wake each other in turn are seen to leave it as often as the kernel counted for them, with
 * their names, and as often of their own will, because they sleep.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <sys/prctl.h>
#include <sys/resource.h>

#define NAME "workload_switch"
#define ROUNDS 2000
#define LAST 4		/* switches of a thread that has looked at its count for the last time */
#define PREEMPTED 0x100	/* TASK_REPORT_MAX */

struct player {
	const char *name;
	int from, to;
	pid_t tid;
	uint32_t switches;
	uint32_t sleeps;	/* of these, of its own will */
};

static struct player ping = { .name = "evring-ping" }, pong = { .name = "evring-pong" };

static void *play(void *arg)
{
	struct player *p = arg;
	struct rusage usage;
	char c = 'x';

	pin(0);
	prctl(PR_SET_NAME, p->name);
	p->tid = (pid_t)syscall(SYS_gettid);
	for (int i = 0; i < ROUNDS; i++)
		if (read(p->from, &c, 1) != 1 || write(p->to, &c, 1) != 1)
			bail("the ball is lost");
	getrusage(RUSAGE_THREAD, &usage);
	p->sleeps = (uint32_t)usage.ru_nvcsw;
	p->switches = (uint32_t)(usage.ru_nvcsw + usage.ru_nivcsw);
	return NULL;
}

static void ping_pong(void)
{
	int a[2], b[2];
	pthread_t threads[2];

	must(pipe(a), "pipe");
	must(pipe(b), "pipe");
	ping.from = b[0];
	ping.to = a[1];
	pong.from = a[0];
	pong.to = b[1];
	pthread_create(&threads[0], NULL, play, &ping);
	pthread_create(&threads[1], NULL, play, &pong);
	if (write(b[1], "x", 1) != 1)
		bail("no ball");
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
}

static uint32_t to[2], from[2], from_asleep[2], breaks, flaws, events, losses;

static void seen_switch(const struct evring_event *ev)
{
	static int32_t on_cpu[TALLY_CPUS];
	const struct evring_event_switch *e = ev->payload;
	const struct player *const players[] = { &ping, &pong };

	events++;
	flaws += e->common.type != EVRING_TYPE_SWITCH || e->common.pid != e->prev_pid ||
		 ev->len != sizeof(*e) || e->prev_pid == e->next_pid;
	/* Task 0 is the idle task of each CPU. */
	breaks += ev->seq && on_cpu[ev->cpu % TALLY_CPUS] != e->prev_pid;
	on_cpu[ev->cpu % TALLY_CPUS] = e->next_pid;
	for (int i = 0; i < 2; i++) {
		const struct player *p = players[i];

		if (e->next_pid == p->tid) {
			to[i]++;
			flaws += ev->cpu == 0 && to[i] > 10 && strcmp(e->next_comm, p->name);
		}
		if (e->prev_pid == p->tid) {
			from[i]++;
			from_asleep[i] += e->prev_state != 0 && e->prev_state != PREEMPTED;
			flaws += ev->cpu == 0 && from[i] > 10 && strcmp(e->prev_comm, p->name);
		}
	}
}

int main(void)
{
	struct evring_event ev;
	struct evring r;

	channel_create(NAME, 16 << 20, 0);
	probe(NAME, EVRING_PROBE_SWITCH);
	ping_pong();
	detach(NAME, 0);
	ring_open(&r, NAME, NULL);
	while (evring_next(&r, &ev) == 1)
		if (ev.kind == EVRING_RECORD)
			seen_switch(&ev);
		else
			losses++;

	ok_equal(losses, 0, "nothing was lost");
	ok_equal(flaws, 0, "every event is sound, names and all");
	ok(!breaks, "every switch takes up where the one before it ended", "%u of %u do not", breaks,
	   events);
	for (int i = 0; i < 2; i++) {
		const struct player *p = i ? &pong : &ping;

		ok(from[i] >= p->switches && from[i] <= p->switches + LAST,
		   "each player left as often as the kernel counted", "%u times, not %u", from[i],
		   p->switches);
		ok(from[i] >= ROUNDS, "at least as often as it had the ball", "%u times", from[i]);
		/* It has ended for who joins it a moment before it leaves the CPU for good. */
		ok(from[i] == to[i] || from[i] + 1 == to[i], "and came as often as it left",
		   "left %u times, came %u times", from[i], to[i]);
		ok(from_asleep[i] >= p->sleeps && from_asleep[i] <= p->sleeps + LAST,
		   "and slept as often as the kernel counted", "%u times, not %u", from_asleep[i],
		   p->sleeps);
	}
	evring_close(&r);
	channel_remove(NAME);
	return result();
}
