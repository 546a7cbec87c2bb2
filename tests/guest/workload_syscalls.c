// SPDX-License-Identifier: GPL-2.0
/*
 * Workload truth: the raw system calls of one process are counted exactly, entry and exit in turn, each
 * exit with the number of its entry; arguments and results are as they were passed and returned.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "workload_syscalls"
#define CALLS 1234

static uint32_t enters, exits, getppids, results, marks, out_of_turn, losses;
static int64_t inside = -1;
static pid_t caller, parent;

static void seen_enter(const struct evring_event_sys_enter *e)
{
	static const uint64_t want[6] = { UINT64_MAX, 0x123456789abcdef0, 3, 4, 5, 6 };

	enters++;
	out_of_turn += inside != -1;
	inside = e->id;
	getppids += e->id == SYS_getppid;
	/* lseek() takes three; the kernel tells what is in the other registers as well. */
	if (e->id == SYS_lseek && !memcmp(e->args, want, sizeof(want)))
		marks++;
}

static void seen_exit(const struct evring_event_sys_exit *e)
{
	exits++;
	/* A process that was just made returns from a call that it did not enter. */
	out_of_turn += inside != e->id && enters;
	inside = -1;
	results += e->id == SYS_getppid && e->ret == parent;
	marks += e->id == SYS_lseek && e->ret == -EBADF;
}

static void call(void)
{
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
	syscall(SYS_lseek, -1L, 0x123456789abcdef0L, 3L, 4L, 5L, 6L);
	syscall(SYS_exit_group, 0);
}

int main(void)
{
	struct evring_event ev;
	struct evring r;

	parent = getpid();
	channel_create(NAME, 16 << 20, 0);
	probe(NAME, EVRING_PROBE_SYS_ENTER | EVRING_PROBE_SYS_EXIT);
	caller = child();
	if (!caller)
		call();
	child_status(caller);
	detach(NAME, 0);
	ring_open(&r, NAME, NULL);
	while (evring_next(&r, &ev) == 1) {
		const struct evring_common *common = ev.payload;

		if (ev.kind != EVRING_RECORD)
			losses++;
		else if (common->pid != caller)
			continue;
		else if (ev.type == EVRING_TYPE_SYS_ENTER &&
			 ev.len == sizeof(struct evring_event_sys_enter))
			seen_enter(ev.payload);
		else if (ev.type == EVRING_TYPE_SYS_EXIT &&
			 ev.len == sizeof(struct evring_event_sys_exit))
			seen_exit(ev.payload);
		else
			ok(false, "there are entries and exits only", "type %#x", ev.type);
	}
	ok_equal(losses, 0, "nothing was lost");
	ok_equal(getppids, CALLS, "getppid() was entered as often as it was called");
	ok_equal(results, CALLS, "and returned the parent each time");
	ok_equal(marks, 2, "all six arguments and an error are as they were");
	ok_equal(out_of_turn, 0, "entries and exits take turns, with the same number");
	ok(enters > CALLS + 1 && enters - exits <= 1, "only the last call was not left",
	   "%u entries, %u exits", enters, exits);
	evring_close(&r);
	channel_remove(NAME);
	return result();
}
