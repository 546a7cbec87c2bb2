// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/* libs: -ljansson -lm */
/*
 * evbench compare: what it calls worse and better, what it lets pass as noise, when it warns that
 * two runs answer different questions, and its exit status.
 */
#include "bench.h"
#include "../../bench/compare.c"
#include "../../bench/document.c"

#include <unistd.h>

/* A run as a test wants it; what is left out is as usual. */
struct run {
	const char *kernel;
	const char *copies;
	const char *name;
	const char *extra;
	double median, min, max;
	unsigned int ring;
	unsigned int repeats;
	unsigned int payload;
	unsigned int producers;
	bool icount;
};

static void write_run(const char *path, const struct run *r)
{
	FILE *out = fopen(path, "w");

	fprintf(out, "{ \"program\": \"evbench\", \"date\": \"2026-01-01T00:00:00Z\",\n");
	fprintf(out, "\"machine\": { \"kernel\": \"%s\", \"icount\": %s, \"string_copies\": \"%s\" },\n",
		r->kernel ? r->kernel : "Linux 6.1", r->icount ? "true" : "false",
		r->copies ? r->copies : "erms off");
	fprintf(out, "\"parameters\": { \"ring\": %u, \"repeats\": %u },\n",
		r->ring ? r->ring : 8, r->repeats ? r->repeats : 5);
	fprintf(out, "\"results\": [ { \"mode\": \"emit\", \"name\": \"%s\", \"variant\": \"none\",",
		r->name ? r->name : "emit");
	fprintf(out, "\"payload\": %u, \"producers\": %u,", r->payload ? r->payload : 64,
		r->producers ? r->producers : 1);
	fprintf(out, "\"ns_per_record\": { \"median\": %g, \"min\": %g, \"max\": %g } } %s ] }\n",
		r->median, r->min, r->max, r->extra ? r->extra : "");
	fclose(out);
}

/* What a comparison of two runs came to. */
struct outcome {
	int status;
	char text[4096];
};

static void outcome_of(const char *old, const char *now, double least, struct outcome *o)
{
	struct comparison c = { .least = least };

	warnings[0] = '\0';
	memset(o, 0, sizeof(*o));
	c.out = fmemopen(o->text, sizeof(o->text), "w");
	o->status = compare_files(&c, old, now);
	fclose(c.out);
}

static struct outcome compare_runs(const struct run *old, const struct run *now)
{
	char was[] = "/tmp/bench_compare.XXXXXX", is[] = "/tmp/bench_compare.XXXXXX";
	struct outcome o;

	close(mkstemp(was));
	close(mkstemp(is));
	write_run(was, old);
	write_run(is, now);
	outcome_of(was, is, -1, &o);
	unlink(was);
	unlink(is);
	return o;
}

static void same_figures_are_within_the_noise(void)
{
	const struct run r = { .median = 100, .min = 99, .max = 101 };
	struct outcome o = compare_runs(&r, &r);

	check("bench_compare_same_is_0", o.status == 0);
	check("bench_compare_same_is_within_the_noise",
	      strstr(o.text, "1 compared: 0 worse, 0 better, 1 within the noise"));
	check("bench_compare_same_warns_of_nothing", !warnings[0]);
}

static void more_than_the_noise_is_worse_or_better(void)
{
	const struct run low = { .median = 100, .min = 97, .max = 101 };
	const struct run high = { .median = 106, .min = 104, .max = 107 };
	struct outcome o = compare_runs(&low, &high);

	/* Spreads of 4 and 3 make a noise of 5. */
	check("bench_compare_worse_is_1", o.status == 1 && strstr(o.text, "WORSE"));
	check("bench_compare_tells_change_and_noise",
	      strstr(o.text, "+6.0%") && strstr(o.text, " 5.0%"));
	o = compare_runs(&high, &low);
	check("bench_compare_better_is_0", o.status == 0 && strstr(o.text, "  better"));
}

static void a_change_within_the_spread_of_either_run_is_noise(void)
{
	const struct run quiet = { .median = 100, .min = 100, .max = 100 };
	const struct run loud = { .median = 106, .min = 100, .max = 107 };

	check("bench_compare_noise_of_the_new_run_counts", !compare_runs(&quiet, &loud).status);
	check("bench_compare_noise_of_the_old_run_counts", !compare_runs(&loud, &quiet).status);
}

static void instructions_have_a_smaller_least_change(void)
{
	const struct run old = { .median = 100, .min = 100, .max = 100 };
	const struct run now = { .median = 101, .min = 101, .max = 101 };
	struct run counted = old, more = now;

	counted.icount = true;
	more.icount = true;
	check("bench_compare_one_percent_of_time_is_noise", compare_runs(&old, &now).status == 0);
	check("bench_compare_one_percent_of_instructions_is_not",
	      compare_runs(&counted, &more).status == 1);
	check("bench_compare_names_instructions",
	      strstr(compare_runs(&counted, &more).text, "instr/record"));
}

static void different_conditions_are_warned_of(void)
{
	const struct run old = { .median = 1, .min = 1, .max = 1 };
	struct run now = old;

	now.kernel = "Linux 7";
	compare_runs(&old, &now);
	check("bench_compare_warns_of_kernels", strstr(warnings, "different kernels: \"Linux 6.1\""));
	now = old;
	now.icount = true;
	compare_runs(&old, &now);
	check("bench_compare_warns_of_units", strstr(warnings, "different units"));
	now = old;
	now.copies = "erms on";
	compare_runs(&old, &now);
	check("bench_compare_warns_of_cpu_flags", strstr(warnings, "different CPU flags"));
	now = old;
	now.ring = 16;
	compare_runs(&old, &now);
	check("bench_compare_warns_of_ring_sizes", strstr(warnings, "different ring sizes: 8, then 16"));
	now = old;
	now.repeats = 1;
	compare_runs(&old, &now);
	check("bench_compare_warns_of_a_single_repeat", strstr(warnings, "1 repeat: too few"));
}

static void what_only_one_has_is_told(void)
{
	const char * const another = ", { \"mode\": \"emit\", \"name\": \"reserve\", "
		"\"variant\": \"\", \"payload\": 64, \"producers\": 1, \"ns_per_record\": { "
		"\"median\": 1, \"min\": 1, \"max\": 1 } }";
	const struct run old = { .median = 1, .min = 1, .max = 1, .extra = another };
	const struct run now = { .median = 1, .min = 1, .max = 1 };
	struct outcome o = compare_runs(&old, &now);

	check("bench_compare_only_in_old", o.status == 0 && strstr(o.text, "  only in /tmp/"));
	check("bench_compare_only_in_old_is_not_compared", strstr(o.text, "1 compared"));
}

static void more_memory_for_what_is_kept_is_worse(void)
{
	static const char kept[] =
		", { \"mode\": \"history\", \"name\": \"kfifo\", \"variant\": \"oldest\", \"payload\": 64,"
		"\"buffer_bytes_per_record\": { \"median\": 80, \"min\": 80, \"max\": 80 } }";
	static const char dearer[] =
		", { \"mode\": \"history\", \"name\": \"kfifo\", \"variant\": \"oldest\", \"payload\": 64,"
		"\"buffer_bytes_per_record\": { \"median\": 90, \"min\": 90, \"max\": 90 } }";
	const struct run old = { .median = 1, .min = 1, .max = 1, .extra = kept };
	const struct run now = { .median = 1, .min = 1, .max = 1, .extra = dearer };
	struct outcome o = compare_runs(&old, &now);

	check("bench_compare_more_memory_for_a_record_is_worse",
	      o.status == 1 && strstr(o.text, "bytes/record") && strstr(o.text, "+12.5%"));
}

static void results_are_told_apart(void)
{
	const struct run old = { .median = 1, .min = 1, .max = 1 };
	struct run now = old;

	now.payload = 16;
	check("bench_compare_payloads_apart", compare_runs(&old, &now).status == EXIT_USAGE);
	now = old;
	now.producers = 2;
	check("bench_compare_producers_apart", compare_runs(&old, &now).status == EXIT_USAGE);
	now = old;
	now.name = "reserve";
	check("bench_compare_names_apart", compare_runs(&old, &now).status == EXIT_USAGE);
	check("bench_compare_nothing_in_common_is_said", strstr(warnings, "no figure in common"));
}

static void no_figure_is_not_compared(void)
{
	const char * const nothing = ", { \"mode\": \"emit\", \"name\": \"none\", \"variant\": "
		"\"\", \"payload\": 64, \"ns_per_record\": { \"median\": null, \"min\": null, "
		"\"max\": null } }";
	const struct run r = { .median = 1, .min = 1, .max = 1, .extra = nothing };

	check("bench_compare_null_is_no_figure", strstr(compare_runs(&r, &r).text, "1 compared"));
}

static int status_of_text(const char *text)
{
	char path[] = "/tmp/bench_compare.XXXXXX";
	int fd = mkstemp(path);
	struct outcome o;

	if (write(fd, text, strlen(text)) < 0)
		return -1;
	close(fd);
	outcome_of(path, path, -1, &o);
	unlink(path);
	return o.status;
}

static void what_is_no_result_of_ours_is_refused(void)
{
	struct outcome o;

	outcome_of("/nonexistent", "/nonexistent", -1, &o);
	check("bench_compare_no_such_file_is_2", o.status == 2 && strstr(warnings, "/nonexistent"));
	check("bench_compare_broken_json_is_2",
	      status_of_text("{ \"program\":\n") == 2 && strstr(warnings, "line "));
	check("bench_compare_other_json_is_2",
	      status_of_text("[1]") == 2 && strstr(warnings, "not a document of evbench"));
	check("bench_compare_a_result_without_a_name_is_2",
	      status_of_text("{\"program\": \"evbench\", \"machine\": {}, \"parameters\": {}, "
			     "\"results\": [{\"mode\": \"emit\"}]}") == 2 &&
	      strstr(warnings, "lacks mode, name"));
}

static int status_of(int argc, char **argv)
{
	optind = 0;
	warnings[0] = '\0';
	return compare_run(argc, argv);
}

static void command_line_is_checked(void)
{
	char *single[] = { "evbench", "one.json", NULL };
	char *negative[] = { "evbench", "--noise", "-1", "a", "b", NULL };
	char *words[] = { "evbench", "--noise", "2x", "a", "b", NULL };

	check("bench_compare_takes_two_files",
	      status_of(2, single) == 2 && strstr(warnings, "two files"));
	check("bench_compare_noise_is_not_negative",
	      status_of(5, negative) == 2 && strstr(warnings, "--noise -1"));
	check("bench_compare_noise_is_a_number",
	      status_of(5, words) == 2 && strstr(warnings, "--noise 2x"));
}

int main(void)
{
	same_figures_are_within_the_noise();
	more_than_the_noise_is_worse_or_better();
	a_change_within_the_spread_of_either_run_is_noise();
	instructions_have_a_smaller_least_change();
	different_conditions_are_warned_of();
	what_only_one_has_is_told();
	more_memory_for_what_is_kept_is_worse();
	results_are_told_apart();
	no_figure_is_not_compared();
	what_is_no_result_of_ours_is_refused();
	command_line_is_checked();
	return failures != 0;
}
