/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * /dev/evring_peers: other ways to hand records to user space, for evbench.
 *
 * A descriptor is a buffer of one backend: SETUP makes it, RUN has threads emit to it, and
 * reading it depends on the backend. Closing the descriptor frees it. For programs built
 * from the same tree; this is no ABI.
 */
#ifndef EVRING_PEERS_H
#define EVRING_PEERS_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define PEERS_DEVICE		"/dev/evring_peers"
#define PEERS_DEBUGFS		"/sys/kernel/debug/evring_peers"
#define PEERS_NAME_SIZE		48
#define PEERS_CPUS		1024U	/* CPU numbers that a set holds */
#define PEERS_RELAY_BATCH	64U	/* sub-buffers that one call tells of */

/**
 * enum peers_backend_id - where records go.
 * @PEERS_EMPTY: nowhere: the loop alone.
 * @PEERS_CLOCK: nowhere: the loop and the clock.
 * @PEERS_COPY: to memory that can be mapped, by memcpy(); no atomicity, no reader, no
 *	loss. Each CPU has a slice of its own, which it fills from the start in every run.
 * @PEERS_EVRING: a channel of the name given, by evring_emit().
 * @PEERS_EVRING_RESERVE: the same by evring_reserve(), memcpy() and evring_commit().
 * @PEERS_EVRING_INLINE: the same by evring_emit_inline(), of a size known at run time.
 * @PEERS_EVRING_FIXED: the same with a size that the compiler knows: 16, 64, 256 or 1024.
 * @PEERS_RELAY: relay_write(); files cpu0, cpu1 ... in PEERS_DEBUGFS/NAME to be mapped.
 * @PEERS_FTRACE: ring_buffer_lock_reserve() of a ring like tracefs's; read() gives a page
 *	as trace_pipe_raw does.
 * @PEERS_KFIFO: a kfifo under a spin lock; read() gives whole records.
 * @PEERS_TRACING: the tracepoint evring_peers:peers_record, for whoever records it: a
 *	__data_loc, and the payload without its struct evring_common.
 */
enum peers_backend_id {
	PEERS_EMPTY		= 0,
	PEERS_CLOCK		= 1,
	PEERS_COPY		= 2,
	PEERS_EVRING		= 3,
	PEERS_EVRING_RESERVE	= 4,
	PEERS_RELAY		= 5,
	PEERS_FTRACE		= 6,
	PEERS_KFIFO		= 7,
	PEERS_EVRING_INLINE	= 8,
	PEERS_EVRING_FIXED	= 9,
	PEERS_TRACING		= 10,
	PEERS_BACKENDS		= 11,
};

/** PEERS_OVERWRITE - when full, overwrite the oldest record, not drop the newest. */
#define PEERS_OVERWRITE		(1U << 0)

/**
 * struct peers_setup - what a descriptor shall be.
 * @backend: enum peers_backend_id.
 * @flags: PEERS_OVERWRITE; of no effect where a backend knows one way only.
 * @bytes: of records, a power of two; relay and ftrace have as much for each CPU.
 * @block: bytes of evring's blocks and relay's sub-buffers, a power of two.
 * @payload: bytes of payload of each record, from 16.
 * @clock: enum evring_clock of evring's channel.
 * @reserved: zero.
 * @name: evring's channel, relay's folder.
 */
struct peers_setup {
	__u32 backend;
	__u32 flags;
	__u64 bytes;
	__u32 block;
	__u32 payload;
	__u32 clock;
	__u32 reserved;
	char  name[PEERS_NAME_SIZE];
};

/** PEERS_VARY - each record has a number and a checksum of its own; otherwise all are equal. */
#define PEERS_VARY		(1U << 0)

/**
 * struct peers_run - threads that emit.
 * @flags: PEERS_VARY.
 * @first: number of the first record.
 * @count: records for each CPU.
 * @cpus: bit set of CPUs, one thread each; they start together.
 * @elapsed_ns: out: the longest that a thread took from its first record to its last.
 * @stored: out: records that were accepted.
 * @dropped: out: records that were not.
 * @sum: out: sum of the words of those accepted, see evbench's record_word().
 */
struct peers_run {
	__u32 flags;
	__u32 first;
	__u64 count;
	__u64 cpus[PEERS_CPUS / 64];
	__u64 elapsed_ns;
	__u64 stored;
	__u64 dropped;
	__u64 sum;
};

/**
 * struct peers_relay - what a reader of a mapped relay file tells and asks.
 * @cpu: the file.
 * @consumed: sub-buffers that it is done with since it last told.
 * @produced: out: sub-buffers that were completed so far.
 * @first: sub-buffer that @used starts with, counted as @produced is.
 * @used: out: bytes of records in the sub-buffers from @first on.
 */
struct peers_relay {
	__u32 cpu;
	__u32 consumed;
	__u64 produced;
	__u64 first;
	__u32 used[PEERS_RELAY_BATCH];
};

#define PEERS_IOC_SETUP	_IOW('P', 0x70, struct peers_setup)
#define PEERS_IOC_RUN	_IOWR('P', 0x71, struct peers_run)
/** PEERS_IOC_FLUSH - relay: complete the sub-buffers that are written to. Not beside RUN. */
#define PEERS_IOC_FLUSH	_IO('P', 0x72)
#define PEERS_IOC_RELAY	_IOWR('P', 0x73, struct peers_relay)

#endif /* EVRING_PEERS_H */
