// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "options.h"
#include "channel.h"
#include "message.h"
#include "number.h"
#include "tracefs.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef EVRING_TOOLS_VERSION
#define EVRING_TOOLS_VERSION	"0.1"
#endif

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
"      --filter EXPR       of tracepoints and probes only where this holds, in tracefs's\n"
"                          language: 'prev_pid == 1 && next_comm ~ \"kw*\"'\n"
"      --pid PID           of what perf counts only what this process does, its threads\n"
"                          and what they fork\n"
"  detach NAME [ID]        stop source ID, or all sources\n"
"  events [EVENT]          the event types there are, or the format text of one\n"
"  freeze NAME             keep what is in the ring; what comes counts as dropped\n"
"  thaw NAME               let it go on\n"
"  doctor [NAME]           what is wrong with this machine and the channels, and the mend\n"
"  snapshot NAME FILE      copy the ring to FILE, frozen meanwhile; evlog FILE reads it\n"
"      --live              do not freeze: what is overwritten meanwhile is left out\n"
"\n"
"EVENT: SYSTEM:NAME\n"
"         any tracepoint of " TRACEFS "/available_events\n"
"       kprobe:FUNCTION[+OFFSET] kretprobe:FUNCTION\n"
"       uprobe:PATH:FUNCTION uretprobe:PATH:FUNCTION, or PATH:0xOFFSET\n"
"         where the kernel, or a program, comes by; after a blank what is fetched there,\n"
"         as tracefs has it: 'kprobe:do_sys_openat2 file=+0($arg2):ustring'\n"
"       software:COUNTER hardware:COUNTER, then @PERIOD or @FREQUENCYhz\n"
"         samples of page-faults, context-switches, cpu-clock, task-clock...; cycles,\n"
"         instructions, cache-misses...; 'software:?' lists them. Without a period each\n"
"         one is taken, of clocks 99hz, of hardware every millionth\n"
"       printk\n"
"         lines of the kernel's log\n"
"       fast:fork fast:exec fast:exit fast:switch fast:sys_enter fast:sys_exit fast:printk\n"
"         kernel events by direct probes; several as fast:fork,exec\n"
"       gen[:OPTION,...]\n"
"         made-up events: count=N of them on each CPU (default: until detached),\n"
"         size=A or size=A-B payload bytes (default 64), rate=R a second on each\n"
"         CPU (default: as fast as it goes), cpus=0-1,4 (default: all), irq: from\n"
"         interrupts, fixed: one prepared payload, reserve: filled in place,\n"
"         wait: until they are made\n"
"\n"
"  -j, --json              list, info, stat, events and doctor as JSON; --watch: an object\n"
"                          a line\n"
"  -h, --help              this text\n"
"  -V, --version           version\n"
"\n"
"Exit status: 0 well, 1 failure, 2 wrong usage.\n";

static const struct option long_options[] = {
	{ "size", required_argument, NULL, 's' },
	{ "block", required_argument, NULL, 'b' },
	{ "clock", required_argument, NULL, 'c' },
	{ "mode", required_argument, NULL, 'm' },
	{ "group", required_argument, NULL, 'g' },
	{ "partitioned", no_argument, NULL, 'p' },
	{ "user-write", no_argument, NULL, 'u' },
	{ "lossless-deadline", required_argument, NULL, 'd' },
	{ "filter", required_argument, NULL, 'f' },
	{ "pid", required_argument, NULL, 'P' },
	{ "live", no_argument, NULL, 'l' },
	{ "watch", optional_argument, NULL, 'w' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 }
};

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

int parse_watch(const char *text, __u64 *ns)
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

static int parse_pid(const char *text, int *pid)
{
	__u64 value;

	if (!parse_scaled(text, 1, INT_MAX, &value) || !value)
		return fail(EXIT_USAGE, "--pid %s: not the number of a process", text);
	*pid = (int)value;
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
	case 'f':
		o->given |= TAKES_FILTER;
		o->filter = optarg;
		return *optarg ? 0 : fail(EXIT_USAGE, "--filter: an expression is wanted, such as 'pid == 1'");
	case 'P':
		o->given |= TAKES_PID;
		return parse_pid(optarg, &o->pid);
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

int parse_options(int argc, char **argv, struct options *o)
{
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
			rc = parse_option(o, c);
			if (rc)
				return rc;
		}
	}
	return -1;
}
