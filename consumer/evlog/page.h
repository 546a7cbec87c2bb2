/* SPDX-License-Identifier: GPL-2.0 */
/* page: what evlog top has to say, as lines: for a terminal, or to be printed. */
#ifndef EVLOG_PAGE_H
#define EVLOG_PAGE_H

#include <stddef.h>

struct top;

/** PAGE_LINES, PAGE_COLUMNS - most lines, and bytes of a line, of a page. */
#define PAGE_LINES	512U
#define PAGE_COLUMNS	256U

/**
 * enum page_style - how a line is to be seen.
 * @PAGE_PLAIN: as it is.
 * @PAGE_HEAD: the head of a table.
 * @PAGE_ALARM: something is being lost, or was: nobody shall overlook it.
 */
enum page_style {
	PAGE_PLAIN,
	PAGE_HEAD,
	PAGE_ALARM,
};

/**
 * struct page - the lines.
 * @lines: each with its style and its text, printable and without its end.
 * @nlines: how many.
 */
struct page {
	struct {
		enum page_style style;
		char text[PAGE_COLUMNS];
	} lines[PAGE_LINES];
	size_t nlines;
};

/** page_make() - what is to be seen now, on @height lines; at least the first two. */
void page_make(struct page *p, struct top *top, size_t height);

#endif /* EVLOG_PAGE_H */
