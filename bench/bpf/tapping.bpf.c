// SPDX-License-Identifier: GPL-2.0
/*
 * BPF programs where evring's generator emits: what it does goes by a BPF ring buffer or a perf buffer, too.
 * So it decides when, for them as well.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include "buffers.h"
#include "tap.h"

/* Where the probed function's second argument is in the registers that a kprobe is given. */
const volatile __u32 second_argument;

static __always_inline void take(void *regs, struct tap_record *r)
{
	const void *payload = NULL;

	bpf_probe_read_kernel(&payload, sizeof(payload), regs + second_argument);
	bpf_probe_read_kernel(r->payload, sizeof(r->payload), payload);
	r->time = bpf_ktime_get_ns();
}

SEC("kprobe")
int tap_ring(void *regs)
{
	struct tap_record r;

	take(regs, &r);
	bpf_ringbuf_output(&ring, &r, sizeof(r), 0);
	return 0;
}

SEC("kprobe")
int tap_perf(void *regs)
{
	struct tap_record r;

	take(regs, &r);
	bpf_perf_event_output(regs, &buffer, BPF_F_CURRENT_CPU, &r, sizeof(r));
	return 0;
}

char _license[] SEC("license") = "GPL";
