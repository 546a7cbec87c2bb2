// SPDX-License-Identifier: GPL-2.0
/*
 * Workload truth: 1,000 forks are exactly 1,000 fork events, with the parent's and the child's
 * process numbers and names, and 1,000 exit events with the children's exit codes, each fork before its
 * exit. A child killed by a signal says by which. Threads count as they do for the kernel.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <sys/prctl.h>

#define NAME "workload_fork"
#define FORKS 1000
#define PID_MAX 65536

static uint8_t forked[PID_MAX], exited[PID_MAX], ours[PID_MAX];
static int32_t code[PID_MAX];
static uint32_t bad_names, other_parents, exits_first, losses;
static pid_t self;

static void seen_fork(const struct evring_event_fork *e)
{
	if (e->parent_pid != self) {
		other_parents++;
		return;
	}
	if (strcmp(e->parent_comm, "a parent's name") || strcmp(e->child_comm, "a parent's name") ||
	    e->common.pid != self || e->common.type != EVRING_TYPE_FORK)
		bad_names++;
	forked[e->child_pid % PID_MAX]++;
}

static void seen_exit(const struct evring_event_exit *e)
{
	uint32_t pid = (uint32_t)e->pid % PID_MAX;

	if (!ours[pid])
		return;
	exits_first += !forked[pid];
	exited[pid]++;
	code[pid] = e->exit_code;
	if (strcmp(e->comm, "a child's name") || e->common.pid != e->pid)
		bad_names++;
}

/* In the order of time, across CPUs: a child may end on another than it began. */
static void collect(struct evring *r)
{
	struct evring_event ev;

	while (evring_next(r, &ev) == 1) {
		if (ev.kind != EVRING_RECORD)
			losses++;
		else if (ev.type == EVRING_TYPE_FORK && ev.len == sizeof(struct evring_event_fork))
			seen_fork(ev.payload);
		else if (ev.type == EVRING_TYPE_EXIT && ev.len == sizeof(struct evring_event_exit))
			seen_exit(ev.payload);
		else
			ok(false, "there are fork and exit events only", "type %#x, %u bytes", ev.type,
			   ev.len);
	}
}

static pid_t fork_one(int i)
{
	pid_t pid = child();

	if (pid)
		return pid;
	prctl(PR_SET_NAME, "a child's name");
	if (i % 10 == 3)
		kill(getpid(), SIGKILL);
	_exit(i & 0xff);
}

int main(void)
{
	uint32_t wrong_forks = 0, wrong_exits = 0, wrong_codes = 0, strangers = 0;
	static pid_t pids[FORKS];
	struct evring r;

	self = getpid();
	prctl(PR_SET_NAME, "a parent's name");
	channel_create(NAME, 8 << 20, 0);
	probe(NAME, EVRING_PROBE_FORK | EVRING_PROBE_EXIT);
	for (int i = 0; i < FORKS; i++) {
		pids[i] = fork_one(i);
		ours[pids[i] % PID_MAX] = 1;
		child_status(pids[i]);
	}
	detach(NAME, 0);
	ring_open(&r, NAME, NULL);
	collect(&r);

	for (int i = 0; i < FORKS; i++) {
		int32_t want = i % 10 == 3 ? SIGKILL : (i & 0xff) << 8;
		pid_t pid = pids[i] % PID_MAX;

		wrong_forks += forked[pid] != 1;
		wrong_exits += exited[pid] != 1;
		wrong_codes += code[pid] != want;
	}
	for (size_t pid = 0; pid < PID_MAX; pid++)
		strangers += forked[pid] && !ours[pid];
	ok(!wrong_forks && !strangers, "1,000 forks are exactly 1,000 fork events",
	   "%u children have none or several, %u were not ours", wrong_forks, strangers);
	ok_equal(wrong_exits, 0, "each child has one exit event");
	ok_equal(wrong_codes, 0, "with its exit code, or the signal that killed it");
	ok_equal(exits_first, 0, "after its fork event");
	ok_equal(bad_names, 0, "names, process numbers and types are right");
	ok_equal(losses, 0, "nothing was lost");
	printf("# %u forks of others\n", other_parents);
	evring_close(&r);
	channel_remove(NAME);
	return result();
}
