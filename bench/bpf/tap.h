/* SPDX-License-Identifier: GPL-2.0 */
/* What the tap's BPF programs hand over. */
#ifndef EVBENCH_BPF_TAP_H
#define EVBENCH_BPF_TAP_H

#include <linux/types.h>

#define TAP_PAYLOAD	64	/* bytes */

/**
 * struct tap_record - what was about to be emitted.
 * @time: CLOCK_MONOTONIC, nanoseconds.
 * @payload: the generator's.
 */
struct tap_record {
	__u64 time;
	__u8 payload[TAP_PAYLOAD];
};

#endif /* EVBENCH_BPF_TAP_H */
