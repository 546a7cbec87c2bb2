// SPDX-License-Identifier: GPL-2.0
/*
 * What it costs to have events in a file, by several loggers.
 *
 * All record the same tracepoint of the peers' module. A logger is started, and events happen
 * while it is at work, so many that its ring goes round; it is stopped (SIGSTOP); more happen;
 * then it goes on, is asked to end, and drains its ring meanwhile. What it takes is the difference
 * of two such runs: without what starting and ending take, and what a logger does at its ring's
 * first turn. Time is that of many events that wait against few, CPU time that of a long run
 * against a short one.
 */
#include "kernel/peers.h"
#include "peer.h"
#include "recorder.h"
#include "search.h"
#include "tracefs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RECORD_ROOM	112U	/* the most that a recorder has beside a payload */
#define LAPS		4U	/* in so many a ring's events happen while loggers are at work */
#define ROUND		(4 * LAPS)	/* every ring has gone round then */
#define LONG		(6 * LAPS)	/* so many more in a long run */
#define PART		8U	/* of a ring's events wait where there are few */
#define LAP_US		50000U	/* from one to the next */

/**
 * struct desk - what all loggers of a run share.
 * @session: the module's.
 * @cpu: where the events happen.
 * @payload: bytes of payload.
 * @records: events of a run.
 * @event: number of the tracepoint.
 * @field: where its field is.
 * @folder: where loggers write; emptied after each.
 */
struct desk {
	const struct options *opts;
	int session;
	cpu_set_t cpu;
	uint32_t payload;
	uint64_t records;
	uint16_t event;
	uint32_t field;
	char folder[PATH_MAX - 32];
};

/**
 * struct run - a logger's run, and what it took.
 * @laps: laps that it is at work for when its ring has gone round.
 * @waiting: events that wait for it when it goes on.
 * @events: all events.
 * @elapsed_ns: from when it went on to when its file was complete, and on the disk.
 * @cpu_ns: user and system time of its processes.
 * @bytes: that its files took on the disk.
 * @memory_begin: the most that it had resident when its ring had gone round, bytes.
 * @memory_end: before it was stopped.
 */
struct run {
	unsigned int laps;
	uint64_t waiting;
	uint64_t events;
	uint64_t elapsed_ns;
	uint64_t cpu_ns;
	uint64_t bytes;
	uint64_t memory_begin;
	uint64_t memory_end;
};

static uint64_t cpu_time(const struct rusage *usage)
{
	return 1000000000ULL * (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
	       1000ULL * (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

/* --- the folder ------------------------------------------------------------------------- */

static void empty_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir)
		closedir(dir);
}

static int make_folder(struct desk *d)
{
	snprintf(d->folder, sizeof(d->folder), "%s/evbench-%d", d->opts->output, (int)getpid());
	if (!mkdir(d->folder, 0700))
		return 0;
	return fail("--output %s: %s cannot be made: %s", d->opts->output, d->folder,
		    strerror(errno));
}

/* Whoever has not brought it to the disk is made to. */
static int sync_folder(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 || syncfs(fd) ? fail("%s: %s", path, strerror(errno)) : 0;

	if (fd >= 0)
		close(fd);
	return err;
}

/* --- one logger ------------------------------------------------------------------------- */

static int emit(struct desk *d, uint64_t first, uint64_t count)
{
	struct peer_burst burst = {
		.count = count, .first = (uint32_t)first, .cpus = &d->cpu, .varied = true,
	};
	struct peer_result res;

	if (interrupted())
		return fail("interrupted");
	return count ? device_emit(d->session, &burst, &res) : 0;
}

static int happen(struct desk *d, struct run *run, uint64_t count)
{
	int err = emit(d, run->events, count);

	run->events += count;
	return err;
}

/* While the logger is at work. */
static int go_round(struct desk *d, struct run *run, unsigned int laps)
{
	int err = 0;

	for (; laps && !err; laps--) {
		err = happen(d, run, (d->records + LAPS - 1) / LAPS);
		usleep(LAP_US);
	}
	return err;
}

/* Each event is in the files; but for who is known not to, once. */
static int check(struct desk *d, const struct recorder *rec, struct run *run)
{
	struct search s = {
		.event = d->event, .field = d->field, .payload = d->payload, .count = run->events,
	};

	if (search_folder(&s, d->folder))
		return -1;
	run->bytes = s.bytes;
	if (s.found == s.count && (!s.doubled || rec->flags & RECORDER_DOUBLES))
		return 0;
	return fail("%s, %u-byte payload: of %llu events %llu are in its files, and %llu twice%s",
		    rec->name, d->payload, (unsigned long long)s.count, (unsigned long long)s.found,
		    (unsigned long long)s.doubled,
		    s.found < s.count ? ": give it room by --ring, or fewer --records" : "");
}

/* The logger has been started; it ends. */
static int work(struct desk *d, struct logging *l, struct run *run)
{
	struct rusage usage;
	uint64_t start;

	if (go_round(d, run, ROUND))
		return -1;
	run->memory_begin = logging_memory(l);
	if (go_round(d, run, run->laps))
		return -1;
	run->memory_end = logging_memory(l);
	if (logging_halt(l) || happen(d, run, run->waiting) || sync_folder(d->folder))
		return -1;
	start = clock_now();
	if (logging_end(l, &usage) || sync_folder(d->folder))
		return -1;
	run->elapsed_ns = clock_now() - start;
	run->cpu_ns = cpu_time(&usage);
	return 0;
}

static int run_once(struct desk *d, const struct recorder *rec, struct run *run)
{
	struct logging l;
	int err = logging_start(&l, rec, d->opts, d->folder, d->payload);

	if (!err)
		err = work(d, &l, run);
	logging_close(&l);
	if (!err)
		err = check(d, rec, run);
	empty_folder(d->folder);
	return err;
}

static uint64_t less(uint64_t from, uint64_t off)
{
	return from > off ? from - off : 0;
}

/* What a logger has not read yet when it is stopped is the same in the runs whose time counts. */
static int measure_once(struct desk *d, const struct recorder *rec, struct sample *s)
{
	struct run few = { .waiting = d->records / PART };
	struct run full = { .waiting = d->records };
	struct run longer = { .laps = LONG, .waiting = d->records / PART };

	if (run_once(d, rec, &few) || run_once(d, rec, &full) || run_once(d, rec, &longer))
		return -1;
	s->waiting = full.waiting - few.waiting;
	s->elapsed_ns = less(full.elapsed_ns, few.elapsed_ns);
	s->records = longer.events - few.events;
	s->bytes = less(longer.bytes, few.bytes);
	s->cpu_ns = less(longer.cpu_ns, few.cpu_ns);
	s->once_ns = less(few.cpu_ns, s->cpu_ns * few.events / s->records);
	s->memory_begin = longer.memory_begin;
	s->memory_end = longer.memory_end;
	return 0;
}

/* --- all of them ------------------------------------------------------------------------ */

/* A line for each that was asked for; those that cannot run here have a reason in it. */
static int add_results(struct desk *d, struct report *r)
{
	struct result *res;
	const char *why;
	size_t i;

	for (i = 0; i < recorders_count; i++) {
		if (!(d->opts->recorders & 1U << i))
			continue;
		res = report_add(r, MODE_LOG, recorders[i].name, "", d->payload);
		if (!res)
			return -1;
		why = recorder_missing(&recorders[i], d->folder);
		if (why)
			snprintf(res->skipped, sizeof(res->skipped), "%s", why);
	}
	return 0;
}

static int measure(struct desk *d, struct report *r)
{
	const struct options *opts = d->opts;
	size_t first = r->nresults, i;
	const struct recorder *rec;
	struct sample s = { 0 };
	unsigned int run;

	if (add_results(d, r))
		return -1;
	for (run = 0; run < opts->warmup + opts->repeats; run++) {
		for (i = first; i < r->nresults; i++) {
			if (r->results[i].skipped[0])
				continue;
			rec = &recorders[recorder_find(r->results[i].name)];
			progress("log: %u bytes, run %u of %u, %s", d->payload, run + 1,
				 opts->warmup + opts->repeats, rec->name);
			if (measure_once(d, rec, &s))
				return -1;
			if (run >= opts->warmup)
				report_sample(r, i, &s);
		}
	}
	return 0;
}

static int run_size(struct desk *d, struct report *r)
{
	static const struct peer tracing = { .name = "log", .id = PEERS_TRACING };
	struct peer_buffer b = { .peer = &tracing, .opts = d->opts, .payload = d->payload };
	/* perf sleeps until its ring is half full: so much may be there already. */
	uint64_t fits = d->opts->ring / 2 / (d->payload + RECORD_ROOM);
	int err;

	d->records = options_records(d->opts, fits);
	if (d->records > fits) {
		note("log: %u-byte payload: %llu events fit into every ring; --ring must grow for %llu",
		     d->payload, (unsigned long long)fits, (unsigned long long)d->records);
		d->records = fits;
	}
	d->session = device_open(&b, "");
	if (d->session < 0)
		return d->session == PEER_SKIPPED ? EXIT_SKIPPED : -1;
	d->event = (uint16_t)tracefs_event_id(LOGGED_EVENT);
	d->field = tracefs_field(LOGGED_EVENT, "bytes");
	err = d->event && d->field ? measure(d, r) : EXIT_SKIPPED;
	if (err == EXIT_SKIPPED)
		note("log: no tracepoints to be seen: mount -t tracefs nodev " TRACEFS);
	close(d->session);
	return err;
}

/** log_run() - every recorder on every payload size. */
int log_run(const struct options *opts, struct report *r)
{
	struct desk d = { .opts = opts };
	const char *why = device_missing(NULL);
	bool any = false;
	unsigned int i;
	int err = 0;

	if (why || !opts->recorders) {
		note("log: left out: %s", why ? why : "no logger was asked for");
		return EXIT_SKIPPED;
	}
	CPU_SET((size_t)cpu_first(&opts->producers), &d.cpu);
	if (make_folder(&d))
		return -1;
	for (i = 0; i < opts->nsizes && err != -1; i++) {
		d.payload = opts->sizes[i];
		err = run_size(&d, r);
		any |= !err;
	}
	empty_folder(d.folder);
	rmdir(d.folder);
	return err == -1 ? -1 : any ? 0 : EXIT_SKIPPED;
}
