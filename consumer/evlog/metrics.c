// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "metrics.h"

#include "session.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef EVRING_TOOLS_VERSION
#define EVRING_TOOLS_VERSION	"0.1"
#endif

/**
 * struct family - metrics of one name, a sample for each CPU.
 * @name: its name.
 * @help: what it tells.
 * @value: where in struct metrics_cpu it stands.
 */
struct family {
	const char *name;
	const char *help;
	size_t value;
};

static const struct family families[] = {
	{ "evlog_received_events_total", "Events read from the channel, wanted or not.",
	  offsetof(struct metrics_cpu, received) },
	{ "evlog_received_bytes_total", "Bytes of the events read, headers included.",
	  offsetof(struct metrics_cpu, bytes) },
	{ "evlog_events_total", "Events handed on: written, or sent.",
	  offsetof(struct metrics_cpu, events) },
	{ "evlog_unwritten_events_total",
	  "Events read that could not be written, and were dropped (--on-error drop).",
	  offsetof(struct metrics_cpu, unwritten) },
};

static void head(FILE *f, const char *name, const char *type, const char *help)
{
	fprintf(f, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* The name of an image may be anything. */
static void label(FILE *f, const struct session *s)
{
	const char *c = s->control->name;
	size_t i;

	fputs("{channel=\"", f);
	for (i = 0; i < sizeof(s->control->name) && c[i]; i++) {
		if (c[i] == '"' || c[i] == '\\')
			fputc('\\', f);
		fputc(c[i] < ' ' || c[i] > '~' ? '_' : c[i], f);
	}
	fputc('"', f);
}

static void sample(FILE *f, const char *name, const struct session *s, uint32_t cpu,
		   const char *more, uint64_t value)
{
	fputs(name, f);
	label(f, s);
	fprintf(f, ",cpu=\"%u\"%s} %llu\n", cpu, more, (unsigned long long)value);
}

static void write_family(FILE *f, const struct family *family, const struct session *s)
{
	uint64_t value;
	uint32_t cpu;

	head(f, family->name, "counter", family->help);
	for (cpu = 0; cpu < s->control->ncpus; cpu++) {
		memcpy(&value, (const char *)&s->cpus[cpu] + family->value, sizeof(value));
		sample(f, family->name, s, cpu, "", value);
	}
}

static void write_lost(FILE *f, const struct session *s)
{
	static const char name[] = "evlog_lost_events_total";
	uint32_t cpu;

	head(f, name, "counter",
	     "Events that were not read: overrun, as the ring went round; or dropped by the producer.");
	for (cpu = 0; cpu < s->control->ncpus; cpu++) {
		sample(f, name, s, cpu, ",reason=\"overrun\"", s->cpus[cpu].overrun);
		sample(f, name, s, cpu, ",reason=\"dropped\"", s->cpus[cpu].dropped);
	}
}

static void write_lag(FILE *f, const struct session *s)
{
	static const char name[] = "evlog_lag_events";
	uint32_t cpu;

	head(f, name, "gauge", "Events in the channel that have not been read yet.");
	fprintf(f, "# UNIT %s events\n", name);
	for (cpu = 0; cpu < s->control->ncpus; cpu++)
		sample(f, name, s, cpu, "", evring_lag(&s->ring, cpu));
}

static void write_whole(FILE *f, const struct session *s)
{
	head(f, "evlog_written_bytes_total", "counter", "Bytes written to the output.");
	fputs("evlog_written_bytes_total", f);
	label(f, s);
	fprintf(f, "} %llu\n", (unsigned long long)s->sink->written);
	head(f, "evlog_lossless", "gauge", "1 while the ring keeps events until they are written.");
	fputs("evlog_lossless", f);
	label(f, s);
	fprintf(f, "} %d\n", s->lossless);
	head(f, "evlog_output_failing", "gauge",
	     "1 while the output cannot be written, and evlog drops or waits (--on-error).");
	fputs("evlog_output_failing", f);
	label(f, s);
	fprintf(f, "} %d\n", s->trouble.error != 0);
	head(f, "evlog_start_time_seconds", "gauge", "When evlog was started, since 1970.");
	fputs("# UNIT evlog_start_time_seconds seconds\nevlog_start_time_seconds", f);
	label(f, s);
	fprintf(f, "} %lld\n", (long long)s->started_wall);
	head(f, "evlog_build_info", "gauge", "Version of evlog and of evring's ABI.");
	fputs("evlog_build_info", f);
	label(f, s);
	fprintf(f, ",version=\"%s\",abi=\"%d\"} 1\n", EVRING_TOOLS_VERSION, EVRING_ABI_VERSION);
}

static int write_all(const char *path, const struct session *s)
{
	FILE *f = fopen(path, "we");
	size_t i;
	int rc;

	if (!f)
		return -errno;
	for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		write_family(f, &families[i], s);
	write_lost(f, s);
	write_lag(f, s);
	write_whole(f, s);
	fputs("# EOF\n", f);
	/* The one who collects it is somebody else. */
	fchmod(fileno(f), 0644);
	rc = ferror(f) ? -EIO : 0;
	if (fflush(f))
		rc = -errno;
	if (fclose(f) && !rc)
		rc = -errno;
	return rc;
}

int metrics_write(struct session *s)
{
	const char *path = s->opt.metrics;
	char beside[PATH_MAX + 8];
	int rc;

	snprintf(beside, sizeof(beside), "%s.tmp", path);
	rc = write_all(beside, s);
	if (!rc && rename(beside, path))
		rc = -errno;
	if (rc && rc != s->metrics_error) {
		unlink(beside);
		fprintf(stderr, "evlog: --metrics %s: cannot be written: %s\n", path, strerror(-rc));
	}
	s->metrics_error = rc;
	return rc;
}
