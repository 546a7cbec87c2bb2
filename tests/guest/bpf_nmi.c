// SPDX-License-Identifier: GPL-2.0
/*
 * A BPF program emits in NMIs, which QEMU's monitor raises on all CPUs, in the middle of another's
 * emitting in tasks there: each record is whole and says where it was made, and as many come or are
 * told as lost as were emitted.
 *
 * vm: --smp 2 --nmi 100
 * timeout: 180
 */
#include "bpf_harness.h"

#ifdef HAVE_SKELETON
#include "bpf_nmi.h"
#include "bpf_nmi.skel.h"

#define NAME "bpf_nmi"
#define WANTED 200
#define CPUS 2
#define FLAG_NMI 0x40

static struct bpf_nmi *program;
static uint64_t received, overrun, from_nmi, wrong;
static uint32_t over;

static void *caller(void *cpu)
{
	pin((unsigned int)(uintptr_t)cpu);
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED))
		syscall(SYS_getppid);
	return NULL;
}

static bool whole(const struct evring_event *ev)
{
	const struct filled *e = ev->payload;
	enum site site = ev->type == EVRING_TYPE_BPF + NMI ? NMI : TASK;

	if (ev->type > EVRING_TYPE_BPF + TASK || ev->len != sizeof(*e) ||
	    e->common.type != ev->type || !(e->common.flags & FLAG_NMI) != (site == TASK))
		return false;
	for (int i = 0; i < WORDS; i++)
		if (e->words[i] != FILLING((unsigned int)site, (unsigned int)i))
			return false;
	return true;
}

static int take(void *unused, const struct evring_event *ev)
{
	(void)unused;
	if (ev->kind == EVRING_OVERRUN) {
		overrun += ev->count;
	} else if (ev->kind == EVRING_RECORD) {
		received++;
		from_nmi += ev->type == EVRING_TYPE_BPF + NMI;
		wrong += !whole(ev);
	} else {
		wrong++;
	}
	return 0;
}

static uint64_t emitted(void)
{
	return program->bss->emitted[NMI] + program->bss->emitted[TASK];
}

int main(void)
{
	uint64_t end = now_ns() + 120000000000U;
	pthread_t threads[CPUS];
	struct evring ring;

	need_bpf();
	channel_create(NAME, 256 << 10, 16 << 10);
	ring_open(&ring, NAME, NULL);
	program = bpf_nmi__open_and_load();
	program_must(program ? 0 : -errno, "load the programs");
	program->bss->channel = channel_info(evring_fd(&ring)).id;
	program->bss->process = (uint32_t)getpid();
	program_must(bpf_nmi__attach(program), "attach them");
	for (uintptr_t cpu = 0; cpu < CPUS; cpu++)
		if (pthread_create(&threads[cpu], NULL, caller, (void *)cpu))
			bail("no thread");
	while (*(volatile __u64 *)&program->bss->emitted[NMI] < WANTED && now_ns() < end)
		evring_drain(&ring, take, NULL, 1000);
	__atomic_store_n(&over, 1, __ATOMIC_RELAXED);
	for (int cpu = 0; cpu < CPUS; cpu++)
		pthread_join(threads[cpu], NULL);
	bpf_nmi__detach(program);
	sleep_ms(100);	/* an NMI may just be on its way */
	while (evring_drain(&ring, take, NULL, 1000) > 0)
		;
	ok(program->bss->emitted[NMI] >= WANTED, "NMIs emit", "only %llu records",
	   (unsigned long long)program->bss->emitted[NMI]);
	ok(from_nmi, "and some are read", "none");
	ok_equal(wrong, 0, "every record is whole and says where it was made");
	ok_equal(received + overrun, emitted(), "received + overrun = emitted");
	ok_equal(program->bss->dropped[NMI] + program->bss->dropped[TASK], 0, "none is dropped");
	bpf_nmi__destroy(program);
	evring_close(&ring);
	return result();
}

#else

int main(void)
{
	return without_skeleton();
}

#endif
