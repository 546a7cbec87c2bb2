/* SPDX-License-Identifier: GPL-2.0 */
/* options: what the command line asks for. */
#ifndef EVLOG_OPTIONS_H
#define EVLOG_OPTIONS_H

#include "command.h"
#include "nats.h"
#include "rotation.h"
#include "trouble.h"

#include <stdbool.h>
#include <stdint.h>

/** OPTIONS_MAX - most --event and --where options of each. */
#define OPTIONS_MAX	32U

/** OPTIONS_PIDS - most threads that --pid can name. */
#define OPTIONS_PIDS	256U

/** OPTIONS_CPUS - CPUs that --cpu can name are below this. */
#define OPTIONS_CPUS	65536U

struct sink_format;

/** enum follow - whether to wait for more when all has been read. */
enum follow {
	FOLLOW_DEFAULT,
	FOLLOW_NO,
	FOLLOW_YES,
};

/**
 * struct options - the command line.
 * @channel: channel name, or path of a device or of an image.
 * @output: file to write; NULL: standard output.
 * @format: what to make of events.
 * @wall: show wall time.
 * @latest: start after what is in the ring.
 * @quiet: no summary, no progress.
 * @fail_on_loss: exit by EXIT_LOSS if anything was lost.
 * @lossless: gate, and acknowledge what has been written.
 * @durable: acknowledge only what is on the disk.
 * @on_error: what becomes of events when the output cannot be written.
 * @direct: write past the page cache.
 * @skip_self: leave out events that this process has a part in.
 * @metrics: file for a collector of metrics, or NULL.
 * @dry_run: check, and say what would be done.
 * @follow: whether to wait for more.
 * @last_ns: only what is younger, nanoseconds; 0: everything.
 * @duration_ns: end after so long; 0: no end.
 * @deadline_ns: least time between two looks at the ring while waiting.
 * @rotation: when another file is begun, and which stay.
 * @watermark: look earlier when so many bytes of one CPU wait; 0: to be chosen.
 * @count: end after so many events; 0: no end.
 * @events: patterns for event names; none: all.
 * @nevents: how many.
 * @pids: thread ids; none: all.
 * @npids: how many.
 * @cpus: CPUs, a bit each.
 * @ncpus: whether there are any; 0: all.
 * @where: expressions that tell events by what is in them; none: all.
 * @nwhere: how many.
 * @to: the server that events go to, if @to.url is not NULL.
 * @spool: folder for what it does not take now, or NULL.
 * @spool_size: most bytes of that.
 */
struct options {
	const char *channel;
	const char *output;
	const char *metrics;
	const struct sink_format *format;
	bool wall;
	bool latest;
	bool quiet;
	bool fail_on_loss;
	bool lossless;
	bool durable;
	bool direct;
	bool skip_self;
	bool dry_run;
	enum follow follow;
	enum on_error on_error;
	uint64_t last_ns;
	uint64_t duration_ns;
	uint64_t deadline_ns;
	uint64_t watermark;
	struct rotation rotation;
	uint64_t count;
	const char *events[OPTIONS_MAX];
	unsigned int nevents;
	int32_t pids[OPTIONS_PIDS];
	unsigned int npids;
	uint64_t cpus[OPTIONS_CPUS / 64];
	unsigned int ncpus;
	const char *where[OPTIONS_MAX];
	unsigned int nwhere;
	struct nats_options to;
	const char *spool;
	uint64_t spool_size;
};

/**
 * options_parse() - read the command line.
 *
 * Return: -1 to go on, else the status to exit by at once: 0 after --help and
 * --version, EXIT_USAGE after saying on standard error what is wrong.
 */
int options_parse(struct options *o, int argc, char **argv);

#endif /* EVLOG_OPTIONS_H */
