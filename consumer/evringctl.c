// SPDX-License-Identifier: GPL-2.0
/*
 * evringctl: makes, feeds, shows and removes evring channels.
 *
 * Results on standard output, what went wrong and how to mend it on standard
 * error. Exit status: 0 well, 1 failure, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <linux/evring.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef EVRING_TOOLS_VERSION
#define EVRING_TOOLS_VERSION	"0.1"
#endif

#define DEVICE_DIR	"/dev/evring"
#define CONTROL		DEVICE_DIR "/control"

#define EXIT_USAGE	2

#define GENERATOR_SIZE_MAX	(128U << 10)	/* largest payload that the generator tries */
#define SOURCES_MAX	16U	/* sources that one attach can make */
#define WRITE_MAX	(16UL << 20)	/* bytes written between two looks for a signal */

static const char help[] =
"Usage: evringctl COMMAND [ARGUMENT]... [OPTION]...\n"
"Makes, feeds, shows and removes evring channels.\n"
"\n"
"  list                    the channels\n"
"  info NAME               what a channel is: geometry, clock, memory\n"
"  stat NAME               what it has done: accepted, dropped, readers\n"
"      --watch[=SECONDS]   go on: a line every so many seconds (1; 0.1 to 86400), with\n"
"                          how much a second since the one before\n"
"  create NAME             make a channel; its device is " DEVICE_DIR "/NAME\n"
"      --size SIZE         ring, 64K to 4G, rounded up to a power of two (default 8M)\n"
"      --block SIZE        block, 4K to 64K, a power of two (default 16K)\n"
"      --clock CLOCK       monotonic (default), boottime, realtime, none or cycles\n"
"      --mode MODE         permissions of the device, octal (default 0440)\n"
"      --group GROUP       group of the device, name or number (default 0)\n"
"      --partitioned       each CPU fills a part of its own: a flood on one CPU leaves\n"
"                          the events of the others alone\n"
"      --user-write        what is written to the device becomes an event\n"
"      --lossless-deadline TIME  a reader that loses nothing and does not acknowledge\n"
"                          for so long loses its hold: 500us, 100ms, 5s (default: never)\n"
"  remove NAME             remove it; what readers have mapped stays readable\n"
"  attach NAME EVENT...    feed events into it; prints the number of each source, or\n"
"                          with wait what became of it\n"
"  detach NAME [ID]        stop source ID, or all sources\n"
"  events [EVENT]          the event types there are, or the format text of one\n"
"  freeze NAME             keep what is in the ring; what comes counts as dropped\n"
"  thaw NAME               let it go on\n"
"  snapshot NAME FILE      copy the ring to FILE, frozen meanwhile; evlog FILE reads it\n"
"      --live              do not freeze: what is overwritten meanwhile is left out\n"
"\n"
"EVENT: fast:fork fast:exec fast:exit fast:switch fast:sys_enter fast:sys_exit\n"
"         kernel events by direct probes; several as fast:fork,exec\n"
"       gen[:OPTION,...]\n"
"         made-up events: count=N of them on each CPU (default: until detached),\n"
"         size=A or size=A-B payload bytes (default 64), rate=R a second on each\n"
"         CPU (default: as fast as it goes), cpus=0-1,4 (default: all), irq: from\n"
"         interrupts, fixed: one prepared payload, reserve: filled in place,\n"
"         wait: until they are made\n"
"\n"
"  -j, --json              list, info, stat and events as JSON; --watch: an object a line\n"
"  -h, --help              this text\n"
"  -V, --version           version\n"
"\n"
"Exit status: 0 well, 1 failure, 2 wrong usage.\n";

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
};

/** struct word - a name and what it stands for. */
struct word {
	const char *name;
	__u64 value;
};

static const struct word clocks[] = {
	{ "monotonic", EVRING_CLOCK_MONOTONIC },
	{ "boottime", EVRING_CLOCK_BOOTTIME },
	{ "realtime", EVRING_CLOCK_REALTIME },
	{ "none", EVRING_CLOCK_NONE },
	{ "cycles", EVRING_CLOCK_CYCLES },
	{ 0 }
};

static const struct word probes[] = {
	{ "fork", EVRING_PROBE_FORK },
	{ "exec", EVRING_PROBE_EXEC },
	{ "exit", EVRING_PROBE_EXIT },
	{ "switch", EVRING_PROBE_SWITCH },
	{ "sys_enter", EVRING_PROBE_SYS_ENTER },
	{ "sys_exit", EVRING_PROBE_SYS_EXIT },
	{ 0 }
};

static const struct word generator_flags[] = {
	{ "irq", EVRING_GENERATOR_IRQ },
	{ "fixed", EVRING_GENERATOR_FIXED },
	{ "wait", EVRING_GENERATOR_WAIT },
	{ "reserve", EVRING_GENERATOR_RESERVE },
	{ 0 }
};

static const struct word event_names[] = {
	{ "fast:fork", 0 }, { "fast:exec", 0 }, { "fast:exit", 0 }, { "fast:switch", 0 },
	{ "fast:sys_enter", 0 }, { "fast:sys_exit", 0 }, { "gen", 0 }, { 0 }
};

/* A message on standard error; @status is returned, for the caller to return. */
__attribute__((format(printf, 2, 3)))
static int fail(int status, const char *format, ...)
{
	va_list args;

	fputs("evringctl: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	if (status == EXIT_USAGE)
		fputs("Try 'evringctl --help'.\n", stderr);
	return status;
}

static const struct word *find_word(const struct word *words, const char *name)
{
	for (; words->name; words++)
		if (!strcmp(words->name, name))
			return words;
	return NULL;
}

static const char *word_of(const struct word *words, __u64 value)
{
	for (; words->name; words++)
		if (words->value == value)
			return words->name;
	return "unknown";
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

/* Insertions, deletions and replacements from @a to @b. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[64], diagonal, above, i, j;
	size_t n = strlen(b);

	if (n >= sizeof(row) / sizeof(row[0]))
		return UINT_MAX;
	for (j = 0; j <= n; j++)
		row[j] = j;
	for (i = 0; a[i]; i++) {
		diagonal = row[0]++;
		for (j = 0; j < n; j++) {
			above = row[j + 1];
			row[j + 1] = least(least(above, row[j]) + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[n];
}

/* Edits from what was typed to @word; a forgotten fast: or end is one edit. */
static unsigned int edits(const char *typed, const char *word)
{
	const char *colon = strchr(word, ':');
	unsigned int d = distance(typed, word);

	if (strlen(typed) > 2 && !strncmp(word, typed, strlen(typed)))
		d = least(d, 1);
	return colon ? least(d, distance(typed, colon + 1) + 1) : d;
}

/* Lists the words near @name; all of them if none is. */
static void print_near(const struct word *words, const char *name)
{
	unsigned int best = UINT_MAX, d;
	const struct word *w;
	const char *separator = "";
	bool near;

	for (w = words; w->name; w++)
		best = least(best, edits(name, w->name));
	near = best <= 3 && best < strlen(name);
	fputs(near ? "evringctl: did you mean: " : "evringctl: there are: ", stderr);
	for (w = words; w->name; w++) {
		d = edits(name, w->name);
		if (near && d > best + 1)
			continue;
		fprintf(stderr, "%s%s", separator, w->name);
		separator = ", ";
	}
	fputc('\n', stderr);
}

/* Digits, then nothing or one of the units, which grow by @step. */
static bool parse_scaled(const char *text, unsigned int step, __u64 max, __u64 *value)
{
	static const char units[] = "KMGT";
	const char *unit;
	__u64 scale = 1;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 10);
	if (errno)
		return false;
	if (*end) {
		unit = strchr(units, *end >= 'a' ? *end - 'a' + 'A' : *end);
		if (!unit || end[1])
			return false;
		for (; unit >= units; unit--)
			scale *= step;
	}
	if (*value > max / scale)
		return false;
	*value *= scale;
	return true;
}

static int parse_mode(const char *text, uint32_t *mode)
{
	unsigned long value;
	char *end;

	value = strtoul(text, &end, 8);
	if (*text < '0' || *text > '7' || *end || value > 0777 || !value)
		return fail(EXIT_USAGE, "--mode %s: not permissions: octal, 0001 to 0777, such as 0440",
			    text);
	if (value & 0002)
		return fail(EXIT_USAGE, "--mode %s: others may not get write permission: take 2 off the last digit",
			    text);
	*mode = (uint32_t)value;
	return 0;
}

static int parse_group(const char *text, uint32_t *gid)
{
	struct group *group = getgrnam(text);
	__u64 value;

	if (group) {
		*gid = group->gr_gid;
		return 0;
	}
	if (!parse_scaled(text, 1, UINT32_MAX - 1, &value))
		return fail(EXIT_USAGE, "--group %s: no such group: see getent group, or make it by groupadd",
			    text);
	*gid = (uint32_t)value;
	return 0;
}

static int parse_clock(const char *text, uint32_t *clock)
{
	const struct word *w = find_word(clocks, text);

	if (!w) {
		fprintf(stderr, "evringctl: --clock %s: no such clock\n", text);
		print_near(clocks, text);
		return EXIT_USAGE;
	}
	*clock = (uint32_t)w->value;
	return 0;
}

/* A number with us, ms or s, in microseconds. */
static int parse_deadline(const char *text, __u64 *us)
{
	static const struct word units[] = {
		{ "us", 1 }, { "ms", 1000 }, { "s", 1000000 }, { 0 }
	};
	size_t digits = strspn(text, "0123456789");
	const struct word *unit = find_word(units, text + digits);
	char number[21];

	if (unit && digits && digits < sizeof(number)) {
		snprintf(number, digits + 1, "%s", text);
		if (parse_scaled(number, 1, INT64_MAX / unit->value, us) && *us) {
			*us *= unit->value;
			return 0;
		}
	}
	return fail(EXIT_USAGE, "--lossless-deadline %s: not a time: a number above 0 with us, ms or s, such as 100ms",
		    text);
}

static int parse_watch(const char *text, __u64 *ns)
{
	double seconds;
	char *end;

	seconds = strtod(text, &end);
	/* Not by what is wrong, so that what is not a number is refused, too. */
	if (*text < '0' || *text > '9' || *end || !(seconds >= 0.1 && seconds <= 86400))
		return fail(EXIT_USAGE, "--watch %s: not seconds: a number from 0.1 to 86400, as --watch=5",
			    text);
	*ns = (__u64)(seconds * 1e9);
	return 0;
}

static int parse_option(struct options *o, int c)
{
	__u64 block;

	switch (c) {
	case 's':
		o->given |= TAKES_SIZE;
		if (!parse_scaled(optarg, 1024, UINT64_MAX, &o->size) || !o->size)
			return fail(EXIT_USAGE, "--size %s: not a size: a number with K, M or G, 64K to 4G",
				    optarg);
		return 0;
	case 'b':
		o->given |= TAKES_BLOCK;
		if (!parse_scaled(optarg, 1024, UINT32_MAX, &block) || !block)
			return fail(EXIT_USAGE, "--block %s: not a size: a power of two, 4K to 64K",
				    optarg);
		o->block = (uint32_t)block;
		return 0;
	case 'c':
		o->given |= TAKES_CLOCK;
		return parse_clock(optarg, &o->clock);
	case 'm':
		o->given |= TAKES_MODE;
		return parse_mode(optarg, &o->mode);
	case 'g':
		o->given |= TAKES_GROUP;
		return parse_group(optarg, &o->gid);
	case 'd':
		o->given |= TAKES_DEADLINE;
		return parse_deadline(optarg, &o->evict_us);
	case 'p':
		o->given |= TAKES_PARTITIONED;
		return 0;
	case 'u':
		o->given |= TAKES_USER_WRITE;
		return 0;
	case 'l':
		o->given |= TAKES_LIVE;
		return 0;
	case 'w':
		o->given |= TAKES_WATCH;
		return optarg ? parse_watch(optarg, &o->watch_ns) : 0;
	default:
		o->given |= TAKES_JSON;
		return 0;
	}
}

/* What the kernel would refuse with a bare EINVAL. */
static int check_name(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	size_t n = strlen(name);

	if (!n || n >= EVRING_NAME_SIZE || *name == '.' || strspn(name, allowed) != n ||
	    !strcmp(name, "control"))
		return fail(EXIT_USAGE, "%s: not a channel name: 1 to %d of A-Z a-z 0-9 _ . -, not starting with a dot, not 'control'",
			    name, EVRING_NAME_SIZE - 1);
	return 0;
}

static int open_control(void)
{
	int fd = open(CONTROL, O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == EACCES || errno == EROFS)
		fd = open(CONTROL, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	switch (errno) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
	case ENOTDIR:
		fail(EXIT_FAILURE, "evring module is not loaded: modprobe evring (or make load in its source tree)");
		break;
	case EACCES:
	case EPERM:
		fail(EXIT_FAILURE, CONTROL ": permission denied: run as root");
		break;
	default:
		fail(EXIT_FAILURE, CONTROL ": %s", strerror(errno));
	}
	return -1;
}

/* Causes that any command may meet. */
static int explain(const char *name, int error)
{
	switch (error) {
	case ENOENT:
		return fail(EXIT_FAILURE, "%s: no such channel: see evringctl list", name);
	case EPERM:
	case EACCES:
		return fail(EXIT_FAILURE, "%s: not permitted: needs CAP_SYS_ADMIN or CAP_PERFMON, run as root",
			    name);
	case ENOMEM:
		return fail(EXIT_FAILURE, "%s: no memory: make the ring smaller (--size), remove other channels, or raise the limit of the memory cgroup",
			    name);
	case EBUSY:
		return fail(EXIT_FAILURE, "%s: busy: a kernel module has made it and removes it when it is unloaded", name);
	case ENOTTY:
	case E2BIG:
		return fail(EXIT_FAILURE, "%s: the loaded module does not know this request (this evringctl is for ABI %d): load the module that was built with it",
			    name, EVRING_ABI_VERSION);
	default:
		return fail(EXIT_FAILURE, "%s: %s", name, strerror(error));
	}
}

static int refused_create(const struct evring_create_args *args, int error)
{
	switch (error) {
	case EEXIST:
		return fail(EXIT_FAILURE, "%s: there is a channel of this name: choose another, or evringctl remove %s",
			    args->name, args->name);
	case ERANGE:
		return fail(EXIT_FAILURE, "%s: size out of range: the ring (--size) has %llu KiB to %llu GiB, a block (--block) is a power of two from %u to %u KiB, at most %u blocks, at least %u for each possible CPU",
			    args->name, EVRING_RING_MIN >> 10, EVRING_RING_MAX >> 30,
			    EVRING_BLOCK_MIN >> 10, EVRING_BLOCK_MAX >> 10, EVRING_BLOCKS_MAX,
			    EVRING_BLOCKS_PER_CPU);
	case EOPNOTSUPP:
		return fail(EXIT_FAILURE, "%s: the clock '%s' does not work on this machine: use another --clock (cycles needs a constant, synchronised counter, or the module parameter trust_tsc)",
			    args->name, word_of(clocks, args->clock));
	case EINVAL:
		return fail(EXIT_FAILURE, "%s: the module does not know these options: load the module that was built with this evringctl",
			    args->name);
	default:
		return explain(args->name, error);
	}
}

static void copy_name(char *to, const char *name)
{
	snprintf(to, EVRING_NAME_SIZE, "%s", name);
}

static int create(char **argv, const struct options *o)
{
	struct evring_create_args args = {
		.size = sizeof(args), .data_size = o->size, .block_size = o->block,
		.clock = o->clock, .mode = o->mode, .gid = o->gid, .evict_us = o->evict_us,
	};
	int fd, rc = 0;

	if (o->given & TAKES_PARTITIONED)
		args.flags |= EVRING_CREATE_PARTITIONED;
	if (o->given & TAKES_USER_WRITE)
		args.flags |= EVRING_CREATE_USER_WRITE;
	copy_name(args.name, argv[0]);
	fd = open_control();
	if (fd < 0)
		return EXIT_FAILURE;
	if (ioctl(fd, EVRING_IOC_CREATE, &args))
		rc = refused_create(&args, errno);
	close(fd);
	if (rc)
		return rc;
	if (o->size && o->size != args.data_size)
		fprintf(stderr, "evringctl: %s: ring of %llu KiB, rounded up from %llu KiB (a power of two, at least %u blocks for each possible CPU)\n",
			args.name, (unsigned long long)args.data_size >> 10,
			(unsigned long long)o->size >> 10, EVRING_BLOCKS_PER_CPU);
	if (o->block && o->block != args.block_size)
		fprintf(stderr, "evringctl: %s: blocks of %u KiB instead of %u KiB (at most %u blocks)\n",
			args.name, args.block_size >> 10, o->block >> 10, EVRING_BLOCKS_MAX);
	return 0;
}

static int remove_channel(char **argv, const struct options *o)
{
	struct evring_remove_args args = { .size = sizeof(args) };
	int fd, rc = 0;

	(void)o;
	copy_name(args.name, argv[0]);
	fd = open_control();
	if (fd < 0)
		return EXIT_FAILURE;
	if (ioctl(fd, EVRING_IOC_REMOVE, &args))
		rc = explain(args.name, errno);
	close(fd);
	return rc;
}

static int unknown_event(const char *event)
{
	fprintf(stderr, "evringctl: %s: no such event\n", event);
	print_near(event_names, event);
	return EXIT_USAGE;
}

/* fork,exec of fast:fork,exec */
static int parse_probes(char *list, __u64 *events)
{
	const struct word *w;
	char whole[80], *name, *rest;

	for (name = strtok_r(list, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		/* fast:fork,fast:exec is meant well, too. */
		if (!strncmp(name, "fast:", 5))
			name += 5;
		w = find_word(probes, name);
		if (!w) {
			snprintf(whole, sizeof(whole), "fast:%s", name);
			return unknown_event(whole);
		}
		*events |= w->value;
	}
	return 0;
}

static bool parse_range(const char *text, __u64 max, __u64 *first, __u64 *last)
{
	char copy[64], *dash;

	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	dash = strchr(copy, '-');
	if (dash)
		*dash++ = '\0';
	return parse_scaled(copy, 1024, max, first) &&
	       parse_scaled(dash ? dash : copy, 1024, max, last) && *first <= *last;
}

static int parse_cpus(struct evring_generator_args *g, const char *text)
{
	__u64 first, last;

	if (!parse_range(text, EVRING_GENERATOR_CPUS - 1, &first, &last))
		return fail(EXIT_USAGE, "gen: cpus=%s: not CPUs: numbers from 0 to %d, such as 0-1 or 0,4",
			    text, EVRING_GENERATOR_CPUS - 1);
	for (; first <= last; first++)
		g->cpus[first / 64] |= 1ULL << (first % 64);
	return 0;
}

static int parse_sizes(struct evring_generator_args *g, const char *text)
{
	__u64 min, max;

	/* Larger ones than a record can carry are allowed: they are dropped, and counted. */
	if (!parse_range(text, GENERATOR_SIZE_MAX, &min, &max) ||
	    min < sizeof(struct evring_event_generator))
		return fail(EXIT_USAGE, "gen: size=%s: not payload sizes: A or A-B, %zu to %u bytes",
			    text, sizeof(struct evring_event_generator), GENERATOR_SIZE_MAX);
	g->payload_min = (uint32_t)min;
	g->payload_max = (uint32_t)max;
	return 0;
}

static int parse_generator_option(struct evring_generator_args *g, char *option)
{
	static const struct word names[] = {
		{ "count=", 0 }, { "size=", 0 }, { "rate=", 0 }, { "cpus=", 0 },
		{ "irq", 0 }, { "fixed", 0 }, { "reserve", 0 }, { "wait", 0 }, { 0 }
	};
	const struct word *w = find_word(generator_flags, option);

	if (w) {
		g->flags |= (uint32_t)w->value;
		return 0;
	}
	if (!strncmp(option, "size=", 5))
		return parse_sizes(g, option + 5);
	if (!strncmp(option, "cpus=", 5))
		return parse_cpus(g, option + 5);
	/* cpus=0,4: what starts with a digit goes on with the list. */
	if (*option >= '0' && *option <= '9')
		return parse_cpus(g, option);
	if (!strncmp(option, "count=", 6)) {
		if (parse_scaled(option + 6, 1000, INT64_MAX, &g->count) && g->count)
			return 0;
		return fail(EXIT_USAGE, "gen: %s: not a number above 0, such as 1000 or 1M", option);
	}
	if (!strncmp(option, "rate=", 5)) {
		if (parse_scaled(option + 5, 1000, INT64_MAX, &g->rate) && g->rate)
			return 0;
		return fail(EXIT_USAGE, "gen: %s: not events a second: a number above 0, such as 500 or 10K",
			    option);
	}
	fprintf(stderr, "evringctl: gen: %s: no such option\n", option);
	print_near(names, option);
	return EXIT_USAGE;
}

static int parse_generator(struct evring_generator_args *g, char *options)
{
	char *option, *rest;
	int rc;

	g->payload_min = 64;
	g->payload_max = 64;
	for (option = strtok_r(options, ",", &rest); option; option = strtok_r(NULL, ",", &rest)) {
		rc = parse_generator_option(g, option);
		if (rc)
			return rc;
	}
	if ((g->flags & EVRING_GENERATOR_WAIT) && !g->count)
		return fail(EXIT_USAGE, "gen: wait would never end: give a count=N");
	return 0;
}

/* One source for each gen, one for all of fast: together. Return: exit status. */
static int parse_events(char **events, struct evring_attach_args *sources, unsigned int *n)
{
	struct evring_attach_args *probe = NULL, *a;
	int rc = 0;

	for (*n = 0; *events && !rc; events++) {
		bool fast = !strncmp(*events, "fast:", 5) && (*events)[5];
		bool gen = !strcmp(*events, "gen") || !strncmp(*events, "gen:", 4);

		if (!fast && !gen)
			return unknown_event(*events);
		if (fast && probe) {
			rc = parse_probes(*events + 5, &probe->probe.events);
			continue;
		}
		if (*n == SOURCES_MAX)
			return fail(EXIT_USAGE, "%s: at most %u sources at once: use a second attach",
				    *events, SOURCES_MAX);
		a = &sources[(*n)++];
		memset(a, 0, sizeof(*a));
		if (fast) {
			probe = a;
			a->kind = EVRING_SOURCE_PROBE;
			rc = parse_probes(*events + 5, &a->probe.events);
			if (!rc && !a->probe.events)
				rc = unknown_event("fast:");
		} else {
			a->kind = EVRING_SOURCE_GENERATOR;
			rc = parse_generator(&a->generator, *events + ((*events)[3] ? 4 : 3));
		}
	}
	return rc;
}

static int refused_attach(const struct evring_attach_args *a, int error)
{
	bool gen = a->kind == EVRING_SOURCE_GENERATOR;

	switch (error) {
	case EEXIST:
		return fail(EXIT_FAILURE, "%s: one of these events is attached already: evringctl detach %s first",
			    a->name, a->name);
	case EOPNOTSUPP:
		return fail(EXIT_FAILURE, "%s: this kernel does not have one of these events: attach them one by one to see which (raw syscalls need CONFIG_HAVE_SYSCALL_TRACEPOINTS)",
			    a->name);
	case EINTR:
		return fail(EXIT_FAILURE, "%s: interrupted before all events were made", a->name);
	case ENXIO:
		return fail(EXIT_FAILURE, "%s: a CPU of cpus= is not online: see /sys/devices/system/cpu/online",
			    a->name);
	case EINVAL:
	case ERANGE:
		return fail(EXIT_FAILURE, gen ?
			    "%s: the module refuses these generator options: this machine must have the CPUs of cpus=, rate= is at most 1G" :
			    "%s: the module does not know one of these events: load the module that was built with this evringctl",
			    a->name);
	default:
		return explain(a->name, error);
	}
}

static void print_source(const struct evring_attach_args *a)
{
	const struct evring_generator_args *g = &a->generator;

	/* A source that was waited for is gone. */
	if (a->kind == EVRING_SOURCE_GENERATOR && g->flags & EVRING_GENERATOR_WAIT)
		printf("accepted=%llu dropped=%llu seconds=%.6f\n",
		       (unsigned long long)g->emitted, (unsigned long long)g->failed,
		       (double)g->elapsed_ns / 1e9);
	else
		printf("%u\n", a->id);
}

static void detach_again(int fd, const struct evring_attach_args *a)
{
	struct evring_detach_args args = { .size = sizeof(args), .id = a->id };

	copy_name(args.name, a->name);
	if (ioctl(fd, EVRING_IOC_DETACH, &args) && errno != ENOENT)
		fail(EXIT_FAILURE, "%s: source %u stays attached: %s", a->name, a->id,
		     strerror(errno));
}

static int attach(char **argv, const struct options *o)
{
	struct evring_attach_args sources[SOURCES_MAX];
	unsigned int n, i;
	int fd, rc;

	(void)o;
	rc = parse_events(argv + 1, sources, &n);
	if (rc)
		return rc;
	fd = open_control();
	if (fd < 0)
		return EXIT_FAILURE;
	for (i = 0; i < n; i++) {
		sources[i].size = sizeof(sources[i]);
		copy_name(sources[i].name, argv[0]);
		if (ioctl(fd, EVRING_IOC_ATTACH, &sources[i])) {
			rc = refused_attach(&sources[i], errno);
			goto err_detach;
		}
	}
	for (i = 0; i < n; i++)
		print_source(&sources[i]);
	close(fd);
	return 0;

err_detach:
	while (i--)
		detach_again(fd, &sources[i]);
	close(fd);
	return rc;
}

static int detach(char **argv, const struct options *o)
{
	struct evring_detach_args args = { .size = sizeof(args) };
	__u64 id = 0;
	int fd, rc = 0;

	(void)o;
	if (argv[1] && (!parse_scaled(argv[1], 1, UINT32_MAX, &id) || !id))
		return fail(EXIT_USAGE, "%s: not the number of a source: what evringctl attach printed",
			    argv[1]);
	copy_name(args.name, argv[0]);
	args.id = (uint32_t)id;
	fd = open_control();
	if (fd < 0)
		return EXIT_FAILURE;
	if (ioctl(fd, EVRING_IOC_DETACH, &args)) {
		if (errno == ENOENT && args.id)
			rc = fail(EXIT_FAILURE, "%s: no such channel (see evringctl list), or no source %u on it",
				  args.name, args.id);
		else
			rc = explain(args.name, errno);
	}
	close(fd);
	return rc;
}

/* Opens a channel's device to ask it. Return: a descriptor, or -1 with errno. */
static int open_to_ask(const char *name)
{
	char path[sizeof(DEVICE_DIR) + EVRING_NAME_SIZE];

	snprintf(path, sizeof(path), DEVICE_DIR "/%s", name);
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

/* Asks a channel what it is and what it has done. Return: 0 or an errno. */
static int ask(int fd, struct evring_info *info, struct evring_channel_stats *stats)
{
	int error = 0;

	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	if (ioctl(fd, EVRING_IOC_INFO, info) || ioctl(fd, EVRING_IOC_STATS, stats))
		error = errno;
	else if (info->abi_version != EVRING_ABI_VERSION)
		error = EPROTO;
	/* This descriptor is not one of the channel's readers. */
	if (!error && stats->readers)
		stats->readers--;
	return error;
}

static int ask_channel(const char *name, struct evring_info *info,
		       struct evring_channel_stats *stats)
{
	int fd = open_to_ask(name);
	int error;

	if (fd < 0)
		return errno;
	error = ask(fd, info, stats);
	close(fd);
	return error;
}

static int refused_channel(const char *name, const struct evring_info *info, int error)
{
	switch (error) {
	case EPROTO:
		return fail(EXIT_FAILURE, "%s: the loaded module has ABI %u, this evringctl has %d: use those of one build",
			    name, info->abi_version, EVRING_ABI_VERSION);
	case EACCES:
	case EPERM:
		return fail(EXIT_FAILURE, DEVICE_DIR "/%s: not readable for you: run as root, or as a member of its group (create --group)",
			    name);
	case ENOENT:
	case ENXIO:
	case ENODEV:
	case ENOTDIR:
		if (access(CONTROL, F_OK))
			return fail(EXIT_FAILURE, "evring module is not loaded: modprobe evring (or make load in its source tree)");
		return explain(name, ENOENT);
	default:
		return explain(name, error);
	}
}

static const char *state_of(uint32_t state)
{
	return state & EVRING_STATE_REMOVED ? "removed" :
	       state & EVRING_STATE_FROZEN ? "frozen" : "live";
}

static __u64 dropped_in_all(const struct evring_channel_stats *s)
{
	__u64 sum = 0;
	unsigned int i;

	for (i = 0; i < EVRING_DROP_REASONS; i++)
		sum += s->dropped[i];
	return sum;
}

/**
 * struct report - a list of names and values, printed as text or as JSON.
 * @json: as JSON.
 * @any: something was printed.
 */
struct report {
	bool json;
	bool any;
};

static void report_name(struct report *r, const char *name)
{
	if (r->json)
		printf("%s\"%s\":", r->any ? "," : "{", name);
	else
		printf("%-18s ", name);
	r->any = true;
}

/* As a JSON string. The kernel's names and texts are ASCII. */
static void print_quoted(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			printf("\\%c", *s);
		else if (*s == '\n')
			printf("\\n");
		else if ((unsigned char)*s < ' ')
			printf("\\u%04x", (unsigned int)*s);
		else
			putchar(*s);
	}
	putchar('"');
}

static void report_string(struct report *r, const char *name, const char *value)
{
	report_name(r, name);
	if (r->json)
		print_quoted(value);
	else
		puts(value);
}

static void report_number(struct report *r, const char *name, __u64 value)
{
	report_name(r, name);
	printf(r->json ? "%llu" : "%llu\n", (unsigned long long)value);
}

static void report_bool(struct report *r, const char *name, bool value)
{
	report_name(r, name);
	if (r->json)
		fputs(value ? "true" : "false", stdout);
	else
		puts(value ? "yes" : "no");
}

static void report_info(struct report *r, const struct evring_info *i)
{
	report_string(r, "name", i->name);
	report_string(r, "state", state_of(i->state));
	report_string(r, "clock", word_of(clocks, i->clock));
	report_number(r, "abi_version", i->abi_version);
	report_number(r, "ring_bytes", i->data_size);
	report_number(r, "block_bytes", i->block_size);
	report_number(r, "blocks", i->nblocks);
	report_number(r, "cpus", i->ncpus);
	report_number(r, "page_bytes", i->page_size);
	report_number(r, "map_bytes", i->map_size);
	report_number(r, "memory_bytes", i->memory);
	report_number(r, "max_payload", i->max_payload);
	report_number(r, "fault_window_pages", i->fault_window);
	report_bool(r, "partitioned", i->features & EVRING_FEATURE_PARTITIONED);
	report_bool(r, "user_write", i->features & EVRING_FEATURE_USER_WRITE);
}

static void report_stats(struct report *r, const struct evring_channel_stats *s)
{
	report_number(r, "accepted", s->accepted);
	report_number(r, "dropped", dropped_in_all(s));
	report_number(r, "dropped_no_room", s->dropped[EVRING_DROP_NO_ROOM]);
	report_number(r, "dropped_too_large", s->dropped[EVRING_DROP_TOO_LARGE]);
	report_number(r, "dropped_frozen", s->dropped[EVRING_DROP_FROZEN]);
	report_number(r, "dropped_context", s->dropped[EVRING_DROP_CONTEXT]);
	report_number(r, "readers", s->readers);
	report_number(r, "sources", s->sources);
	report_number(r, "blocks_open", s->blocks_open);
	report_number(r, "wakeups", s->wakeups);
	report_number(r, "faults", s->faults);
	report_number(r, "positions", s->positions);
	report_number(r, "evictions", s->evictions);
}

static int show_info(char **argv, const struct options *o)
{
	struct report r = { .json = o->given & TAKES_JSON };
	struct evring_channel_stats stats;
	struct evring_info info = { 0 };
	int error = ask_channel(argv[0], &info, &stats);

	if (error)
		return refused_channel(argv[0], &info, error);
	report_info(&r, &info);
	if (r.json)
		puts("}");
	return 0;
}

/*
 * Signals must not leave the channel frozen and the temporary file behind, nor a line half
 * written.
 */
static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	stopped = signal;
}

static void catch_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action = { .sa_handler = stop };
	size_t i;

	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* What --watch tells as so much a second. */
static const char *const counted[] = { "accepted", "dropped", "wakeups", "positions", "faults" };

#define NCOUNTED	(sizeof(counted) / sizeof(counted[0]))

/* How much each grew in a second. */
static void work_out_rates(const struct evring_channel_stats *now,
			   const struct evring_channel_stats *before, double seconds, double *rates)
{
	rates[0] = (double)(now->accepted - before->accepted) / seconds;
	rates[1] = (double)(dropped_in_all(now) - dropped_in_all(before)) / seconds;
	rates[2] = (double)(now->wakeups - before->wakeups) / seconds;
	rates[3] = (double)(now->positions - before->positions) / seconds;
	rates[4] = (double)(now->faults - before->faults) / seconds;
}

static void watch_text(const struct evring_info *info, const struct evring_channel_stats *now,
		       const double *rates, unsigned int line)
{
	size_t i;

	/* Again now and then, so that a screen shows it. */
	if (line % 20 == 0) {
		for (i = 0; i < NCOUNTED; i++)
			printf("%12s/s", counted[i]);
		printf(" %8s %8s %s\n", "readers", "sources", "state");
	}
	for (i = 0; i < NCOUNTED; i++)
		printf("%14.0f", rates[i]);
	printf(" %8u %8u %s\n", now->readers, now->sources, state_of(info->state));
}

static void watch_json(const struct evring_info *info, const struct evring_channel_stats *now,
		       const double *rates, double seconds)
{
	struct report r = { .json = true };
	char name[32];
	size_t i;

	report_string(&r, "name", info->name);
	report_string(&r, "state", state_of(info->state));
	report_name(&r, "seconds");
	printf("%.6f", seconds);
	for (i = 0; i < NCOUNTED; i++) {
		snprintf(name, sizeof(name), "%s_per_second", counted[i]);
		report_name(&r, name);
		printf("%.3f", rates[i]);
	}
	report_stats(&r, now);
	puts("}");
}

static __u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (__u64)ts.tv_sec * 1000000000U + (__u64)ts.tv_nsec;
}

/* False: a signal came. */
static bool sleep_until(__u64 ns)
{
	struct timespec ts = { .tv_sec = (time_t)(ns / 1000000000U),
			       .tv_nsec = (long)(ns % 1000000000U) };

	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
	return !stopped;
}

/* Until a signal comes, the channel is removed, or nobody takes the lines any more. */
static int watch(int fd, const char *name, __u64 every, bool json)
{
	struct evring_channel_stats before, now;
	struct evring_info info = { 0 };
	int error = ask(fd, &info, &before);
	__u64 last = now_ns(), next = last, this;
	double rates[NCOUNTED], seconds;
	unsigned int line;

	for (line = 0; !error; line++) {
		/* After having been stopped, not all that was missed at once. */
		do {
			next += every;
		} while (next <= last);
		if (!sleep_until(next))
			return 0;
		error = ask(fd, &info, &now);
		if (error || info.state & EVRING_STATE_REMOVED)
			break;
		this = now_ns();
		seconds = (double)(this - last) / 1e9;
		work_out_rates(&now, &before, seconds, rates);
		if (json)
			watch_json(&info, &now, rates, seconds);
		else
			watch_text(&info, &now, rates, line);
		if (fflush(stdout))
			return EXIT_FAILURE;
		before = now;
		last = this;
	}
	if (error && error != ENODEV)
		return refused_channel(name, &info, error);
	fprintf(stderr, "evringctl: %s was removed\n", name);
	return 0;
}

static int watch_stat(char **argv, const struct options *o)
{
	struct evring_info none = { 0 };
	__u64 every = o->watch_ns ? o->watch_ns : 1000000000U;
	int fd, rc;

	/* stat NAME --watch 5 is meant well, too. */
	if (argv[1]) {
		rc = parse_watch(argv[1], &every);
		if (rc)
			return rc;
	}
	fd = open_to_ask(argv[0]);
	if (fd < 0)
		return refused_channel(argv[0], &none, errno);
	catch_signals();
	rc = watch(fd, argv[0], every, o->given & TAKES_JSON);
	close(fd);
	return rc;
}

static int show_stat(char **argv, const struct options *o)
{
	struct report r = { .json = o->given & TAKES_JSON };
	struct evring_channel_stats stats;
	struct evring_info info = { 0 };
	int error;

	if (o->given & TAKES_WATCH)
		return watch_stat(argv, o);
	if (argv[1])
		return fail(EXIT_USAGE, "usage: evringctl stat NAME [--watch[=SECONDS]]");
	error = ask_channel(argv[0], &info, &stats);
	if (error)
		return refused_channel(argv[0], &info, error);
	if (r.json)
		report_string(&r, "name", info.name);
	report_stats(&r, &stats);
	if (r.json)
		puts("}");
	return 0;
}

/* Opens a channel's device. Return: a descriptor, or -1 after a message. */
static int open_channel(const char *name, int flags)
{
	char path[sizeof(DEVICE_DIR) + EVRING_NAME_SIZE];
	struct evring_info none = { 0 };
	int fd;

	snprintf(path, sizeof(path), DEVICE_DIR "/%s", name);
	fd = open(path, flags | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if ((errno == EACCES || errno == EPERM) && flags == O_RDWR)
		fail(EXIT_FAILURE, "%s: freezing needs write permission: run as root, or as a member of its group where the channel was created with --mode 0660",
		     path);
	else
		refused_channel(name, &none, errno);
	return -1;
}

static int ask_frozen(int fd, unsigned long request)
{
	struct evring_freeze_args args = { .size = sizeof(args) };

	return ioctl(fd, request, &args) ? errno : 0;
}

static int set_frozen(const char *name, unsigned long request)
{
	int fd = open_channel(name, O_RDWR);
	int error;

	if (fd < 0)
		return EXIT_FAILURE;
	error = ask_frozen(fd, request);
	close(fd);
	return error ? explain(name, error) : 0;
}

static int freeze(char **argv, const struct options *o)
{
	(void)o;
	return set_frozen(argv[0], EVRING_IOC_FREEZE);
}

static int thaw(char **argv, const struct options *o)
{
	(void)o;
	return set_frozen(argv[0], EVRING_IOC_THAW);
}

/* Return: 0 or an errno. */
static int write_all(int fd, const char *from, size_t bytes, off_t offset)
{
	ssize_t n;

	while (bytes) {
		if (stopped)
			return EINTR;
		n = pwrite(fd, from, bytes < WRITE_MAX ? bytes : WRITE_MAX, offset);
		if (n < 0 && errno != EINTR)
			return errno;
		if (n <= 0)
			continue;
		from += n;
		bytes -= (size_t)n;
		offset += n;
	}
	return 0;
}

static struct evring_index *index_at(const void *map, const struct evring_control *c, uint32_t slot)
{
	return (void *)((uintptr_t)map + c->index_offset + (size_t)slot * c->index_entry_size);
}

/*
 * Control pages and index, as they are now. The lines before the index, each generation
 * before the rest of its entry: what the copy of the data, made later, must hold at least.
 */
static void *copy_head(const char *map)
{
	const struct evring_control *c = (const void *)map;
	char *head = malloc(c->data_offset);
	uint32_t slot;

	if (!head)
		return NULL;
	memcpy(head, map, c->index_offset);
	for (slot = 0; slot < c->nblocks; slot++) {
		const struct evring_index *from = index_at(map, c, slot);
		struct evring_index *to = index_at(head, c, slot);
		__u64 gen = __atomic_load_n(&from->gen, __ATOMIC_ACQUIRE);

		*to = *from;
		to->gen = gen;
	}
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return head;
}

/* Blocks that changed hands after copy_head() may hold anything: they are not in the image. */
static void drop_changed(const char *map, void *head)
{
	const struct evring_control *c = (const void *)map;
	uint32_t slot;

	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	for (slot = 0; slot < c->nblocks; slot++) {
		const struct evring_index *now = index_at(map, c, slot);
		struct evring_index *then = index_at(head, c, slot);

		if (__atomic_load_n(&now->gen, __ATOMIC_RELAXED) != then->gen)
			then->gen = 0;
	}
}

/*
 * The data straight from the mapping; of a channel that is not frozen by way of memory, if
 * there is enough, which leaves producers less time to overwrite it.
 */
static int copy_map(int out, const char *map, bool live)
{
	const struct evring_control *c = (const void *)map;
	char *copy = live ? malloc(c->data_size) : NULL;
	const char *data = map + c->data_offset;
	void *head;
	int error;

	/* So that its pages are there when it has to be quick. */
	if (copy)
		memset(copy, 1, c->data_size);
	head = copy_head(map);
	if (head && copy) {
		memcpy(copy, data, c->data_size);
		drop_changed(map, head);
		data = copy;
	}
	error = head ? write_all(out, data, c->data_size, (off_t)c->data_offset) : ENOMEM;
	if (head && !copy)
		drop_changed(map, head);
	if (!error)
		error = write_all(out, head, c->data_offset, 0);
	if (!error && fsync(out))
		error = errno;
	free(head);
	free(copy);
	return error;
}

/* Makes FILE of the mapping, by way of a temporary file, so that FILE is whole or as it was. */
static int save_map(const char *map, const char *file, bool live)
{
	char *temporary;
	int out, error;
	mode_t mask;

	if (asprintf(&temporary, "%s.XXXXXX", file) < 0)
		return fail(EXIT_FAILURE, "no memory");
	out = mkostemp(temporary, O_CLOEXEC);
	if (out < 0) {
		error = errno;
		free(temporary);
		return fail(EXIT_FAILURE, "%s: cannot make a file beside it: %s", file,
			    strerror(error));
	}
	mask = umask(0);
	umask(mask);
	error = fchmod(out, 0640 & ~mask) ? errno : copy_map(out, map, live);
	if (close(out) && !error)
		error = errno;
	if (!error && rename(temporary, file))
		error = errno;
	if (error)
		unlink(temporary);
	free(temporary);
	if (error == EINTR && stopped)
		return fail(EXIT_FAILURE, "%s: interrupted: nothing was written", file);
	return error ? fail(EXIT_FAILURE, "%s: cannot write it: %s", file, strerror(error)) : 0;
}

static int save_channel(int fd, const char *name, const char *file, bool live)
{
	struct evring_info info = { .size = sizeof(info) };
	void *map;
	int rc;

	if (ioctl(fd, EVRING_IOC_INFO, &info))
		return explain(name, errno);
	if (info.abi_version != EVRING_ABI_VERSION)
		return refused_channel(name, &info, EPROTO);
	map = mmap(NULL, info.map_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return explain(name, errno);
	rc = save_map(map, file, live);
	munmap(map, info.map_size);
	return rc;
}

static int snapshot(char **argv, const struct options *o)
{
	bool live = o->given & TAKES_LIVE;
	struct evring_info info = { .size = sizeof(info) };
	int fd = open_channel(argv[0], live ? O_RDONLY : O_RDWR);
	bool thaws = false;
	int rc, error = 0;

	if (fd < 0) {
		if (!live)
			fail(EXIT_FAILURE, "%s: without freezing: snapshot --live", argv[0]);
		return EXIT_FAILURE;
	}
	catch_signals();
	if (ioctl(fd, EVRING_IOC_INFO, &info))
		error = errno;
	else if (!live && !(info.state & EVRING_STATE_FROZEN))
		error = ask_frozen(fd, EVRING_IOC_FREEZE);
	if (error) {
		close(fd);
		return explain(argv[0], error);
	}
	thaws = !live && !(info.state & EVRING_STATE_FROZEN);
	rc = save_channel(fd, argv[0], argv[1], live);
	error = thaws ? ask_frozen(fd, EVRING_IOC_THAW) : 0;
	/* Removed meanwhile: nobody misses it. */
	if (error && error != ENODEV)
		rc = fail(EXIT_FAILURE, "%s: stays frozen: %s: try evringctl thaw %s", argv[0],
			  strerror(error), argv[0]);
	close(fd);
	return rc;
}

/* All channel names, in one block that the caller frees. Return: -1 after a message. */
static int list_names(char (**names)[EVRING_NAME_SIZE], uint32_t *count)
{
	struct evring_list_args args = { .size = sizeof(args) };
	uint32_t room = 64;
	int fd = open_control();

	*names = NULL;
	if (fd < 0)
		return -1;
	do {
		free(*names);
		*names = calloc(room, sizeof(**names));
		if (!*names) {
			fail(EXIT_FAILURE, "no memory");
			goto err_close;
		}
		args.count = room;
		args.names = (__u64)(uintptr_t)*names;
		if (ioctl(fd, EVRING_IOC_LIST, &args)) {
			explain("list", errno);
			goto err_free;
		}
		*count = args.count;
		/* Channels may come meanwhile: leave some room, and look again. */
	} while (args.count > room && (room = args.count + 64));
	close(fd);
	return 0;

err_free:
	free(*names);
err_close:
	close(fd);
	return -1;
}

/* One line or object of the list. A channel that may not be read has its name only. */
static void list_one(const char *name, bool json)
{
	struct report r = { .json = true };
	struct evring_channel_stats stats;
	struct evring_info info;
	int error = ask_channel(name, &info, &stats);

	/* It was removed meanwhile. */
	if (error == ENOENT)
		return;
	if (json) {
		if (error) {
			report_string(&r, "name", name);
			report_string(&r, "error", strerror(error));
		} else {
			report_info(&r, &info);
			report_stats(&r, &stats);
		}
		puts("}");
	} else if (error) {
		printf("%-20s (%s)\n", name, strerror(error));
	} else {
		printf("%-20s %8lluK %5uK %-10s %-8s %7u %7u %14llu %12llu\n", name,
		       (unsigned long long)info.data_size >> 10, info.block_size >> 10,
		       word_of(clocks, info.clock), state_of(info.state), stats.sources,
		       stats.readers, (unsigned long long)stats.accepted,
		       (unsigned long long)dropped_in_all(&stats));
	}
}

static int list(char **argv, const struct options *o)
{
	char (*names)[EVRING_NAME_SIZE];
	bool json = o->given & TAKES_JSON;
	uint32_t count, i;

	(void)argv;
	if (list_names(&names, &count))
		return EXIT_FAILURE;
	if (json)
		puts("[");
	else
		printf("%-20s %9s %6s %-10s %-8s %7s %7s %14s %12s\n", "NAME", "RING", "BLOCK",
		       "CLOCK", "STATE", "SOURCES", "READERS", "ACCEPTED", "DROPPED");
	for (i = 0; i < count; i++) {
		names[i][EVRING_NAME_SIZE - 1] = '\0';
		if (!names[i][0]) {
			fail(0, "list: only the first %u of %u channels are told by the module", i,
			     count);
			break;
		}
		if (json && i)
			puts(",");
		list_one(names[i], json);
	}
	if (json)
		puts("]");
	free(names);
	return 0;
}

/* The first event type from @type up, with its text, which the caller frees. Return: as ioctl(). */
static int ask_event(int fd, uint32_t type, struct evring_event_args *args, char **text)
{
	uint32_t room = 4096;

	*text = NULL;
	do {
		free(*text);
		*text = malloc(room);
		if (!*text)
			return -1;
		*args = (struct evring_event_args){ .size = sizeof(*args), .type = type,
						    .text_size = room,
						    .text = (__u64)(uintptr_t)*text };
		if (ioctl(fd, EVRING_IOC_EVENT, args)) {
			free(*text);
			return -1;
		}
		/* Another may have been registered meanwhile. */
	} while (args->text_size > room && (room = args->text_size + 1024));
	return 0;
}

static void tell_event(const struct evring_event_args *args, const char *text, bool json, bool whole)
{
	struct report r = { .json = true };

	if (json) {
		report_string(&r, "name", args->name);
		report_number(&r, "type", args->type);
		report_string(&r, "format", text);
		printf("}");
	} else if (whole) {
		fputs(text, stdout);
	} else {
		printf("%5u  %s\n", args->type, args->name);
	}
}

static int events(char **argv, const struct options *o)
{
	bool json = o->given & TAKES_JSON;
	struct evring_event_args args;
	int fd = open_control();
	unsigned int told = 0;
	uint32_t type = 0;
	char *text;
	int error;

	if (fd < 0)
		return EXIT_FAILURE;
	if (json)
		printf("[");
	for (; !ask_event(fd, type, &args, &text); type = args.type + 1) {
		if (!argv[0] || !strcmp(argv[0], args.name)) {
			if (json && told)
				printf(",\n");
			tell_event(&args, text, json, argv[0]);
			told++;
		}
		free(text);
	}
	error = errno;
	close(fd);
	if (json)
		puts("]");
	if (error != ENOENT)
		return explain("events", error);
	if (argv[0] && !told)
		return fail(EXIT_FAILURE, "%s: no such event type: see evringctl events", argv[0]);
	return 0;
}

/**
 * struct command - a command.
 * @name: its name.
 * @run: does it; gets what follows the name, ended by NULL, and returns the exit status.
 * @min: least arguments, the channel's name included.
 * @max: most arguments.
 * @takes: options that it takes, TAKES_*.
 * @arguments: what it wants, for messages.
 */
struct command {
	const char *name;
	int (*run)(char **argv, const struct options *o);
	int min;
	int max;
	unsigned int takes;
	const char *arguments;
};

static const struct command commands[] = {
	{ "list", list, 0, 0, TAKES_JSON, "" },
	{ "info", show_info, 1, 1, TAKES_JSON, " NAME" },
	{ "stat", show_stat, 1, 2, TAKES_JSON | TAKES_WATCH, " NAME [--watch[=SECONDS]]" },
	{ "create", create, 1, 1, TAKES_CREATE, " NAME" },
	{ "remove", remove_channel, 1, 1, 0, " NAME" },
	{ "attach", attach, 2, INT_MAX, 0, " NAME EVENT..." },
	{ "detach", detach, 1, 2, 0, " NAME [ID]" },
	{ "freeze", freeze, 1, 1, 0, " NAME" },
	{ "thaw", thaw, 1, 1, 0, " NAME" },
	{ "events", events, 0, 1, TAKES_JSON, " [EVENT]" },
	{ "snapshot", snapshot, 2, 2, TAKES_LIVE, " NAME FILE [--live]" },
};

#define NCOMMANDS	(sizeof(commands) / sizeof(commands[0]))

static const struct option long_options[] = {
	{ "size", required_argument, NULL, 's' },
	{ "block", required_argument, NULL, 'b' },
	{ "clock", required_argument, NULL, 'c' },
	{ "mode", required_argument, NULL, 'm' },
	{ "group", required_argument, NULL, 'g' },
	{ "partitioned", no_argument, NULL, 'p' },
	{ "user-write", no_argument, NULL, 'u' },
	{ "lossless-deadline", required_argument, NULL, 'd' },
	{ "live", no_argument, NULL, 'l' },
	{ "watch", optional_argument, NULL, 'w' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 }
};

static int unknown_command(const char *name)
{
	struct word words[NCOMMANDS + 1] = { 0 };
	size_t i;

	for (i = 0; i < NCOMMANDS; i++)
		words[i].name = commands[i].name;
	fprintf(stderr, "evringctl: %s: no such command\n", name);
	print_near(words, name);
	return EXIT_USAGE;
}

static int run_command(int argc, char **argv, const struct options *o)
{
	const struct command *c;

	for (c = commands; c < commands + NCOMMANDS; c++)
		if (!strcmp(c->name, argv[0]))
			break;
	if (c == commands + NCOMMANDS)
		return unknown_command(argv[0]);
	if (argc - 1 < c->min || argc - 1 > c->max)
		return fail(EXIT_USAGE, "usage: evringctl %s%s%s", c->name, c->arguments,
			    c->takes == TAKES_CREATE ? " [OPTION]..." : "");
	if (o->given & ~c->takes)
		return fail(EXIT_USAGE, "%s: %s", c->name,
			    o->given & ~c->takes & TAKES_JSON ? "--json is for list, info and stat" :
			    o->given & ~c->takes & TAKES_LIVE ? "--live is for snapshot" :
			    o->given & ~c->takes & TAKES_WATCH ? "--watch is for stat" :
			    "--size, --block, --clock, --mode, --group, --partitioned, --user-write and --lossless-deadline are for create");
	if (c->min && check_name(argv[1]))
		return EXIT_USAGE;
	return c->run(argv + 1, o);
}

int main(int argc, char **argv)
{
	struct options o = { .clock = EVRING_CLOCK_MONOTONIC };
	int c, rc;

	while ((c = getopt_long(argc, argv, "s:b:c:m:g:jhV", long_options, NULL)) != -1) {
		switch (c) {
		case 'h':
			fputs(help, stdout);
			return 0;
		case 'V':
			printf("evringctl %s, evring ABI %d\n", EVRING_TOOLS_VERSION,
			       EVRING_ABI_VERSION);
			return 0;
		case '?':
			fputs("Try 'evringctl --help'.\n", stderr);
			return EXIT_USAGE;
		default:
			rc = parse_option(&o, c);
			if (rc)
				return rc;
		}
	}
	if (optind == argc)
		return fail(EXIT_USAGE, "no command");
	rc = run_command(argc - optind, argv + optind, &o);
	if (fflush(stdout) || ferror(stdout)) {
		fail(EXIT_FAILURE, "cannot write to standard output: %s", strerror(errno));
		rc = rc ? rc : EXIT_FAILURE;
	}
	return rc;
}
