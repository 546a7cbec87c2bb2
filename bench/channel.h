/* SPDX-License-Identifier: GPL-2.0 */
/* The channel that is measured, and the generator that fills it. */
#ifndef EVBENCH_CHANNEL_H
#define EVBENCH_CHANNEL_H

#include "evbench.h"

/**
 * struct channel - a channel of our own.
 * @control: descriptor of /dev/evring/control.
 * @device: descriptor of the channel, for INFO, STATS and the map.
 * @name: its name; "" while there is none.
 * @path: its device node.
 * @info: what the kernel says of it.
 */
struct channel {
	int control;
	int device;
	char name[EVRING_NAME_SIZE];
	char path[EVRING_NAME_SIZE + 16];
	struct evring_info info;
};

/**
 * struct burst - what the generator shall do.
 * @flags: EVRING_GENERATOR_*.
 * @payload: bytes of payload.
 * @count: records for each CPU.
 * @rate: records a second for each CPU; 0: as fast as it goes.
 * @cpus: the CPUs.
 */
struct burst {
	uint32_t flags;
	uint32_t payload;
	uint64_t count;
	uint64_t rate;
	const cpu_set_t *cpus;
};

/**
 * struct burst_result - what it did.
 * @elapsed_ns: the longest time that a CPU took.
 * @attempted: records on all CPUs together.
 * @emitted: records accepted.
 * @failed: records dropped.
 */
struct burst_result {
	uint64_t elapsed_ns;
	uint64_t attempted;
	uint64_t emitted;
	uint64_t failed;
};

int channel_check(void);
int channel_make(struct channel *ch, const struct options *opts, uint32_t payload);
void channel_remove(struct channel *ch);
int channel_emit(struct channel *ch, const struct burst *b, struct burst_result *res);
int channel_start(struct channel *ch, const struct burst *b, uint32_t *source);
int channel_attach(struct channel *ch, struct evring_attach_args *args, const char *what,
		   uint32_t *source);
int channel_record(struct channel *ch, const char *event, uint32_t *source);
int channel_stop(struct channel *ch, uint32_t source);
int channel_fill(struct channel *ch, const struct burst *b);
int channel_total(struct channel *ch, uint64_t *total);
int channel_wakeups(struct channel *ch, uint64_t *wakeups);
uint64_t channel_capacity(const struct channel *ch, uint32_t payload);

/** record_stride() - bytes that a record with @payload bytes takes in a block. */
static inline uint32_t record_stride(uint32_t payload)
{
	return (uint32_t)(sizeof(struct evring_record) + payload + 7U) & ~7U;
}

#endif /* EVBENCH_CHANNEL_H */
