// SPDX-License-Identifier: GPL-2.0
/*
 * Pictures of a document, drawn by gnuplot: scalable, each with its axes' units, the kernel and the
 * command. Curves differ in dashes and point shapes, so that they are told apart without colour.
 */
#include "document.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The payload size whose figures stand over the number of producers, if it was measured. */
#define USUAL_PAYLOAD	64

/**
 * struct chart - a picture: throughput over @axis.
 * @file: its name, without ".svg".
 * @title: its first line.
 * @mode: the results it shows.
 * @variant: of these; NULL: all.
 * @axis: "payload" (of a single producer) or "producers" (of a single payload size).
 */
struct chart {
	const char *file;
	const char *title;
	const char *mode;
	const char *variant;
	const char *axis;
};

static const struct chart charts[] = {
	{ "consume-size", "Reading a ring that is full", "consume", NULL, "payload" },
	{ "emit-size", "Emitting, one producer", "emit", NULL, "payload" },
	{ "stream-spin-size", "Emitting and reading at once, the reader spins", "stream", "spin",
	  "payload" },
	{ "stream-sleep-size", "Emitting and reading at once, the reader sleeps", "stream", "sleep",
	  "payload" },
	{ "stream-batch-size", "Emitting and reading at once, the reader is woken for batches",
	  "stream", "batch", "payload" },
	{ "emit-producers", "Emitting on several CPUs", "emit", NULL, "producers" },
	{ "stream-spin-producers", "Emitting and reading at once, the reader spins", "stream",
	  "spin", "producers" },
	{ "stream-sleep-producers", "Emitting and reading at once, the reader sleeps", "stream",
	  "sleep", "producers" },
	{ "stream-batch-producers",
	  "Emitting and reading at once, the reader is woken for batches", "stream", "batch",
	  "producers" },
};

/**
 * struct drawing - what is being drawn.
 * @d: the figures.
 * @dir: where the pictures go.
 * @gnuplot: its standard input.
 * @payload: see USUAL_PAYLOAD.
 * @drawn: pictures so far.
 */
struct drawing {
	const struct document *d;
	const char *dir;
	FILE *gnuplot;
	long long payload;
	unsigned int drawn;
};

/* The curves: dark enough on white, and no two with the same dashes and points. */
static const char * const colours[] = {
	"#000000", "#0072b2", "#d55e00", "#009e73", "#aa4499", "#666666", "#b8860b",
};

static const int points[] = { 7, 4, 9, 6, 5, 8, 1, 2, 11, 10, 13, 12, 3 };

#define DASHES	4

/* In single quotes gnuplot takes everything as it is, but for the quote itself. */
static void quote(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'')
			fputc('\'', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

static double median_of(const json_t *result, const char *measure)
{
	struct summary s;

	return document_summary(result, measure, &s) ? s.median : (double)NAN;
}

static bool by_payload(const struct chart *chart)
{
	return !strcmp(chart->axis, "payload");
}

/* Is @result a point of the chart? */
static bool belongs(const struct drawing *dr, const struct chart *chart, const json_t *result)
{
	if (strcmp(document_text(result, "mode"), chart->mode) ||
	    !(median_of(result, "records_per_s") > 0))
		return false;
	if (chart->variant && strcmp(document_text(result, "variant"), chart->variant))
		return false;
	return by_payload(chart) ? document_count(result, "producers") <= 1 :
				   document_count(result, "payload") == dr->payload;
}

static bool same_curve(const json_t *a, const json_t *b)
{
	return !strcmp(document_text(a, "name"), document_text(b, "name")) &&
	       !strcmp(document_text(a, "variant"), document_text(b, "variant"));
}

/* Is result number @at the first point of its curve? */
static bool starts_curve(const struct drawing *dr, const struct chart *chart, size_t at)
{
	const json_t *result = json_array_get(dr->d->results, at), *before;
	size_t i;

	if (!belongs(dr, chart, result))
		return false;
	for (i = 0; i < at; i++) {
		before = json_array_get(dr->d->results, i);
		if (belongs(dr, chart, before) && same_curve(before, result))
			return false;
	}
	return true;
}

/* One position on the axis makes no curve. */
static bool has_curve(const struct drawing *dr, const struct chart *chart)
{
	const json_t *result;
	long long first = 0, x;
	size_t i;

	json_array_foreach(dr->d->results, i, result) {
		if (!belongs(dr, chart, result))
			continue;
		x = document_count(result, chart->axis);
		if (first && x != first)
			return true;
		first = x;
	}
	return false;
}

/* The points of every curve, as data blocks $curve0, $curve1 ... */
static void write_data(const struct drawing *dr, const struct chart *chart)
{
	const json_t *first, *result;
	size_t i, j, n = 0;

	json_array_foreach(dr->d->results, i, first) {
		if (!starts_curve(dr, chart, i))
			continue;
		fprintf(dr->gnuplot, "$curve%zu << END\n", n++);
		json_array_foreach(dr->d->results, j, result)
			if (belongs(dr, chart, result) && same_curve(first, result))
				fprintf(dr->gnuplot, "%lld %.9g\n",
					document_count(result, chart->axis),
					median_of(result, "records_per_s"));
		fputs("END\n", dr->gnuplot);
	}
}

static void write_style(FILE *out, size_t n)
{
	fprintf(out, " with linespoints lw 2 ps 1.1 pt %d dt %zu lc rgb '%s'",
		points[n % ARRAY_SIZE(points)], n % DASHES + 1, colours[n % ARRAY_SIZE(colours)]);
}

static void write_name(FILE *out, const json_t *result, bool variants)
{
	const char *variant = document_text(result, "variant");
	bool emits = !strcmp(document_text(result, "mode"), "emit");
	char name[128];

	snprintf(name, sizeof(name), "%s%s%s%s", document_text(result, "name"),
		 variants && *variant ? ", " : "", variants && emits ? "observer " : "",
		 variants ? variant : "");
	quote(out, name);
}

static void write_curves(const struct drawing *dr, const struct chart *chart)
{
	const json_t *result;
	size_t i, n = 0;

	json_array_foreach(dr->d->results, i, result) {
		if (!starts_curve(dr, chart, i))
			continue;
		fprintf(dr->gnuplot, "%s $curve%zu title ", n ? "," : "plot", n);
		write_name(dr->gnuplot, result, !chart->variant);
		write_style(dr->gnuplot, n++);
	}
	fputc('\n', dr->gnuplot);
}

/* Positions on the axis, as they were measured. */
static void write_tics(const struct drawing *dr, const struct chart *chart)
{
	const json_t *result;
	const char *comma = "";
	size_t i;

	fputs("set xtics (", dr->gnuplot);
	json_array_foreach(dr->d->results, i, result) {
		if (!belongs(dr, chart, result))
			continue;
		fprintf(dr->gnuplot, "%s%lld", comma, document_count(result, chart->axis));
		comma = ", ";
	}
	fputs(")\n", dr->gnuplot);
}

/* What every picture starts with. */
static void begin(struct drawing *dr, const char *file, const char *title)
{
	const struct document *d = dr->d;
	char text[1024];

	snprintf(text, sizeof(text), "%s/%s.svg", dr->dir, file);
	fputs("reset\nset output ", dr->gnuplot);
	quote(dr->gnuplot, text);
	fputs("\nset title ", dr->gnuplot);
	quote(dr->gnuplot, title);
	fputs(" font ',16' offset 0, 1.2\nset label 1 ", dr->gnuplot);
	snprintf(text, sizeof(text), "%s; accelerator %s; %s",
		 document_text(d->machine, "kernel"), document_text(d->machine, "accelerator"),
		 document_text(d->root, "date"));
	quote(dr->gnuplot, text);
	fputs(" at graph 0, graph 1.09 left font ',12'\nset label 2 ", dr->gnuplot);
	quote(dr->gnuplot, document_text(d->root, "command"));
	fputs(" at graph 0, graph 1.04 left font ',12'\n", dr->gnuplot);
	fputs("set key outside right center vertical maxcols 1 Left reverse samplen 5\n"
	      "set grid xtics ytics mytics lt 1 lc rgb '#d8d8d8', lt 1 lc rgb '#eeeeee'\n"
	      "set border 3\nset tics nomirror\nset tmargin 5.5\n", dr->gnuplot);
	dr->drawn++;
}

static void draw(struct drawing *dr, const struct chart *chart)
{
	const char *per = dr->d->icount ? "records per 10⁹ instructions" : "records/s";
	char title[256];

	if (!has_curve(dr, chart))
		return;
	if (by_payload(chart))
		snprintf(title, sizeof(title), "%s", chart->title);
	else
		snprintf(title, sizeof(title), "%s, %lld bytes of payload", chart->title,
			 dr->payload);
	begin(dr, chart->file, title);
	fputs(by_payload(chart) ? "set xlabel 'payload, bytes'\nset logscale x 2\n" :
				  "set xlabel 'producers (CPUs that emit)'\n", dr->gnuplot);
	fprintf(dr->gnuplot, "set ylabel '%s, median'\n", per);
	fputs(by_payload(chart) ? "set logscale y\nset format y '%.0s%c'\n" :
				  "set yrange [0:*]\nset format y '%.1s%c'\n", dr->gnuplot);
	write_tics(dr, chart);
	write_data(dr, chart);
	write_curves(dr, chart);
}

/* The results of mode latency at @rate, from number *@at on; NULL: no more. */
static const json_t *next_latency(const struct drawing *dr, long long rate, size_t *at)
{
	const json_t *result;

	while ((result = json_array_get(dr->d->results, (*at)++)))
		if (!strcmp(document_text(result, "mode"), "latency") &&
		    document_count(result, "rate") == rate)
			return result;
	return NULL;
}

/*
 * Percentiles lie so that the rest, what is slower, shrinks tenfold from mark to mark. The last
 * percentile, 100, has no place on such an axis.
 */
static void write_percentiles(FILE *out, const json_t *result)
{
	const json_t *list = json_object_get(result, "percentiles"), *pair;
	double rest;
	size_t i;

	json_array_foreach(list, i, pair) {
		rest = 100 - json_number_value(json_array_get(pair, 0));
		if (rest > 0)
			fprintf(out, "%.9g %.9g\n", 100 / rest,
				json_number_value(json_array_get(pair, 1)) / 1000);
	}
}

static void draw_latency(struct drawing *dr, long long rate)
{
	char file[64], title[128];
	const json_t *result;
	size_t at, n;

	snprintf(file, sizeof(file), "latency-%lld", rate);
	snprintf(title, sizeof(title),
		 "From when a record was due to when its reader had it, %lld records/s", rate);
	begin(dr, file, title);
	fprintf(dr->gnuplot, "set xlabel 'percentile of records'\nset ylabel 'latency, %s'\n",
		dr->d->icount ? "thousands of instructions" : "µs");
	fputs("set logscale xy\nset format y '%g'\n"
	      "set xtics ('0' 1, '50' 2, '90' 10, '99' 100, '99.9' 1e3, '99.99' 1e4, '99.999' 1e5)\n",
	      dr->gnuplot);
	for (at = 0, n = 0; (result = next_latency(dr, rate, &at)); n++) {
		fprintf(dr->gnuplot, "$curve%zu << END\n", n);
		write_percentiles(dr->gnuplot, result);
		fputs("END\n", dr->gnuplot);
	}
	for (at = 0, n = 0; (result = next_latency(dr, rate, &at)); n++) {
		fprintf(dr->gnuplot, "%s $curve%zu title ", n ? "," : "plot", n);
		write_name(dr->gnuplot, result, true);
		write_style(dr->gnuplot, n);
	}
	fputc('\n', dr->gnuplot);
}

/* A picture for each rate. */
static void draw_latencies(struct drawing *dr)
{
	const json_t *result;
	size_t i, before;
	long long rate;

	json_array_foreach(dr->d->results, i, result) {
		rate = document_count(result, "rate");
		before = 0;
		if (!strcmp(document_text(result, "mode"), "latency") &&
		    next_latency(dr, rate, &before) == result)
			draw_latency(dr, rate);
	}
}

/** plot_check() - can we draw? Says what is missing if not. */
int plot_check(void)
{
	if (!system("command -v gnuplot >/dev/null"))
		return 0;
	return fail("gnuplot is missing: install the package gnuplot-nox (make deps), or write --json FILE here and draw elsewhere by: evbench plot FILE DIR");
}

static int make_dir(const char *dir)
{
	struct stat st;

	if (!mkdir(dir, 0777))
		return 0;
	if (errno == EEXIST && !stat(dir, &st) && S_ISDIR(st.st_mode))
		return 0;
	return fail("%s: %s", dir, errno == EEXIST ? "not a folder" : strerror(errno));
}

/** plot_prepare() - can we draw into the folder @dir? Makes it. */
int plot_prepare(const char *dir)
{
	return plot_check() || make_dir(dir) ? -1 : 0;
}

static long long usual_payload(const struct document *d)
{
	const json_t *result;
	long long first = 0;
	size_t i;

	json_array_foreach(d->results, i, result) {
		if (document_count(result, "payload") == USUAL_PAYLOAD)
			return USUAL_PAYLOAD;
		if (!first)
			first = document_count(result, "payload");
	}
	return first;
}

static void draw_all(struct drawing *dr)
{
	size_t i;

	fputs("set encoding utf8\n"
	      "set terminal svg size 1000,620 noenhanced font 'sans-serif,14' background 'white'\n",
	      dr->gnuplot);
	for (i = 0; i < ARRAY_SIZE(charts); i++)
		draw(dr, &charts[i]);
	draw_latencies(dr);
}

static int plot_document(const struct document *d, const char *dir)
{
	struct drawing dr = { .d = d, .dir = dir, .payload = usual_payload(d) };

	/* If gnuplot ends early, its status tells; the signal would end us. */
	signal(SIGPIPE, SIG_IGN);
	dr.gnuplot = popen("gnuplot", "we");
	if (!dr.gnuplot)
		return fail("gnuplot: %s", strerror(errno));
	draw_all(&dr);
	if (pclose(dr.gnuplot))
		return fail("gnuplot failed; see its message above");
	if (!dr.drawn)
		return fail("%s: nothing to draw: a curve takes two payload sizes, numbers of producers, or latencies",
			    d->path);
	return 0;
}

/** plot_file() - draw what the file @json holds into the folder @dir. */
int plot_file(const char *json, const char *dir)
{
	struct document d;
	int err;

	if (document_load(&d, json))
		return -1;
	err = plot_document(&d, dir);
	document_free(&d);
	return err;
}

/** plot_run() - "evbench plot FILE DIR". Returns the exit status. */
int plot_run(int argc, char **argv)
{
	if (argc != 3 || argv[1][0] == '-' || argv[2][0] == '-') {
		fail("plot takes a file and a folder, FILE.json and DIR; see evbench --help");
		return EXIT_USAGE;
	}
	if (plot_prepare(argv[2]) || plot_file(argv[1], argv[2]))
		return EXIT_FAILURE;
	return EXIT_SUCCESS;
}
