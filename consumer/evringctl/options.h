/* SPDX-License-Identifier: GPL-2.0 */
/* options: what stands after the command. */
#ifndef EVRINGCTL_OPTIONS_H
#define EVRINGCTL_OPTIONS_H

#include <linux/types.h>
#include <stdint.h>

/* Options, a bit each, so that a command can tell which it takes. */
#define TAKES_SIZE	(1U << 0)
#define TAKES_BLOCK	(1U << 1)
#define TAKES_CLOCK	(1U << 2)
#define TAKES_MODE	(1U << 3)
#define TAKES_GROUP	(1U << 4)
#define TAKES_JSON	(1U << 5)
#define TAKES_PARTITIONED	(1U << 6)
#define TAKES_USER_WRITE	(1U << 7)
#define TAKES_DEADLINE	(1U << 8)
#define TAKES_LIVE	(1U << 9)
#define TAKES_WATCH	(1U << 10)
#define TAKES_FILTER	(1U << 11)
#define TAKES_PID	(1U << 12)
#define TAKES_CREATE	(TAKES_SIZE | TAKES_BLOCK | TAKES_CLOCK | TAKES_MODE | TAKES_GROUP | \
			 TAKES_PARTITIONED | TAKES_USER_WRITE | TAKES_DEADLINE)

/**
 * struct options - what stands after the command.
 * @given: TAKES_*, those that were given.
 * @size: --size, bytes.
 * @block: --block, bytes.
 * @clock: --clock, enum evring_clock.
 * @mode: --mode.
 * @gid: --group.
 * @evict_us: --lossless-deadline, microseconds.
 * @watch_ns: --watch, nanoseconds.
 * @filter: --filter, as tracefs has it.
 * @pid: --pid.
 */
struct options {
	unsigned int given;
	__u64 size;
	uint32_t block;
	uint32_t clock;
	uint32_t mode;
	uint32_t gid;
	__u64 evict_us;
	__u64 watch_ns;
	const char *filter;
	int pid;
};

/**
 * parse_options() - read the options, wherever they stand; --help and --version answer.
 * @argc: number of arguments, of main().
 * @argv: arguments, of main(); optind tells where the command is afterwards.
 * @o: the result.
 *
 * Return: -1: go on, else an exit status.
 */
int parse_options(int argc, char **argv, struct options *o);

/** parse_watch() - seconds, in nanoseconds. Return: exit status. */
int parse_watch(const char *text, __u64 *ns);

#endif
