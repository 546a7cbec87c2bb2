// SPDX-License-Identifier: GPL-2.0
/* The part of opens in the kernel: a record for each file that is opened. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <evring_bpf.h>
#include "opens.h"

/* The little that is needed of the kernel's; where it really is is found when loading. */
struct path {
} __attribute__((preserve_access_index));

struct file {
	unsigned int f_flags;
	struct path f_path;
} __attribute__((preserve_access_index));

const volatile __u32 channel;	/* id of the channel */
__u64 opened;			/* files */
__u64 emitted;			/* records */

/* Too much for the stack. One program is not run twice at once on a CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct opened);
} scratch SEC(".maps");

SEC("fentry/security_file_open")
int BPF_PROG(file_opened, struct file *file)
{
	__u32 first = 0;
	struct opened *event = bpf_map_lookup_elem(&scratch, &first);
	long len;

	__sync_fetch_and_add(&opened, 1);
	if (!event || !bpf_evring_recording(channel))
		return 0;
	event->flags = file->f_flags;
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	len = bpf_d_path(&file->f_path, event->path, sizeof(event->path));
	if (len < 0 || len > OPENED_PATH)
		len = 0;
	if (!bpf_evring_emit(channel, OPENED, event, offsetof(struct opened, path) + len))
		__sync_fetch_and_add(&emitted, 1);
	return 0;
}

char _license[] SEC("license") = "GPL";
