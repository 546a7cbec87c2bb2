// SPDX-License-Identifier: GPL-2.0
/* See bpf_removal.c. */
#include <linux/bpf.h>
#include <bpf/bpf_tracing.h>
#include <asm-generic/errno-base.h>
#include <evring_bpf.h>

__u32 channel;		/* id, which changes */
__u32 process;		/* whose system calls emit */
__u64 emitted;
__u64 missed;		/* there was no such channel */
__u64 failed;		/* all else */

static __always_inline int emit(void)
{
	struct {
		struct evring_common common;
		__u64 more[4];
	} event = { .more = { 1, 2, 3, 4 } };
	int err = bpf_evring_emit(*(volatile __u32 *)&channel, EVRING_TYPE_BPF, &event, sizeof(event));

	__sync_fetch_and_add(!err ? &emitted : err == -ENOENT ? &missed : &failed, 1);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(in_task)
{
	return bpf_get_current_pid_tgid() >> 32 == process ? emit() : 0;
}

SEC("perf_event")
int in_interrupt(void *ctx)
{
	return emit();
}

char _license[] SEC("license") = "GPL";
