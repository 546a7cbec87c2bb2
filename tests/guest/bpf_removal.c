// SPDX-License-Identifier: GPL-2.0
/*
 * Channels come and go while programs emit into them from system calls and timer interrupts on all
 * CPUs. When REMOVE has returned nothing is emitted any more; over all channels, as many records
 * were accepted as programs were told; and what they were told else is that there is no such
 * channel.
 *
 * vm: --smp 2
 * timeout: 180
 */
#include "bpf_harness.h"

#ifdef HAVE_SKELETON
#include "bpf_removal.skel.h"

#define NAME "bpf_removal"
#define ROUNDS 60
#define CPUS 2

static struct bpf_removal *program;
static uint32_t over;

static void *caller(void *unused)
{
	(void)unused;
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
		syscall(SYS_getppid);
	return NULL;
}

/* One channel's life; what it had accepted in the end. */
static uint64_t round_of(uint64_t *late)
{
	uint64_t accepted;
	int fd;

	channel_create(NAME, 64 << 10, 4096);
	fd = channel_open(NAME, O_RDONLY);
	__atomic_store_n(&program->bss->channel, channel_info(fd).id, __ATOMIC_RELAXED);
	sleep_ms(5);
	must(channel_remove(NAME), "REMOVE");
	accepted = channel_stats(fd).accepted;
	sleep_ms(2);
	*late += channel_stats(fd).accepted - accepted;
	close(fd);
	return accepted;
}

int main(void)
{
	uint64_t accepted = 0, late = 0;
	struct bpf_link *links[CPUS];
	pthread_t threads[CPUS];

	need_bpf();
	program = bpf_removal__open_and_load();
	program_must(program ? 0 : -errno, "load the programs");
	program->bss->process = (uint32_t)getpid();
	program_must(bpf_removal__attach(program), "attach in_task");
	for (int cpu = 0; cpu < CPUS; cpu++) {
		links[cpu] = bpf_program__attach_perf_event(program->progs.in_interrupt,
							    cpu_clock(cpu, 500000));
		link_must(links[cpu], "attach in_interrupt");
		if (pthread_create(&threads[cpu], NULL, caller, NULL))
			bail("no thread");
	}
	for (int i = 0; i < ROUNDS; i++)
		accepted += round_of(&late);
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	for (int cpu = 0; cpu < CPUS; cpu++) {
		pthread_join(threads[cpu], NULL);
		bpf_link__destroy(links[cpu]);
	}
	bpf_removal__detach(program);
	ok_equal(late, 0, "nothing is emitted once REMOVE has returned");
	ok(accepted, "the channels got something", "nothing at all");
	ok_equal(accepted, program->bss->emitted, "as much as the programs were told");
	ok(program->bss->missed, "they went on when a channel was gone", "they never missed one");
	ok_equal(program->bss->failed, 0, "nothing else was told");
	bpf_removal__destroy(program);
	return result();
}

#else

int main(void)
{
	return without_skeleton();
}

#endif
