// SPDX-License-Identifier: GPL-2.0
/* Results, and how people read them. */
#include "evbench.h"
#include "stats.h"
#include "report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define QUICK_NOTE \
	" (quick: a first impression; run without --quick for figures to quote)"

/**
 * report_add() - a new result without samples, or NULL without memory.
 *
 * It is valid until the next one is added: keep its index.
 */
struct result *report_add(struct report *r, enum mode mode, const char *name,
			  const char *variant, uint32_t payload)
{
	struct result *bigger;
	size_t room = r->room ? 2 * r->room : 32;

	if (r->nresults == r->room) {
		bigger = realloc(r->results, room * sizeof(*bigger));
		if (!bigger) {
			fail("no memory for results");
			return NULL;
		}
		r->results = bigger;
		r->room = room;
	}
	bigger = &r->results[r->nresults++];
	memset(bigger, 0, sizeof(*bigger));
	bigger->mode = mode;
	bigger->name = name;
	bigger->variant = variant;
	bigger->payload = payload;
	bigger->producers = r->producers;
	return bigger;
}

/** report_sample() - one more repeat of result number @result. */
void report_sample(struct report *r, size_t result, const struct sample *s)
{
	struct result *to = &r->results[result];

	if (to->nsamples < MAX_REPEATS)
		to->samples[to->nsamples++] = *s;
}

/** report_free() - let go of the results. */
void report_free(struct report *r)
{
	while (r->nresults)
		free(r->results[--r->nresults].latency);
	free(r->results);
	r->results = NULL;
	r->room = 0;
}

double sample_ns_per_record(const struct sample *s)
{
	return stats_ratio((double)s->elapsed_ns, (double)s->records);
}

double sample_records_per_s(const struct sample *s)
{
	return stats_ratio((double)s->records * NSEC_PER_SEC, (double)s->elapsed_ns);
}

double sample_bytes_per_s(const struct sample *s)
{
	return stats_ratio((double)s->bytes * NSEC_PER_SEC, (double)s->elapsed_ns);
}

double sample_cpu_s(const struct sample *s)
{
	return (double)s->cpu_ns / NSEC_PER_SEC;
}

double sample_cpu_s_per_million(const struct sample *s)
{
	return stats_ratio((double)s->cpu_ns / 1000, (double)s->records);
}

double sample_cpu_ns_per_record(const struct sample *s)
{
	return stats_ratio((double)s->cpu_ns, (double)s->records);
}

double sample_drained_per_s(const struct sample *s)
{
	return stats_ratio((double)s->waiting * NSEC_PER_SEC, (double)s->elapsed_ns);
}

double sample_memory_begin_mib(const struct sample *s)
{
	return (double)s->memory_begin / MIB;
}

double sample_memory_mib(const struct sample *s)
{
	return (double)s->memory_end / MIB;
}

double sample_once_ns(const struct sample *s)
{
	return (double)s->once_ns;
}

double sample_bytes_per_record(const struct sample *s)
{
	return stats_ratio((double)s->bytes, (double)s->records);
}

double sample_records(const struct sample *s)
{
	return (double)s->records;
}

double sample_bytes(const struct sample *s)
{
	return (double)s->bytes;
}

double sample_buffer(const struct sample *s)
{
	return (double)s->buffer;
}

double sample_buffer_per_record(const struct sample *s)
{
	return stats_ratio((double)s->buffer, (double)s->records);
}

double sample_buffer_per_byte(const struct sample *s)
{
	return stats_ratio((double)s->buffer, (double)s->bytes);
}

double sample_lost(const struct sample *s)
{
	return (double)s->overrun + (double)s->dropped;
}

double sample_overrun(const struct sample *s)
{
	return (double)s->overrun;
}

double sample_dropped(const struct sample *s)
{
	return (double)s->dropped;
}

double sample_wakeups(const struct sample *s)
{
	return (double)s->wakeups;
}

double sample_p50_ns(const struct sample *s)
{
	return (double)s->p50_ns;
}

double sample_p99_ns(const struct sample *s)
{
	return (double)s->p99_ns;
}

double sample_late_p50_ns(const struct sample *s)
{
	return (double)s->late_p50_ns;
}

double sample_late_p99_ns(const struct sample *s)
{
	return (double)s->late_p99_ns;
}

double sample_hits(const struct sample *s)
{
	return 100 * stats_ratio((double)s->records, (double)s->records + sample_lost(s));
}

double sample_us_per_mib(const struct sample *s)
{
	return stats_ratio((double)s->elapsed_ns / 1000 * MIB, (double)s->bytes);
}

double sample_faults_per_mib(const struct sample *s)
{
	return stats_ratio((double)s->faults * MIB, (double)s->bytes);
}

/** result_summary() - statistics of one measure over the repeats of @res. */
struct summary result_summary(const struct result *res, double (*measure)(const struct sample *))
{
	double values[MAX_REPEATS];
	unsigned int i;

	for (i = 0; i < res->nsamples; i++)
		values[i] = measure(&res->samples[i]);
	return stats_summarize(values, res->nsamples);
}

/**
 * result_rate() - records a second, of all producers together.
 *
 * Of emit's samples each tells the records of one producer.
 */
struct summary result_rate(const struct result *res)
{
	struct summary rate = result_summary(res, sample_records_per_s);
	double times = res->mode == MODE_EMIT ? res->producers : 1;

	rate.median *= times;
	rate.min *= times;
	rate.max *= times;
	return rate;
}

static double median(const struct result *res, double (*measure)(const struct sample *))
{
	return result_summary(res, measure).median;
}

static const char *unit(const struct report *r)
{
	return r->machine.instructions ? "instr" : "ns";
}

/** report_machine() - the lines without which no figure means anything. */
void report_machine(const struct report *r, FILE *out)
{
	const struct machine *m = &r->machine;
	const struct options *o = r->opts;
	char cpus[256];

	cpu_format(&o->producers, cpus, sizeof(cpus));
	fprintf(out, "machine %s, %u x %s; kernel %s\n", m->system, m->cpus, m->cpu, m->kernel);
	fprintf(out, "clock source %s; accelerator %s%s; %s\n", m->clocksource, m->accelerator,
		m->instructions ? " with icount: 1 ns of the clock is 1 instruction" : "",
		m->copies);
	fprintf(out,
		"ring %.6g MiB, blocks of %u KiB; producers on CPU %s, consumer on CPU %d; %u repeats after %u for warm-up%s; %s\n",
		(double)o->ring / MIB, o->block / 1024, cpus, o->consumer, o->repeats, o->warmup,
		o->quick ? QUICK_NOTE : "",
		m->date);
	if (m->copies_distorted)
		fprintf(out,
			"WARNING: under TCG the kernel's string copies cost next to nothing: copying looks cheaper than it is. Start QEMU with -cpu max,erms=off,fsrm=off,family=6,model=6,stepping=3\n");
}

static bool has_results(const struct report *r, enum mode mode)
{
	const struct result *res;

	if (mode == MODE_MEMORY)
		return r->memory.taken;
	for (res = r->results; res < r->results + r->nresults; res++)
		if (res->mode == mode)
			return true;
	return false;
}

/* Starts the table of a mode, if it ran. */
static bool begin(const struct report *r, enum mode mode, FILE *out, const char *title)
{
	if (!has_results(r, mode))
		return false;
	fprintf(out, "\n%s\n", title);
	return true;
}

static void print_consume(const struct report *r, FILE *out)
{
	const struct result *res;
	struct summary cost;

	if (!begin(r, MODE_CONSUME, out,
		   "consume: reading a pre-filled ring from end to end; medians of the repeats"))
		return;
	fprintf(out, "%7s  %-17s %9s %9s %9s %12s %10s %9s %6s\n", "payload", "backend", unit(r),
		"min", "max", "records/s", "payload", "CPU", "lost");
	fprintf(out, "%7s  %-17s %9s %9s %9s %12s %10s %9s %6s\n", "bytes", "", "/record",
		"/record", "/record", "", "MB/s", "s", "");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_CONSUME)
			continue;
		cost = result_summary(res, sample_ns_per_record);
		fprintf(out, "%7u  %-17s %9.1f %9.1f %9.1f %12.0f %10.1f %9.4f %6.0f\n",
			res->payload, res->name, cost.median, cost.min, cost.max,
			median(res, sample_records_per_s), median(res, sample_bytes_per_s) / 1e6,
			median(res, sample_cpu_s), median(res, sample_lost));
	}
}

static void print_emit(const struct report *r, FILE *out)
{
	const struct result *res;
	struct summary cost;

	if (!begin(r, MODE_EMIT, out,
		   "emit: the producer's cost; clock, copy and the generator's loop included"))
		return;
	fprintf(out, "%7s %5s  %-17s %-10s %9s %9s %9s %12s %9s\n", "payload", "prod.", "call",
		"observer", unit(r), "min", "max", "records/s", "dropped");
	fprintf(out, "%7s %5s  %-17s %-10s %9s %9s %9s\n", "bytes", "", "", "", "/record",
		"/record", "/record");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_EMIT)
			continue;
		cost = result_summary(res, sample_ns_per_record);
		fprintf(out, "%7u %5u  %-17s %-10s %9.1f %9.1f %9.1f %12.0f %9.0f\n", res->payload,
			res->producers, res->name, res->variant, cost.median, cost.min, cost.max,
			result_rate(res).median, median(res, sample_dropped));
	}
}

static void print_stream(const struct report *r, FILE *out)
{
	const struct result *res;
	struct summary cost;

	if (!begin(r, MODE_STREAM, out,
		   "stream: emitting and reading at once; what was received counts"))
		return;
	fprintf(out, "%7s %5s  %-17s %-6s %9s %9s %9s %12s %10s %9s %9s %9s %9s %6s\n", "payload",
		"prod.", "backend", "idles", unit(r), "min", "max", "records/s", "payload", "CPU",
		"CPU s", "overrun", "dropped", "hits");
	fprintf(out, "%7s %5s  %-17s %-6s %9s %9s %9s %12s %10s %9s %9s %9s %9s %6s\n", "bytes",
		"", "", "by", "/record", "/record", "/record", "", "MB/s", "s", "/million", "", "",
		"%");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_STREAM)
			continue;
		cost = result_summary(res, sample_ns_per_record);
		fprintf(out,
			"%7u %5u  %-17s %-6s %9.1f %9.1f %9.1f %12.0f %10.1f %9.4f %9.4f %9.0f %9.0f %6.1f\n",
			res->payload, res->producers, res->name, res->variant, cost.median,
			cost.min, cost.max, result_rate(res).median,
			median(res, sample_bytes_per_s) / 1e6, median(res, sample_cpu_s),
			median(res, sample_cpu_s_per_million), median(res, sample_overrun),
			median(res, sample_dropped), median(res, sample_hits));
	}
}

static void print_faults(const struct report *r, FILE *out)
{
	const struct result *res;
	struct summary cost;

	if (!begin(r, MODE_FAULTS, out,
		   "faults: mapping a channel and touching every page"))
		return;
	fprintf(out, "%-20s %10s %10s %10s %10s\n", "mapped", "faults/MiB",
		r->machine.instructions ? "kinstr/MiB" : "us/MiB", "min", "max");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_FAULTS)
			continue;
		cost = result_summary(res, sample_us_per_mib);
		fprintf(out, "%-20s %10.2f %10.2f %10.2f %10.2f\n", res->name,
			median(res, sample_faults_per_mib), cost.median, cost.min, cost.max);
	}
}

static double latency_us(const struct result *res, double percent)
{
	return (double)histogram_percentile(res->latency, percent) / 1000;
}

static void print_latency(const struct report *r, FILE *out)
{
	const struct result *res;

	if (!begin(r, MODE_LATENCY, out,
		   "latency: from when a record was due to when its reader had it; all repeats together"))
		return;
	fprintf(out, "%9s  %-16s %9s %9s %9s %9s %9s %9s %10s %10s %9s %9s\n", "records/s",
		"reader", "p50", "p90", "p99", "p99.9", "max", "records", "emitted", "late by",
		"wake-ups", "CPU");
	fprintf(out, "%9s  %-16s %9s %9s %9s %9s %9s %9s %10s %10s %9s %9s\n", "", "",
		r->machine.instructions ? "kinstr" : "us", "", "", "", "", "", "p50", "p99",
		"a run", "s a run");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_LATENCY)
			continue;
		fprintf(out,
			"%9llu  %-16s %9.1f %9.1f %9.1f %9.1f %9.1f %9llu %10.1f %10.1f %9.0f %9.4f\n",
			(unsigned long long)res->rate, res->name, latency_us(res, 50),
			latency_us(res, 90), latency_us(res, 99), latency_us(res, 99.9),
			latency_us(res, 100), (unsigned long long)res->latency->total,
			median(res, sample_late_p50_ns) / 1000,
			median(res, sample_late_p99_ns) / 1000, median(res, sample_wakeups),
			median(res, sample_cpu_s));
	}
}

static void print_first(const struct report *r, FILE *out)
{
	const struct result *res;
	struct summary cost;

	if (!begin(r, MODE_FIRST, out, "first: from open to the oldest record of a full ring"))
		return;
	fprintf(out, "%-20s %10s %10s %10s\n", "by", r->machine.instructions ? "kinstr" : "us",
		"min", "max");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_FIRST)
			continue;
		cost = result_summary(res, sample_ns_per_record);
		fprintf(out, "%-20s %10.1f %10.1f %10.1f\n", res->name, cost.median / 1000,
			cost.min / 1000, cost.max / 1000);
	}
}

static void print_history(const struct report *r, FILE *out)
{
	const struct result *res;

	if (!begin(r, MODE_HISTORY, out,
		   "history: kernel memory of a buffer for what can be read of it after four rings full; bytes"))
		return;
	fprintf(out, "%7s  %-17s %-16s %9s %11s %11s %9s %9s\n", "payload", "buffer", "", "records",
		"payload", "memory", "memory", "memory");
	fprintf(out, "%7s  %-17s %-16s %9s %11s %11s %9s %9s\n", "bytes", "", "", "kept", "kept", "",
		"/record", "/payload");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_HISTORY)
			continue;
		fprintf(out, "%7u  %-17s keeps the %-6s %9.0f %11.0f %11.0f %9.2f %9.4f\n",
			res->payload, res->name, res->variant, median(res, sample_records),
			median(res, sample_bytes), median(res, sample_buffer),
			median(res, sample_buffer_per_record), median(res, sample_buffer_per_byte));
	}
}

static void print_source(const struct report *r, FILE *out)
{
	const struct result *res;
	struct summary cost;

	if (!begin(r, MODE_SOURCE, out,
		   "source: what an event of the kernel's costs whom it happens to, recorded in several ways"))
		return;
	fprintf(out, "%-24s %-14s %10s %10s %10s\n", "event", "recorded by", unit(r), "min", "max");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_SOURCE)
			continue;
		cost = result_summary(res, sample_ns_per_record);
		fprintf(out, "%-24s %-14s %10.1f %10.1f %10.1f\n", res->name, res->variant,
			cost.median, cost.min, cost.max);
	}
}

/* A dash where the difference of two times was none: more --ring, more repeats. */
static void print_drained(double rate, FILE *out)
{
	if (isfinite(rate))
		fprintf(out, " %12.0f", rate);
	else
		fprintf(out, " %12s", "-");
}

static void print_log(const struct report *r, FILE *out)
{
	const struct result *res;
	struct summary cost;

	if (!begin(r, MODE_LOG, out,
		   "log: to a file that has every event, once; CPU time; drained from a full ring; peak memory"))
		return;
	fprintf(out, "%7s  %-15s %9s %9s %9s %9s %9s %12s %9s %9s %9s\n", "payload", "logger",
		r->machine.instructions ? "CPU instr" : "CPU ns", "min", "max", "CPU s", "CPU ms",
		"drained", "file", "memory", "MiB");
	fprintf(out, "%7s  %-15s %9s %9s %9s %9s %9s %12s %9s %9s %9s\n", "bytes", "", "/event",
		"/event", "/event", "/million", "once", "events/s", "B/event", "begin", "end");
	for (res = r->results; res < r->results + r->nresults; res++) {
		if (res->mode != MODE_LOG)
			continue;
		fprintf(out, "%7u  %-15s ", res->payload, res->name);
		if (res->skipped[0]) {
			fprintf(out, "skipped: %s\n", res->skipped);
			continue;
		}
		cost = result_summary(res, sample_cpu_ns_per_record);
		fprintf(out, "%9.1f %9.1f %9.1f %9.4f %9.1f", cost.median, cost.min, cost.max,
			median(res, sample_cpu_s_per_million), median(res, sample_once_ns) / 1e6);
		print_drained(median(res, sample_drained_per_s), out);
		fprintf(out, " %9.1f %9.2f %9.2f\n", median(res, sample_bytes_per_record),
			median(res, sample_memory_begin_mib), median(res, sample_memory_mib));
	}
}

static void print_memory(const struct report *r, FILE *out)
{
	const struct memory *m = &r->memory;

	if (!begin(r, MODE_MEMORY, out,
		   "memory: kernel memory of the channel, bytes"))
		return;
	fprintf(out,
		"ring %llu + index %llu + control %llu + 64 a block %llu + 8 a page %llu + 4 KiB a CPU %llu = %llu allowed\n",
		(unsigned long long)m->ring, (unsigned long long)m->index,
		(unsigned long long)m->control, (unsigned long long)m->slots,
		(unsigned long long)m->pages, (unsigned long long)m->cpus,
		(unsigned long long)m->allowed);
	fprintf(out, "taken %llu: %s\n", (unsigned long long)m->taken,
		m->taken <= m->allowed ? "OK" : "OVER");
}

/** report_find() - the median cost of a consume result, or NAN. */
static double consume_cost(const struct report *r, const char *name, uint32_t payload)
{
	const struct result *res;

	for (res = r->results; res < r->results + r->nresults; res++)
		if (res->mode == MODE_CONSUME && res->payload == payload &&
		    !strcmp(res->name, name))
			return median(res, sample_ns_per_record);
	return (double)NAN;
}

static double best_read(const struct report *r, uint32_t payload, const char **which)
{
	static const char * const names[] = { "read-4k", "read-64k", "read-1m" };
	double best = (double)NAN, cost;
	size_t i;

	*which = "-";
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		cost = consume_cost(r, names[i], payload);
		if (!isless(cost, best) && !isnan(best))
			continue;
		if (isnan(cost))
			continue;
		best = cost;
		*which = names[i];
	}
	return best;
}

/* A cost and how many times the cost in place it is; a dash for what was not measured. */
static void print_against(FILE *out, double cost, double inplace)
{
	char times[32] = "-";

	if (isnan(cost)) {
		fprintf(out, " %9s %8s", "-", "-");
		return;
	}
	if (!isnan(inplace))
		snprintf(times, sizeof(times), "%.1fx", stats_ratio(cost, inplace));
	fprintf(out, " %9.1f %8s", cost, times);
}

static void print_ratios(const struct report *r, FILE *out)
{
	double inplace, best;
	const char *which;
	unsigned int i;
	uint32_t size;

	if (!begin(r, MODE_CONSUME, out,
		   "copy against mmap: cost of a record, and how many times that in place"))
		return;
	fprintf(out, "%7s  %9s %18s %18s %18s   %s\n", "payload", "in place", "mapped, copied out",
		"best read()", "1 record a read()", "best is");
	fprintf(out, "%7s  %9s %9s %8s %9s %8s %9s %8s\n", "bytes", unit(r), unit(r), "", unit(r),
		"", unit(r), "");
	for (i = 0; i < r->opts->nsizes; i++) {
		size = r->opts->sizes[i];
		inplace = consume_cost(r, "inplace", size);
		best = best_read(r, size, &which);
		fprintf(out, "%7u ", size);
		if (isnan(inplace))
			fprintf(out, " %9s", "-");
		else
			fprintf(out, " %9.1f", inplace);
		print_against(out, consume_cost(r, "copy", size), inplace);
		print_against(out, best, inplace);
		print_against(out, consume_cost(r, "read-1", size), inplace);
		fprintf(out, "   %s\n", which);
	}
}

/** report_print() - tables of everything that was measured. */
void report_print(const struct report *r, FILE *out)
{
	report_machine(r, out);
	print_memory(r, out);
	print_history(r, out);
	print_faults(r, out);
	print_first(r, out);
	print_emit(r, out);
	print_stream(r, out);
	print_latency(r, out);
	print_consume(r, out);
	print_ratios(r, out);
	print_source(r, out);
	print_log(r, out);
}
