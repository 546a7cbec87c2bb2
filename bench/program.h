/* SPDX-License-Identifier: GPL-2.0 */
/* The BPF programs among the peers. */
#ifndef EVBENCH_PROGRAM_H
#define EVBENCH_PROGRAM_H

/**
 * enum program_id - how a BPF program emits.
 * @PROGRAM_EMPTY: not at all.
 * @PROGRAM_OUTPUT: bpf_ringbuf_output(), which wakes a reader that has read all.
 * @PROGRAM_RESERVE: bpf_ringbuf_reserve(), a copy, bpf_ringbuf_submit().
 * @PROGRAM_PERF: bpf_perf_event_output(), which wakes its reader with every record.
 * @PROGRAM_RESERVE_QUIET: without wake-ups, for a reader that polls.
 * @PROGRAM_PERF_QUIET: a wake-up each 1024 records.
 */
enum program_id {
	PROGRAM_EMPTY,
	PROGRAM_OUTPUT,
	PROGRAM_RESERVE,
	PROGRAM_PERF,
	PROGRAM_RESERVE_QUIET,
	PROGRAM_PERF_QUIET,
};

#endif /* EVBENCH_PROGRAM_H */
