/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the guest tests share. A test is one program for one behaviour. It prints
 *
 *	ok WHAT
 *	not ok WHAT: WHY
 *
 * and ends with 0 (all well), 1 (something is not) or 77 (skipped; the last line says
 * why). The comment at its top tells what is tested; a line "vm: OPTIONS" there is
 * for the runner.
 */
#ifndef EVRING_TESTS_GUEST_HARNESS_H
#define EVRING_TESTS_GUEST_HARNESS_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/evring.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define HARNESS		static inline __attribute__((unused))
#define EXIT_SKIP	77

/* --- results -------------------------------------------------------------- */

static int harness_failed;

/** ok() - @what holds, or tell why not. Returns @cond. */
__attribute__((format(printf, 3, 4)))
HARNESS bool ok(bool cond, const char *what, const char *why, ...)
{
	va_list ap;

	if (cond) {
		printf("ok %s\n", what);
	} else {
		printf("not ok %s: ", what);
		va_start(ap, why);
		vprintf(why, ap);
		va_end(ap);
		printf("\n");
		harness_failed = 1;
	}
	fflush(stdout);
	return cond;
}

/** ok_equal() - two numbers are the same. */
HARNESS bool ok_equal(uint64_t got, uint64_t want, const char *what)
{
	return ok(got == want, what, "got %llu, expected %llu", (unsigned long long)got,
		  (unsigned long long)want);
}

/** ok_errno() - a call that returned @ret failed with @want, or succeeded if that is 0. */
HARNESS bool ok_errno(long ret, int want, const char *what)
{
	int got = ret < 0 ? errno : 0;

	return ok(got == want, what, "got %s, expected %s", got ? strerrorname_np(got) : "success",
		  want ? strerrorname_np(want) : "success");
}

/** result() - the program's exit status. */
HARNESS int result(void)
{
	return harness_failed;
}

/** bail() - the test itself cannot go on. */
__attribute__((format(printf, 1, 2), noreturn))
HARNESS void bail(const char *why, ...)
{
	va_list ap;

	printf("not ok the test could be carried out: ");
	va_start(ap, why);
	vprintf(why, ap);
	va_end(ap);
	printf("\n");
	exit(1);
}

/** skip() - this machine cannot run the test. */
__attribute__((format(printf, 1, 2), noreturn))
HARNESS void skip(const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	vprintf(why, ap);
	va_end(ap);
	printf("\n");
	exit(EXIT_SKIP);
}

/** must() - a call that has to succeed for the test to make sense. */
HARNESS long must(long ret, const char *what)
{
	if (ret < 0)
		bail("%s: %s", what, strerror(errno));
	return ret;
}

/* --- odds and ends ---------------------------------------------------------- */

HARNESS uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

HARNESS void sleep_ms(long ms)
{
	struct timespec ts = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

/** random_next() - splitmix64: the same numbers in every run. */
HARNESS uint64_t random_next(uint64_t *state)
{
	*state += 0x9e3779b97f4a7c15ULL;
	return evring_generator_mix(*state);
}

/** pin() - keep the calling thread on one CPU. */
HARNESS void pin(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	must(sched_setaffinity(0, sizeof(set), &set), "sched_setaffinity");
}

HARNESS unsigned int online_cpus(void)
{
	return (unsigned int)sysconf(_SC_NPROCESSORS_ONLN);
}

/** child_status() - wait for a child: its exit status, or 256 and its signal. */
HARNESS int child_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			bail("waitpid: %s", strerror(errno));
	return WIFSIGNALED(status) ? 256 + WTERMSIG(status) : WEXITSTATUS(status);
}

/** child() - fork with nothing left to print twice. */
HARNESS pid_t child(void)
{
	fflush(stdout);
	return (pid_t)must(fork(), "fork");
}

/** poll_for() - poll() one descriptor for reading: its events. */
HARNESS int poll_for(int fd, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	must(poll(&pfd, 1, timeout_ms), "poll");
	return pfd.revents;
}

/** file_put() - write @text to a file of the kernel's, behind what it has: 0, or -1 with errno. */
HARNESS int file_put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/** module_load() - load one of the project's modules, unless it is there. */
HARNESS void module_load(const char *name, const char *options)
{
	char path[100];
	int fd;

	snprintf(path, sizeof(path), "/lib/evring/%s.ko", name);
	fd = (int)must(open(path, O_RDONLY | O_CLOEXEC), path);
	if (syscall(SYS_finit_module, fd, options, 0) && errno != EEXIST)
		bail("%s: %s", path, strerror(errno));
	close(fd);
}

/** module_unload() - unload a module that nobody uses: 0, or -1 with errno. */
HARNESS int module_unload(const char *name)
{
	return (int)syscall(SYS_delete_module, name, O_NONBLOCK);
}

/* --- channels --------------------------------------------------------------- */

/** union any_args - the argument struct of any ioctl, with room behind it. */
union any_args {
	uint32_t size;
	struct evring_info info;
	struct evring_channel_stats stats;
	struct evring_seek_args seek;
	struct evring_position_args position;
	struct evring_watermark_args watermark;
	struct evring_gate_args gate;
	struct evring_freeze_args freeze;
	struct evring_create_args create;
	struct evring_remove_args remove;
	struct evring_list_args list;
	struct evring_attach_args attach;
	struct evring_detach_args detach;
	struct evring_event_args event;
	uint8_t bytes[8192];
	uint64_t words[1024];
};

HARNESS int control_fd(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = (int)must(open("/dev/evring/control", O_RDONLY | O_CLOEXEC),
			       "/dev/evring/control (is the module loaded?)");
	return fd;
}

HARNESS void set_name(char to[EVRING_NAME_SIZE], const char *name)
{
	memset(to, 0, EVRING_NAME_SIZE);
	memcpy(to, name, strnlen(name, EVRING_NAME_SIZE));
}

HARNESS int channel_remove(const char *name)
{
	struct evring_remove_args args = { .size = sizeof(args) };

	set_name(args.name, name);
	return ioctl(control_fd(), EVRING_IOC_REMOVE, &args);
}

/** channel_create_as() - a channel as @args say, instead of any of that name. */
HARNESS void channel_create_as(const char *name, struct evring_create_args args)
{
	channel_remove(name);
	args.size = sizeof(args);
	set_name(args.name, name);
	must(ioctl(control_fd(), EVRING_IOC_CREATE, &args), "CREATE");
}

/** channel_create() - a channel, instead of any of that name. */
HARNESS void channel_create(const char *name, uint64_t data_size, uint32_t block_size)
{
	channel_create_as(name, (struct evring_create_args){ .data_size = data_size,
							     .block_size = block_size });
}

HARNESS const char *channel_path(const char *name)
{
	/* Threads ask at once, and the C library begins by making it empty. */
	static __thread char path[EVRING_NAME_SIZE + 16];

	snprintf(path, sizeof(path), "/dev/evring/%s", name);
	return path;
}

HARNESS int channel_open(const char *name, int flags)
{
	return (int)must(open(channel_path(name), flags | O_CLOEXEC), channel_path(name));
}

HARNESS struct evring_info channel_info(int fd)
{
	struct evring_info info = { .size = sizeof(info) };

	must(ioctl(fd, EVRING_IOC_INFO, &info), "INFO");
	return info;
}

HARNESS struct evring_channel_stats channel_stats(int fd)
{
	struct evring_channel_stats stats = { .size = sizeof(stats) };

	must(ioctl(fd, EVRING_IOC_STATS, &stats), "STATS");
	return stats;
}

HARNESS uint64_t stats_dropped(const struct evring_channel_stats *stats)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < EVRING_DROP_REASONS; i++)
		sum += stats->dropped[i];
	return sum;
}

HARNESS void channel_seek(int fd, uint32_t whence)
{
	struct evring_seek_args args = { .size = sizeof(args), .whence = whence };

	must(ioctl(fd, EVRING_IOC_SEEK, &args), "SEEK");
}

/** channel_map() - map a channel from its start; @bytes 0: the whole. */
HARNESS const uint8_t *channel_map(int fd, size_t bytes)
{
	void *map = mmap(NULL, bytes ? bytes : channel_info(fd).map_size, PROT_READ, MAP_SHARED,
			 fd, 0);

	if (map == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	return map;
}

/* --- sources ------------------------------------------------------------------ */

/** attach() - ATTACH; the source's number, or -1 with errno. Answers go to @args. */
HARNESS int attach(const char *name, struct evring_attach_args *args)
{
	args->size = sizeof(*args);
	set_name(args->name, name);
	return ioctl(control_fd(), EVRING_IOC_ATTACH, args) < 0 ? -1 : (int)args->id;
}

/** generate() - start a generator, or run it if @g says WAIT, with the answers in @g. */
HARNESS uint32_t generate(const char *name, struct evring_generator_args *g)
{
	struct evring_attach_args args = { .kind = EVRING_SOURCE_GENERATOR, .generator = *g };
	int id = (int)must(attach(name, &args), "ATTACH of a generator");

	*g = args.generator;
	return (uint32_t)id;
}

/** generate_some() - @count records of @min to @max bytes on each CPU of @cpus, and wait. */
HARNESS void generate_some(const char *name, uint64_t cpus, uint64_t count, uint32_t min,
			   uint32_t max)
{
	struct evring_generator_args g = { .flags = EVRING_GENERATOR_WAIT, .payload_min = min,
					   .payload_max = max, .count = count,
					   .cpus = { cpus } };

	generate(name, &g);
}

HARNESS uint32_t probe(const char *name, uint64_t events)
{
	struct evring_attach_args args = { .kind = EVRING_SOURCE_PROBE, .probe.events = events };

	return (uint32_t)must(attach(name, &args), "ATTACH of probes");
}

HARNESS int detach(const char *name, uint32_t id)
{
	struct evring_detach_args args = { .size = sizeof(args), .id = id };

	set_name(args.name, name);
	return ioctl(control_fd(), EVRING_IOC_DETACH, &args);
}

/* --- what read() returns ---------------------------------------------------------- */

/**
 * struct walk - goes through what a descriptor's reads returned, record by record. A read may
 * go on where the one before it ended, without saying again on which CPU.
 * @data: what was read.
 * @bytes: how much.
 * @offset: of the next record.
 * @cpu: CPU of the last record that walk_next() returned.
 * @seq: its sequence number.
 * @next_seq: of the one after it.
 * @broken: why the bytes are not what read() may return, or NULL.
 */
struct walk {
	const uint8_t *data;
	size_t bytes;
	size_t offset;
	uint32_t cpu;
	uint64_t seq;
	uint64_t next_seq;
	const char *broken;
};

HARNESS const void *payload(const struct evring_record *record)
{
	return record + 1;
}

HARNESS uint32_t payload_bytes(const struct evring_record *record)
{
	return record->size - (uint32_t)sizeof(*record);
}

/** walk_feed() - what the next read() returned. */
HARNESS void walk_feed(struct walk *w, const void *data, size_t bytes)
{
	w->data = data;
	w->bytes = bytes;
	w->offset = 0;
}

/**
 * walk_next() - the next record: an event, a discarded one or a loss; NULL at the end or
 * when @w->broken. RUN records set the CPU and are passed over.
 */
HARNESS const struct evring_record *walk_next(struct walk *w)
{
	while (!w->broken && w->offset < w->bytes) {
		const struct evring_record *record = (const void *)(w->data + w->offset);
		const struct evring_run *run = payload(record);

		if (w->bytes - w->offset < sizeof(*record) || record->size < sizeof(*record) ||
		    w->bytes - w->offset < ((record->size + 7U) & ~7U)) {
			w->broken = "the last record is not whole";
			break;
		}
		w->offset += (record->size + 7U) & ~7U;
		if (record->type == EVRING_TYPE_OVERRUN || record->type == EVRING_TYPE_DROPPED)
			return record;
		if (record->type != EVRING_TYPE_RUN) {
			w->seq = w->next_seq++;
			return record;
		}
		w->cpu = run->cpu;
		w->next_seq = run->seq;
	}
	return NULL;
}

/* --- the generator's records -------------------------------------------------------- */

/**
 * generator_flaw() - what is wrong with a payload of the generator's on @cpu; NULL: nothing.
 * @p: the payload.
 * @bytes: its length.
 * @min: payload_min of the run.
 * @max: payload_max of the run; 0: any length will do.
 *
 * Every byte counts: each is worked out anew.
 */
HARNESS const char *generator_flaw(uint32_t cpu, const void *p, uint32_t bytes, uint32_t min,
				   uint32_t max)
{
	const struct evring_event_generator *e = p;
	const uint8_t *fill = (const uint8_t *)p + sizeof(*e);

	if (bytes < sizeof(*e))
		return "shorter than its head";
	if (e->common.type != EVRING_TYPE_GENERATOR)
		return "common.type is wrong";
	if (max && bytes != evring_generator_size(cpu, e->number, min, max))
		return "its size is wrong";
	if (e->sum != evring_generator_sum(p, bytes))
		return "its checksum is wrong";
	for (uint32_t i = 0; i < bytes - sizeof(*e); i++)
		if (fill[i] != evring_generator_fill(cpu, e->number, i))
			return "a byte of its filling is wrong";
	return NULL;
}

#endif /* EVRING_TESTS_GUEST_HARNESS_H */
