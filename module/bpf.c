// SPDX-License-Identifier: GPL-2.0
/*
 * Kernel functions for BPF programs, which know a channel by its id.
 *
 * A program that calls one of them holds a reference to the module. It holds none to the
 * channel: that is found anew by each call, and lives while the call is in its RCU read-side
 * section. A sleepable program has no such section of its own, so each function opens one.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/evring_event.h>
#include "bpf.h"
#include "channel.h"

/* Set by the one who loads: shall there be any? From then on: are there? */
static bool evring_bpf = true;
module_param_named(bpf, evring_bpf, bool, 0444);
MODULE_PARM_DESC(bpf, "BPF programs can emit; reads N where this kernel or this build cannot");

#ifdef EVRING_HAVE_BPF_KFUNC

/* 7.0: it holds for every kfunc. */
#ifndef KF_TRUSTED_ARGS
#define KF_TRUSTED_ARGS	0
#endif

/*
 * Is it a type that a program may emit? Those of evring's own, and of tracefs, mean what the
 * kernel says that happened.
 */
static bool evring_bpf_type_valid(u32 type)
{
	return type >= EVRING_TYPE_DYNAMIC && type <= U16_MAX;
}

/* Emit @size bytes at @data, but the common fields as they are here and now. */
static int evring_bpf_store(struct evring_channel *channel, u32 type, const void *data, u32 size)
{
	struct evring_reservation rsv;
	struct evring_common common;
	int err;

	evring_common_fill(&common, type);
	err = evring_reserve(channel, type, size, &rsv);
	if (err)
		return err;
	memcpy(rsv.payload, &common, sizeof(common));
	memcpy(rsv.payload + sizeof(common), data + sizeof(common), size - sizeof(common));
	evring_commit(channel, &rsv);
	return 0;
}

__bpf_kfunc_start_defs();

/**
 * bpf_evring_emit() - emit one record.
 * @id: the channel: evring_info.id.
 * @type: of the event: EVRING_TYPE_BPF and up, to 0xffff, or one that a module registered.
 * @data: the payload. Its first eight bytes are room for struct evring_common, which is
 *	written in the ring, whatever they are here.
 * @data__sz: bytes of it, at least eight.
 *
 * Context: any that a program runs in, NMI included. Sleeps nowhere, takes no lock.
 * Return: 0; -EINVAL (type or size); -ENOENT (there is no such channel, or no longer); or
 * as evring_emit() after counting the drop: -E2BIG (larger than a record can be), -ENOBUFS
 * (no room), -EROFS (frozen), -EOPNOTSUPP (RCU does not watch).
 */
__bpf_kfunc int bpf_evring_emit(u32 id, u32 type, const void *data, u32 data__sz)
{
	struct evring_channel *channel;
	int err = -ENOENT;

	if (!evring_bpf_type_valid(type) || data__sz < sizeof(struct evring_common))
		return -EINVAL;
	rcu_read_lock();
	channel = evring_channel_lookup(id);
	if (channel)
		err = evring_bpf_store(channel, type, data, data__sz);
	rcu_read_unlock();
	return err;
}

/**
 * bpf_evring_recording() - would a record emitted now be kept?
 * @id: the channel: evring_info.id.
 *
 * As evring_recording(). Context: as bpf_evring_emit().
 * Return: whether there is such a channel, and it is not frozen.
 */
__bpf_kfunc bool bpf_evring_recording(u32 id)
{
	struct evring_channel *channel;
	bool recording;

	rcu_read_lock();
	channel = evring_channel_lookup(id);
	recording = channel && evring_recording(channel);
	rcu_read_unlock();
	return recording;
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(evring_bpf_ids)
BTF_ID_FLAGS(func, bpf_evring_emit, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_evring_recording)
BTF_KFUNCS_END(evring_bpf_ids)

static const struct btf_kfunc_id_set evring_bpf_set = {
	.owner = THIS_MODULE,
	.set = &evring_bpf_ids,
};

/* Tracepoint and perf-event programs count as tracing. */
static const enum bpf_prog_type evring_bpf_types[] = {
	BPF_PROG_TYPE_TRACING,
	BPF_PROG_TYPE_KPROBE,
	BPF_PROG_TYPE_SYSCALL,
};

/* NULL, or why it cannot be. */
static const char *evring_bpf_register(void)
{
	size_t i;

	/* The kernel only warns of that, and says that all is well. */
	if (!THIS_MODULE->btf_data_size)
		return "this module was built without the kernel's vmlinux or without pahole";
	for (i = 0; i < ARRAY_SIZE(evring_bpf_types); i++) {
		if (register_btf_kfunc_id_set(evring_bpf_types[i], &evring_bpf_set))
			return "the kernel refuses this module's kfuncs";
	}
	return NULL;
}

#else

static const char *evring_bpf_register(void)
{
	return "this kernel has no kfuncs for that; 6.12 has";
}

#endif /* EVRING_HAVE_BPF_KFUNC */

/**
 * evring_bpf_init() - let BPF programs call what is here, or tell why they cannot.
 *
 * Programs may emit before this returns. What is registered goes with the module's BTF.
 */
void evring_bpf_init(void)
{
	const char *why;

	if (!evring_bpf)
		return;
	why = evring_bpf_register();
	evring_bpf = !why;
	if (why)
		pr_info("evring: BPF programs cannot emit: %s\n", why);
}

/**
 * evring_bpf_settle() - wait for programs that found what evring_channel_lookup() finds no
 * more. Context: process, may sleep.
 */
void evring_bpf_settle(void)
{
	if (evring_bpf)
		synchronize_rcu();
}
