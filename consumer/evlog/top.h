/* SPDX-License-Identifier: GPL-2.0 */
/* top: evlog top: how much comes, of which events, from whom, where, and what is lost. */
#ifndef EVLOG_TOP_H
#define EVLOG_TOP_H

#include "session.h"
#include "table.h"

/** TOP_CHANNELS - most channels at once. */
#define TOP_CHANNELS	64U

/** enum top_table - the tables there are. */
enum top_table {
	TOP_CHANNEL,
	TOP_EVENT,
	TOP_PROCESS,
	TOP_CPU,
	TOP_TABLES,
};

/**
 * struct top - what is looked at, and how.
 * @sessions: of each channel.
 * @nsessions: how many.
 * @tables: what was counted.
 * @overrun: events lost as a ring went round, all channels.
 * @dropped: events that producers could not store, likewise.
 * @lost_rate: events lost a second.
 * @delay_ns: time between two looks.
 * @batch: print so many looks and end; 0: on the terminal.
 * @order: by what rows are sorted.
 * @reverse: the other way round.
 * @view: the one table to be seen, or TOP_TABLES for all.
 * @paused: what is seen stays.
 * @helping: the keys are shown instead.
 * @ticks: looks so far.
 * @state: what had come when the first was over.
 * @is_live: more may come.
 */
struct top {
	struct session *sessions;
	unsigned int nsessions;
	struct table tables[TOP_TABLES];
	uint64_t overrun;
	uint64_t dropped;
	double lost_rate;
	uint64_t delay_ns;
	uint64_t batch;
	enum table_order order;
	bool reverse;
	enum top_table view;
	bool paused;
	bool helping;
	uint64_t ticks;
	uint64_t state;
	bool is_live;
};

/** top_main() - evlog top. Return: the status to exit by. */
int top_main(int argc, char **argv);

#endif /* EVLOG_TOP_H */
