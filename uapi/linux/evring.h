/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR MIT */
/*
 * evring: kernel event channels, mapped read-only. The whole ABI.
 *
 * A channel is one ring of records in kernel memory. Its device node
 * /dev/evring/NAME has one mapping, at offset 0:
 *
 *	[ control page(s) | index | data ]
 *
 * All offsets and sizes stand in struct evring_control at the start of the
 * mapping and in the answer to EVRING_IOC_INFO. Nothing in the mapping is ever
 * writable by user space.
 *
 * Vocabulary: a *record* is a header and its payload, aligned to 8 bytes. A
 * *block* is a power-of-two run of pages that holds whole records of one CPU,
 * in order. A *slot* is a block's place in the ring. A *generation* is the
 * free-running number of a claim of a block; slot = generation mod nblocks.
 * *Lost* records are records that a reader did not get: overrun (the ring went
 * round) or dropped (the producer could not store them).
 *
 * How to read the mapping safely is told in consumer/evring.h, which does it.
 */
#ifndef _UAPI_LINUX_EVRING_H
#define _UAPI_LINUX_EVRING_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** EVRING_MAGIC - first eight bytes of a mapping or image: "evring\r\n" as little endian. */
#define EVRING_MAGIC		0x0a0d676e69727665ULL

/**
 * EVRING_ABI_VERSION - version of everything in this file.
 *
 * A reader refuses a mapping of another version. Additions that an old reader
 * may ignore do not change it; they get a bit in evring_control.features.
 */
#define EVRING_ABI_VERSION	1

/*
 * Feature bits, evring_control.features. The low 32 bits are compatible: a
 * reader may ignore those it does not know. The high 32 bits are incompatible:
 * a reader that does not know one of them must refuse the mapping.
 */
/** EVRING_FEATURE_PARTITIONED - each CPU claims blocks of its own range only. */
#define EVRING_FEATURE_PARTITIONED	(1ULL << 0)
/**
 * EVRING_FEATURE_USER_WRITE - write() on the device emits one record of EVRING_TYPE_USER.
 *
 * Without it write() fails with EINVAL. EMSGSIZE: more than evring_info.max_payload - 8
 * bytes; EAGAIN: no room, counted as dropped; EROFS: frozen, counted as dropped;
 * ENODEV: the channel was removed.
 */
#define EVRING_FEATURE_USER_WRITE	(1ULL << 1)
/** EVRING_FEATURES_KNOWN_INCOMPAT - the incompatible features that this header knows. */
#define EVRING_FEATURES_KNOWN_INCOMPAT	0ULL

/* Limits. */
#define EVRING_NAME_SIZE	64	/* channel name with its final NUL */
#define EVRING_RING_MIN		(64ULL << 10)	/* least data area, bytes */
#define EVRING_RING_MAX		(4ULL << 30)	/* largest data area, bytes */
#define EVRING_BLOCK_MIN	(4U << 10)	/* least block, bytes */
#define EVRING_BLOCK_MAX	(64U << 10)	/* largest block, bytes */
#define EVRING_BLOCKS_MAX	65536U		/* most blocks in a ring */
#define EVRING_BLOCKS_PER_CPU	4U		/* least blocks for each possible CPU */
#define EVRING_RING_DEFAULT	(8ULL << 20)	/* data area if none is asked for */
#define EVRING_BLOCK_DEFAULT	(16U << 10)	/* block if none is asked for */
#define EVRING_PAYLOAD_MAX	65519U		/* largest payload a record's size field can tell */

/**
 * enum evring_clock - what evring_record.time counts.
 * @EVRING_CLOCK_MONOTONIC: CLOCK_MONOTONIC, nanoseconds (the default).
 * @EVRING_CLOCK_BOOTTIME: CLOCK_BOOTTIME, nanoseconds.
 * @EVRING_CLOCK_REALTIME: CLOCK_REALTIME, nanoseconds; may step.
 * @EVRING_CLOCK_NONE: always 0; no time order across CPUs.
 * @EVRING_CLOCK_CYCLES: the CPU's raw counter; evring_control.time_* convert
 *	it to CLOCK_MONOTONIC nanoseconds.
 *
 * Clocks that may be read in an NMI can step back there by a few nanoseconds.
 */
enum evring_clock {
	EVRING_CLOCK_MONOTONIC	= 0,
	EVRING_CLOCK_BOOTTIME	= 1,
	EVRING_CLOCK_REALTIME	= 2,
	EVRING_CLOCK_NONE	= 3,
	EVRING_CLOCK_CYCLES	= 4,
};

/* Bits of evring_control.state. */
/** EVRING_STATE_FROZEN - producers count drops instead of emitting. */
#define EVRING_STATE_FROZEN	(1U << 0)
/** EVRING_STATE_REMOVED - the channel was removed: nothing will be emitted any more. */
#define EVRING_STATE_REMOVED	(1U << 1)

/**
 * struct evring_control - head of the mapping.
 * @magic: EVRING_MAGIC.
 * @abi_version: EVRING_ABI_VERSION.
 * @control_size: bytes of the control pages, a multiple of @page_size; the
 *	index starts there.
 * @features: EVRING_FEATURE_*.
 * @index_offset: offset of the index in bytes.
 * @data_offset: offset of the data in bytes, a multiple of @page_size.
 * @data_size: bytes of data, @nblocks * @block_size.
 * @map_size: bytes of the whole mapping.
 * @page_size: bytes of a page of the kernel that made the channel.
 * @block_size: bytes of a block, a power of two.
 * @nblocks: number of blocks and of index entries, a power of two.
 * @ncpus: number of CPU lines: one for each possible CPU number from 0.
 * @line_offset: offset of the first CPU line in bytes.
 * @line_size: bytes from one CPU line to the next.
 * @index_entry_size: bytes from one index entry to the next.
 * @clock: enum evring_clock.
 * @state: EVRING_STATE_*; may change at any time.
 * @time_seq: even while the time_* fields are stable, odd while they are being
 *	written; a reader takes it before and after (EVRING_CLOCK_CYCLES).
 * @time_mult: see @time_shift.
 * @time_shift: nanoseconds = @time_zero + ((time * @time_mult) >> @time_shift),
 *	the product taken in 128 bits (EVRING_CLOCK_CYCLES).
 * @time_zero: see @time_shift.
 * @created_mono: CLOCK_MONOTONIC at creation, nanoseconds.
 * @created_real: CLOCK_REALTIME at creation, nanoseconds since the epoch.
 * @boot_id: random, made when the module was loaded; tells images of
 *	different boots apart.
 * @name: channel name, NUL-terminated.
 * @reserved: zero.
 *
 * Modelled on struct perf_event_mmap_page, without anything user space writes.
 */
struct evring_control {
	__u64 magic;
	__u32 abi_version;
	__u32 control_size;
	__u64 features;
	__u64 index_offset;
	__u64 data_offset;
	__u64 data_size;
	__u64 map_size;
	__u32 page_size;
	__u32 block_size;
	__u32 nblocks;
	__u32 ncpus;
	__u32 line_offset;
	__u32 line_size;
	__u32 index_entry_size;
	__u32 clock;
	__u32 state;
	__u32 time_seq;
	__u32 time_mult;
	__u32 time_shift;
	__u64 time_zero;
	__u64 created_mono;
	__u64 created_real;
	__u8  boot_id[16];
	char  name[EVRING_NAME_SIZE];
	__u64 reserved[6];
};

/*
 * The position word: evring_index.pub and evring_line.cur.
 *
 *	bits 63..32	seq: low half of the sequence number of the next record
 *	bits 31..15	slot: the block; EVRING_POS_NO_SLOT before the first
 *	bit  14		full: sealed; in evring_index.pub: the block is closed
 *	bits 13..0	offset of the next record in the block, in 8-byte words
 *
 * The offset may be as large as the block: 8192 words.
 */
#define EVRING_POS_SEQ_SHIFT	32
#define EVRING_POS_SLOT_SHIFT	15
#define EVRING_POS_SLOT_MASK	0x1ffffULL
#define EVRING_POS_NO_SLOT	0x1ffffU
#define EVRING_POS_FULL		(1ULL << 14)
#define EVRING_POS_OFFSET_MASK	0x3fffULL

/** evring_pos_seq() - low half of the sequence number that position @pos tells. */
static inline __u32 evring_pos_seq(__u64 pos)
{
	return (__u32)(pos >> EVRING_POS_SEQ_SHIFT);
}

/** evring_pos_slot() - slot of position @pos, or EVRING_POS_NO_SLOT. */
static inline __u32 evring_pos_slot(__u64 pos)
{
	return (__u32)((pos >> EVRING_POS_SLOT_SHIFT) & EVRING_POS_SLOT_MASK);
}

/** evring_pos_bytes() - byte offset within the block of position @pos. */
static inline __u32 evring_pos_bytes(__u64 pos)
{
	return (__u32)(pos & EVRING_POS_OFFSET_MASK) << 3;
}

/**
 * evring_seq_extend() - the full sequence number whose low half is @low.
 * @around: a full sequence number less than 2^31 away from it.
 * @low: the low 32 bits sought.
 */
static inline __u64 evring_seq_extend(__u64 around, __u32 low)
{
	return around + (__u64)(__s64)(__s32)(low - (__u32)around);
}

/* Why a record was dropped: index into evring_line.dropped. */
enum evring_drop {
	EVRING_DROP_NO_ROOM	= 0,	/* no block could be claimed */
	EVRING_DROP_TOO_LARGE	= 1,	/* larger than a block or EVRING_PAYLOAD_MAX */
	EVRING_DROP_FROZEN	= 2,	/* the channel was frozen */
	EVRING_DROP_CONTEXT	= 3,	/* emitted where RCU does not watch */
	EVRING_DROP_REASONS	= 4,
};

/**
 * struct evring_line - one CPU's line in the control pages.
 * @cur: position word: the CPU's current block. Refreshed whenever the CPU
 *	turns to another block, not with every record: the head is
 *	evring_index.pub of that block.
 * @total: records that the CPU had accepted when @cur was refreshed. Combine
 *	it with the sequence in @cur by evring_seq_extend().
 * @dropped: records that this CPU dropped, by enum evring_drop.
 * @reserved: zero.
 */
struct evring_line {
	__u64 cur;
	__u64 total;
	__u64 dropped[EVRING_DROP_REASONS];
	__u64 reserved[2];
};

/**
 * struct evring_index - one slot's entry in the index.
 * @gen: generation of the claim; 0 while the slot changes hands. Load it with
 *	acquire before anything else here or in the block, and again, after an
 *	acquire fence, before believing what was loaded.
 * @pub: position word: all records before its offset are complete. Load with
 *	acquire before the records.
 * @seq_first: sequence number of the block's first record, on its CPU.
 * @drops: records that the CPU had dropped when it claimed the block.
 * @ts_begin: no record in the block is older (clock of the channel).
 * @ts_end: no record in the block is younger; 0 until it is closed.
 * @cpu: the CPU whose records the block holds.
 * @prev_slot: slot of the block that the CPU filled before this one, or
 *	EVRING_POS_NO_SLOT. Valid while that slot's entry has the same @cpu and
 *	a lower @seq_first.
 * @next_slot: hint: slot of the block that the CPU filled after this one, or
 *	EVRING_POS_NO_SLOT while it is not known. Valid if that slot's entry has the
 *	same @cpu and the @seq_first that follows this block's last record.
 * @reserved: zero.
 */
struct evring_index {
	__u64 gen;
	__u64 pub;
	__u64 seq_first;
	__u64 drops;
	__u64 ts_begin;
	__u64 ts_end;
	__u32 cpu;
	__u32 prev_slot;
	__u32 next_slot;
	__u32 reserved;
};

/**
 * struct evring_record - header of a record; the payload follows.
 * @type: the event's id: tracefs's common_type, or EVRING_TYPE_*.
 * @misc: EVRING_MISC_*.
 * @size: bytes of header and payload, exact. The next record starts at this,
 *	rounded up to 8; the bytes between are zero.
 * @time: time stamp by the channel's clock.
 *
 * The first eight bytes are laid out as struct perf_event_header.
 */
struct evring_record {
	__u32 type;
	__u16 misc;
	__u16 size;
	__u64 time;
};

/** EVRING_MISC_USER - the record came from user space, by write(). */
#define EVRING_MISC_USER	(1U << 0)

/*
 * Record types of evring's own. Those below EVRING_TYPE_EVENTS carry no event:
 * PADDING stands in blocks; the others are made by read() alone.
 */
#define EVRING_TYPE_PADDING	0x8000	/* a discarded reservation; skip, count as discarded */
#define EVRING_TYPE_OVERRUN	0x8001	/* struct evring_loss: the ring went round */
#define EVRING_TYPE_DROPPED	0x8002	/* struct evring_loss: the producer had no place */
#define EVRING_TYPE_RUN		0x8003	/* struct evring_run: whose records follow */
#define EVRING_TYPE_EVENTS	0x8010	/* event types from here up */
#define EVRING_TYPE_GENERATOR	0x8010	/* struct evring_event_generator */
#define EVRING_TYPE_USER	0x8011	/* struct evring_common and the bytes of a write() */
#define EVRING_TYPE_FORK	0x8012	/* struct evring_event_fork */
#define EVRING_TYPE_EXEC	0x8013	/* struct evring_event_exec */
#define EVRING_TYPE_EXIT	0x8014	/* struct evring_event_exit */
#define EVRING_TYPE_SWITCH	0x8015	/* struct evring_event_switch */
#define EVRING_TYPE_SYS_ENTER	0x8016	/* struct evring_event_sys_enter */
#define EVRING_TYPE_SYS_EXIT	0x8017	/* struct evring_event_sys_exit */
#define EVRING_TYPE_PRINTK	0x8018	/* struct evring_event_printk */
#define EVRING_TYPE_SAMPLE	0x8019	/* struct evring_event_sample */
#define EVRING_TYPE_DYNAMIC	0x8100	/* registered event types from here up */
#define EVRING_TYPE_BPF		0xf000	/* types that BPF programs choose, from here to 0xffff */

/**
 * struct evring_loss - payload of EVRING_TYPE_OVERRUN and EVRING_TYPE_DROPPED.
 * @cpu: the CPU whose records are lost.
 * @reserved: zero.
 * @seq: sequence number of the first record lost (overrun), or of the next one
 *	accepted (dropped: such records never had a number).
 * @count: how many were lost.
 */
struct evring_loss {
	__u32 cpu;
	__u32 reserved;
	__u64 seq;
	__u64 count;
};

/**
 * struct evring_run - payload of EVRING_TYPE_RUN, made by read().
 * @cpu: the records that follow, up to the next record of this type, are of
 *	this CPU.
 * @reserved: zero.
 * @seq: sequence number of the first of them; padding counts.
 *
 * Comes first in what a descriptor reads, and wherever the CPU changes or a
 * sequence number would not follow from the one before.
 */
struct evring_run {
	__u32 cpu;
	__u32 reserved;
	__u64 seq;
};

/**
 * struct evring_common - first bytes of every described payload.
 * @type: the record's type.
 * @flags: tracefs's common_flags; 0 where not known.
 * @preempt_count: tracefs's common_preempt_count; 0 where not known.
 * @pid: thread that the event happened in.
 *
 * The layout is tracefs's, so that a tracefs format text describes a payload.
 */
struct evring_common {
	__u16 type;
	__u8  flags;
	__u8  preempt_count;
	__s32 pid;
};

#define EVRING_COMM_SIZE	16	/* bytes of a task name, NUL included */

/**
 * struct evring_event_generator - payload of EVRING_TYPE_GENERATOR.
 * @common: see struct evring_common.
 * @number: low half of the count of records that this generator attempted on
 *	this CPU before this one.
 * @sum: evring_generator_sum() of the whole payload with this field zero.
 *
 * Bytes of filling follow: see evring_generator_fill().
 */
struct evring_event_generator {
	struct evring_common common;
	__u32 number;
	__u32 sum;
};

/** struct evring_event_fork - payload of EVRING_TYPE_FORK, after sched:sched_process_fork. */
struct evring_event_fork {
	struct evring_common common;
	char  parent_comm[EVRING_COMM_SIZE];
	__s32 parent_pid;
	char  child_comm[EVRING_COMM_SIZE];
	__s32 child_pid;
};

/**
 * struct evring_event_exec - payload of EVRING_TYPE_EXEC, after sched:sched_process_exec.
 * @common: see struct evring_common.
 * @filename_loc: where the file name is, as tracefs's __data_loc: length
 *	including the NUL in the high half, offset in the payload in the low.
 * @pid: thread that called exec.
 * @old_pid: its id before, when a thread other than the leader called.
 * @comm: the new task name.
 *
 * The file name follows, NUL-terminated.
 */
struct evring_event_exec {
	struct evring_common common;
	__u32 filename_loc;
	__s32 pid;
	__s32 old_pid;
	char  comm[EVRING_COMM_SIZE];
};

/** struct evring_event_exit - payload of EVRING_TYPE_EXIT, after sched:sched_process_exit. */
struct evring_event_exit {
	struct evring_common common;
	char  comm[EVRING_COMM_SIZE];
	__s32 pid;
	__s32 prio;
	__s32 exit_code;
};

/** struct evring_event_switch - payload of EVRING_TYPE_SWITCH, after sched:sched_switch. */
struct evring_event_switch {
	struct evring_common common;
	char  prev_comm[EVRING_COMM_SIZE];
	__s32 prev_pid;
	__s32 prev_prio;
	__s64 prev_state;
	char  next_comm[EVRING_COMM_SIZE];
	__s32 next_pid;
	__s32 next_prio;
};

/** struct evring_event_sys_enter - payload of EVRING_TYPE_SYS_ENTER; raw_syscalls:sys_enter. */
struct evring_event_sys_enter {
	struct evring_common common;
	__s64 id;
	__u64 args[6];
};

/** struct evring_event_sys_exit - payload of EVRING_TYPE_SYS_EXIT; raw_syscalls:sys_exit. */
struct evring_event_sys_exit {
	struct evring_common common;
	__s64 id;
	__s64 ret;
};

/**
 * struct evring_event_printk - payload of EVRING_TYPE_PRINTK, after printk:console.
 * @common: see struct evring_common; the thread that printed.
 * @msg_loc: where the text is, as tracefs's __data_loc: length including the NUL in the
 *	high half, offset in the payload in the low.
 *
 * The text follows, NUL-terminated, without level and without the line's end; longer
 * texts than 1023 bytes are cut off.
 */
struct evring_event_printk {
	struct evring_common common;
	__u32 msg_loc;
};

/**
 * struct evring_event_sample - payload of EVRING_TYPE_SAMPLE: a counter came to its period.
 * @common: see struct evring_common.
 * @ip: the instruction that was interrupted.
 * @period: counts since the sample before.
 * @perf_type: what counts, perf_event_attr.type.
 * @user_mode: 1: user space was interrupted; 0: the kernel.
 * @perf_config: perf_event_attr.config.
 * @comm: task name.
 */
struct evring_event_sample {
	struct evring_common common;
	__u64 ip;
	__u64 period;
	__u32 perf_type;
	__u32 user_mode;
	__u64 perf_config;
	char  comm[EVRING_COMM_SIZE];
};

/*
 * Ioctls.
 *
 * Each argument starts with its own size: the caller sets @size to sizeof() of
 * the struct it was compiled with. A kernel that knows a shorter struct takes
 * what it knows and refuses non-zero bytes beyond (E2BIG); one that knows a
 * longer struct takes the rest as zero. @size 0 or below the first version:
 * EINVAL. Unknown flags and non-zero reserved fields: EINVAL.
 * All are matched by _IOC_NR alone.
 */
#define EVRING_IOC_TYPE		0xEB

/**
 * struct evring_info - EVRING_IOC_INFO: what the channel is.
 * @size: see above.
 * @abi_version: EVRING_ABI_VERSION of the module.
 * @features: as in struct evring_control; so the fields that follow.
 * @memory: bytes of kernel memory that the channel takes, all told.
 * @fault_window: pages that one page fault maps at most.
 * @max_payload: largest payload that a record of this channel can carry.
 * @name: its name.
 * @id: number by which BPF programs know the channel (bpf_evring_emit()). While the module
 *	is loaded no other channel gets it; never 0. Of a module without it: 0.
 * @reserved: zero.
 *
 * The first version ended before @id.
 */
struct evring_info {
	__u32 size;
	__u32 abi_version;
	__u64 features;
	__u64 map_size;
	__u64 data_size;
	__u64 memory;
	__u32 page_size;
	__u32 block_size;
	__u32 nblocks;
	__u32 ncpus;
	__u32 clock;
	__u32 state;
	__u32 fault_window;
	__u32 max_payload;
	char  name[EVRING_NAME_SIZE];
	__u32 id;
	__u32 reserved;
};

/**
 * struct evring_channel_stats - EVRING_IOC_STATS: what the channel has done.
 * @size: see above.
 * @readers: descriptors open on the channel.
 * @accepted: records stored (delivered or discarded), all CPUs.
 * @dropped: records not stored, by enum evring_drop, all CPUs.
 * @blocks_open: blocks that CPUs own at this moment.
 * @sources: sources attached.
 * @wakeups: times a sleeping reader was woken.
 * @faults: page faults served for mappings of the channel.
 * @positions: POSITION and ACK calls.
 * @evictions: gating readers turned into observers by the deadline.
 */
struct evring_channel_stats {
	__u32 size;
	__u32 readers;
	__u64 accepted;
	__u64 dropped[EVRING_DROP_REASONS];
	__u32 blocks_open;
	__u32 sources;
	__u64 wakeups;
	__u64 faults;
	__u64 positions;
	__u64 evictions;
};

/**
 * enum evring_whence - where SEEK goes.
 * @EVRING_SEEK_OLDEST: the oldest record that is still there, on every CPU.
 * @EVRING_SEEK_LATEST: after the newest record, on every CPU.
 * @EVRING_SEEK_TIME: the first record not older than @value (channel clock).
 * @EVRING_SEEK_SEQ: sequence number @value on CPU @cpu; other CPUs stay.
 */
enum evring_whence {
	EVRING_SEEK_OLDEST	= 0,
	EVRING_SEEK_LATEST	= 1,
	EVRING_SEEK_TIME	= 2,
	EVRING_SEEK_SEQ		= 3,
};

/**
 * struct evring_seek_args - EVRING_IOC_SEEK: move the descriptor's cursor.
 * @size: see above.
 * @whence: enum evring_whence.
 * @value: see enum evring_whence; zero where not used.
 * @cpu: see enum evring_whence; zero where not used.
 * @reserved: zero.
 *
 * Moves what read() returns next and what poll() compares with.
 */
struct evring_seek_args {
	__u32 size;
	__u32 whence;
	__u64 value;
	__u32 cpu;
	__u32 reserved;
};

/**
 * struct evring_position_args - EVRING_IOC_POSITION: tell where a mapped reader stands.
 * @size: see above.
 * @flags: zero.
 * @ncpus: number of entries at @seqs; at most evring_control.ncpus.
 * @more: answer: 1 if records beyond the position are there already, or the
 *	channel was removed; 0 if a wake-up has been armed instead.
 * @seqs: address of an array of u64: for each CPU from 0 the sequence number of
 *	the next record the reader wants. CPUs beyond @ncpus stay where they are.
 *
 * A number beyond what was emitted is taken as "all that was emitted".
 *
 * EVRING_IOC_ACK takes the same: a gating reader's POSITION, which also lets the
 * producers reuse what lies before it. It never moves a CPU's position back. Errors of its
 * own: EINVAL, the reader does not gate; ETIMEDOUT, it did but was turned into an
 * observer by the channel's deadline (told once; then EINVAL).
 */
struct evring_position_args {
	__u32 size;
	__u32 flags;
	__u32 ncpus;
	__u32 more;
	__u64 seqs;
};

/**
 * struct evring_watermark_args - EVRING_IOC_WATERMARK: when to wake this reader.
 * @size: see above.
 * @flags: zero.
 * @bytes: wake when so many bytes of records of one CPU wait, headers and rounding
 *	included; 0 or 1: at once. At most half the ring (ERANGE).
 * @usecs: wake when a record of any CPU has waited so long, however few wait; 0: never
 *	for that reason. At most 3,600,000,000, an hour (ERANGE).
 *
 * Holds for poll() and for read() that sleeps. A new descriptor has 0, 0.
 */
struct evring_watermark_args {
	__u32 size;
	__u32 flags;
	__u64 bytes;
	__u64 usecs;
};

/** EVRING_GATE_LEAVE - stop gating, instead of starting to. */
#define EVRING_GATE_LEAVE	(1U << 0)

/**
 * struct evring_gate_args - EVRING_IOC_GATE: no record is lost to this reader any more.
 * @size: see above.
 * @flags: EVRING_GATE_LEAVE or zero.
 * @ncpus: room at @seqs, in entries. Must be evring_control.ncpus unless leaving.
 * @reserved: zero.
 * @seqs: address of an array of u64: answer: for each CPU from 0 the sequence number
 *	of the first record that the guarantee holds for; the position is set there.
 *
 * From then on blocks that hold records which it has not acknowledged are not
 * reused; when none is free, producers drop the new record and count it. Needs a
 * descriptor open for writing (EBADF). EALREADY: it gates already. EINVAL: leaving
 * without having joined. May sleep for a grace period of RCU.
 */
struct evring_gate_args {
	__u32 size;
	__u32 flags;
	__u32 ncpus;
	__u32 reserved;
	__u64 seqs;
};

/**
 * struct evring_freeze_args - EVRING_IOC_FREEZE and EVRING_IOC_THAW.
 * @size: see above.
 * @flags: zero.
 *
 * FREEZE returns when no record is being written any more: what is mapped then stays
 * as it is until THAW, and a copy of it is a consistent image. Emits meanwhile
 * count as dropped. Both need a descriptor open for writing (EBADF) and do nothing
 * where it is done already. A removed channel: ENODEV.
 */
struct evring_freeze_args {
	__u32 size;
	__u32 flags;
};

/** EVRING_CREATE_PARTITIONED - each CPU gets its own equal range of blocks. */
#define EVRING_CREATE_PARTITIONED	(1U << 0)
/** EVRING_CREATE_USER_WRITE - write() on the device emits user records. */
#define EVRING_CREATE_USER_WRITE	(1U << 1)

/**
 * struct evring_create_args - EVRING_IOC_CREATE on /dev/evring/control.
 * @size: see above.
 * @flags: EVRING_CREATE_*.
 * @name: 1 to 63 of [A-Za-z0-9_.-], not starting with a dot, not "control".
 * @data_size: bytes of data wanted, 0 for EVRING_RING_DEFAULT; rounded up to a
 *	power of two and to EVRING_BLOCKS_PER_CPU blocks for each possible CPU.
 *	Answer: what it became.
 * @block_size: bytes of a block wanted, 0 for the default; a power of two from
 *	EVRING_BLOCK_MIN to EVRING_BLOCK_MAX. Raised where more than
 *	EVRING_BLOCKS_MAX blocks would come out. Answer: what it became.
 * @clock: enum evring_clock.
 * @mode: permission bits of the device node; 0 for 0440. Others may not get
 *	write permission.
 * @gid: group of the device node.
 * @evict_us: microseconds after which a gating reader that does not
 *	acknowledge becomes an observer; 0: never.
 * @reserved: zero.
 *
 * EEXIST: the name is taken, or its channel is just being removed. EPERM: needs
 * CAP_SYS_ADMIN or CAP_PERFMON. ENOMEM: no memory, or the memory cgroup's limit.
 * ERANGE: @data_size or @block_size out of range. EINVAL: anything else.
 * EOPNOTSUPP: the clock does not work on this machine.
 */
struct evring_create_args {
	__u32 size;
	__u32 flags;
	char  name[EVRING_NAME_SIZE];
	__u64 data_size;
	__u32 block_size;
	__u32 clock;
	__u32 mode;
	__u32 gid;
	__u64 evict_us;
	__u64 reserved[4];
};

/**
 * struct evring_remove_args - EVRING_IOC_REMOVE on /dev/evring/control.
 * @size: see above.
 * @flags: zero.
 * @name: the channel. ENOENT if there is none; EBUSY if a module has made it: that
 *	removes it when it is unloaded.
 *
 * Detaches its sources, takes the device node away and wakes all its readers
 * with EPOLLHUP. What they have mapped stays readable.
 */
struct evring_remove_args {
	__u32 size;
	__u32 flags;
	char  name[EVRING_NAME_SIZE];
};

/**
 * struct evring_list_args - EVRING_IOC_LIST on /dev/evring/control.
 * @size: see above.
 * @flags: zero.
 * @count: room at @names, in names. Answer: channels there are; if larger than
 *	the room, only the room was filled.
 * @reserved: zero.
 * @names: address of an array of char[EVRING_NAME_SIZE].
 */
struct evring_list_args {
	__u32 size;
	__u32 flags;
	__u32 count;
	__u32 reserved;
	__u64 names;
};

/**
 * struct evring_event_args - EVRING_IOC_EVENT: the event types, one after the other.
 * @size: see above.
 * @flags: zero.
 * @type: the least type wanted. Answer: the first there is from there up; ask for the
 *	next with one more.
 * @text_size: room at @text in bytes. Answer: what the text takes, its NUL included;
 *	if more than the room, only the room was filled.
 * @text: address for the format text, in tracefs's syntax.
 * @name: zero. Answer: the event's name.
 *
 * On any device of evring's. ENOENT: there is no type from @type up. ENOMEM.
 */
struct evring_event_args {
	__u32 size;
	__u32 flags;
	__u32 type;
	__u32 text_size;
	__u64 text;
	char  name[EVRING_NAME_SIZE];
};

/**
 * enum evring_source_kind - kinds of source that ATTACH knows.
 * @EVRING_SOURCE_PROBE: direct tracepoint probes, evring_attach_args.probe.
 * @EVRING_SOURCE_GENERATOR: made-up records, evring_attach_args.generator.
 * @EVRING_SOURCE_PERF: perf counters of the kernel, evring_attach_args.perf.
 */
enum evring_source_kind {
	EVRING_SOURCE_PROBE	= 0,
	EVRING_SOURCE_GENERATOR	= 1,
	EVRING_SOURCE_PERF	= 2,
};

/* Events of EVRING_SOURCE_PROBE. */
#define EVRING_PROBE_FORK	(1ULL << 0)	/* sched:sched_process_fork */
#define EVRING_PROBE_EXEC	(1ULL << 1)	/* sched:sched_process_exec */
#define EVRING_PROBE_EXIT	(1ULL << 2)	/* sched:sched_process_exit */
#define EVRING_PROBE_SWITCH	(1ULL << 3)	/* sched:sched_switch */
#define EVRING_PROBE_SYS_ENTER	(1ULL << 4)	/* raw_syscalls:sys_enter */
#define EVRING_PROBE_SYS_EXIT	(1ULL << 5)	/* raw_syscalls:sys_exit */
/* 6.1 itself warns, once, if somebody prints in an NMI while a tracepoint that printk has is on. */
#define EVRING_PROBE_PRINTK	(1ULL << 6)	/* printk:console */
#define EVRING_PROBE_ALL	((1ULL << 7) - 1)

/**
 * struct evring_probe_args - direct tracepoint probes.
 * @events: EVRING_PROBE_*, at least one.
 * @reserved: zero.
 */
struct evring_probe_args {
	__u64 events;
	__u64 reserved[3];
};

/** EVRING_GENERATOR_IRQ - emit from hard interrupt context instead of a task's. */
#define EVRING_GENERATOR_IRQ	(1U << 0)
/** EVRING_GENERATOR_FIXED - one payload, prepared before the run: what emitting alone costs. */
#define EVRING_GENERATOR_FIXED	(1U << 1)
/** EVRING_GENERATOR_WAIT - ATTACH returns when the run has ended, its results filled in. */
#define EVRING_GENERATOR_WAIT	(1U << 2)
/** EVRING_GENERATOR_RESERVE - emit by reserve and commit, filling in place. */
#define EVRING_GENERATOR_RESERVE	(1U << 3)

#define EVRING_GENERATOR_CPUS	1024	/* CPUs that evring_generator_args.cpus can name */

/**
 * struct evring_generator_args - the generator.
 * @flags: EVRING_GENERATOR_*.
 * @payload_min: least payload, bytes, at least 16.
 * @payload_max: largest payload, bytes; sizes vary between the two.
 * @reserved0: zero.
 * @count: records for each CPU; 0: until detached.
 * @rate: records a second for each CPU; 0: as fast as it goes.
 * @elapsed_ns: answer (with WAIT): the longest time that a CPU took.
 * @emitted: answer (with WAIT): records accepted.
 * @failed: answer (with WAIT): records dropped.
 * @cpus: the CPUs to run on, a bit each; none set: every online CPU.
 */
struct evring_generator_args {
	__u32 flags;
	__u32 payload_min;
	__u32 payload_max;
	__u32 reserved0;
	__u64 count;
	__u64 rate;
	__u64 elapsed_ns;
	__u64 emitted;
	__u64 failed;
	__u64 cpus[EVRING_GENERATOR_CPUS / 64];
};

/** EVRING_PERF_FREQUENCY - evring_perf_args.period is samples a second. */
#define EVRING_PERF_FREQUENCY	(1U << 0)
#define EVRING_FILTER_MAX	256U	/* largest evring_perf_args.filter_size */

/**
 * struct evring_perf_args - a perf counter on every CPU, or on the threads of a process.
 * @type: as perf_event_attr.type. PERF_TYPE_TRACEPOINT: the payload is the tracepoint's
 *	record as tracefs describes it, the record's type @config; anything else: struct
 *	evring_event_sample.
 * @flags: EVRING_PERF_*.
 * @config: as perf_event_attr.config; of a tracepoint (kprobes and uprobes of tracefs
 *	among them) its id, below EVRING_TYPE_PADDING (ERANGE).
 * @period: a record for every so many counts, at least 1; for every one: 1.
 * @pid: a process, as the caller numbers it, with its threads and what they fork from
 *	then on (ESRCH: there is none); 0: everything, CPUs that come online among it.
 * @filter_size: bytes at @filter, its NUL included; 0: no filter.
 * @filter: address of "INSTANCE/SYSTEM/EVENT": the filter expression that tracefs has for
 *	this event in this instance decides which records are taken. It must be the event that
 *	@config names, and the instance stays while the source does. Tracepoints only.
 * @reserved: zero.
 *
 * ENODEV: the machine, or this kernel, does not count that.
 */
struct evring_perf_args {
	__u32 type;
	__u32 flags;
	__u64 config;
	__u64 period;
	__s32 pid;
	__u32 filter_size;
	__u64 filter;
	__u64 reserved[3];
};

/**
 * struct evring_attach_args - EVRING_IOC_ATTACH on /dev/evring/control.
 * @size: see above.
 * @flags: zero.
 * @name: the channel. ENOENT if there is none.
 * @kind: enum evring_source_kind.
 * @id: answer: number of the source, for DETACH; never 0.
 * @probe: for EVRING_SOURCE_PROBE.
 * @generator: for EVRING_SOURCE_GENERATOR.
 * @perf: for EVRING_SOURCE_PERF.
 *
 * EOPNOTSUPP: this kernel does not have the tracepoint. EEXIST: the channel
 * has one of these probes attached already. EINTR: a signal ended a run with WAIT.
 */
struct evring_attach_args {
	__u32 size;
	__u32 flags;
	char  name[EVRING_NAME_SIZE];
	__u32 kind;
	__u32 id;
	union {
		struct evring_probe_args probe;
		struct evring_generator_args generator;
		struct evring_perf_args perf;
	};
};

/**
 * struct evring_detach_args - EVRING_IOC_DETACH on /dev/evring/control.
 * @size: see above.
 * @flags: zero.
 * @name: the channel. ENOENT if there is none, or no such source.
 * @id: number that ATTACH answered; 0: all sources of the channel.
 * @reserved: zero.
 */
struct evring_detach_args {
	__u32 size;
	__u32 flags;
	char  name[EVRING_NAME_SIZE];
	__u32 id;
	__u32 reserved;
};

/* On a channel's device. */
#define EVRING_IOC_INFO		_IOWR(EVRING_IOC_TYPE, 0x01, struct evring_info)
#define EVRING_IOC_STATS	_IOWR(EVRING_IOC_TYPE, 0x02, struct evring_channel_stats)
#define EVRING_IOC_SEEK		_IOW(EVRING_IOC_TYPE, 0x03, struct evring_seek_args)
#define EVRING_IOC_WATERMARK	_IOW(EVRING_IOC_TYPE, 0x04, struct evring_watermark_args)
#define EVRING_IOC_POSITION	_IOWR(EVRING_IOC_TYPE, 0x05, struct evring_position_args)
#define EVRING_IOC_GATE		_IOW(EVRING_IOC_TYPE, 0x06, struct evring_gate_args)
#define EVRING_IOC_ACK		_IOWR(EVRING_IOC_TYPE, 0x07, struct evring_position_args)
#define EVRING_IOC_EVENT	_IOWR(EVRING_IOC_TYPE, 0x08, struct evring_event_args)
#define EVRING_IOC_FREEZE	_IOW(EVRING_IOC_TYPE, 0x09, struct evring_freeze_args)
#define EVRING_IOC_THAW		_IOW(EVRING_IOC_TYPE, 0x0a, struct evring_freeze_args)

/* On /dev/evring/control. */
#define EVRING_IOC_CREATE	_IOWR(EVRING_IOC_TYPE, 0x20, struct evring_create_args)
#define EVRING_IOC_REMOVE	_IOW(EVRING_IOC_TYPE, 0x21, struct evring_remove_args)
#define EVRING_IOC_LIST		_IOWR(EVRING_IOC_TYPE, 0x22, struct evring_list_args)
#define EVRING_IOC_ATTACH	_IOWR(EVRING_IOC_TYPE, 0x23, struct evring_attach_args)
#define EVRING_IOC_DETACH	_IOW(EVRING_IOC_TYPE, 0x24, struct evring_detach_args)

/* One step of the generator's mixing function (the finalizer of splitmix64). */
static inline __u64 evring_generator_mix(__u64 x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/**
 * evring_generator_size() - payload bytes of the generator's record @number on @cpu.
 * @min: payload_min of the run.
 * @max: payload_max of the run.
 */
static inline __u32 evring_generator_size(__u32 cpu, __u32 number, __u32 min, __u32 max)
{
	return min + (__u32)(evring_generator_mix(((__u64)cpu << 32) | number) % (max - min + 1));
}

/**
 * evring_generator_fill() - byte @i, counted from the end of struct
 * evring_event_generator, of the generator's record @number on @cpu.
 */
static inline __u8 evring_generator_fill(__u32 cpu, __u32 number, __u32 i)
{
	return (__u8)((number + cpu * 7U) * 2654435761U >> 24) ^ (__u8)i ^ (__u8)(i >> 8);
}

/**
 * evring_generator_sum() - the generator's checksum.
 * @payload: a whole payload, starting with struct evring_event_generator.
 * @len: its bytes, at least 16.
 *
 * The sum field itself is taken as zero.
 */
static inline __u32 evring_generator_sum(const void *payload, __u32 len)
{
	const __u8 *p = (const __u8 *)payload;
	__u64 sum = len;
	__u32 i;

	for (i = 0; i < len; i++)
		sum = (sum ^ (i - 12U < 4U ? 0U : p[i])) * 0x100000001b3ULL;
	return (__u32)(sum ^ (sum >> 32));
}

/* The layout, held by the compiler. */
#if defined(__cplusplus)
#define EVRING_ASSERT(cond) static_assert(cond, #cond)
#else
#define EVRING_ASSERT(cond) _Static_assert(cond, #cond)
#endif
#define EVRING_ASSERT_AT(type, field, offset) \
	EVRING_ASSERT(__builtin_offsetof(struct type, field) == (offset))
#define EVRING_ASSERT_SIZE(type, bytes) EVRING_ASSERT(sizeof(struct type) == (bytes))

EVRING_ASSERT_AT(evring_control, magic, 0);
EVRING_ASSERT_AT(evring_control, abi_version, 8);
EVRING_ASSERT_AT(evring_control, control_size, 12);
EVRING_ASSERT_AT(evring_control, features, 16);
EVRING_ASSERT_AT(evring_control, index_offset, 24);
EVRING_ASSERT_AT(evring_control, data_offset, 32);
EVRING_ASSERT_AT(evring_control, data_size, 40);
EVRING_ASSERT_AT(evring_control, map_size, 48);
EVRING_ASSERT_AT(evring_control, page_size, 56);
EVRING_ASSERT_AT(evring_control, block_size, 60);
EVRING_ASSERT_AT(evring_control, nblocks, 64);
EVRING_ASSERT_AT(evring_control, ncpus, 68);
EVRING_ASSERT_AT(evring_control, line_offset, 72);
EVRING_ASSERT_AT(evring_control, line_size, 76);
EVRING_ASSERT_AT(evring_control, index_entry_size, 80);
EVRING_ASSERT_AT(evring_control, clock, 84);
EVRING_ASSERT_AT(evring_control, state, 88);
EVRING_ASSERT_AT(evring_control, time_seq, 92);
EVRING_ASSERT_AT(evring_control, time_mult, 96);
EVRING_ASSERT_AT(evring_control, time_shift, 100);
EVRING_ASSERT_AT(evring_control, time_zero, 104);
EVRING_ASSERT_AT(evring_control, created_mono, 112);
EVRING_ASSERT_AT(evring_control, created_real, 120);
EVRING_ASSERT_AT(evring_control, boot_id, 128);
EVRING_ASSERT_AT(evring_control, name, 144);
EVRING_ASSERT_AT(evring_control, reserved, 208);
EVRING_ASSERT_SIZE(evring_control, 256);

EVRING_ASSERT_AT(evring_line, cur, 0);
EVRING_ASSERT_AT(evring_line, total, 8);
EVRING_ASSERT_AT(evring_line, dropped, 16);
EVRING_ASSERT_AT(evring_line, reserved, 48);
EVRING_ASSERT_SIZE(evring_line, 64);

EVRING_ASSERT_AT(evring_index, gen, 0);
EVRING_ASSERT_AT(evring_index, pub, 8);
EVRING_ASSERT_AT(evring_index, seq_first, 16);
EVRING_ASSERT_AT(evring_index, drops, 24);
EVRING_ASSERT_AT(evring_index, ts_begin, 32);
EVRING_ASSERT_AT(evring_index, ts_end, 40);
EVRING_ASSERT_AT(evring_index, cpu, 48);
EVRING_ASSERT_AT(evring_index, prev_slot, 52);
EVRING_ASSERT_AT(evring_index, next_slot, 56);
EVRING_ASSERT_AT(evring_index, reserved, 60);
EVRING_ASSERT_SIZE(evring_index, 64);

EVRING_ASSERT_AT(evring_record, type, 0);
EVRING_ASSERT_AT(evring_record, misc, 4);
EVRING_ASSERT_AT(evring_record, size, 6);
EVRING_ASSERT_AT(evring_record, time, 8);
EVRING_ASSERT_SIZE(evring_record, 16);

EVRING_ASSERT_AT(evring_loss, cpu, 0);
EVRING_ASSERT_AT(evring_loss, reserved, 4);
EVRING_ASSERT_AT(evring_loss, seq, 8);
EVRING_ASSERT_AT(evring_loss, count, 16);
EVRING_ASSERT_SIZE(evring_loss, 24);
EVRING_ASSERT_AT(evring_run, cpu, 0);
EVRING_ASSERT_AT(evring_run, reserved, 4);
EVRING_ASSERT_AT(evring_run, seq, 8);
EVRING_ASSERT_SIZE(evring_run, 16);
EVRING_ASSERT_AT(evring_common, type, 0);
EVRING_ASSERT_AT(evring_common, flags, 2);
EVRING_ASSERT_AT(evring_common, preempt_count, 3);
EVRING_ASSERT_AT(evring_common, pid, 4);
EVRING_ASSERT_SIZE(evring_common, 8);

EVRING_ASSERT_AT(evring_event_generator, number, 8);
EVRING_ASSERT_AT(evring_event_generator, sum, 12);
EVRING_ASSERT_SIZE(evring_event_generator, 16);
EVRING_ASSERT_AT(evring_event_fork, parent_comm, 8);
EVRING_ASSERT_AT(evring_event_fork, parent_pid, 24);
EVRING_ASSERT_AT(evring_event_fork, child_comm, 28);
EVRING_ASSERT_AT(evring_event_fork, child_pid, 44);
EVRING_ASSERT_SIZE(evring_event_fork, 48);
EVRING_ASSERT_AT(evring_event_exec, filename_loc, 8);
EVRING_ASSERT_AT(evring_event_exec, pid, 12);
EVRING_ASSERT_AT(evring_event_exec, old_pid, 16);
EVRING_ASSERT_AT(evring_event_exec, comm, 20);
EVRING_ASSERT_SIZE(evring_event_exec, 36);
EVRING_ASSERT_AT(evring_event_exit, comm, 8);
EVRING_ASSERT_AT(evring_event_exit, pid, 24);
EVRING_ASSERT_AT(evring_event_exit, prio, 28);
EVRING_ASSERT_AT(evring_event_exit, exit_code, 32);
EVRING_ASSERT_SIZE(evring_event_exit, 36);
EVRING_ASSERT_AT(evring_event_switch, prev_comm, 8);
EVRING_ASSERT_AT(evring_event_switch, prev_pid, 24);
EVRING_ASSERT_AT(evring_event_switch, prev_prio, 28);
EVRING_ASSERT_AT(evring_event_switch, prev_state, 32);
EVRING_ASSERT_AT(evring_event_switch, next_comm, 40);
EVRING_ASSERT_AT(evring_event_switch, next_pid, 56);
EVRING_ASSERT_AT(evring_event_switch, next_prio, 60);
EVRING_ASSERT_SIZE(evring_event_switch, 64);
EVRING_ASSERT_AT(evring_event_sys_enter, id, 8);
EVRING_ASSERT_AT(evring_event_sys_enter, args, 16);
EVRING_ASSERT_SIZE(evring_event_sys_enter, 64);
EVRING_ASSERT_AT(evring_event_sys_exit, id, 8);
EVRING_ASSERT_AT(evring_event_sys_exit, ret, 16);
EVRING_ASSERT_SIZE(evring_event_sys_exit, 24);
EVRING_ASSERT_AT(evring_event_printk, msg_loc, 8);
EVRING_ASSERT_SIZE(evring_event_printk, 12);
EVRING_ASSERT_AT(evring_event_sample, ip, 8);
EVRING_ASSERT_AT(evring_event_sample, period, 16);
EVRING_ASSERT_AT(evring_event_sample, perf_type, 24);
EVRING_ASSERT_AT(evring_event_sample, user_mode, 28);
EVRING_ASSERT_AT(evring_event_sample, perf_config, 32);
EVRING_ASSERT_AT(evring_event_sample, comm, 40);
EVRING_ASSERT_SIZE(evring_event_sample, 56);

EVRING_ASSERT_AT(evring_info, abi_version, 4);
EVRING_ASSERT_AT(evring_info, features, 8);
EVRING_ASSERT_AT(evring_info, map_size, 16);
EVRING_ASSERT_AT(evring_info, data_size, 24);
EVRING_ASSERT_AT(evring_info, memory, 32);
EVRING_ASSERT_AT(evring_info, page_size, 40);
EVRING_ASSERT_AT(evring_info, block_size, 44);
EVRING_ASSERT_AT(evring_info, nblocks, 48);
EVRING_ASSERT_AT(evring_info, ncpus, 52);
EVRING_ASSERT_AT(evring_info, clock, 56);
EVRING_ASSERT_AT(evring_info, state, 60);
EVRING_ASSERT_AT(evring_info, fault_window, 64);
EVRING_ASSERT_AT(evring_info, max_payload, 68);
EVRING_ASSERT_AT(evring_info, name, 72);
EVRING_ASSERT_AT(evring_info, id, 136);
EVRING_ASSERT_AT(evring_info, reserved, 140);
EVRING_ASSERT_SIZE(evring_info, 144);
EVRING_ASSERT_AT(evring_channel_stats, readers, 4);
EVRING_ASSERT_AT(evring_channel_stats, accepted, 8);
EVRING_ASSERT_AT(evring_channel_stats, dropped, 16);
EVRING_ASSERT_AT(evring_channel_stats, blocks_open, 48);
EVRING_ASSERT_AT(evring_channel_stats, sources, 52);
EVRING_ASSERT_AT(evring_channel_stats, wakeups, 56);
EVRING_ASSERT_AT(evring_channel_stats, faults, 64);
EVRING_ASSERT_AT(evring_channel_stats, positions, 72);
EVRING_ASSERT_AT(evring_channel_stats, evictions, 80);
EVRING_ASSERT_SIZE(evring_channel_stats, 88);
EVRING_ASSERT_AT(evring_seek_args, whence, 4);
EVRING_ASSERT_AT(evring_seek_args, value, 8);
EVRING_ASSERT_AT(evring_seek_args, cpu, 16);
EVRING_ASSERT_AT(evring_seek_args, reserved, 20);
EVRING_ASSERT_SIZE(evring_seek_args, 24);
EVRING_ASSERT_AT(evring_position_args, flags, 4);
EVRING_ASSERT_AT(evring_position_args, ncpus, 8);
EVRING_ASSERT_AT(evring_position_args, more, 12);
EVRING_ASSERT_AT(evring_position_args, seqs, 16);
EVRING_ASSERT_SIZE(evring_position_args, 24);
EVRING_ASSERT_AT(evring_watermark_args, flags, 4);
EVRING_ASSERT_AT(evring_watermark_args, bytes, 8);
EVRING_ASSERT_AT(evring_watermark_args, usecs, 16);
EVRING_ASSERT_SIZE(evring_watermark_args, 24);
EVRING_ASSERT_AT(evring_gate_args, flags, 4);
EVRING_ASSERT_AT(evring_gate_args, ncpus, 8);
EVRING_ASSERT_AT(evring_gate_args, reserved, 12);
EVRING_ASSERT_AT(evring_gate_args, seqs, 16);
EVRING_ASSERT_SIZE(evring_gate_args, 24);
EVRING_ASSERT_AT(evring_freeze_args, flags, 4);
EVRING_ASSERT_SIZE(evring_freeze_args, 8);
EVRING_ASSERT_AT(evring_create_args, flags, 4);
EVRING_ASSERT_AT(evring_create_args, name, 8);
EVRING_ASSERT_AT(evring_create_args, data_size, 72);
EVRING_ASSERT_AT(evring_create_args, block_size, 80);
EVRING_ASSERT_AT(evring_create_args, clock, 84);
EVRING_ASSERT_AT(evring_create_args, mode, 88);
EVRING_ASSERT_AT(evring_create_args, gid, 92);
EVRING_ASSERT_AT(evring_create_args, evict_us, 96);
EVRING_ASSERT_AT(evring_create_args, reserved, 104);
EVRING_ASSERT_SIZE(evring_create_args, 136);
EVRING_ASSERT_AT(evring_remove_args, name, 8);
EVRING_ASSERT_SIZE(evring_remove_args, 72);
EVRING_ASSERT_AT(evring_list_args, count, 8);
EVRING_ASSERT_AT(evring_list_args, names, 16);
EVRING_ASSERT_SIZE(evring_list_args, 24);
EVRING_ASSERT_AT(evring_event_args, flags, 4);
EVRING_ASSERT_AT(evring_event_args, type, 8);
EVRING_ASSERT_AT(evring_event_args, text_size, 12);
EVRING_ASSERT_AT(evring_event_args, text, 16);
EVRING_ASSERT_AT(evring_event_args, name, 24);
EVRING_ASSERT_SIZE(evring_event_args, 88);
EVRING_ASSERT_AT(evring_generator_args, payload_min, 4);
EVRING_ASSERT_AT(evring_generator_args, payload_max, 8);
EVRING_ASSERT_AT(evring_generator_args, reserved0, 12);
EVRING_ASSERT_AT(evring_generator_args, count, 16);
EVRING_ASSERT_AT(evring_generator_args, rate, 24);
EVRING_ASSERT_AT(evring_generator_args, elapsed_ns, 32);
EVRING_ASSERT_AT(evring_generator_args, emitted, 40);
EVRING_ASSERT_AT(evring_generator_args, failed, 48);
EVRING_ASSERT_AT(evring_generator_args, cpus, 56);
EVRING_ASSERT_SIZE(evring_generator_args, 184);
EVRING_ASSERT_SIZE(evring_probe_args, 32);
EVRING_ASSERT_AT(evring_perf_args, flags, 4);
EVRING_ASSERT_AT(evring_perf_args, config, 8);
EVRING_ASSERT_AT(evring_perf_args, period, 16);
EVRING_ASSERT_AT(evring_perf_args, pid, 24);
EVRING_ASSERT_AT(evring_perf_args, filter_size, 28);
EVRING_ASSERT_AT(evring_perf_args, filter, 32);
EVRING_ASSERT_AT(evring_perf_args, reserved, 40);
EVRING_ASSERT_SIZE(evring_perf_args, 64);
EVRING_ASSERT_AT(evring_attach_args, name, 8);
EVRING_ASSERT_AT(evring_attach_args, kind, 72);
EVRING_ASSERT_AT(evring_attach_args, id, 76);
EVRING_ASSERT_AT(evring_attach_args, probe, 80);
EVRING_ASSERT_AT(evring_attach_args, generator, 80);
EVRING_ASSERT_AT(evring_attach_args, perf, 80);
EVRING_ASSERT_SIZE(evring_attach_args, 264);
EVRING_ASSERT_AT(evring_detach_args, name, 8);
EVRING_ASSERT_AT(evring_detach_args, id, 72);
EVRING_ASSERT_AT(evring_detach_args, reserved, 76);
EVRING_ASSERT_SIZE(evring_detach_args, 80);

#endif /* _UAPI_LINUX_EVRING_H */
