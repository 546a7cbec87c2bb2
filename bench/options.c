// SPDX-License-Identifier: GPL-2.0
/* The command line. */
#include "evbench.h"
#include "backend.h"
#include "peer.h"
#include "recorder.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define QUICK_RECORDS	50000U
#define QUICK_REPEATS	3U
#define RATE_MAX	1000000U
#define DURATION_MAX	3600.0
#define QUICK_MODES	(MODE_CONSUME | MODE_FAULTS | MODE_MEMORY | MODE_FIRST)

static const struct { const char *name; unsigned int modes; } modes[] = {
	{ "consume", MODE_CONSUME },
	{ "emit", MODE_EMIT },
	{ "stream", MODE_STREAM },
	{ "faults", MODE_FAULTS },
	{ "memory", MODE_MEMORY },
	{ "source", MODE_SOURCE },
	{ "latency", MODE_LATENCY },
	{ "first", MODE_FIRST },
	{ "log", MODE_LOG },
	{ "history", MODE_HISTORY },
	{ "all", MODE_ALL },
};

/**
 * name_find() - number of the entry called @name in a table, or -1.
 * @first: the name in the first of @count entries.
 * @stride: bytes from one entry to the next.
 */
int name_find(const char *name, const char *const *first, size_t stride, size_t count)
{
	const char *at = (const char *)first;
	size_t i;

	for (i = 0; i < count; i++, at += stride)
		if (!strcmp(*(const char *const *)(const void *)at, name))
			return (int)i;
	return -1;
}

/** mode_name() - as it is called on the command line. */
const char *mode_name(enum mode mode)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(modes); i++)
		if (modes[i].modes == (unsigned int)mode)
			return modes[i].name;
	return "?";
}

/** options_usage() - how to call evbench. */
void options_usage(FILE *out)
{
	fputs("Usage: evbench run [OPTION]...\n"
	      "       evbench compare [--noise PERCENT] OLD.json NEW.json\n"
	      "       evbench plot FILE.json DIR\n"
	      "       evbench list\n"
	      "Measure what emitting to an evring channel and reading it cost.\n"
	      "\n"
	      "  -m, --mode MODE,...       consume, emit, stream, faults, memory, source,\n"
	      "                            latency, first, log, history or all (all)\n"
	      "  -b, --backend NAME,...    ways to read, peers, loggers; see evbench list (all)\n"
	      "  -s, --size BYTES,...      payload sizes, 16 to 65519 (16,64,256,1024)\n"
	      "  -n, --repeats N           measured runs of each, 1 to 100 (5)\n"
	      "  -w, --warmup N            runs before them that do not count (1)\n"
	      "      --ring SIZE           data area of the channel; K, M, G (8M)\n"
	      "      --block SIZE          block size (16K)\n"
	      "      --records N           records in a run, for each producer (as suits the mode)\n"
	      "  -r, --rate N,...          records a second: latency (100,1000,10000)\n"
	      "  -d, --duration SECONDS    how long a measurement takes: latency (2)\n"
	      "  -p, --producers LIST      CPUs that emit, as 0,2-3 (the first)\n"
	      "  -c, --consumer CPU        CPU that reads (the first that does not emit)\n"
	      "  -o, --output DIR          where log has the loggers write for a while (/tmp)\n"
	      "  -j, --json FILE           write everything to FILE as JSON (-: stdout, no tables)\n"
	      "      --plot DIR            draw pictures into DIR, and keep the document beside them\n"
	      "      --progress            say on stderr, line by line, what is being measured\n"
	      "  -q, --quick               a first impression: consume, faults, memory and first\n"
	      "                            unless told otherwise, 3 repeats, fewer records\n"
	      "  -h, --help                this text\n"
	      "  -V, --version             version\n"
	      "\n"
	      "compare tells what changed beyond the noise: the root of the sum of the squares\n"
	      "of what the repeats of OLD and of NEW spread over, and at least\n"
	      "      --noise PERCENT       of the old figure (2; 0.2 where instructions are counted)\n"
	      "\n"
	      "Exit status: 0 well; 1 failure; 2 usage; 77 nothing asked for can run here.\n"
	      "Of compare: 0 nothing is worse; 1 something is; 2 nothing could be compared.\n", out);
}

static int usage_error(const char *option, const char *value, const char *wanted)
{
	fail("%s %s: %s; see evbench --help", option, value, wanted);
	return EXIT_USAGE;
}

static int parse_u64(const char *text, uint64_t *value)
{
	static const char units[] = "KMG";
	const char *unit;
	unsigned int shift;
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno)
		return -1;
	unit = *end ? strchr(units, *end) : NULL;
	if (!unit)
		return *end ? -1 : 0;
	shift = 10U * (unsigned int)(unit - units + 1);
	if (end[1] || *value > UINT64_MAX >> shift)
		return -1;
	*value <<= shift;
	return 0;
}

/* A number within bounds. */
static int parse_bounded(const char *option, const char *text, uint64_t min, uint64_t max,
			 uint64_t *value)
{
	char wanted[80];

	if (!parse_u64(text, value) && *value >= min && *value <= max)
		return 0;
	snprintf(wanted, sizeof(wanted), "a number from %llu to %llu is needed",
		 (unsigned long long)min, (unsigned long long)max);
	return usage_error(option, text, wanted);
}

static int parse_uint(const char *option, const char *text, unsigned int min, unsigned int max,
		      unsigned int *value)
{
	uint64_t wide;
	int err = parse_bounded(option, text, min, max, &wide);

	if (!err)
		*value = (unsigned int)wide;
	return err;
}

/* Call @add for each word of a comma-separated list. */
static int each_word(const char *list, int (*add)(struct options *, const char *),
		     struct options *opts)
{
	char word[64];
	size_t len;
	int err;

	for (;; list += len + 1) {
		len = strcspn(list, ",");
		snprintf(word, sizeof(word), "%.*s", (int)len, list);
		err = add(opts, word);
		if (err || !list[len])
			return err;
	}
}

static int add_mode(struct options *opts, const char *word)
{
	int i = name_find(word, &modes[0].name, sizeof(modes[0]), ARRAY_SIZE(modes));

	if (i < 0)
		return usage_error("--mode", word, "no such mode");
	opts->modes |= modes[i].modes;
	return 0;
}

static int add_backend(struct options *opts, const char *word)
{
	int i = backend_find(word), peer = peer_find(word), recorder = recorder_find(word);

	if (i < 0 && peer < 0 && recorder < 0)
		return usage_error("--backend", word, "no such backend (evbench list tells them)");
	if (i >= 0)
		opts->backends |= 1U << i;
	else if (peer >= 0)
		opts->peers |= 1U << peer;
	else
		opts->recorders |= 1U << recorder;
	return 0;
}

static int add_size(struct options *opts, const char *word)
{
	unsigned int size;
	int err = parse_uint("--size", word, sizeof(struct evring_event_generator),
			     EVRING_PAYLOAD_MAX, &size);

	if (err)
		return err;
	if (opts->nsizes == MAX_SIZES)
		return usage_error("--size", word, "too many sizes");
	opts->sizes[opts->nsizes++] = size;
	return 0;
}

static int add_rate(struct options *opts, const char *word)
{
	uint64_t rate;
	int err = parse_bounded("--rate", word, 1, RATE_MAX, &rate);

	if (err)
		return err;
	if (opts->nrates == MAX_RATES)
		return usage_error("--rate", word, "too many rates");
	opts->rates[opts->nrates++] = rate;
	return 0;
}

static int parse_duration(struct options *opts, const char *text)
{
	char *end;

	errno = 0;
	opts->duration = strtod(text, &end);
	if (!errno && end != text && !*end && opts->duration >= 0.001 &&
	    opts->duration <= DURATION_MAX)
		return 0;
	return usage_error("--duration", text, "seconds from 0.001 to 3600 are needed");
}

static int parse_block(struct options *opts, const char *text)
{
	return parse_uint("--block", text, EVRING_BLOCK_MIN, EVRING_BLOCK_MAX, &opts->block);
}

static int parse_producers(struct options *opts, const char *text)
{
	if (cpu_parse_list(text, &opts->producers))
		return usage_error("--producers", text, "a list of CPUs, as 0,2-3, is needed");
	return 0;
}

static int parse_consumer(struct options *opts, const char *text)
{
	unsigned int cpu;
	int err = parse_uint("--consumer", text, 0, CPU_SETSIZE - 1, &cpu);

	if (!err)
		opts->consumer = (int)cpu;
	return err;
}

enum { OPT_RING = 256, OPT_BLOCK, OPT_RECORDS, OPT_PLOT, OPT_PROGRESS };

static int parse_option(struct options *opts, int c, const char *value)
{
	switch (c) {
	case 'm':
		return each_word(value, add_mode, opts);
	case 'b':
		return each_word(value, add_backend, opts);
	case 's':
		return each_word(value, add_size, opts);
	case 'n':
		return parse_uint("--repeats", value, 1, MAX_REPEATS, &opts->repeats);
	case 'w':
		return parse_uint("--warmup", value, 0, MAX_REPEATS, &opts->warmup);
	case OPT_RING:
		return parse_bounded("--ring", value, EVRING_RING_MIN, EVRING_RING_MAX,
				     &opts->ring);
	case OPT_BLOCK:
		return parse_block(opts, value);
	case OPT_RECORDS:
		return parse_bounded("--records", value, 1, 1ULL << 40, &opts->records);
	case 'p':
		return parse_producers(opts, value);
	case 'c':
		return parse_consumer(opts, value);
	case 'o':
		opts->output = value;
		return 0;
	case 'j':
		opts->json = value;
		return 0;
	case OPT_PLOT:
		opts->plot = value;
		return 0;
	case 'r':
		return each_word(value, add_rate, opts);
	case 'd':
		return parse_duration(opts, value);
	case OPT_PROGRESS:
		opts->progress = true;
		return 0;
	case 'q':
		opts->quick = true;
		return 0;
	default:
		fputs("See evbench --help.\n", stderr);
		return EXIT_USAGE;
	}
}

static void set_defaults(struct options *opts)
{
	static const uint32_t sizes[] = { 16, 64, 256, 1024 };

	if (!opts->modes)
		opts->modes = opts->quick ? QUICK_MODES : MODE_ALL;
	if (!opts->backends && !opts->peers && !opts->recorders) {
		opts->backends = ~0U;
		opts->peers = ~0U;
		opts->recorders = ~0U;
	}
	if (!opts->nsizes) {
		memcpy(opts->sizes, sizes, sizeof(sizes));
		opts->nsizes = ARRAY_SIZE(sizes);
	}
	if (!opts->repeats)
		opts->repeats = opts->quick ? QUICK_REPEATS : 5;
}

/**
 * options_parse() - read the command line of "evbench run".
 *
 * Returns 0 or EXIT_USAGE, having said what is wrong.
 */
int options_parse(struct options *opts, int argc, char **argv)
{
	static const struct option longs[] = {
		{ "mode", required_argument, NULL, 'm' },
		{ "backend", required_argument, NULL, 'b' },
		{ "size", required_argument, NULL, 's' },
		{ "repeats", required_argument, NULL, 'n' },
		{ "warmup", required_argument, NULL, 'w' },
		{ "ring", required_argument, NULL, OPT_RING },
		{ "block", required_argument, NULL, OPT_BLOCK },
		{ "records", required_argument, NULL, OPT_RECORDS },
		{ "rate", required_argument, NULL, 'r' },
		{ "duration", required_argument, NULL, 'd' },
		{ "producers", required_argument, NULL, 'p' },
		{ "consumer", required_argument, NULL, 'c' },
		{ "output", required_argument, NULL, 'o' },
		{ "json", required_argument, NULL, 'j' },
		{ "plot", required_argument, NULL, OPT_PLOT },
		{ "progress", no_argument, NULL, OPT_PROGRESS },
		{ "quick", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	int c, err;

	memset(opts, 0, sizeof(*opts));
	opts->argv = argv;
	opts->argc = argc;
	opts->consumer = -1;
	opts->warmup = 1;
	opts->output = "/tmp";
	opts->ring = EVRING_RING_DEFAULT;
	opts->block = EVRING_BLOCK_DEFAULT;
	while ((c = getopt_long(argc, argv, "m:b:s:n:w:r:d:p:c:o:j:q", longs, NULL)) != -1) {
		err = parse_option(opts, c, optarg);
		if (err)
			return err;
	}
	if (optind < argc)
		return usage_error("run", argv[optind], "no such argument");
	set_defaults(opts);
	return 0;
}

/** options_records() - records in a run of a mode that usually takes @usual. */
uint64_t options_records(const struct options *opts, uint64_t usual)
{
	if (opts->records)
		return opts->records;
	return opts->quick && usual > QUICK_RECORDS ? QUICK_RECORDS : usual;
}

/** options_duration() - seconds of a measurement of a mode that usually takes @usual. */
double options_duration(const struct options *opts, double usual)
{
	return opts->duration > 0 ? opts->duration : usual;
}
