// SPDX-License-Identifier: GPL-2.0
/* variants: plain asan */
/* libs: -lm */
/* What evbench writes of its results: JSON that jq takes, and the tables' ratios. */
#include "bench.h"
#include "../../bench/json.c"
#include "../../bench/histogram.c"
#include "../../bench/report.c"
#include "../../bench/stats.c"

#include <unistd.h>

#define SKIPPED		77

/* What of the rest of evbench is needed here. */
const char *mode_name(enum mode mode)
{
	return mode == MODE_CONSUME ? "consume" : mode == MODE_LATENCY ? "latency" :
	       mode == MODE_LOG ? "log" : mode == MODE_HISTORY ? "history" : "emit";
}

void cpu_format(const cpu_set_t *set, char *text, size_t size)
{
	snprintf(text, size, "%d", CPU_COUNT(set));
}

/* --- a report, and what is written of it ---------------------------------------------- */

static struct options opts;
static struct report r;
static char document[32];	/* its file */
static char tables[8192];

static void start(void)
{
	opts = (struct options){ .sizes = { 64 }, .nsizes = 1 };
	r = (struct report){ .opts = &opts };
	strcpy(r.machine.system, "a \"quoted\" \\ system\twith\x01odd bytes \xc3\xa9");
	strcpy(r.machine.kernel, "Linux");
	document[0] = '\0';
}

static bool save_document(void)
{
	int fd;

	strcpy(document, "/tmp/bench_report.XXXXXX");
	fd = mkstemp(document);
	if (fd < 0)
		return false;
	close(fd);
	return !json_write(&r, document);
}

static void print_tables(void)
{
	FILE *out = fmemopen(tables, sizeof(tables), "w");

	report_print(&r, out);
	fclose(out);
}

static void finish(void)
{
	report_free(&r);
	unlink(document);
}

static void add(const char *name, uint64_t ns, uint64_t records)
{
	size_t at = r.nresults;
	unsigned int i;

	report_add(&r, MODE_CONSUME, name, "", 64);
	for (i = 0; i < 3; i++)
		report_sample(&r, at, &(struct sample){
			.elapsed_ns = ns + i, .records = records, .bytes = 64 * records });
}

/* Does jq find that @filter holds for the document? */
static bool holds(const char *filter)
{
	char command[512];

	snprintf(command, sizeof(command), "jq -e '%s' %s >/dev/null", filter, document);
	return !system(command);
}

/* --- tests --------------------------------------------------------------------------- */

static void json_is_valid_and_whole(void)
{
	start();
	add("inplace", 1000, 100);
	add("read-64k", 4000, 100);
	add("nothing", 1, 0);
	check("bench_json_is_written", save_document());
	check("bench_json_is_valid", holds("type == \"object\""));
	check("bench_json_holds_every_repeat",
	      holds("[.results[].samples | length] == [3, 3, 3]"));
	check("bench_json_keeps_odd_bytes_apart",
	      holds(".machine.system | contains(\"\\\"quoted\\\" \\\\ system\\t\")"));
	check("bench_json_tells_median",
	      holds(".results[1].ns_per_record.median == 40.01"));
	check("bench_json_has_null_for_no_figure",
	      holds(".results[2].ns_per_record.median == null"));
	check("bench_json_leaves_out_memory_that_was_not_asked_for",
	      holds("has(\"memory\") | not"));
	finish();
}

/* A hundred records from 1 to 100 us, and no wake-up. */
static void add_latency(void)
{
	struct result *res = report_add(&r, MODE_LATENCY, "polling", "", 64);
	uint64_t us;

	res->rate = 1000;
	res->latency = calloc(1, sizeof(*res->latency));
	for (us = 1; us <= 100; us++)
		histogram_add(res->latency, us * 1000);
	report_sample(&r, r.nresults - 1, &(struct sample){
		.records = 100, .p50_ns = 50000, .p99_ns = 99000, .late_p50_ns = 700 });
}

static void latency_is_told_by_percentiles(void)
{
	start();
	add_latency();
	save_document();
	print_tables();
	check("bench_json_has_latency_percentiles",
	      holds(".results[0].latency_ns | .p50 >= 50000 and .p50 < 50400 and "
		    ".p99 >= 99000 and .max == 100000 and .records == 100"));
	check("bench_json_latency_curve_ends_at_the_largest",
	      holds(".results[0].percentiles | .[0][0] == 0 and .[-1] == [100, 100000]"));
	check("bench_json_latency_has_its_rate_and_no_throughput",
	      holds(".results[0] | .rate == 1000 and (has(\"records_per_s\") | not)"));
	check("bench_json_latency_has_figures_to_compare",
	      holds(".results[0].p99_ns.median == 99000"));
	check("bench_report_latency_in_us", strstr(tables, "     1000  polling               50."));
	finish();
}

static void a_rate_is_that_of_all_producers(void)
{
	start();
	r.producers = 4;
	report_add(&r, MODE_EMIT, "emit", "none", 64);
	report_sample(&r, 0, &(struct sample){ .elapsed_ns = 1000, .records = 10 });
	check("bench_report_rate_of_four_producers", result_rate(&r.results[0]).median == 4e7);
	finish();
}

static void loggers_have_figures_or_a_reason(void)
{
	start();
	report_add(&r, MODE_LOG, "evlog", "", 64);
	report_sample(&r, 0, &(struct sample){
		.cpu_ns = 20000, .records = 100, .bytes = 8800, .elapsed_ns = 1000, .waiting = 50,
		.once_ns = 3000000, .memory_begin = 1 << 20, .memory_end = 2 << 20 });
	report_add(&r, MODE_LOG, "perf-record", "", 64);
	strcpy(r.results[1].skipped, "perf is not on PATH");
	report_add(&r, MODE_LOG, "trace-cmd", "", 64);
	report_sample(&r, 2, &(struct sample){ .cpu_ns = 900, .records = 3, .waiting = 50 });
	save_document();
	print_tables();
	check("bench_json_log_has_cpu_time",
	      holds(".results[0] | .cpu_ns_per_record.median == 200 and "
		    ".drained_per_s.median == 5e7 and .memory_mib.median == 2"));
	check("bench_json_log_says_what_was_skipped",
	      holds(".results[1] | .skipped == \"perf is not on PATH\" and .samples == []"));
	check("bench_report_log_has_its_figures",
	      strstr(tables, "evlog               200.0     200.0     200.0    0.2000       3.0     50000000      88.0      1.00      2.00\n"));
	check("bench_report_log_says_what_was_skipped",
	      strstr(tables, "perf-record     skipped: perf is not on PATH\n"));
	check("bench_report_log_has_a_dash_for_no_time",
	      strstr(tables, "            -       0.0"));
	finish();
}

static void json_into_nowhere_fails(void)
{
	start();
	check("bench_json_into_nowhere_fails", json_write(&r, "/nonexistent/file") == -1);
	check("bench_json_into_a_full_device_fails", json_write(&r, "/dev/full") == -1);
	finish();
}

static void memory_is_told_for_what_is_kept(void)
{
	start();
	report_add(&r, MODE_HISTORY, "kfifo", "oldest", 64);
	report_sample(&r, 0, &(struct sample){
		.records = 100, .bytes = 6400, .buffer = 8192, .dropped = 300 });
	save_document();
	print_tables();
	check("bench_json_history_has_memory_for_each_record_and_byte",
	      holds(".results[0] | .records_kept.median == 100 and "
		    ".buffer_bytes.median == 8192 and "
		    ".buffer_bytes_per_record.median == 81.92 and "
		    ".buffer_bytes_per_payload_byte.median == 1.28"));
	check("bench_json_history_is_no_time", holds(".results[0] | has(\"ns_per_record\") | not"));
	check("bench_report_history_tells_which_end_is_kept",
	      strstr(tables, "     64  kfifo             keeps the oldest       100        6400        8192     81.92    1.2800\n"));
	finish();
}

static void ratios_are_those_of_the_medians(void)
{
	start();
	add("inplace", 1000, 100);
	add("read-4k", 9000, 100);
	add("read-64k", 4000, 100);
	add("read-1", 100000, 100);
	print_tables();
	check("bench_report_best_read_against_in_place", strstr(tables, " 40.0     4.0x"));
	check("bench_report_single_read_against_in_place", strstr(tables, "1000.0    99.9x"));
	check("bench_report_names_the_best_read", strstr(tables, "   read-64k\n"));
	check("bench_report_has_no_table_of_what_did_not_run", !strstr(tables, "stream:"));
	finish();
}

int main(void)
{
	if (system("command -v jq >/dev/null")) {
		puts("jq is not installed: apt install jq");
		return SKIPPED;
	}
	json_is_valid_and_whole();
	json_into_nowhere_fails();
	loggers_have_figures_or_a_reason();
	memory_is_told_for_what_is_kept();
	latency_is_told_by_percentiles();
	a_rate_is_that_of_all_producers();
	ratios_are_those_of_the_medians();
	return failures != 0;
}
