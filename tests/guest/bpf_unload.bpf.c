// SPDX-License-Identifier: GPL-2.0
/* See bpf_unload.c. */
#include <linux/bpf.h>
#include <evring_bpf.h>

SEC("syscall")
int emit(void *ctx)
{
	struct evring_common event = { .type = 0 };

	return bpf_evring_emit(1, EVRING_TYPE_BPF, &event, sizeof(event));
}

char _license[] SEC("license") = "GPL";
