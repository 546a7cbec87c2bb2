// SPDX-License-Identifier: GPL-2.0
/* Everything that a run found, as one JSON document. */
#include "report.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static void write_string(FILE *out, const char *text)
{
	const unsigned char *c;

	fputc('"', out);
	for (c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20 || *c > 0x7e)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void write_text(FILE *out, const char *key, const char *text, const char *end)
{
	fprintf(out, "\"%s\": ", key);
	write_string(out, text);
	fputs(end, out);
}

static void write_count(FILE *out, const char *key, uint64_t value, const char *end)
{
	fprintf(out, "\"%s\": %llu%s", key, (unsigned long long)value, end);
}

/* JSON knows no NAN. */
static void write_real(FILE *out, const char *key, double value, const char *end)
{
	if (isfinite(value))
		fprintf(out, "\"%s\": %.9g%s", key, value, end);
	else
		fprintf(out, "\"%s\": null%s", key, end);
}

static void write_flag(FILE *out, const char *key, bool value, const char *end)
{
	fprintf(out, "\"%s\": %s%s", key, value ? "true" : "false", end);
}

static void write_machine(FILE *out, const struct machine *m)
{
	fputs("  \"machine\": { ", out);
	write_text(out, "system", m->system, ", ");
	write_text(out, "cpu", m->cpu, ", ");
	write_count(out, "cpus", m->cpus, ", ");
	write_text(out, "kernel", m->kernel, ", ");
	write_text(out, "clocksource", m->clocksource, ", ");
	write_text(out, "accelerator", m->accelerator, ", ");
	write_flag(out, "icount", m->instructions, ", ");
	write_text(out, "string_copies", m->copies, ", ");
	write_flag(out, "copies_distorted", m->copies_distorted, " },\n");
}

static void write_parameters(FILE *out, const struct options *o)
{
	char cpus[256];
	unsigned int i;

	cpu_format(&o->producers, cpus, sizeof(cpus));
	fputs("  \"parameters\": { \"sizes\": [", out);
	for (i = 0; i < o->nsizes; i++)
		fprintf(out, "%s%u", i ? ", " : "", o->sizes[i]);
	fputs("], ", out);
	write_count(out, "repeats", o->repeats, ", ");
	write_count(out, "warmup", o->warmup, ", ");
	write_count(out, "ring", o->ring, ", ");
	write_count(out, "block", o->block, ", ");
	write_count(out, "records", o->records, ", ");
	write_text(out, "producers", cpus, ", ");
	write_count(out, "consumer", (uint64_t)o->consumer, ", ");
	write_flag(out, "quick", o->quick, " },\n");
}

static void write_summary(FILE *out, const char *key, struct summary s, const char *end)
{
	fprintf(out, "\"%s\": { ", key);
	write_real(out, "median", s.median, ", ");
	write_real(out, "min", s.min, ", ");
	write_real(out, "max", s.max, " }");
	fputs(end, out);
}

static void write_sample(FILE *out, const struct sample *s, const char *end)
{
	fputs("\n        { ", out);
	write_count(out, "elapsed_ns", s->elapsed_ns, ", ");
	write_count(out, "cpu_ns", s->cpu_ns, ", ");
	write_count(out, "records", s->records, ", ");
	write_count(out, "bytes", s->bytes, ", ");
	write_count(out, "overrun", s->overrun, ", ");
	write_count(out, "dropped", s->dropped, ", ");
	write_count(out, "faults", s->faults, ", ");
	write_count(out, "wakeups", s->wakeups, ", ");
	write_count(out, "p50_ns", s->p50_ns, ", ");
	write_count(out, "p99_ns", s->p99_ns, ", ");
	write_count(out, "late_p50_ns", s->late_p50_ns, ", ");
	write_count(out, "late_p99_ns", s->late_p99_ns, ", ");
	write_count(out, "waiting", s->waiting, ", ");
	write_count(out, "once_ns", s->once_ns, ", ");
	write_count(out, "memory_begin", s->memory_begin, ", ");
	write_count(out, "memory_end", s->memory_end, ", ");
	write_count(out, "buffer", s->buffer, " }");
	fputs(end, out);
}

static void write_percentile(FILE *out, const struct histogram *h, double percent, const char *end)
{
	fprintf(out, "[%g, %llu]%s", percent,
		(unsigned long long)histogram_percentile(h, percent), end);
}

/* Percentiles of all repeats together: some by name, and the curve for a picture. */
static void write_latency(FILE *out, const struct result *res)
{
	const struct histogram *h = res->latency;
	double rest;

	fputs("\"latency_ns\": { ", out);
	write_count(out, "p50", histogram_percentile(h, 50), ", ");
	write_count(out, "p90", histogram_percentile(h, 90), ", ");
	write_count(out, "p99", histogram_percentile(h, 99), ", ");
	write_count(out, "p999", histogram_percentile(h, 99.9), ", ");
	write_count(out, "max", h->max, ", ");
	write_count(out, "records", h->total, " },\n");
	write_summary(out, "p50_ns", result_summary(res, sample_p50_ns), ", ");
	write_summary(out, "p99_ns", result_summary(res, sample_p99_ns), ", ");
	write_summary(out, "wakeups", result_summary(res, sample_wakeups), ",\n");
	fputs("      \"percentiles\": [", out);
	/* Down to the last record: one more percentile for each halving of the rest. */
	for (rest = 100; rest * (double)h->total >= 100; rest /= 2)
		write_percentile(out, h, 100 - rest, ", ");
	write_percentile(out, h, 100, "],\n");
}

static void write_costs(FILE *out, const struct result *res)
{
	if (res->mode == MODE_FAULTS) {
		write_summary(out, "faults_per_mib",
			      result_summary(res, sample_faults_per_mib), ", ");
		write_summary(out, "us_per_mib", result_summary(res, sample_us_per_mib), ",\n");
		return;
	}
	if (res->mode == MODE_LOG) {
		write_summary(out, "cpu_ns_per_record",
			      result_summary(res, sample_cpu_ns_per_record), ", ");
		write_summary(out, "cpu_s_per_million",
			      result_summary(res, sample_cpu_s_per_million), ",\n      ");
		write_summary(out, "drained_per_s", result_summary(res, sample_drained_per_s),
			      ", ");
		write_summary(out, "memory_mib", result_summary(res, sample_memory_mib), ",\n");
		return;
	}
	if (res->mode == MODE_HISTORY) {
		write_summary(out, "records_kept", result_summary(res, sample_records), ", ");
		write_summary(out, "buffer_bytes", result_summary(res, sample_buffer), ",\n      ");
		write_summary(out, "buffer_bytes_per_record",
			      result_summary(res, sample_buffer_per_record), ", ");
		write_summary(out, "buffer_bytes_per_payload_byte",
			      result_summary(res, sample_buffer_per_byte), ",\n");
		return;
	}
	write_summary(out, "ns_per_record", result_summary(res, sample_ns_per_record), ", ");
	write_summary(out, "records_per_s", result_rate(res), ",\n");
	if (res->mode != MODE_STREAM)
		return;
	write_summary(out, "hits_percent", result_summary(res, sample_hits), ", ");
	write_summary(out, "cpu_s_per_million", result_summary(res, sample_cpu_s_per_million),
		      ",\n");
}

static void write_result(FILE *out, const struct result *res, const char *end)
{
	unsigned int i;

	fputs("    { ", out);
	write_text(out, "mode", mode_name(res->mode), ", ");
	write_text(out, "name", res->name, ", ");
	write_text(out, "variant", res->variant, ", ");
	write_count(out, "payload", res->payload, ", ");
	write_count(out, "producers", res->producers, ", ");
	write_count(out, "rate", res->rate, ",\n      ");
	if (res->skipped[0]) {
		write_text(out, "skipped", res->skipped, ", \"samples\": [] }");
		fputs(end, out);
		return;
	}
	if (res->latency)
		write_latency(out, res);
	else
		write_costs(out, res);
	fputs("      \"samples\": [", out);
	for (i = 0; i < res->nsamples; i++)
		write_sample(out, &res->samples[i], i + 1 < res->nsamples ? "," : " ] }");
	fputs(end, out);
}

static void write_memory(FILE *out, const struct memory *m)
{
	fputs("  \"memory\": { ", out);
	write_count(out, "ring", m->ring, ", ");
	write_count(out, "index", m->index, ", ");
	write_count(out, "control", m->control, ", ");
	write_count(out, "slots", m->slots, ", ");
	write_count(out, "pages", m->pages, ", ");
	write_count(out, "cpus", m->cpus, ", ");
	write_count(out, "allowed", m->allowed, ", ");
	write_count(out, "taken", m->taken, ", ");
	write_flag(out, "ok", m->taken <= m->allowed, " },\n");
}

/* getopt_long() may have moved words, but it keeps options and their values together. */
static void write_command(FILE *out, const struct options *o)
{
	char command[1024] = "evbench run";
	size_t used = strlen(command);
	int i;

	for (i = 1; i < o->argc && used < sizeof(command); i++)
		used += (size_t)snprintf(command + used, sizeof(command) - used, " %s", o->argv[i]);
	write_text(out, "command", command, ",\n  ");
}

static void write_document(FILE *out, const struct report *r)
{
	size_t i;

	fputs("{\n  ", out);
	write_text(out, "program", "evbench", ", ");
	write_text(out, "version", EVBENCH_VERSION, ", ");
	write_text(out, "date", r->machine.date, ",\n  ");
	write_command(out, r->opts);
	write_text(out, "ns_are", r->machine.instructions ? "instructions" : "nanoseconds", ",\n");
	write_machine(out, &r->machine);
	write_parameters(out, r->opts);
	if (r->memory.taken)
		write_memory(out, &r->memory);
	fputs("  \"results\": [\n", out);
	for (i = 0; i < r->nresults; i++)
		write_result(out, &r->results[i], i + 1 < r->nresults ? ",\n" : "\n");
	fputs("  ]\n}\n", out);
}

/** json_write() - the document into the file @path, or to stdout for "-". */
int json_write(const struct report *r, const char *path)
{
	bool to_stdout = !strcmp(path, "-");
	FILE *out = to_stdout ? stdout : fopen(path, "we");
	bool bad;

	if (!out)
		return fail("%s: %s", path, strerror(errno));
	write_document(out, r);
	bad = fflush(out) || ferror(out);
	if (!to_stdout)
		bad |= fclose(out) != 0;
	return bad ? fail("%s: %s", path, strerror(errno)) : 0;
}
