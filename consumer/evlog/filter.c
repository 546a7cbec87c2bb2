// SPDX-License-Identifier: GPL-2.0
/*
 * --where is libtraceevent's own filter language. What libtraceevent takes and then
 * stumbles over when records come, such as a division by a field or a number compared with
 * a string, is refused here. It also stumbles over some of what it should refuse itself;
 * so each expression is tried in a child process first.
 */
#define _GNU_SOURCE
#include "filter.h"

#include "near.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <traceevent/event-parse.h>
#include <unistd.h>

/* It tells where an error is by the whole expression twice, in a fixed buffer. */
#define LONGEST		400U
#define MESSAGE		(TEP_FILTER_ERROR_BUFSZ + 128)

/* --- names ------------------------------------------------------------------------------- */

/* @pattern is of a name, or of system:name. */
static bool is_like(const char *pattern, const char *system, const char *name)
{
	char both[256];

	if (!strchr(pattern, ':'))
		return !fnmatch(pattern, name, 0);
	snprintf(both, sizeof(both), "%s:%s", system, name);
	return !fnmatch(pattern, both, 0);
}

static bool name_wanted(const struct options *opt, const char *system, const char *name)
{
	unsigned int i;

	for (i = 0; i < opt->nevents; i++)
		if (is_like(opt->events[i], system, name))
			return true;
	return !opt->nevents;
}

/*
 * Calls @fn for each event that is known: first for those that are decoded already, then, if
 * none of those will do, for those of tracefs. Returns whether @fn did for one.
 */
static bool any_known(struct filter *f, bool (*fn)(void *, const char *, const char *), void *ctx)
{
	struct decoder *d = f->decoder;
	bool found = false;
	uint32_t type;
	size_t i;

	for (type = 0; type < DECODE_TYPES; type++)
		if (d->types[type])
			found |= fn(ctx, d->types[type]->system, d->types[type]->name);
	if (found)
		return true;
	if (!d->tracefs.n)
		tracefs_all(&d->tracefs);
	for (i = 0; i < d->tracefs.n; i++)
		found |= fn(ctx, d->tracefs.events[i].system, d->tracefs.events[i].name);
	return found;
}

/**
 * struct search - what any_known() is asked for.
 * @pattern: of --event; NULL: @where.
 * @where: a --where with names.
 * @near: what comes near.
 */
struct search {
	const char *pattern;
	const struct where *where;
	struct near near;
};

static bool search_event(void *ctx, const char *system, const char *name)
{
	struct search *s = ctx;

	near_offer(&s->near, name);
	return is_like(s->pattern, system, name);
}

/* A name that is made of a number may come any time. */
static void check_event(struct filter *f, const char *pattern)
{
	const char *name = strrchr(pattern, ':');
	struct search s = { .pattern = pattern, .near.name = name ? name + 1 : pattern };
	char text[256];

	if (strncmp(pattern, "type-", 5) && !any_known(f, search_event, &s))
		fprintf(stderr, "evlog: --event %s: no event that is known is called so%s\n", pattern,
			near_text(&s.near, text, sizeof(text)));
}

/* --- --where: what is written -------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) say(char *message, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, MESSAGE, format, args);
	va_end(args);
}

/* The end of the string that starts at @s with a quote, or of @s. */
static const char *end_of_string(const char *s)
{
	const char quote = *s++;

	for (; *s && *s != quote; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

static bool is_letter(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* Names in the expression are of fields, but for those that libtraceevent has for all events. */
static bool take_fields(struct where *w)
{
	const char *s = w->expression, *end;
	char *to = calloc(1, strlen(s) + 2);

	w->fields = to;
	if (!to)
		return false;
	while (*s) {
		if (*s == '"' || *s == '\'') {
			s = end_of_string(s);
			continue;
		}
		for (end = s; is_letter(*end); end++)
			;
		if (end == s) {
			s++;
			continue;
		}
		if (!isdigit((unsigned char)*s) && (end - s != 3 || strncmp(s, "CPU", 3)) &&
		    (end - s != 4 || strncmp(s, "COMM", 4))) {
			memcpy(to, s, (size_t)(end - s));
			to += end - s + 1;
		}
		s = end;
	}
	return true;
}

static const char *find_colon(const char *s)
{
	while (*s && *s != ':')
		s = *s == '"' || *s == '\'' ? end_of_string(s) : s + 1;
	return *s ? s : NULL;
}

static bool compile(regex_t *regex, const char *text)
{
	char whole[256];

	snprintf(whole, sizeof(whole), "^%s$", text);
	return !regcomp(regex, whole, REG_ICASE | REG_NOSUB);
}

static bool add_name(struct where *w, char *name, char *message)
{
	char *slash = strchr(name, '/');

	if (w->nnames == FILTER_NAMES) {
		say(message, "at most %u events before the colon", FILTER_NAMES);
		return false;
	}
	if (slash)
		*slash++ = '\0';
	if (!*name || (slash && !*slash) || strlen(name) + (slash ? strlen(slash) : 0) > 200 ||
	    (slash && !compile(&w->names[w->nnames].system, name))) {
		say(message, "what is before the colon is no name of an event");
		return false;
	}
	if (!compile(&w->names[w->nnames].name, slash ? slash : name)) {
		if (slash)
			regfree(&w->names[w->nnames].system);
		say(message, "what is before the colon is no regular expression");
		return false;
	}
	w->names[w->nnames++].has_system = slash;
	return true;
}

/* "sched/sched_switch, sched_wakeup: expression", or the expression alone. */
static bool take_names(struct where *w, const char *colon, char *message)
{
	char *names = strndup(w->text, (size_t)(colon - w->text)), *rest, *name;
	bool good = names;

	for (name = strtok_r(names, ", \t", &rest); good && name;
	     name = strtok_r(NULL, ", \t", &rest))
		good = add_name(w, name, message);
	if (good && !w->nnames) {
		say(message, "there is no event before the colon");
		good = false;
	}
	free(names);
	return good;
}

static bool take_where(struct where *w, const char *text, char *message)
{
	const char *colon = find_colon(text);

	w->text = text;
	w->expression = colon ? colon + 1 : text;
	if (strlen(w->expression) > LONGEST) {
		say(message, "longer than %u characters", LONGEST);
		return false;
	}
	if (!w->expression[strspn(w->expression, " \t")]) {
		say(message, "there is no expression; write one such as 'prev_comm == \"bash\"'");
		return false;
	}
	if (strchr(w->expression, '\'')) {
		say(message, "a string is put in double quotes");
		return false;
	}
	if (!take_fields(w)) {
		say(message, "%s", strerror(ENOMEM));
		return false;
	}
	return !colon || take_names(w, colon, message);
}

/* --- --where: what it says of an event ------------------------------------------------------ */

static bool is_named(const struct where *w, const char *system, const char *name)
{
	unsigned int i;

	for (i = 0; i < w->nnames; i++) {
		if (w->names[i].has_system) {
			if (!regexec(&w->names[i].system, system, 0, NULL, 0) &&
			    !regexec(&w->names[i].name, name, 0, NULL, 0))
				return true;
		} else if (!regexec(&w->names[i].name, name, 0, NULL, 0) ||
			   !regexec(&w->names[i].name, system, 0, NULL, 0)) {
			return true;
		}
	}
	return !w->nnames;
}

/* The first field of the expression that @t does not have, or NULL. */
static const char *lacks(const struct where *w, const struct event_type *t)
{
	const char *field;

	for (field = w->fields; *field; field += strlen(field) + 1)
		if (!tep_find_any_field(t->tep, field))
			return field;
	return NULL;
}

static bool is_string(const struct tep_format_field *field)
{
	return field->flags & TEP_FIELD_IS_STRING || !strcmp(field->name, "COMM");
}

static bool is_number(const struct tep_format_field *field)
{
	return !strcmp(field->name, "CPU") ||
	       (!(field->flags & (TEP_FIELD_IS_ARRAY | TEP_FIELD_IS_DYNAMIC)) &&
		(field->size == 1 || field->size == 2 || field->size == 4 || field->size == 8));
}

/* What libtraceevent takes but cannot do. */
static bool is_sound(const struct tep_filter_arg *arg, char *message)
{
	const struct tep_filter_arg *right;

	if (!arg) {
		say(message, "something is missing");
		return false;
	}
	switch (arg->type) {
	case TEP_FILTER_ARG_FIELD:
		if (is_number(arg->field.field))
			return true;
		say(message, "%s is no number: compare it with a string",
		    arg->field.field->name);
		return false;
	case TEP_FILTER_ARG_STR:
		if (is_string(arg->str.field))
			return true;
		say(message, "%s is no string: compare it with a number", arg->str.field->name);
		return false;
	case TEP_FILTER_ARG_NUM:
		return is_sound(arg->num.left, message) && is_sound(arg->num.right, message);
	case TEP_FILTER_ARG_EXP:
		right = arg->exp.right;
		if ((arg->exp.type == TEP_FILTER_EXP_DIV || arg->exp.type == TEP_FILTER_EXP_MOD) &&
		    (!right || right->type != TEP_FILTER_ARG_VALUE || !right->value.val)) {
			say(message, "only a number other than 0 can divide");
			return false;
		}
		return is_sound(arg->exp.left, message) && is_sound(right, message);
	case TEP_FILTER_ARG_OP:
		return (arg->op.type == TEP_FILTER_OP_NOT || is_sound(arg->op.left, message)) &&
		       is_sound(arg->op.right, message);
	case TEP_FILTER_ARG_BOOLEAN:
	case TEP_FILTER_ARG_VALUE:
		return true;
	default:
		say(message, "something is missing");
		return false;
	}
}

/*
 * libtraceevent has the message last, after a line with the expression and one that points to
 * the place; what is said here is one line.
 */
static void say_where(char *message, const char *error)
{
	const char *place = strchr(error, '\n'), *last = strrchr(error, '\n');

	if (!place || place == last)
		say(message, "%s", error);
	else
		say(message, "%s, at character %zu", last + 1, strcspn(place + 1, "^") + 1);
}

static bool add_expression(const struct where *w, const struct event_type *t, char *message)
{
	char *text, error[MESSAGE] = "";
	enum tep_errno rc;
	int i;

	if (asprintf(&text, "%s/%s:%s", t->system, t->name, w->expression) < 0) {
		say(message, "%s", strerror(ENOMEM));
		return false;
	}
	rc = tep_filter_add_filter_str(w->tep, text);
	free(text);
	if (rc < 0) {
		tep_filter_strerror(w->tep, rc, error, sizeof(error));
		say_where(message, error);
		return false;
	}
	for (i = 0; i < w->tep->filters; i++)
		if (w->tep->event_filters[i].event_id == (int)t->type)
			return is_sound(w->tep->event_filters[i].filter, message);
	say(message, "it is not understood");
	return false;
}

static void try_in_child(const struct where *w, const struct event_type *t, int fd)
{
	static const struct rlimit no_core;
	char message[MESSAGE] = "";
	bool good;

	/* Nobody wants to hear how it falls. */
	close(STDERR_FILENO);
	setrlimit(RLIMIT_CORE, &no_core);
	good = add_expression(w, t, message);
	if (write(fd, message, strlen(message)) < 0)
		good = false;
	_exit(good ? EXIT_SUCCESS : EXIT_USAGE);
}

static void read_all(int fd, char *message)
{
	size_t used = 0;
	ssize_t n;

	do {
		n = read(fd, message + used, MESSAGE - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	message[used] = '\0';
}

/* Whether libtraceevent takes the expression for @t; if not, @message says why. */
static bool try_expression(const struct where *w, const struct event_type *t, char *message)
{
	int fds[2], status = 0;
	pid_t pid;

	if (pipe(fds) < 0) {
		say(message, "cannot be tried: %s", strerror(errno));
		return false;
	}
	pid = fork();
	if (!pid)
		try_in_child(w, t, fds[1]);
	close(fds[1]);
	read_all(fds[0], message);
	close(fds[0]);
	if (pid < 0) {
		say(message, "cannot be tried: %s", strerror(errno));
		return false;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return true;
	if (!WIFEXITED(status))
		say(message, "it is not understood: something is missing, or too much");
	return false;
}

static void complain(const struct where *w, const struct event_type *t, const char *message)
{
	if (t)
		fprintf(stderr, "evlog: --where '%s': %s:%s: %s\n", w->text, t->system, t->name,
			message);
	else
		fprintf(stderr, "evlog: --where '%s': %s\n", w->text, message);
}

/* Return: whether the expression can be used for @t; @message tells why not. */
static bool apply(struct where *w, struct event_type *t, unsigned int i, char *message)
{
	if (!try_expression(w, t, message) || !add_expression(w, t, message))
		return false;
	t->where |= 1U << i;
	w->applied = true;
	return true;
}

void filter_type(void *filter, struct event_type *t)
{
	struct filter *f = filter;
	char message[MESSAGE];
	unsigned int i;

	t->is_named = name_wanted(f->opt, t->system, t->name);
	if (!f->ready || !t->is_named)
		return;
	for (i = 0; i < f->nwhere; i++) {
		if (!is_named(&f->where[i], t->system, t->name) || lacks(&f->where[i], t))
			continue;
		if (!apply(&f->where[i], t, i, message))
			complain(&f->where[i], t, message);
	}
}

/* --- --where: at the start ------------------------------------------------------------------- */

static bool search_where(void *ctx, const char *system, const char *name)
{
	struct search *s = ctx;

	near_offer(&s->near, name);
	return is_named(s->where, system, name);
}

/* Those that are named are decoded now, so that what is wrong is told now. */
static bool know_named(struct filter *f, const struct where *w)
{
	char name[128], text[256];
	struct search s = { .where = w, .near.name = name };
	struct tracefs *t = &f->decoder->tracefs;
	const char *end = strpbrk(w->text, ":,"), *slash = memchr(w->text, '/', (size_t)(end - w->text));
	uint32_t *ids;
	size_t i, n = 0;

	slash = slash ? slash + 1 : w->text;
	snprintf(name, sizeof(name), "%.*s", (int)(end - slash), slash);
	if (!any_known(f, search_where, &s)) {
		fprintf(stderr, "evlog: --where '%s': no event that is known is called so%s\n",
			w->text, near_text(&s.near, text, sizeof(text)));
		return true;
	}
	ids = calloc(t->n + 1, sizeof(*ids));
	if (!ids)
		return false;
	for (i = 0; i < t->n; i++)
		if (is_named(w, t->events[i].system, t->events[i].name))
			ids[n++] = t->events[i].id;
	for (i = 0; i < n; i++)
		decode_type(f->decoder, ids[i]);
	free(ids);
	return true;
}

/* What an event lacks, and what it has that is near. */
static void tell_lack(const struct event_type *t, const char *field, char *message)
{
	struct near near = { .name = field };
	char text[256];
	unsigned int i;

	for (i = 0; i < t->nfields; i++)
		near_offer(&near, t->fields[i].name);
	say(message, "it has no field %s%s", field, near_text(&near, text, sizeof(text)));
}

/*
 * It is wrong if it cannot be used for any of those events that it is about; if it is about
 * none that is known, it still has to be an expression.
 */
static int check_where(struct filter *f, struct where *w, unsigned int i)
{
	struct event_type *t, *wrong = NULL;
	char message[MESSAGE], first[MESSAGE] = "";
	const char *field;
	uint32_t type;

	for (type = 0; type < DECODE_TYPES; type++) {
		t = f->decoder->types[type];
		if (!t || !is_named(w, t->system, t->name))
			continue;
		field = lacks(w, t);
		if (field && !w->nnames)
			continue;
		if (field)
			tell_lack(t, field, message);
		else if (apply(w, t, i, message))
			continue;
		if (!wrong)
			strcpy(first, message);
		wrong = wrong ? wrong : t;
	}
	t = f->decoder->types[EVRING_TYPE_SWITCH];
	if (!w->applied && !wrong && t && !try_expression(w, t, first))
		wrong = t;
	if (w->applied || !wrong)
		return 0;
	complain(w, w->nnames ? wrong : NULL, first);
	return EXIT_USAGE;
}

static int open_where(struct filter *f, unsigned int i)
{
	struct where *w = &f->where[i];
	char message[MESSAGE] = "";

	f->nwhere = i + 1;
	w->text = f->opt->where[i];
	if (!take_where(w, f->opt->where[i], message)) {
		complain(w, NULL, message);
		return EXIT_USAGE;
	}
	w->tep = tep_filter_alloc(f->decoder->tep);
	if (!w->tep || (w->nnames && !know_named(f, w))) {
		complain(w, NULL, strerror(ENOMEM));
		return EXIT_FAILURE;
	}
	return 0;
}

int filter_open(struct filter *f, const struct options *opt, struct decoder *d)
{
	unsigned int i;
	int rc = 0;

	f->opt = opt;
	f->decoder = d;
	f->self = (int32_t)getpid();
	for (i = 0; i < opt->nevents; i++)
		check_event(f, opt->events[i]);
	for (i = 0; i < opt->nwhere && !rc; i++)
		rc = open_where(f, i);
	for (i = 0; i < opt->nwhere && !rc; i++)
		rc = check_where(f, &f->where[i], i);
	f->ready = true;
	return rc;
}

/* A name that was written wrong would show nothing, and nobody would know why. */
static void tell_useless(const struct filter *f, const struct where *w)
{
	const struct event_type *t;
	struct near near = { .name = w->fields };
	char text[256];
	unsigned int i;
	uint32_t type;

	for (type = 0; type < DECODE_TYPES; type++) {
		t = f->decoder->types[type];
		for (i = 0; t && i < t->nfields; i++)
			near_offer(&near, t->fields[i].name);
	}
	fprintf(stderr, "evlog: --where '%s': no event that came has such fields%s\n", w->text,
		near_text(&near, text, sizeof(text)));
}

void filter_close(struct filter *f, bool tell)
{
	struct where *w;
	unsigned int i, j;

	for (i = 0; i < f->nwhere; i++) {
		w = &f->where[i];
		if (tell && !w->applied && w->fields && *w->fields)
			tell_useless(f, w);
		for (j = 0; j < w->nnames; j++) {
			regfree(&w->names[j].name);
			if (w->names[j].has_system)
				regfree(&w->names[j].system);
		}
		free(w->fields);
		if (w->tep)
			tep_filter_free(w->tep);
	}
}

/* --- each record ------------------------------------------------------------------------------ */

static bool pid_wanted(const struct filter *f, const struct event_type *t,
		       const struct evring_event *ev)
{
	unsigned int i;

	if (f->opt->skip_self && decode_has_pid(t, ev, f->self))
		return false;
	for (i = 0; i < f->opt->npids; i++)
		if (decode_has_pid(t, ev, f->opt->pids[i]))
			return true;
	return !f->opt->npids;
}

/* COMM in an expression is libtraceevent's own idea of the name. */
static void name_task(const struct filter *f, const struct event_type *t,
		      const struct evring_event *ev)
{
	char name[EVRING_COMM_SIZE + 1];
	struct value comm, pid;

	decode_task(f->decoder, t, ev, &comm, &pid);
	if (comm.kind != VALUE_STRING)
		return;
	snprintf(name, sizeof(name), "%.*s", (int)comm.len, (const char *)comm.bytes);
	if (strcmp(name, tep_data_comm_from_pid(f->decoder->tep, (int)pid.number)))
		tep_override_comm(f->decoder->tep, name, (int)pid.number);
}

/* Of several expressions one has to hold. */
static bool where_wanted(const struct filter *f, const struct event_type *t,
			 const struct evring_event *ev)
{
	struct tep_record *record;
	unsigned int i;

	if (!f->nwhere)
		return true;
	if (!t || !t->where || decode_fit(t, ev) != FIT_WHOLE)
		return false;
	record = decode_record(ev);
	for (i = 0; i < f->nwhere; i++) {
		if (!(t->where >> i & 1))
			continue;
		if (strstr(f->where[i].expression, "COMM"))
			name_task(f, t, ev);
		if (tep_filter_match(f->where[i].tep, record) == TEP_ERRNO__FILTER_MATCH)
			return true;
	}
	return false;
}

bool filter_wants(struct filter *f, const struct event_type *t, const struct evring_event *ev)
{
	char name[24];

	if (t ? !t->is_named : f->opt->nevents &&
	    !name_wanted(f->opt, "", decode_name(t, ev->type, name, sizeof(name))))
		return false;
	return pid_wanted(f, t, ev) && where_wanted(f, t, ev);
}
