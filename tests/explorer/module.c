// SPDX-License-Identifier: GPL-2.0
/*
 * What the module puts around the ring core: the real gate.c, and from channel.c the
 * functions that freeze and thaw (the build takes them out of it). How many CPUs seal their
 * blocks at once, and how a reader's place is set, is modelled here.
 */
#include "kernel.h"
#include "gate.c"

static struct evring_channel channel;
static struct ex_descriptor {
	struct evring_reader reader;
	struct evring_place places[EX_CPUS];
} descriptors[EX_READERS];

static struct evring_reader *reader_of(u32 reader)
{
	return &descriptors[reader].reader;
}

struct evring_ring *ex_ring(void)
{
	return &channel.ring;
}

/* --- what gate.c calls ---------------------------------------------------------------------- */

bool evring_wake_arm(struct evring_reader *reader)
{
	(void)reader;
	return false;
}

void evring_wake_moved(struct evring_reader *reader)
{
	(void)reader;
}

int evring_reader_place(struct evring_reader *reader, const u64 __user *seqs, u32 ncpus,
			bool forward)
{
	u32 cpu;

	for (cpu = 0; cpu < ncpus; cpu++)
		if (!forward || seqs[cpu] >= reader->places[cpu].cursor.seq)
			reader->places[cpu].cursor.seq = seqs[cpu];
	return 0;
}

/* --- freezing ---------------------------------------------------------------------------------- */

static void evring_seal_all(struct evring_ring *r)
{
	(void)r;
	ex_interrupt_all();
}

#include "freeze.c"

/* What an interrupt from another CPU does here. */
void ex_interrupted(uint32_t cpu)
{
	evring_ring_seal(&channel.ring, cpu);
}

/* --- system calls -------------------------------------------------------------------------------- */

void ex_module_setup(const struct evring_layout *layout)
{
	u32 i;

	memset(&channel, 0, sizeof(channel));
	memset(descriptors, 0, sizeof(descriptors));
	channel.layout = *layout;
	mutex_init(&channel.freeze_lock);
	evring_gate_setup(&channel, 0);
	for (i = 0; i < EX_READERS; i++) {
		reader_of(i)->channel = &channel;
		mutex_init(&reader_of(i)->lock);
		INIT_LIST_HEAD(&reader_of(i)->gate_node);
	}
	ex_keep(&channel, sizeof(channel));
	ex_keep(descriptors, sizeof(descriptors));
}

/* Gate, or leave. */
static int do_gate(u32 reader, struct evring_gate_args *args)
{
	bool leave = args->flags & EVRING_GATE_LEAVE;
	int err;

	ex_oracle_gate(reader, leave);
	err = evring_gate(reader_of(reader), args);
	ex_oracle_gated(reader, err || leave ? NULL : u64_to_user_ptr(args->seqs));
	return err;
}

static int do_ack(u32 reader, struct evring_position_args *args)
{
	int err;

	ex_oracle_acked(reader, u64_to_user_ptr(args->seqs));
	err = evring_gate_ack(reader_of(reader), args);
	ex_oracle_ack_over(reader);
	return err;
}

static int do_freeze(bool freeze)
{
	int err;

	if (!freeze)
		ex_oracle_frozen(false);
	err = evring_channel_freeze(&channel, freeze);
	if (!err && freeze)
		ex_oracle_frozen(true);
	return err;
}

/* As ioctl() on the descriptor of @reader, but that errors are returned negative. */
int ex_ioctl(uint32_t reader, unsigned long request, void *args)
{
	switch (request) {
	case EVRING_IOC_GATE:
		return do_gate(reader, args);
	case EVRING_IOC_ACK:
		return do_ack(reader, args);
	case EVRING_IOC_FREEZE:
		return do_freeze(true);
	case EVRING_IOC_THAW:
		return do_freeze(false);
	default:
		return -ENOTTY;
	}
}
