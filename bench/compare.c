// SPDX-License-Identifier: GPL-2.0
/*
 * Two runs against each other: what changed beyond the noise?
 *
 * The noise of a comparison is the root of the sum of the squares of both runs' spreads, a
 * spread being the most less the least of a result's repeats; and never less than a share of the
 * old figure. With five repeats of normally scattered figures that is some four times what the
 * difference of two medians scatters by.
 */
#include "document.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The least that counts as a change, percent. */
#define LEAST_CLOCK	2.0
#define LEAST_ICOUNT	0.2

/* Of everything that is compared, less is better. */
static const struct measure {
	const char *key;
	const char *unit;
	const char *icount_unit;
} measures[] = {
	{ "ns_per_record", "ns/record", "instr/record" },
	{ "cpu_ns_per_record", "CPU ns/record", "instr/record" },
	{ "us_per_mib", "us/MiB", "kinstr/MiB" },
	{ "faults_per_mib", "faults/MiB", "faults/MiB" },
	{ "p50_ns", "ns p50", "instr p50" },
	{ "p99_ns", "ns p99", "instr p99" },
	{ "buffer_bytes_per_record", "bytes/record", "bytes/record" },
};

/**
 * struct comparison - two documents and what came out.
 * @least: share of the old figure that counts as a change, percent.
 * @out: where it is told.
 * @compared: figures that both have.
 * @worse: of these, worse beyond the noise.
 * @better: better beyond the noise.
 */
struct comparison {
	struct document old;
	struct document now;
	double least;
	FILE *out;
	unsigned int compared;
	unsigned int worse;
	unsigned int better;
};

/* What makes figures of two runs no answer to one question. */
static const struct {
	const char *part, *key, *what;
} conditions[] = {
	{ "machine", "system", "machines" },
	{ "machine", "cpu", "CPUs" },
	{ "machine", "cpus", "numbers of CPUs" },
	{ "machine", "kernel", "kernels" },
	{ "machine", "clocksource", "clocks" },
	{ "machine", "accelerator", "accelerators" },
	{ "machine", "icount", "units (instructions against time)" },
	{ "machine", "string_copies", "CPU flags for copies" },
	{ "parameters", "ring", "ring sizes" },
	{ "parameters", "block", "block sizes" },
	{ "parameters", "records", "numbers of records" },
	{ "parameters", "quick", "lengths (--quick)" },
};

static const json_t *condition(const struct document *d, size_t i)
{
	return json_object_get(json_object_get(d->root, conditions[i].part), conditions[i].key);
}

static void show_value(const json_t *value, char *text, size_t size)
{
	char *dumped = value ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	snprintf(text, size, "%s", dumped ? dumped : "unknown");
	free(dumped);
}

static void warn_of_conditions(const struct comparison *c)
{
	const json_t *old, *now;
	char was[256], is[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(conditions); i++) {
		old = condition(&c->old, i);
		now = condition(&c->now, i);
		if ((!old && !now) || json_equal(old, now))
			continue;
		show_value(old, was, sizeof(was));
		show_value(now, is, sizeof(is));
		note("not comparable: different %s: %s, then %s", conditions[i].what, was, is);
	}
}

static double noise(const struct comparison *c, const struct summary *old,
		    const struct summary *now)
{
	return fmax(hypot(old->max - old->min, now->max - now->min),
		    fabs(old->median) * c->least / 100);
}

static const char *verdict(struct comparison *c, double change, double limit)
{
	c->compared++;
	if (!(fabs(change) > limit))
		return "";
	if (change < 0) {
		c->better++;
		return "  better";
	}
	c->worse++;
	return "  WORSE";
}

static void print_names(FILE *out, const json_t *result)
{
	const char *variant = document_text(result, "variant");
	long long rate = document_count(result, "rate");
	char at[32] = "-";

	if (rate)
		snprintf(at, sizeof(at), "%lld", rate);
	fprintf(out, "%-8s %-24s %-14s %7lld %5lld %7s", document_text(result, "mode"),
		document_text(result, "name"), *variant ? variant : "-",
		document_count(result, "payload"), document_count(result, "producers"), at);
}

static void print_header(FILE *out)
{
	fprintf(out, "\n%-8s %-24s %-14s %7s %5s %7s  %-14s %11s %11s %8s %8s\n", "mode", "what",
		"variant", "payload", "prod.", "rate", "measure", "old", "new", "change", "noise");
}

static void compare_figures(struct comparison *c, const json_t *result, const char *unit,
			    const struct summary *old, const struct summary *now)
{
	double change = now->median - old->median, limit = noise(c, old, now);
	double share = old->median ? 100 / old->median : (double)NAN;

	print_names(c->out, result);
	fprintf(c->out, "  %-14s %11.1f %11.1f %+7.1f%% %7.1f%%%s\n", unit, old->median,
		now->median, change * share, limit * share, verdict(c, change, limit));
}

/* Every measure that both have a figure of. */
static void compare_result(struct comparison *c, const json_t *old, const json_t *now)
{
	struct summary was, is;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(measures); i++)
		if (document_summary(old, measures[i].key, &was) &&
		    document_summary(now, measures[i].key, &is))
			compare_figures(c, old,
					c->old.icount ? measures[i].icount_unit : measures[i].unit,
					&was, &is);
}

static void compare_memory(struct comparison *c)
{
	const json_t *old = json_object_get(c->old.root, "memory");
	const json_t *now = json_object_get(c->now.root, "memory");
	double was = (double)document_count(old, "taken"), is = (double)document_count(now, "taken");
	struct summary before = { was, was, was }, after = { is, is, is };
	json_t *named;

	if (!old || !now)
		return;
	named = json_pack("{ssss}", "mode", "memory", "name", "channel");
	compare_figures(c, named, "bytes", &before, &after);
	json_decref(named);
}

/* What of @a the other one does not have. */
static void print_only(FILE *out, const struct document *a, const struct document *b)
{
	const json_t *result;
	size_t i;

	json_array_foreach(a->results, i, result) {
		if (document_find(b, result))
			continue;
		print_names(out, result);
		fprintf(out, "  only in %s\n", a->path);
	}
}

static void compare_all(struct comparison *c)
{
	const json_t *result, *other;
	size_t i;

	print_header(c->out);
	json_array_foreach(c->old.results, i, result) {
		other = document_find(&c->now, result);
		if (other)
			compare_result(c, result, other);
	}
	compare_memory(c);
	print_only(c->out, &c->old, &c->now);
	print_only(c->out, &c->now, &c->old);
}

static void print_origin(FILE *out, const char *which, const struct document *d)
{
	fprintf(out, "%s %s: %s, %s, in %s\n", which, d->path, document_text(d->root, "date"),
		document_text(d->machine, "kernel"), d->icount ? "instructions" : "time");
}

static void warn_of_repeats(const struct document *d)
{
	long long repeats = document_count(d->parameters, "repeats");

	if (repeats < 3)
		note("%s: %lld repeat%s: too few to know its noise (run with -n 5)", d->path,
		     repeats, repeats == 1 ? "" : "s");
}

static int finish(const struct comparison *c)
{
	if (!c->compared) {
		fail("%s and %s have no figure in common", c->old.path, c->now.path);
		return EXIT_USAGE;
	}
	fprintf(c->out, "\n%u compared: %u worse, %u better, %u within the noise\n", c->compared,
		c->worse, c->better, c->compared - c->worse - c->better);
	if (fflush(c->out) || ferror(c->out)) {
		fail("the comparison could not be written");
		return EXIT_USAGE;
	}
	return c->worse ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Both are loaded. A negative c->least: as suits the units. */
static int compare(struct comparison *c)
{
	if (!(c->least >= 0))
		c->least = c->old.icount && c->now.icount ? LEAST_ICOUNT : LEAST_CLOCK;
	print_origin(c->out, "old", &c->old);
	print_origin(c->out, "new", &c->now);
	warn_of_conditions(c);
	warn_of_repeats(&c->old);
	warn_of_repeats(&c->now);
	compare_all(c);
	return finish(c);
}

static int compare_files(struct comparison *c, const char *old, const char *now)
{
	int status;

	if (document_load(&c->old, old))
		return EXIT_USAGE;
	if (document_load(&c->now, now)) {
		document_free(&c->old);
		return EXIT_USAGE;
	}
	status = compare(c);
	document_free(&c->now);
	document_free(&c->old);
	return status;
}

static int parse_least(const char *text, double *least)
{
	char *end;

	errno = 0;
	*least = strtod(text, &end);
	if (!errno && end != text && !*end && *least >= 0 && *least <= 100)
		return 0;
	return fail("--noise %s: a number of percent from 0 to 100 is needed", text);
}

/**
 * compare_run() - "evbench compare [--noise PERCENT] OLD NEW".
 *
 * Returns the exit status: 0 nothing is worse, 1 something is, 2 there was nothing to
 * compare.
 */
int compare_run(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "noise", required_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	struct comparison c = { .least = -1, .out = stdout };
	int option;

	while ((option = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (option != 'n' || parse_least(optarg, &c.least))
			return EXIT_USAGE;
	if (argc - optind != 2) {
		fail("compare takes two files, OLD.json and NEW.json; see evbench --help");
		return EXIT_USAGE;
	}
	return compare_files(&c, argv[optind], argv[optind + 1]);
}
