// SPDX-License-Identifier: GPL-2.0
/* Programs that shall not load; see bpf_verifier.c. Each is loaded alone. */
#include <linux/bpf.h>
#include <bpf/bpf_tracing.h>
#include <evring_bpf.h>

struct task_struct {
	struct task_struct *last_wakee;
	char comm[16];
} __attribute__((preserve_access_index));

char bytes[64];
volatile __u32 size;

/* All globals are one buffer to the verifier, a map's value is one of its own. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, char[64]);
} map SEC(".maps");

static __always_inline void *value(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&map, &key);
}

static __always_inline int emit(const void *data, __u32 bytes_of_it)
{
	return bpf_evring_emit(1, EVRING_TYPE_BPF, data, bytes_of_it);
}

SEC("?syscall")
int whole(void *ctx)
{
	return emit(bytes, sizeof(bytes));
}

SEC("?syscall")
int beyond_stack(void *ctx)
{
	struct evring_common event = { .type = 1 };

	return emit(&event, 64);
}

SEC("?syscall")
int beyond_map(void *ctx)
{
	void *v = value();

	return v ? emit(v, 65) : 0;
}

SEC("?syscall")
int bounded(void *ctx)
{
	__u32 some = size;
	void *v = value();

	return v && some <= 64 ? emit(v, some) : 0;
}

SEC("?syscall")
int bounded_too_high(void *ctx)
{
	__u32 some = size;
	void *v = value();

	return v && some <= 65 ? emit(v, some) : 0;
}

SEC("?syscall")
int unbounded(void *ctx)
{
	return emit(bytes, size);
}

SEC("?syscall")
int nothing(void *ctx)
{
	return emit((void *)0, 8);
}

SEC("?syscall")
int perhaps_nothing(void *ctx)
{
	return emit(value(), 8);
}

SEC("?syscall")
int invented(void *ctx)
{
	return emit((void *)(long)size, 8);
}

/* A pointer that was read in the kernel, and may point nowhere. */
SEC("?tp_btf/sched_process_exit")
int BPF_PROG(untrusted, struct task_struct *task)
{
	return emit(task->last_wakee->comm, sizeof(task->comm));
}

SEC("?socket")
int wrong_type(struct __sk_buff *skb)
{
	return emit(bytes, sizeof(bytes));
}

char _license[] SEC("license") = "GPL";
