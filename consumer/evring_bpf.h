/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * Emitting from BPF programs: what a program includes, after linux/bpf.h or vmlinux.h.
 *
 *	struct opened {
 *		struct evring_common common;
 *		__u32 flags;
 *	} event = { .flags = flags };
 *
 *	bpf_evring_emit(channel, EVRING_TYPE_BPF, &event, sizeof(event));
 *
 * Kernels from 6.12 on, and a module that was built with BTF: the module's parameter bpf
 * reads Y. Programs for tracing (fentry, fexit, tp_btf, iterators), tracepoints, kprobes, perf
 * events and the syscall type. The program's license has to be compatible with the GPL.
 */
#ifndef EVRING_BPF_H
#define EVRING_BPF_H

#ifdef __VMLINUX_H__
#define _LINUX_TYPES_H	/* vmlinux.h has those types, and does not bear them twice */
#endif
#include <linux/evring.h>
#include <bpf/bpf_helpers.h>

/**
 * bpf_evring_emit() - emit one record.
 * @id: the channel: evring_info.id, which EVRING_IOC_INFO and evringctl info tell.
 * @type: of the event: EVRING_TYPE_BPF and up, to 0xffff, or one that a module registered.
 * @data: the payload, in the program's stack or in a map that it may write to. Its first
 *	eight bytes are room for struct evring_common, which is written in the ring, whatever
 *	they are here.
 * @data__sz: bytes of it, at least eight; the verifier has to know a bound that holds.
 *
 * Context: any that a program runs in, NMI included; sleeps nowhere.
 * Return: 0; -EINVAL (type or size); -ENOENT (there is no such channel, or no longer); or,
 * counted as a drop: -E2BIG (larger than evring_info.max_payload), -ENOBUFS (a lossless reader
 * is behind), -EROFS (frozen).
 */
extern int bpf_evring_emit(__u32 id, __u32 type, const void *data, __u32 data__sz) __ksym;

/**
 * bpf_evring_recording() - would a record emitted now be kept?
 * @id: the channel.
 *
 * Spares a program the making of what would be dropped; what it leaves out is not counted.
 * Return: whether there is such a channel, and it is not frozen.
 */
extern _Bool bpf_evring_recording(__u32 id) __ksym;

#endif /* EVRING_BPF_H */
