// SPDX-License-Identifier: GPL-2.0
/*
 * Counters on CPUs that go and come: a CPU that was offline when a source was attached, and that
 * came, went and came again since, is counted on, every event of it; nothing holds the kprobe
 * once the source is detached.
 *
 * No NMIs here: one that reaches a CPU as it goes may be at work, a lock of the kernel's held,
 * when the CPU is brought up again from the start.
 *
 * vm: --smp 2
 */
#define NAME "counters"
#include "counter.h"
#include <sys/wait.h>

#define ONLINE "/sys/devices/system/cpu/cpu1/online"
#define CALLS 50

static void work_on(unsigned int cpu)
{
	pid_t pid = (pid_t)must(fork(), "fork");

	if (!pid) {
		pin(cpu);
		for (int i = 0; i < CALLS; i++)
			syscall(SYS_getppid);
		_exit(0);
	}
	must(waitpid(pid, NULL, 0), "waitpid");
}

static uint32_t from_cpu(uint32_t cpu)
{
	struct evring_event ev;
	uint32_t n = 0;
	struct evring r;

	ring_open(&r, NAME, NULL);
	while (evring_next(&r, &ev) == 1)
		n += ev.kind == EVRING_RECORD && ev.cpu == cpu;
	evring_close(&r);
	return n;
}

int main(void)
{
	uint32_t before, after;

	if (access(TRACEFS "/kprobe_events", F_OK)) {
		printf("this kernel has no kprobe events\n");
		return 77;
	}
	channel_create(NAME, 4 << 20, 0);
	kprobe("p:evring_test/ppid __x64_sys_getppid\n");
	must(file_put(ONLINE, "0"), "CPU 1 offline");
	must_count("evring_test/ppid", 0);
	must(count((struct evring_perf_args){ .type = PERF_TYPE_SOFTWARE, .period = 1,
					      .config = PERF_COUNT_SW_EMULATION_FAULTS }), "ATTACH");
	for (int i = 0; i < 4; i++) {
		must(file_put(ONLINE, "1"), "CPU 1 online");
		must(file_put(ONLINE, "0"), "CPU 1 offline");
	}
	must(file_put(ONLINE, "1"), "CPU 1 online");
	for (int i = 0; i < 100 && !from_cpu(1); i++) {
		sleep_ms(50);
		work_on(1);
	}
	before = from_cpu(1);
	work_on(1);
	after = from_cpu(1);
	ok(before, "a CPU that comes is counted on", "no records of it");
	ok_equal(after - before, CALLS, "every event of it");
	detach(NAME, 0);
	ok_errno(file_put(TRACEFS "/kprobe_events", "-:evring_test/ppid\n") ? -1 : 0, 0,
		 "nothing holds the kprobe any more");
	channel_remove(NAME);
	return result();
}
