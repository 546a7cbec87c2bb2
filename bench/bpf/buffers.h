/* SPDX-License-Identifier: GPL-2.0 */
/* Where the BPF programs hand records over: a BPF ring buffer and a perf buffer. */
#ifndef EVBENCH_BPF_BUFFERS_H
#define EVBENCH_BPF_BUFFERS_H

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1U << 23);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} buffer SEC(".maps");

#endif /* EVBENCH_BPF_BUFFERS_H */
