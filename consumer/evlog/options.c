// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "options.h"

#include "config.h"
#include "log.h"
#include "near.h"
#include "pack.h"
#include "sink.h"
#include "spool.h"

#include <getopt.h>
#include <limits.h>
#include <linux/evring.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef EVRING_TOOLS_VERSION
#define EVRING_TOOLS_VERSION	"0.1"
#endif

#define NS_PER_MS	1000000ULL

static const char help[] =
"Usage: evlog [OPTION]... CHANNEL|FILE\n"
"       evlog top [OPTION]... [CHANNEL|FILE]...\n"
"       evlog convert FILE --to FORMAT [--output OUT] [OPTION]...\n"
"Shows the events of an evring channel, or of an image of one, as they come.\n"
"\n"
"  CHANNEL  name of a channel (evringctl list) or path of its device\n"
"  FILE     image of a channel, or a file of a raw log\n"
"\n"
"'evlog verify FILE...' proves what the files of a raw log lack; see its --help.\n"
"\n"
"What to show:\n"
"  -l, --last TIME      only what the ring has of the last TIME, then end;\n"
"                       TIME is a number with ms, s, m or h: 500ms, 5s, 2m\n"
"      --new            only what comes from now on\n"
"  -e, --event GLOB     only events of a name like this: fork, 'sys_*', 'sched:*'\n"
"                       (may repeat)\n"
"  -p, --pid N[,N...]   only events that thread N has a part in (may repeat)\n"
"  -c, --cpu LIST       only events of these CPUs: 0,2-3 (may repeat)\n"
"  -w, --where EXPR     only events for which this holds: 'prev_comm == \"bash\"', or\n"
"                       'sched/sched_switch: prev_prio < 100' (may repeat: one has to)\n"
"      --skip-self      leave out events that evlog itself has a part in\n"
"When to end:\n"
"  -f, --follow         wait for more (default for a channel)\n"
"      --no-follow      end when all has been read (default with --last, or for an image)\n"
"  -n, --count N        end after N events\n"
"  -d, --duration TIME  end after TIME\n"
"How:\n"
"  -j, --json           a JSON object a line\n"
"      --text           readable lines (default)\n"
"      --format FORMAT  text, json, ctf (a CTF 1.8 trace in the directory --output),\n"
"                       chrome (for chrome://tracing and the Perfetto UI), or raw (whole\n"
"                       blocks, unfiltered, as an image of the channel that grows)\n"
"      --wall           wall time instead of the channel's clock\n"
"  -o, --output FILE    write to FILE, through io_uring\n"
"      --rotate-size SIZE go on in another file after so much; the one before becomes\n"
"                       FILE.000001 and so on (default for raw: 64M)\n"
"      --rotate-time TIME and after so long\n"
"      --keep N         of the files before, keep N, and remove the oldest\n"
"      --keep-size SIZE and no more than so much of them\n"
"      --compress[=LEVEL] compress them by zstd, as FILE.000001.zst; LEVEL is 1 (fast) to 19\n"
"                       (small), 3 if there is none\n"
"      --deadline MS    look at the ring every MS milliseconds at most (default 10)\n"
"      --watermark SIZE look earlier when so much of one CPU waits, such as 64K\n"
"                       (default: a part of the ring)\n"
"      --lossless       let no event be overrun: if the output cannot keep up, the\n"
"                       kernel drops new ones; needs write permission on the channel\n"
"      --durable        with --lossless: what is on the disk counts, not what is written\n"
"      --on-error WHAT  when the disk of --output is full or fails: stop (default); drop\n"
"                       events, and count them, until it can be written again; or, with\n"
"                       --lossless, wait until then\n"
"      --direct         of raw: write past the page cache (O_DIRECT)\n"
"      --fail-on-loss   exit by 3 if any event was lost\n"
"      --metrics FILE   tell there, every 5 seconds, what was read, lost and written, for\n"
"                       node-exporter's textfile collector: give it a name with .prom\n"
"      --config FILE    take options from FILE too: a line each, such as output = a.log;\n"
"                       those given here come before them, --OPTION=no undoes one\n"
"      --dry-run        check all that was asked for, say what would be done, do nothing\n"
"To a server (evlog pull --help tells how to read it back):\n"
"      --to URL         publish to NATS JetStream: nats://HOST:PORT/SUBJECT; JSON, a message\n"
"                       an event\n"
"      --spool DIR      keep there what the server does not take now, and send it later\n"
"      --spool-size SIZE  at most so much of it, such as 4G (default 256M)\n"
NATS_OPTIONS_HELP
"  -q, --quiet          no summary on standard error\n"
"  -h, --help           this text\n"
"  -V, --version        version\n"
"\n"
"Exit status: 0 well, 1 failure, 2 wrong usage, 3 loss under --fail-on-loss.\n";

enum {
	OPT_NEW = 256,
	OPT_SKIP_SELF,
	OPT_NO_FOLLOW,
	OPT_TEXT,
	OPT_FORMAT,
	OPT_WALL,
	OPT_DEADLINE,
	OPT_WATERMARK,
	OPT_LOSSLESS,
	OPT_DURABLE,
	OPT_ON_ERROR,
	OPT_DIRECT,
	OPT_ROTATE_SIZE,
	OPT_ROTATE_TIME,
	OPT_KEEP,
	OPT_KEEP_SIZE,
	OPT_COMPRESS,
	OPT_FAIL_ON_LOSS,
	OPT_METRICS,
	OPT_CONFIG,
	OPT_DRY_RUN,
	OPT_TO,
	OPT_SPOOL,
	OPT_SPOOL_SIZE,
};

#define SHORT_OPTIONS	"l:e:p:c:w:fn:d:jo:qhV"

static const struct option long_options[] = {
	{ "last", required_argument, NULL, 'l' },
	{ "new", no_argument, NULL, OPT_NEW },
	{ "event", required_argument, NULL, 'e' },
	{ "pid", required_argument, NULL, 'p' },
	{ "cpu", required_argument, NULL, 'c' },
	{ "where", required_argument, NULL, 'w' },
	{ "skip-self", no_argument, NULL, OPT_SKIP_SELF },
	{ "follow", no_argument, NULL, 'f' },
	{ "no-follow", no_argument, NULL, OPT_NO_FOLLOW },
	{ "count", required_argument, NULL, 'n' },
	{ "duration", required_argument, NULL, 'd' },
	{ "json", no_argument, NULL, 'j' },
	{ "text", no_argument, NULL, OPT_TEXT },
	{ "format", required_argument, NULL, OPT_FORMAT },
	{ "wall", no_argument, NULL, OPT_WALL },
	{ "output", required_argument, NULL, 'o' },
	{ "deadline", required_argument, NULL, OPT_DEADLINE },
	{ "watermark", required_argument, NULL, OPT_WATERMARK },
	{ "lossless", no_argument, NULL, OPT_LOSSLESS },
	{ "durable", no_argument, NULL, OPT_DURABLE },
	{ "on-error", required_argument, NULL, OPT_ON_ERROR },
	{ "direct", no_argument, NULL, OPT_DIRECT },
	{ "rotate-size", required_argument, NULL, OPT_ROTATE_SIZE },
	{ "rotate-time", required_argument, NULL, OPT_ROTATE_TIME },
	{ "keep", required_argument, NULL, OPT_KEEP },
	{ "keep-size", required_argument, NULL, OPT_KEEP_SIZE },
	{ "compress", optional_argument, NULL, OPT_COMPRESS },
	{ "fail-on-loss", no_argument, NULL, OPT_FAIL_ON_LOSS },
	{ "metrics", required_argument, NULL, OPT_METRICS },
	{ "config", required_argument, NULL, OPT_CONFIG },
	{ "dry-run", no_argument, NULL, OPT_DRY_RUN },
	{ "to", required_argument, NULL, OPT_TO },
	{ "spool", required_argument, NULL, OPT_SPOOL },
	{ "spool-size", required_argument, NULL, OPT_SPOOL_SIZE },
	NATS_LONG_OPTIONS,
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ 0 }
};

#define NOPTIONS	(sizeof(long_options) / sizeof(long_options[0]) - 1)

/* The line of a file that is being read, for messages; NULL: the command line is. */
static const struct config_line *line;
static struct config config;

/* The options that the command line has, and the file that it names. */
static bool given[NOPTIONS];
static const char *config_path;

__attribute__((format(printf, 1, 2)))
static int usage(const char *format, ...)
{
	va_list args;

	fputs("evlog: ", stderr);
	if (line)
		fprintf(stderr, "%s:%u: ", config.path, line->number);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputs("; see evlog --help\n", stderr);
	return EXIT_USAGE;
}

static int parse_number(const char *option, const char *text, uint64_t min, uint64_t max,
			uint64_t *value)
{
	if (command_number(text, min, max, value))
		return -1;
	return usage("%s %s: not a whole number from %llu to %llu", option, text,
		     (unsigned long long)min, (unsigned long long)max);
}

/* A number, which may have a fraction, and ms, s, m, h or nothing (seconds). */
static int parse_time(const char *option, const char *text, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {
		{ "", 1e9 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 },
	};
	double value, total;
	char *end;
	size_t i;

	/* Not strtod() alone: it also takes signs, spaces, hexadecimal and "inf". */
	if (strspn(text, "0123456789.") && text[strspn(text, "0")] != 'x') {
		value = strtod(text, &end);
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
			if (strcmp(end, units[i].unit))
				continue;
			total = value * units[i].ns;
			if (total < 1 || total > 1e18)
				break;
			*ns = (uint64_t)total;
			return -1;
		}
	}
	return usage("%s %s: not a time: a number above 0 with ms, s, m or h, such as 500ms, 5s or 2m",
		     option, text);
}

static int add_event(struct options *o, const char *text)
{
	if (!*text)
		return usage("--event: the pattern is empty; use a name such as fork or 'sys_*'");
	if (o->nevents == OPTIONS_MAX)
		return usage("--event %s: at most %u patterns", text, OPTIONS_MAX);
	o->events[o->nevents++] = text;
	return -1;
}

static int add_where(struct options *o, const char *text)
{
	if (o->nwhere == OPTIONS_MAX)
		return usage("--where '%s': at most %u expressions", text, OPTIONS_MAX);
	o->where[o->nwhere++] = text;
	return -1;
}

/* Decimal digits at *@s, at most @max; *@s: what follows. */
static bool take_number(const char **s, uint64_t max, uint64_t *value)
{
	size_t digits = strspn(*s, "0123456789");

	if (!digits || digits > 10)
		return false;
	*value = strtoull(*s, NULL, 10);
	*s += digits;
	return *value <= max;
}

static int add_pids(struct options *o, const char *text)
{
	const char *s = text;
	uint64_t pid;

	do {
		if (!take_number(&s, INT32_MAX, &pid) || (*s && *s != ','))
			return usage("--pid %s: not a list of whole numbers, such as 1 or 17,42", text);
		if (o->npids == OPTIONS_PIDS)
			return usage("--pid %s: at most %u of them", text, OPTIONS_PIDS);
		o->pids[o->npids++] = (int32_t)pid;
	} while (*s++);
	return -1;
}

static int add_cpus(struct options *o, const char *text)
{
	const char *s = text;
	uint64_t first, last;

	do {
		if (!take_number(&s, OPTIONS_CPUS - 1, &first))
			break;
		last = first;
		if (*s == '-' && (s++, !take_number(&s, OPTIONS_CPUS - 1, &last)))
			break;
		if (last < first || (*s && *s != ','))
			break;
		for (; first <= last; first++)
			o->cpus[first / 64] |= 1ULL << first % 64;
		o->ncpus = 1;
		if (!*s)
			return -1;
	} while (*s++);
	return usage("--cpu %s: not a list of CPUs below %u, such as 1 or 0,2-3", text, OPTIONS_CPUS);
}

static int parse_deadline(struct options *o, const char *text)
{
	uint64_t ms;
	int rc;

	rc = parse_number("--deadline", text, 0, 60000, &ms);
	if (rc < 0)
		o->deadline_ns = ms * NS_PER_MS;
	return rc;
}

/* Bytes, or K, M or G of them, at least @min. */
static int parse_size(const char *option, const char *text, uint64_t min, uint64_t *bytes)
{
	static const char units[] = "kKmMgG";
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	const char *at = *unit ? strchr(units, *unit) : NULL;

	if (digits && digits < 12 && (!*unit || (at && !unit[1]))) {
		*bytes = strtoull(text, NULL, 10) << (at ? 10 * ((at - units) / 2 + 1) : 0);
		if (*bytes >= min)
			return -1;
	}
	return usage("%s %s: not a size: a number of at least %llu, or one with K, M or G, such as 64K",
		     option, text, (unsigned long long)min);
}

/* @text: a level, yes or no; or nothing. */
static int parse_compress(struct options *o, const char *text)
{
	uint64_t level = PACK_LEVEL;
	int rc = -1;

	if (text && !strcmp(text, "no"))
		level = 0;
	else if (text && strcmp(text, "yes"))
		rc = parse_number("--compress", text, 1, PACK_LEVEL_MAX, &level);
	if (rc < 0)
		o->rotation.compress = (unsigned int)level;
	return rc;
}

static int set_text(const char *option, const char *text, const char **value)
{
	if (!*text)
		return usage("%s: the name is empty", option);
	*value = text;
	return -1;
}

static int parse_nats(struct nats_options *o, int c)
{
	const char *why = nats_option(o, c, optarg);

	return why ? usage("%s", why) : -1;
}

static int parse_file(const char **file, const char *option, const char *text)
{
	if (!*text)
		return usage("%s: the file name is empty", option);
	*file = text;
	return -1;
}

static int parse_output(struct options *o, const char *text)
{
	int rc = parse_file(&o->output, "--output", text);

	/* As everywhere, - is standard output. */
	if (!strcmp(text, "-"))
		o->output = NULL;
	return rc;
}

static int parse_format(struct options *o, const char *text)
{
	char names[128];

	o->format = sink_format_find(text);
	if (o->format)
		return -1;
	return usage("--format %s: there is no such format: choose one of %s", text,
		     sink_format_names(names, sizeof(names)));
}

static int parse_on_error(struct options *o, const char *text)
{
	static const struct {
		const char *name;
		enum on_error value;
	} all[] = {
		{ "stop", ON_ERROR_STOP }, { "drop", ON_ERROR_DROP }, { "wait", ON_ERROR_WAIT },
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (!strcmp(all[i].name, text)) {
			o->on_error = all[i].value;
			return -1;
		}
	}
	return usage("--on-error %s: there is no such thing to do: choose stop, drop or wait", text);
}

static int parse_one(struct options *o, int c)
{
	switch (c) {
	case 'l':
		return parse_time("--last", optarg, &o->last_ns);
	case OPT_NEW:
		o->latest = true;
		return -1;
	case 'e':
		return add_event(o, optarg);
	case 'p':
		return add_pids(o, optarg);
	case 'c':
		return add_cpus(o, optarg);
	case 'w':
		return add_where(o, optarg);
	case OPT_SKIP_SELF:
		o->skip_self = true;
		return -1;
	case 'f':
		o->follow = FOLLOW_YES;
		return -1;
	case OPT_NO_FOLLOW:
		o->follow = FOLLOW_NO;
		return -1;
	case 'n':
		return parse_number("--count", optarg, 1, INT64_MAX, &o->count);
	case 'd':
		return parse_time("--duration", optarg, &o->duration_ns);
	case 'j':
		return parse_format(o, "json");
	case OPT_TEXT:
		return parse_format(o, "text");
	case OPT_FORMAT:
		return parse_format(o, optarg);
	case OPT_WALL:
		o->wall = true;
		return -1;
	case 'o':
		return parse_output(o, optarg);
	case OPT_DEADLINE:
		return parse_deadline(o, optarg);
	case OPT_WATERMARK:
		return parse_size("--watermark", optarg, 1, &o->watermark);
	case OPT_ROTATE_SIZE:
		return parse_size("--rotate-size", optarg, LOG_SIZE_MIN, &o->rotation.size);
	case OPT_ROTATE_TIME:
		return parse_time("--rotate-time", optarg, &o->rotation.age_ns);
	case OPT_KEEP:
		return parse_number("--keep", optarg, 1, INT32_MAX, &o->rotation.keep);
	case OPT_KEEP_SIZE:
		return parse_size("--keep-size", optarg, 1, &o->rotation.keep_size);
	case OPT_COMPRESS:
		return parse_compress(o, optarg);
	case OPT_DIRECT:
		o->direct = true;
		return -1;
	case OPT_DURABLE:
		o->durable = true;
		return -1;
	case OPT_ON_ERROR:
		return parse_on_error(o, optarg);
	case OPT_LOSSLESS:
		o->lossless = true;
		return -1;
	case OPT_FAIL_ON_LOSS:
		o->fail_on_loss = true;
		return -1;
	case OPT_METRICS:
		return parse_file(&o->metrics, "--metrics", optarg);
	case OPT_CONFIG:
		/* note_option() has kept it. */
		return -1;
	case OPT_DRY_RUN:
		o->dry_run = true;
		return -1;
	case OPT_TO:
		return set_text("--to", optarg, &o->to.url);
	case OPT_SPOOL:
		return set_text("--spool", optarg, &o->spool);
	case OPT_SPOOL_SIZE:
		return parse_size("--spool-size", optarg, SPOOL_LEAST, &o->spool_size);
	case NATS_OPT_TLS ... NATS_OPT_CREDS:
		return parse_nats(&o->to, c);
	case 'q':
		o->quiet = true;
		return -1;
	case 'h':
		fputs(help, stdout);
		return 0;
	case 'V':
		printf("evlog %s, evring ABI %d\n", EVRING_TOOLS_VERSION, EVRING_ABI_VERSION);
		return 0;
	default:
		return usage("-%c: there is no such option", c);
	}
}

/* --- the command line and the file together -------------------------------------------------- */

static int unknown(const char *dashes, const char *name)
{
	struct near near = { .name = name };
	size_t i, several = 0;
	char text[256];

	for (i = 0; i < NOPTIONS; i++) {
		several += !strncmp(long_options[i].name, name, strlen(name));
		near_offer(&near, long_options[i].name);
	}
	return usage("%s%.40s: %s%s", dashes, name,
		     *dashes && several > 1 ? "several options begin so" : "there is no such option",
		     near_text(&near, text, sizeof(text)));
}

/* What getopt_long() answered by '?' or ':', in one line. */
static int complain(int c, char **argv)
{
	char *arg = argv[optind - 1];

	if (c == ':')
		return usage("%s: something has to follow it", arg);
	if (optopt)
		return usage("-%c: there is no such option", optopt);
	arg[strcspn(arg, "=")] = '\0';
	return unknown("--", arg + 2);
}

static const struct option *find_option(const char *name)
{
	size_t i;

	for (i = 0; i < NOPTIONS; i++)
		if (!strcmp(long_options[i].name, name))
			return &long_options[i];
	return NULL;
}

/* Options that take nothing may be followed by =yes and =no, so that a file's can be undone. */
static int parse_switch(const char *name, const char *text, bool *on)
{
	*on = !text || !strcmp(text, "yes");
	if (*on || !strcmp(text, "no"))
		return -1;
	return usage("--%s %s: only yes or no", name, text);
}

static int parse_option(struct options *o, int c, const struct option *option, char *value)
{
	bool on = true;
	int rc = -1;

	if (option && option->has_arg == no_argument)
		rc = parse_switch(option->name, value, &on);
	optarg = value;
	return rc < 0 && on ? parse_one(o, c) : rc;
}

/* Options that are no settings. */
static bool is_alone(int c)
{
	return c == 'h' || c == 'V' || c == OPT_CONFIG || c == OPT_DRY_RUN;
}

static int parse_line(struct options *o)
{
	const struct option *option = find_option(line->key);

	if (!option)
		return unknown("", line->key);
	if (is_alone(option->val))
		return usage("%s: that is for the command line alone", line->key);
	if (option->has_arg == required_argument && (!line->value || !*line->value))
		return usage("%s: it needs a value: %s = ...", line->key, line->key);
	if (given[option - long_options])
		return -1;
	return parse_option(o, option->val, option, line->value);
}

/* What the command line gives too is checked for its name alone: there it counts. */
static int parse_config(struct options *o)
{
	size_t i;
	int rc = -1;

	if (config_read(&config, config_path))
		return EXIT_USAGE;
	for (i = 0; i < config.nlines && rc < 0; i++) {
		line = &config.lines[i];
		rc = parse_line(o);
	}
	line = NULL;
	return rc;
}

/* Calls @fn for each option of the command line, until it returns other than -1. */
static int each_option(struct options *o, int argc, char **argv,
		       int (*fn)(struct options *o, int c, const struct option *option, char *value))
{
	struct option all[NOPTIONS + 1] = { 0 };
	int c, index, rc = -1;
	size_t n;

	for (n = 0; n < NOPTIONS; n++) {
		all[n] = long_options[n];
		if (all[n].has_arg == no_argument)
			all[n].has_arg = optional_argument;
	}
	opterr = 0;
	optind = 0;
	while (rc < 0) {
		index = -1;
		c = getopt_long(argc, argv, ":" SHORT_OPTIONS, all, &index);
		if (c == -1)
			break;
		if (c == '?' || c == ':')
			return complain(c, argv);
		rc = fn(o, c, index < 0 ? NULL : &long_options[index], optarg);
	}
	return rc;
}

static int note_option(struct options *o, int c, const struct option *option, char *value)
{
	size_t i;

	for (i = 0; i < NOPTIONS; i++)
		if (long_options[i].val == c)
			given[i] = true;
	if (c == OPT_CONFIG && config_path)
		return usage("--config %s: one file at a time", value);
	if (c == OPT_CONFIG)
		config_path = value;
	return c == 'h' || c == 'V' ? parse_option(o, c, option, value) : -1;
}

/* What cannot go with a format that takes whole runs. */
static int check_whole(const struct options *o)
{
	const char *name = o->format->name;

	if (!o->output)
		return usage("--format %s: name a file by --output", name);
	if (o->nevents || o->npids || o->ncpus || o->nwhere || o->skip_self || o->count)
		return usage("--format %s: takes all events: leave out --event, --pid, --cpu, --where, --skip-self and --count, and give them to the evlog that reads the file",
			     name);
	if (o->wall)
		return usage("--format %s: the file tells both clocks: leave out --wall", name);
	return -1;
}

static int check_to(const struct options *o)
{
	static struct nats n;

	if (!o->to.url && (o->spool || o->to.tls || o->to.tls_ca || o->to.tls_cert || o->to.creds))
		return usage("--spool, --tls and --creds are for --to URL: give one, or leave them out");
	if (!o->to.url)
		return -1;
	if (strcmp(o->format->name, "json") && strcmp(o->format->name, "text"))
		return usage("--to with --format %s: a message is a line: choose json or text",
			     o->format->name);
	if (o->output)
		return usage("--to and --output: choose one, and run another evlog for the other");
	if (nats_parse(&n, &o->to, false))
		return usage("--to %s: %s", o->to.url, n.why);
	return -1;
}

static int check_rotation(const struct options *o)
{
	const struct rotation *r = &o->rotation;
	bool rotates = rotation_is_wanted(r) || o->format->whole;

	if ((rotates || r->keep || r->keep_size) && !o->output)
		return usage("files are rotated that have a name: add --output");
	if ((r->keep || r->keep_size) && !rotates)
		return usage("--keep and --keep-size are for files that are rotated: add --rotate-size or --rotate-time");
	if (r->compress && o->format->folder)
		return usage("--compress with --format %s: its readers take no compressed traces: leave it out; or choose raw, of which evlog convert makes a trace",
			     o->format->name);
	if (r->compress && !rotates)
		return usage("--compress is for files that are complete: add --rotate-size or --rotate-time");
	return -1;
}

static int check_on_error(const struct options *o)
{
	const char *what = o->on_error == ON_ERROR_DROP ? "drop" : "wait";

	if (o->on_error == ON_ERROR_STOP)
		return -1;
	if (o->to.url)
		return usage("--on-error %s: that is for a file; a server that is away is waited for, and --spool DIR keeps events meanwhile",
			     what);
	if (!o->output)
		return usage("--on-error %s: that is for a file: add --output", what);
	if (!o->format->heals)
		return usage("--on-error %s with --format %s: a trace cannot be gone on with: choose raw, text or json, and convert it later",
			     what, o->format->name);
	if (o->on_error == ON_ERROR_WAIT && !o->lossless)
		return usage("--on-error wait: events would be overrun meanwhile: add --lossless, or choose drop");
	if (o->on_error == ON_ERROR_DROP && o->lossless)
		return usage("--on-error drop: --lossless drops nothing that was read: choose wait, or leave out --lossless");
	return -1;
}

static int check(const struct options *o)
{
	if (o->durable && !o->lossless)
		return usage("--durable tells what --lossless waits for: use both");
	if (check_on_error(o) >= 0)
		return EXIT_USAGE;
	if (o->direct && !o->format->whole)
		return usage("--direct is for whole blocks: use it with --format raw");
	if (check_rotation(o) >= 0)
		return EXIT_USAGE;
	if (o->format->whole && check_whole(o) >= 0)
		return EXIT_USAGE;
	if (o->latest && o->last_ns)
		return usage("--new and --last contradict each other: choose one");
	if (o->latest && o->follow == FOLLOW_NO)
		return usage("--new with --no-follow would show nothing: leave one out");
	if (o->lossless && (o->follow == FOLLOW_NO || (o->last_ns && o->follow != FOLLOW_YES)))
		return usage("--lossless is for what comes: use it with --follow");
	if (o->watermark && !o->deadline_ns)
		return usage("--watermark with --deadline 0 contradict each other: choose one");
	return check_to(o);
}

int options_parse(struct options *o, int argc, char **argv)
{
	int rc;

	memset(o, 0, sizeof(*o));
	o->deadline_ns = 10 * NS_PER_MS;
	o->spool_size = SPOOL_DEFAULT;
	rc = each_option(o, argc, argv, note_option);
	if (rc < 0 && config_path)
		rc = parse_config(o);
	if (rc < 0)
		rc = each_option(o, argc, argv, parse_option);
	if (rc >= 0)
		return rc;
	if (optind == argc)
		return usage("no channel: name one (see evringctl list) or an image file");
	if (optind + 1 < argc)
		return usage("%s: one channel at a time", argv[optind + 1]);
	o->channel = argv[optind];
	if (!o->format)
		o->format = sink_format_find(o->to.url ? "json" : "text");
	return check(o);
}
