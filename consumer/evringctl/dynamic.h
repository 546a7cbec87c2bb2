/* SPDX-License-Identifier: GPL-2.0 */
/* dynamic: kprobes and uprobes, which tracefs makes tracepoints of. */
#ifndef EVRINGCTL_DYNAMIC_H
#define EVRINGCTL_DYNAMIC_H

#include <stdbool.h>

#define DYNAMIC_GROUP	"evring"	/* tracefs's system of those that evringctl makes */
#define DYNAMIC_NAME	64		/* bytes of a name, NUL included; tracefs's own limit */

/**
 * struct dynamic - a kprobe or uprobe.
 * @kind: kprobe, kretprobe, uprobe or uretprobe; NULL: this is none.
 * @user: it is one of a program.
 * @returns: where the function returns, instead of where it begins.
 * @path: of a program: its file.
 * @place: function or offset.
 * @fetch: what is fetched there, as tracefs has it; may be empty.
 * @name: what it was called when it was made.
 */
struct dynamic {
	const char *kind;
	bool user;
	bool returns;
	char *path;
	char *place;
	char *fetch;
	char name[DYNAMIC_NAME];
};

/**
 * parse_dynamic() - read FUNCTION or PATH:PLACE, and what is fetched, after a blank.
 * @d: the result, with @kind set; points into @text.
 * @event: the whole EVENT, for messages.
 * @text: what stands behind its colon; it is cut to pieces.
 *
 * Return: exit status.
 */
int parse_dynamic(struct dynamic *d, const char *event, char *text);

/**
 * make_dynamic() - have tracefs make it, or take one that is the same.
 * @d: what; its name is filled in.
 * @event: the whole EVENT, for messages.
 *
 * Goes away by sweep(), which must not run meanwhile: hold the lease.
 *
 * Return: exit status.
 */
int make_dynamic(struct dynamic *d, const char *event);

#endif
