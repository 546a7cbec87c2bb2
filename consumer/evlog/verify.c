// SPDX-License-Identifier: GPL-2.0
/*
 * The files of one channel are taken in the order of their numbers. Of each CPU its blocks are
 * gone through in the order of writing, each record by record: what begins later than what came
 * before ended is missing in between. Where each CPU's part begins and ends stands in the
 * appendix, so that what is missing at an edge shows as well.
 */
#define _GNU_SOURCE
#include "verify.h"

#include "command.h"
#include "log.h"
#include "pack.h"
#include "run.h"

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GAPS_SHOWN	20U	/* as lines; JSON has all */

static const char help[] =
"Usage: evlog verify [OPTION]... FILE...\n"
"Proves from the files of a raw log alone, in any order, what they lack.\n"
"\n"
"  -j, --json   a JSON object\n"
"  -q, --quiet  the exit status alone, and errors\n"
"  -h, --help   this text\n"
"\n"
"Exit status: 0 nothing is missing; 1 damage, records that come twice, or a file that cannot\n"
"be read; 2 wrong usage; 3 records were lost or dropped.\n";

/**
 * struct sums - what was counted, of a CPU or of all.
 * @records: records that are there and whole.
 * @discarded: places that a producer gave up: no records.
 * @lost: records that are missing.
 * @gaps: in how many places.
 * @dropped: records that the producers could not store.
 * @doubled: records that come a second time.
 * @damaged: records that the index tells of and that are not whole.
 */
struct sums {
	uint64_t records;
	uint64_t discarded;
	uint64_t lost;
	uint64_t gaps;
	uint64_t dropped;
	uint64_t doubled;
	uint64_t damaged;
};

/**
 * struct tally - a CPU of a log.
 * @sums: what was counted.
 * @first: sequence number that the log begins at.
 * @next: sequence number that has to come next.
 * @drops: what the CPU had dropped by there.
 */
struct tally {
	struct sums sums;
	uint64_t first;
	uint64_t next;
	uint64_t drops;
};

/**
 * struct file - a file of the command line.
 * @name: its name.
 * @log: the file; if it is @packed, its descriptor is open only while blocks are read.
 * @packed: it is compressed.
 * @blocks: blocks that hold something.
 */
struct file {
	const char *name;
	struct log log;
	bool packed;
	uint32_t blocks;
};

/**
 * struct verify - the command.
 * @json: JSON is wanted.
 * @quiet: nothing is wanted.
 * @files: the files, those of one log after another.
 * @nfiles: how many.
 * @tallies: the CPUs of the log at hand.
 * @ncpus: how many.
 * @gaps: of the log at hand, for JSON.
 * @ngaps: how many, of all.
 * @total: of all logs.
 * @buffer: a block.
 */
struct verify {
	bool json;
	bool quiet;
	struct file *files;
	unsigned int nfiles;
	struct tally *tallies;
	uint32_t ncpus;
	json_t *gaps;
	uint64_t ngaps;
	struct sums total;
	unsigned char *buffer;
};

/* --- going through ------------------------------------------------------------------------------ */

static void note_gap(struct verify *v, const struct file *f, uint32_t cpu, uint64_t seq,
		     uint64_t count)
{
	v->tallies[cpu].sums.lost += count;
	v->tallies[cpu].sums.gaps++;
	if (v->gaps)
		json_array_append_new(v->gaps, json_pack("{s:s, s:i, s:I, s:I}", "file", f->name,
							 "cpu", (int)cpu, "seq", (json_int_t)seq,
							 "count", (json_int_t)count));
	else if (!v->quiet && v->ngaps < GAPS_SHOWN)
		printf("%s: cpu %u: %llu records are lost, from %llu on\n", f->name, cpu,
		       (unsigned long long)count, (unsigned long long)seq);
	else if (!v->quiet && v->ngaps == GAPS_SHOWN)
		printf("...: --json tells all of them\n");
	v->ngaps++;
}

/* The records of @cpu go on at @seq. */
static void go_on_at(struct verify *v, const struct file *f, uint32_t cpu, uint64_t seq)
{
	struct tally *t = &v->tallies[cpu];

	if (seq > t->next) {
		note_gap(v, f, cpu, t->next, seq - t->next);
		t->next = seq;
	}
}

static void damaged(struct verify *v, const struct file *f, uint32_t slot, uint32_t cpu,
		    uint64_t count, const char *what)
{
	v->tallies[cpu < v->ncpus ? cpu : 0].sums.damaged += count ? count : 1;
	if (!v->json && !v->quiet)
		printf("%s: block %u: damaged: %s\n", f->name, slot, what);
}

static int check_block(struct verify *v, struct file *f, uint32_t slot)
{
	const struct evring_index *e = log_entry(&f->log, slot);
	uint32_t count = evring_pos_seq(e->pub) - (uint32_t)e->seq_first;
	uint32_t bytes = evring_pos_bytes(e->pub);
	struct tally *t;
	struct run run;
	ssize_t n;

	if (e->cpu >= v->ncpus || e->seq_first >> 63 || evring_pos_slot(e->pub) != slot ||
	    bytes > f->log.control->block_size || count > bytes / sizeof(struct evring_record)) {
		damaged(v, f, slot, e->cpu, 0, "its entry in the index cannot be");
		return 0;
	}
	n = pread(f->log.fd, v->buffer, bytes, (off_t)log_place(&f->log, slot, 0));
	if (n != (ssize_t)bytes) {
		fprintf(stderr, "evlog: %s: cannot read: %s\n", f->name,
			n < 0 ? strerror(errno) : "it ends early");
		return -1;
	}
	f->blocks++;
	t = &v->tallies[e->cpu];
	go_on_at(v, f, e->cpu, e->seq_first);
	if (e->seq_first < t->next)
		t->sums.doubled += t->next - e->seq_first < count ? t->next - e->seq_first : count;
	if (e->seq_first + count > t->next)
		t->next = e->seq_first + count;
	run_scan(v->buffer, bytes, &run, NULL, NULL);
	if (run.bytes != bytes || run.records != count)
		damaged(v, f, slot, e->cpu, count > run.records ? count - run.records : 0,
			"its records do not end where the index says");
	else if (e->ts_end && run.youngest > e->ts_end)
		damaged(v, f, slot, e->cpu, 0, "a record is younger than the index says");
	t->sums.records += run.records - run.discarded;
	t->sums.discarded += run.discarded;
	return 0;
}

/* What a reader finds by is there: from each line to the newest block of its CPU. */
static void check_line(struct verify *v, struct file *f, uint32_t cpu)
{
	uint32_t slot = evring_pos_slot(log_line(&f->log, cpu)->cur), i;
	bool found = slot == EVRING_POS_NO_SLOT;

	if (slot < f->log.used)
		found = log_entry(&f->log, slot)->gen && log_entry(&f->log, slot)->cpu == cpu;
	for (i = 0; i < f->log.used && found; i++)
		found = !log_entry(&f->log, i)->gen || log_entry(&f->log, i)->cpu != cpu ||
			(slot < f->log.used &&
			 log_entry(&f->log, i)->seq_first <= log_entry(&f->log, slot)->seq_first);
	if (!found)
		damaged(v, f, slot, cpu, 0, "the CPU's line does not lead to its newest block");
}

static void begin_cpu(struct verify *v, const struct file *f, uint32_t cpu, bool first)
{
	const struct appendix_line *line = appendix_line(&f->log.appendix, cpu);
	struct tally *t = &v->tallies[cpu];

	if (first) {
		t->first = line->seq;
		t->next = line->seq;
		t->drops = line->drops;
	}
	go_on_at(v, f, cpu, line->seq);
}

static void end_cpu(struct verify *v, struct file *f, uint32_t cpu)
{
	const struct appendix_line *line = appendix_line(&f->log.appendix, cpu);
	bool closed = appendix_head(&f->log.appendix)->closed;
	uint64_t drops = closed ? line->end_drops : log_dropped(&f->log, cpu);
	struct tally *t = &v->tallies[cpu];

	if (closed) {
		go_on_at(v, f, cpu, line->end_seq);
		check_line(v, f, cpu);
	}
	if (drops > t->drops) {
		t->sums.dropped += drops - t->drops;
		t->drops = drops;
	}
}

static int check_blocks(struct verify *v, struct file *f)
{
	uint32_t slot;
	int rc = 0;

	for (slot = 0; slot < f->log.used && !rc; slot++)
		if (log_entry(&f->log, slot)->gen)
			rc = check_block(v, f, slot);
	return rc;
}

/* A copy of what is compressed is made anew: there is one at a time, however many files. */
static int check_packed(struct verify *v, struct file *f)
{
	struct unpacked u;
	int rc = unpack_open(&u, f->name);

	if (rc)
		return rc;
	f->log.fd = u.fd;
	rc = check_blocks(v, f);
	f->log.fd = -1;
	unpack_close(&u);
	return rc;
}

static int check_file(struct verify *v, struct file *f, bool first)
{
	uint32_t cpu;

	for (cpu = 0; cpu < v->ncpus; cpu++)
		begin_cpu(v, f, cpu, first);
	if (f->packed ? check_packed(v, f) : check_blocks(v, f))
		return -1;
	for (cpu = 0; cpu < v->ncpus; cpu++)
		end_cpu(v, f, cpu);
	return 0;
}

/* --- telling --------------------------------------------------------------------------------------- */

static void add(struct sums *to, const struct sums *s)
{
	to->records += s->records;
	to->discarded += s->discarded;
	to->lost += s->lost;
	to->gaps += s->gaps;
	to->dropped += s->dropped;
	to->doubled += s->doubled;
	to->damaged += s->damaged;
}

static json_t *sums_json(const struct sums *s)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "records", (json_int_t)s->records, "discarded", (json_int_t)s->discarded,
			 "lost", (json_int_t)s->lost, "gaps", (json_int_t)s->gaps,
			 "dropped", (json_int_t)s->dropped, "doubled", (json_int_t)s->doubled,
			 "damaged", (json_int_t)s->damaged);
}

static void sums_text(const struct sums *s)
{
	printf(" %12llu %9llu %9llu %9llu %9llu %9llu\n", (unsigned long long)s->records,
	       (unsigned long long)s->discarded, (unsigned long long)s->lost,
	       (unsigned long long)s->dropped, (unsigned long long)s->doubled,
	       (unsigned long long)s->damaged);
}

static void boot_text(const struct evring_control *c, char *text)
{
	unsigned int i;

	for (i = 0; i < sizeof(c->boot_id); i++)
		sprintf(text + 2 * i, "%02x", c->boot_id[i]);
}

static json_t *log_json(const struct verify *v, const struct file *files, unsigned int n)
{
	const struct evring_control *c = files->log.control;
	json_t *list = json_array(), *cpus = json_array(), *one;
	char boot[2 * sizeof(c->boot_id) + 1];
	unsigned int i;

	for (i = 0; i < n; i++)
		json_array_append_new(list, json_pack("{s:s, s:I, s:b, s:i}", "name",
						      files[i].name, "number",
						      (json_int_t)appendix_head(&files[i].log.appendix)->number,
						      "closed",
						      (int)appendix_head(&files[i].log.appendix)->closed,
						      "blocks", (int)files[i].blocks));
	for (i = 0; i < v->ncpus; i++) {
		one = sums_json(&v->tallies[i].sums);
		json_object_set_new(one, "cpu", json_integer(i));
		json_object_set_new(one, "first", json_integer((json_int_t)v->tallies[i].first));
		json_object_set_new(one, "next", json_integer((json_int_t)v->tallies[i].next));
		json_array_append_new(cpus, one);
	}
	boot_text(c, boot);
	return json_pack("{s:s, s:s, s:o, s:o, s:O}", "channel", c->name, "boot", boot, "files",
			 list, "cpus", cpus, "missing", v->gaps);
}

static void log_text_out(const struct verify *v, const struct file *files, unsigned int n,
			 const struct sums *sums)
{
	char boot[2 * sizeof(files->log.control->boot_id) + 1];
	unsigned int i;

	boot_text(files->log.control, boot);
	printf("channel %s, boot %s\n", files->log.control->name, boot);
	for (i = 0; i < n; i++)
		printf("  %s: number %llu, %u blocks%s\n", files[i].name,
		       (unsigned long long)appendix_head(&files[i].log.appendix)->number,
		       files[i].blocks, appendix_head(&files[i].log.appendix)->closed ? "" :
		       ": not closed: it is being written, or evlog was killed");
	printf("  cpu %12s %12s %12s %9s %9s %9s %9s %9s\n", "first", "next", "records",
	       "discarded", "lost", "dropped", "doubled", "damaged");
	for (i = 0; i < v->ncpus; i++) {
		if (v->tallies[i].next == v->tallies[i].first && !v->tallies[i].sums.dropped)
			continue;
		printf("  %3u %12llu %12llu", i, (unsigned long long)v->tallies[i].first,
		       (unsigned long long)v->tallies[i].next);
		sums_text(&v->tallies[i].sums);
	}
	printf("  all %25s", "");
	sums_text(sums);
}

/* --- the command -------------------------------------------------------------------------------------- */

static bool same_log(const struct file *a, const struct file *b)
{
	const struct evring_control *x = a->log.control, *y = b->log.control;

	return !memcmp(x->boot_id, y->boot_id, sizeof(x->boot_id)) &&
	       x->created_mono == y->created_mono && x->ncpus == y->ncpus &&
	       !strncmp(x->name, y->name, sizeof(x->name));
}

static int compare(const void *p, const void *q)
{
	const struct file *a = p, *b = q;
	const struct evring_control *x = a->log.control, *y = b->log.control;
	uint64_t m = appendix_head(&a->log.appendix)->number;
	uint64_t n = appendix_head(&b->log.appendix)->number;
	int order = strncmp(x->name, y->name, sizeof(x->name));

	if (x->created_real != y->created_real)
		return x->created_real < y->created_real ? -1 : 1;
	if (!order)
		order = memcmp(x->boot_id, y->boot_id, sizeof(x->boot_id));
	return order ? order : (m > n) - (m < n);
}

/* @n files of one log. */
static int check_log(struct verify *v, struct file *files, unsigned int n, json_t *logs)
{
	struct sums sums = { 0 };
	unsigned int i;
	int rc = 0;

	v->ncpus = files->log.control->ncpus;
	v->tallies = calloc(v->ncpus, sizeof(*v->tallies));
	v->gaps = logs ? json_array() : NULL;
	if (!v->tallies)
		return -1;
	for (i = 0; i < n && !rc; i++)
		rc = check_file(v, &files[i], !i);
	for (i = 0; i < v->ncpus; i++)
		add(&sums, &v->tallies[i].sums);
	add(&v->total, &sums);
	if (!rc && logs)
		json_array_append_new(logs, log_json(v, files, n));
	else if (!rc && !v->quiet)
		log_text_out(v, files, n, &sums);
	json_decref(v->gaps);
	free(v->tallies);
	return rc;
}

static int check_logs(struct verify *v, json_t *logs)
{
	unsigned int i, n;
	int rc = 0;

	qsort(v->files, v->nfiles, sizeof(*v->files), compare);
	for (i = 0; i < v->nfiles && !rc; i += n) {
		for (n = 1; i + n < v->nfiles && same_log(&v->files[i], &v->files[i + n]); n++)
			;
		rc = check_log(v, &v->files[i], n, logs);
	}
	return rc;
}

static int open_log(struct file *f, const char *path)
{
	int rc = log_open(&f->log, path, false);
	const char *why = strerror(-rc);

	if (rc == -EBADMSG)
		why = "not a file that evlog --format raw writes, or damaged beyond use";
	else if (rc == -EPROTO)
		why = "a raw log of another version";
	if (rc)
		fprintf(stderr, "evlog: verify: %s: %s\n", f->name, why);
	return rc;
}

static int open_file(struct file *f)
{
	struct unpacked u;
	int rc = unpack_open(&u, f->name);

	if (rc)
		return rc;
	rc = open_log(f, u.path);
	f->packed = u.fd >= 0;
	if (!rc && f->packed) {
		close(f->log.fd);
		f->log.fd = -1;
	}
	unpack_close(&u);
	return rc;
}

static int open_files(struct verify *v, char **names, unsigned int n)
{
	v->files = calloc(n, sizeof(*v->files));
	v->buffer = malloc(EVRING_BLOCK_MAX);
	if (!v->files || !v->buffer)
		return -1;
	for (; v->nfiles < n; v->nfiles++) {
		v->files[v->nfiles].name = names[v->nfiles];
		if (open_file(&v->files[v->nfiles]))
			return -1;
	}
	return 0;
}

static int status_of(const struct sums *s)
{
	if (s->damaged || s->doubled)
		return EXIT_FAILURE;
	return s->lost || s->dropped ? EXIT_LOSS : EXIT_SUCCESS;
}

static int verify(struct verify *v, char **names, unsigned int n)
{
	json_t *logs = v->json ? json_array() : NULL, *all;
	int rc = open_files(v, names, n);

	if (!rc)
		rc = check_logs(v, logs);
	if (!rc && logs) {
		all = sums_json(&v->total);
		json_object_set(all, "logs", logs);
		json_dumpf(all, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		putchar('\n');
		json_decref(all);
	}
	json_decref(logs);
	while (v->nfiles--)
		log_close(&v->files[v->nfiles].log);
	free(v->files);
	free(v->buffer);
	if (fflush(stdout)) {
		fprintf(stderr, "evlog: cannot write to standard output: %s\n", strerror(errno));
		return EXIT_FAILURE;
	}
	return rc ? EXIT_FAILURE : status_of(&v->total);
}

int verify_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 }
	};
	struct verify v = { 0 };
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, ":jqh", options, NULL)) != -1) {
		switch (c) {
		case 'j':
			v.json = true;
			break;
		case 'q':
			v.quiet = true;
			break;
		case 'h':
			fputs(help, stdout);
			return EXIT_SUCCESS;
		default:
			return command_complaint("verify", c, argv);
		}
	}
	if (optind == argc)
		return command_usage("verify", "no file: name those of a raw log");
	if (v.quiet)
		v.json = false;
	return verify(&v, argv + optind, (unsigned int)(argc - optind));
}
