/* SPDX-License-Identifier: GPL-2.0 */
/* Loggers: programs, or a loop of our own, that write what happens to a file. */
#ifndef EVBENCH_RECORDER_H
#define EVBENCH_RECORDER_H

#include "channel.h"
#include "evbench.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/types.h>

/** LOGGED_EVENT - what all of them record: a tracepoint of the peers' module. */
#define LOGGED_EVENT	"evring_peers/peers_record"

/** RECORDER_CHANNEL - it reads a channel of evring's, to which the tracepoint is attached. */
#define RECORDER_CHANNEL	(1U << 0)
/** RECORDER_DIRECT - it writes past the page cache. */
#define RECORDER_DIRECT		(1U << 1)
/**
 * RECORDER_DOUBLES - what comes while it reads it may write twice, as perf record does: it asks
 * twice where the ring's end is, writes up to the second answer and goes on from the first.
 */
#define RECORDER_DOUBLES	(1U << 2)

#define RECORDER_WORDS	24	/* of a command */
#define RECORDER_WORD	(PATH_MAX + 32)

struct recorder;

/**
 * struct logging - a recorder at work.
 * @opts: what was asked for.
 * @path: the file that it shall write.
 * @said: a file in memory with what it printed, or -1.
 * @ch: the channel that it reads (RECORDER_CHANNEL).
 * @source: number of the channel's source.
 * @pid: the process, leader of a group of its own; 0: none.
 * @orders: pipe by which the recorder is told something, or -1.
 * @answers: pipe by which it answers.
 */
struct logging {
	const struct recorder *recorder;
	const struct options *opts;
	char path[PATH_MAX];
	int said;
	struct channel ch;
	uint32_t source;
	pid_t pid;
	int orders[2];
	int answers[2];
};

/**
 * struct recorder - a logger.
 * @name: for -b and the tables.
 * @description: for evbench list.
 * @program: what runs, looked for on PATH; NULL: @loop.
 * @package: Debian's package that has it.
 * @flags: RECORDER_*.
 * @buffer: bytes of the loop's buffer.
 * @command: its words behind the program's name: put each with recorder_word().
 * @loop: what runs in place of a program, in a process of its own; returns its exit status.
 * @prepare: before it is started, or NULL.
 * @ready: does it record? 1: yes; 0: not yet; -1: it never will, and why was said.
 * @finish: after it has ended, or NULL.
 */
struct recorder {
	const char *name;
	const char *description;
	const char *program;
	const char *package;
	unsigned int flags;
	size_t buffer;
	void (*command)(const struct logging *l, char (*words)[RECORDER_WORD]);
	int (*loop)(const struct logging *l);
	int (*prepare)(struct logging *l);
	int (*ready)(struct logging *l);
	void (*finish)(struct logging *l);
};

extern const struct recorder recorders[];
extern const size_t recorders_count;

int recorder_find(const char *name);
const char *recorder_missing(const struct recorder *rec, const char *folder);
void recorder_list(void);

int logging_start(struct logging *l, const struct recorder *rec, const struct options *opts,
		  const char *folder, uint32_t payload);
int logging_halt(struct logging *l);
int logging_end(struct logging *l, struct rusage *usage);
uint64_t logging_memory(const struct logging *l);
void logging_close(struct logging *l);

/* copying.c: the loop of our own. */
int copying_loop(const struct logging *l);

#endif /* EVBENCH_RECORDER_H */
