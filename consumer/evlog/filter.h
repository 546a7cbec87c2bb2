/* SPDX-License-Identifier: GPL-2.0 */
/*
 * filter: which events are wanted: by name, CPU, thread, and by what is in them.
 *
 * Losses are not asked about: they are always shown.
 */
#ifndef EVLOG_FILTER_H
#define EVLOG_FILTER_H

#include "decode.h"
#include "options.h"

#include <regex.h>

struct tep_event_filter;

/** FILTER_NAMES - most events that one --where names. */
#define FILTER_NAMES	16U

/**
 * struct where - a --where.
 * @text: as it was written.
 * @expression: what of it is the expression.
 * @names: the events before the colon, each with its system before a slash; none: all.
 * @nnames: how many.
 * @fields: names of fields in @expression, each once, NUL between them, ended by two.
 * @tep: libtraceevent's filter.
 * @applied: some event has these fields.
 */
struct where {
	const char *text;
	const char *expression;
	struct {
		regex_t system;
		regex_t name;
		bool has_system;
	} names[FILTER_NAMES];
	unsigned int nnames;
	char *fields;
	struct tep_event_filter *tep;
	bool applied;
};

/**
 * struct filter - all of them.
 * @opt: what is wanted.
 * @decoder: knows the types.
 * @self: this process.
 * @where: each --where.
 * @nwhere: how many are ready.
 * @ready: types that become known are looked at by --where.
 */
struct filter {
	const struct options *opt;
	struct decoder *decoder;
	int32_t self;
	struct where where[OPTIONS_MAX];
	unsigned int nwhere;
	bool ready;
};

/**
 * filter_open() - make ready. filter_type() is called meanwhile.
 *
 * Return: 0; EXIT_USAGE after saying on standard error what of --where is wrong. What
 * matches nothing that is known now is told, and is no failure.
 */
int filter_open(struct filter *f, const struct options *opt, struct decoder *d);

/** filter_close() - tell which --where was never of use, if @tell, and free all. */
void filter_close(struct filter *f, bool tell);

/** filter_type() - decide what can be decided of type @t; a decode_fn. */
void filter_type(void *filter, struct event_type *t);

/** filter_cpu() - whether events of @cpu are wanted. */
static inline bool filter_cpu(const struct filter *f, uint32_t cpu)
{
	if (!f->opt->ncpus)
		return true;
	return cpu < OPTIONS_CPUS && (f->opt->cpus[cpu / 64] >> cpu % 64 & 1);
}

/** filter_wants() - whether record @ev, of type @t or NULL, of a CPU that is wanted, is. */
bool filter_wants(struct filter *f, const struct event_type *t, const struct evring_event *ev);

#endif /* EVLOG_FILTER_H */
