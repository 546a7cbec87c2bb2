/* SPDX-License-Identifier: GPL-2.0 */
/* What the samples of a result tell. */
#ifndef EVBENCH_REPORT_H
#define EVBENCH_REPORT_H

#include "evbench.h"
#include "stats.h"

double sample_ns_per_record(const struct sample *s);
double sample_records_per_s(const struct sample *s);
double sample_bytes_per_s(const struct sample *s);
double sample_cpu_s(const struct sample *s);
double sample_cpu_s_per_million(const struct sample *s);
double sample_cpu_ns_per_record(const struct sample *s);
double sample_drained_per_s(const struct sample *s);
double sample_memory_begin_mib(const struct sample *s);
double sample_memory_mib(const struct sample *s);
double sample_once_ns(const struct sample *s);
double sample_bytes_per_record(const struct sample *s);
double sample_records(const struct sample *s);
double sample_bytes(const struct sample *s);
double sample_buffer(const struct sample *s);
double sample_buffer_per_record(const struct sample *s);
double sample_buffer_per_byte(const struct sample *s);
double sample_lost(const struct sample *s);
double sample_overrun(const struct sample *s);
double sample_dropped(const struct sample *s);
double sample_wakeups(const struct sample *s);
double sample_p50_ns(const struct sample *s);
double sample_p99_ns(const struct sample *s);
double sample_late_p50_ns(const struct sample *s);
double sample_late_p99_ns(const struct sample *s);
double sample_hits(const struct sample *s);
double sample_us_per_mib(const struct sample *s);
double sample_faults_per_mib(const struct sample *s);

struct summary result_summary(const struct result *res, double (*measure)(const struct sample *));
struct summary result_rate(const struct result *res);

#endif /* EVBENCH_REPORT_H */
