/* SPDX-License-Identifier: GPL-2.0 */
/* What evbench's BPF programs and evbench itself have in common. */
#ifndef EVBENCH_EMISSION_H
#define EVBENCH_EMISSION_H

#include <linux/evring.h>

#define EMISSION_CPUS		16U	/* producers; a power of two */
#define EMISSION_PAYLOAD	4096U	/* the largest */
#define EMISSION_CHUNK		8192U	/* records in one run of a program, which is not preempted */

/**
 * struct emitter - a producer's record, and what came of it.
 * @record: its header; the payload follows.
 * @payload: the generator's.
 * @elapsed_ns: time that the loops took.
 * @stored: records accepted.
 * @sum: sum of the words of those.
 */
struct emitter {
	struct evring_record record;
	__u8 payload[EMISSION_PAYLOAD];
	__u64 elapsed_ns;
	__u64 stored;
	__u64 sum;
};

/**
 * struct emission_args - a run of a program; the arguments of a raw tracepoint.
 * @producer: number of the producer.
 * @count: records.
 * @varied: each has a number and a checksum of its own.
 */
struct emission_args {
	__u64 producer;
	__u64 count;
	__u64 varied;
};

#endif /* EVBENCH_EMISSION_H */
