/* SPDX-License-Identifier: GPL-2.0 */
/*
 * evbench: what reading and emitting cost, by every way that there is.
 *
 * A *mode* is a question (consume, emit, stream, latency ...). A *backend*
 * is a way to read a channel. A *result* is one line of a table: a mode, a
 * backend, a payload size, and a *sample* for each repeat.
 *
 * Functions that may fail say why on stderr and return -1; 0 is success.
 */
#ifndef EVBENCH_H
#define EVBENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE	/* sched_setaffinity(), MAP_POPULATE, RWF_NOWAIT */
#endif

#include "histogram.h"

#include <linux/evring.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define EVBENCH_VERSION		"0.1"
#define EXIT_USAGE		2
#define EXIT_SKIPPED		77

#define MAX_SIZES		16
#define MAX_REPEATS		100
#define MAX_RATES		16
#define NSEC_PER_SEC		1000000000.0
#define MIB			1048576.0

#define __printf(a, b)		__attribute__((format(printf, a, b)))
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/** enum mode - bits of options.modes. */
enum mode {
	MODE_CONSUME	= 1 << 0,
	MODE_EMIT	= 1 << 1,
	MODE_STREAM	= 1 << 2,
	MODE_FAULTS	= 1 << 3,
	MODE_MEMORY	= 1 << 4,
	MODE_SOURCE	= 1 << 5,
	MODE_LATENCY	= 1 << 6,
	MODE_FIRST	= 1 << 7,
	MODE_LOG	= 1 << 8,
	MODE_HISTORY	= 1 << 9,
	MODE_ALL	= (1 << 10) - 1,
};

/**
 * struct options - what the command line asked for.
 * @modes: MODE_*.
 * @backends: a bit for each entry of backends[].
 * @peers: a bit for each entry of peers[].
 * @recorders: a bit for each entry of recorders[].
 * @sizes: payload sizes, bytes.
 * @nsizes: how many.
 * @repeats: measured runs of each result.
 * @warmup: runs before them that are thrown away.
 * @ring: data area of the channel, bytes.
 * @block: block size, bytes.
 * @records: records a run; 0: as suits the mode.
 * @rates: records a second to emit at, where that makes sense.
 * @nrates: how many; 0: as suits the mode.
 * @duration: seconds that a measurement takes; 0: as suits the mode.
 * @producers: CPUs that emit; none set: not given.
 * @consumer: CPU that reads; -1: not given.
 * @output: folder that loggers write to.
 * @json: file for the JSON document, or NULL.
 * @plot: folder for pictures, or NULL.
 * @argv: the command line itself, "run" left out.
 * @argc: words in it.
 * @quick: fewer repeats and records.
 * @progress: tell what is going on in lines.
 */
struct options {
	unsigned int modes;
	unsigned int backends;
	unsigned int peers;
	unsigned int recorders;
	uint32_t sizes[MAX_SIZES];
	unsigned int nsizes;
	unsigned int repeats;
	unsigned int warmup;
	uint64_t ring;
	uint32_t block;
	uint64_t records;
	uint64_t rates[MAX_RATES];
	unsigned int nrates;
	double duration;
	cpu_set_t producers;
	int consumer;
	const char *output;
	const char *json;
	const char *plot;
	char **argv;
	int argc;
	bool quick;
	bool progress;
};

int options_parse(struct options *opts, int argc, char **argv);
void options_usage(FILE *out);
uint64_t options_records(const struct options *opts, uint64_t usual);
double options_duration(const struct options *opts, double usual);
int name_find(const char *name, const char *const *first, size_t stride, size_t count);

/* cpu.c: which CPU does what. */
static inline bool cpu_in(int cpu, const cpu_set_t *set)
{
	return CPU_ISSET((size_t)cpu, set);
}

int cpu_parse_list(const char *list, cpu_set_t *set);
int cpu_first(const cpu_set_t *set);
int cpu_choose(struct options *opts);
int cpu_pin(int cpu);
bool cpu_apart(const struct options *opts);
void cpu_format(const cpu_set_t *set, char *text, size_t size);

/**
 * struct machine - where the figures come from.
 * @instructions: the clock counts instructions (QEMU's -icount).
 * @copies_distorted: an emulator runs the kernel's copies as string instructions.
 */
struct machine {
	char system[128];
	char cpu[128];
	char kernel[256];
	char clocksource[64];
	char accelerator[64];
	char copies[64];
	char date[32];
	unsigned int cpus;
	bool instructions;
	bool copies_distorted;
};

void machine_describe(struct machine *m);

/**
 * struct sample - what one run measured; zero where it makes no sense.
 * @elapsed_ns: time it took (instructions under -icount).
 * @cpu_ns: CPU time of the consumer.
 * @records: records read or emitted.
 * @bytes: their payload, or the bytes mapped.
 * @overrun: records lost because the ring went round.
 * @dropped: records lost because there was no room.
 * @faults: minor page faults.
 * @wakeups: times that a sleeping reader was woken.
 * @p50_ns: latency, from when a record was due to when its reader had it: of half of them.
 * @p99_ns: of 99 in 100.
 * @late_p50_ns: of that, up to when it was emitted.
 * @late_p99_ns: likewise.
 * @waiting: events that waited for a logger when @elapsed_ns began.
 * @once_ns: CPU time of a logger's beside @cpu_ns, however many events there are.
 * @memory_begin: the most that it had resident when its ring had gone round, bytes.
 * @memory_end: after all events.
 * @buffer: kernel memory of the buffer that @records were read of, bytes.
 */
struct sample {
	uint64_t elapsed_ns;
	uint64_t cpu_ns;
	uint64_t records;
	uint64_t bytes;
	uint64_t overrun;
	uint64_t dropped;
	uint64_t faults;
	uint64_t wakeups;
	uint64_t p50_ns;
	uint64_t p99_ns;
	uint64_t late_p50_ns;
	uint64_t late_p99_ns;
	uint64_t waiting;
	uint64_t once_ns;
	uint64_t memory_begin;
	uint64_t memory_end;
	uint64_t buffer;
};

/**
 * struct result - one line of a table.
 * @mode: MODE_*.
 * @name: backend, or what else was measured.
 * @variant: what sets it apart from others of that name, or "".
 * @payload: payload size, bytes; 0 where it makes no sense.
 * @producers: CPUs that emitted.
 * @rate: records a second that were asked for; 0: as fast as it goes.
 * @latency: of all repeats together, nanoseconds; NULL where it makes no sense.
 * @skipped: why there is no sample, or "".
 * @samples: a sample for each repeat.
 * @nsamples: how many.
 */
struct result {
	enum mode mode;
	const char *name;
	const char *variant;
	uint32_t payload;
	unsigned int producers;
	uint64_t rate;
	struct histogram *latency;
	char skipped[160];
	struct sample samples[MAX_REPEATS];
	unsigned int nsamples;
};

/**
 * struct memory - what a channel takes, and what it may.
 * @taken: EVRING_IOC_INFO's answer.
 * @allowed: the formula's.
 */
struct memory {
	uint64_t ring;
	uint64_t index;
	uint64_t control;
	uint64_t slots;
	uint64_t pages;
	uint64_t cpus;
	uint64_t allowed;
	uint64_t taken;
};

/**
 * struct report - everything that a run found.
 * @memory: see struct memory; @memory.taken is 0 if the mode did not run.
 * @producers: CPUs that emit what is measured now.
 */
struct report {
	const struct options *opts;
	struct machine machine;
	struct memory memory;
	unsigned int producers;
	struct result *results;
	size_t nresults;
	size_t room;
};

struct result *report_add(struct report *r, enum mode mode, const char *name,
			  const char *variant, uint32_t payload);
void report_sample(struct report *r, size_t result, const struct sample *s);
void report_machine(const struct report *r, FILE *out);
void report_print(const struct report *r, FILE *out);
void report_free(struct report *r);
int json_write(const struct report *r, const char *path);
const char *mode_name(enum mode mode);

/* The modes. EXIT_SKIPPED: this machine cannot answer, and why was said. */
int consume_run(const struct options *opts, struct report *r);
int emit_run(const struct options *opts, struct report *r);
int stream_run(const struct options *opts, struct report *r);
int faults_run(const struct options *opts, struct report *r);
int memory_run(const struct options *opts, struct report *r);
int source_run(const struct options *opts, struct report *r);
int first_run(const struct options *opts, struct report *r);
int latency_run(const struct options *opts, struct report *r);
int history_run(const struct options *opts, struct report *r);
int log_run(const struct options *opts, struct report *r);

/* Commands of their own; each returns the exit status. */
int compare_run(int argc, char **argv);
int plot_run(int argc, char **argv);

int plot_prepare(const char *dir);
int plot_file(const char *json, const char *dir);

/* main.c */
bool interrupted(void);
__printf(1, 2) int fail(const char *format, ...);
__printf(1, 2) void note(const char *format, ...);
__printf(1, 2) void progress(const char *format, ...);

/** clock_now() - CLOCK_MONOTONIC, nanoseconds. */
uint64_t clock_now(void);
/** clock_cpu() - CPU time of this process, kernel workers of its own included. */
uint64_t clock_cpu(void);
/** clock_thread() - CPU time of this thread. */
uint64_t clock_thread(void);

#endif /* EVBENCH_H */
