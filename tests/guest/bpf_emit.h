/* SPDX-License-Identifier: GPL-2.0 */
/* What bpf_emit.bpf.c and bpf_emit.c have in common. */
#ifndef EVRING_TESTS_GUEST_BPF_EMIT_H
#define EVRING_TESTS_GUEST_BPF_EMIT_H

enum kind { TRACING, TRACEPOINT, KPROBE, PERF_EVENT, KINDS };

/* Payload of EVRING_TYPE_BPF + kind. */
struct numbered {
	struct evring_common common;
	__u64 number;	/* records of this kind before */
};

#define PAYLOAD_ROOM	8192

/* For the program of the syscall type: emit so, or ask; and the answer. */
struct order {
	__u32 id;
	__u32 type;
	__u32 size;
	__u32 ask;
	__s32 answer;
};

#endif /* EVRING_TESTS_GUEST_BPF_EMIT_H */
