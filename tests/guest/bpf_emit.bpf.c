// SPDX-License-Identifier: GPL-2.0
/* See bpf_emit.c. */
#include <linux/bpf.h>
#include <bpf/bpf_tracing.h>
#include <asm/unistd.h>
#include <evring_bpf.h>
#include "bpf_emit.h"

__u32 channel;			/* id */
__u32 process;			/* whose calls count */
__u64 attempted[KINDS];
__u64 refused[KINDS];
char bytes[PAYLOAD_ROOM];

static __always_inline int emit(enum kind kind)
{
	/* What a program says of itself must not count. */
	struct numbered event = { .common = { .type = 1, .flags = 2, .preempt_count = 3, .pid = 4 } };

	event.number = __sync_fetch_and_add(&attempted[kind], 1);
	if (bpf_evring_emit(channel, EVRING_TYPE_BPF + kind, &event, sizeof(event)))
		__sync_fetch_and_add(&refused[kind], 1);
	return 0;
}

static __always_inline _Bool of_process(void)
{
	return bpf_get_current_pid_tgid() >> 32 == process;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_tracing, void *regs, long id)
{
	return of_process() && id == __NR_getppid ? emit(TRACING) : 0;
}

SEC("tracepoint/syscalls/sys_enter_getsid")
int on_tracepoint(void *ctx)
{
	return of_process() ? emit(TRACEPOINT) : 0;
}

SEC("kprobe/__x64_sys_getpriority")
int on_kprobe(void *ctx)
{
	return of_process() ? emit(KPROBE) : 0;
}

SEC("perf_event")
int on_perf_event(void *ctx)
{
	return emit(PERF_EVENT);
}

SEC("syscall")
int on_demand(struct order *order)
{
	__u32 size = order->size;

	if (order->ask)
		order->answer = bpf_evring_recording(order->id);
	else if (size <= sizeof(bytes))
		order->answer = bpf_evring_emit(order->id, order->type, bytes, size);
	return 0;
}

char _license[] SEC("license") = "GPL";
