// SPDX-License-Identifier: GPL-2.0
/* See bpf_nmi.c. */
#include <linux/bpf.h>
#include <bpf/bpf_tracing.h>
#include <evring_bpf.h>
#include "bpf_nmi.h"

__u32 channel;		/* id */
__u32 process;		/* whose system calls emit */
__u64 emitted[SITES];
__u64 dropped[SITES];

static __always_inline int emit(enum site site)
{
	struct filled event = {};

	for (int i = 0; i < WORDS; i++)
		event.words[i] = FILLING(site, i);
	__sync_fetch_and_add(bpf_evring_emit(channel, EVRING_TYPE_BPF + site, &event, sizeof(event)) ?
			     &dropped[site] : &emitted[site], 1);
	return 0;
}

SEC("tp_btf/nmi_handler")
int BPF_PROG(in_nmi)
{
	return emit(NMI);
}

SEC("tp_btf/sys_enter")
int BPF_PROG(in_task)
{
	return bpf_get_current_pid_tgid() >> 32 == process ? emit(TASK) : 0;
}

char _license[] SEC("license") = "GPL";
