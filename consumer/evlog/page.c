// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "page.h"

#include "top.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static const char *const titles[TOP_TABLES] = { "CHANNEL", "EVENT", "PROCESS", "CPU" };
static const char *const orders[TABLE_ORDERS] = { "rate", "bytes", "events", "lost", "name" };

static const char *const help[] = {
	"  s      sort by the next of: rate, bytes, events, lost, name",
	"  r      the other way round",
	"  e p c  only events, processes, CPUs",
	"  a      all of them",
	"  space  hold what is seen, or go on",
	"  h ?    this, or back",
	"  q      quit",
};

__attribute__((format(printf, 3, 4)))
static void put(struct page *p, enum page_style style, const char *format, ...)
{
	va_list args;

	if (p->nlines == PAGE_LINES)
		return;
	p->lines[p->nlines].style = style;
	va_start(args, format);
	vsnprintf(p->lines[p->nlines].text, PAGE_COLUMNS, format, args);
	va_end(args);
	p->nlines++;
}

/* Six characters at most: 999, 12.3k, 4.56M. */
static const char *scaled(double value, char *buf, size_t size)
{
	static const char units[] = " kMGTPE";
	unsigned int unit = 0;
	double shown = value;

	/* What would be rounded up to four digits is the next unit's. */
	while (shown >= 999.5 && unit + 2 < sizeof(units)) {
		shown /= 1000;
		unit++;
	}
	if (!unit)
		snprintf(buf, size, "%.*f", value > 0 && value < 10 ? 1 : 0, value);
	else
		snprintf(buf, size, "%.*f%c", shown < 10 ? 2 : shown < 100 ? 1 : 0, shown, units[unit]);
	return buf;
}

static bool has_loss(enum top_table table)
{
	return table == TOP_CHANNEL || table == TOP_CPU;
}

static void put_head(struct page *p, enum top_table table)
{
	put(p, PAGE_HEAD, "%-24s %9s %9s %14s%s", titles[table], "EVENTS/S", "BYTES/S", "EVENTS",
	    has_loss(table) ? "    LOST/S         LOST       LAG" : "");
}

static void put_row(struct page *p, enum top_table table, const struct row *row)
{
	char rate[16], bytes[16], lost[16];

	scaled(row->events_rate, rate, sizeof(rate));
	scaled(row->bytes_rate, bytes, sizeof(bytes));
	if (!has_loss(table)) {
		put(p, PAGE_PLAIN, "%-24.24s %9s %9s %14llu", row->name, rate, bytes,
		    (unsigned long long)row->total.events);
		return;
	}
	put(p, row->total.lost ? PAGE_ALARM : PAGE_PLAIN,
	    "%-24.24s %9s %9s %14llu %9s %12llu %9llu", row->name, rate, bytes,
	    (unsigned long long)row->total.events,
	    scaled(row->lost_rate, lost, sizeof(lost)), (unsigned long long)row->total.lost,
	    (unsigned long long)row->lag);
}

/* A table on at most @height lines, its head among them. */
static void put_table(struct page *p, struct top *top, enum top_table table, size_t height)
{
	struct row **rows = table_sort(&top->tables[table], top->order, top->reverse);
	size_t i;

	if (!height)
		return;
	put_head(p, table);
	for (i = 0; i + 1 < height && i < top->tables[table].nrows; i++)
		put_row(p, table, rows[i]);
}

static void put_title(struct page *p, const struct top *top)
{
	time_t now = time(NULL);
	char clock[16] = "";
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	put(p, PAGE_PLAIN, "evlog top %s, every %.3g s, by %s%s%s%s", clock,
	    (double)top->delay_ns / 1e9, orders[top->order], top->reverse ? ", reversed" : "",
	    top->paused ? ", held" : "", top->batch ? "" : "; q quits, h helps");
}

static void put_loss(struct page *p, const struct top *top)
{
	uint64_t lost = top->overrun + top->dropped;
	char rate[16];

	if (!lost)
		put(p, PAGE_PLAIN, "nothing lost");
	else
		put(p, PAGE_ALARM, "LOST %llu events: %llu overrun, %llu dropped; %s a second now",
		    (unsigned long long)lost, (unsigned long long)top->overrun,
		    (unsigned long long)top->dropped, scaled(top->lost_rate, rate, sizeof(rate)));
}

/* The lines of each table: what all have room for, and of the rest what is wanted, evenly. */
static void share(const struct top *top, size_t left, size_t *heights)
{
	unsigned int table;
	bool gave;

	do {
		gave = false;
		for (table = 0; table < TOP_TABLES && left; table++) {
			if (heights[table] > top->tables[table].nrows ||
			    (top->view != TOP_TABLES && table != top->view && table != TOP_CHANNEL))
				continue;
			heights[table]++;
			left--;
			gave = true;
		}
	} while (gave);
}

void page_make(struct page *p, struct top *top, size_t height)
{
	size_t heights[TOP_TABLES] = { 0 };
	unsigned int i;

	p->nlines = 0;
	put_title(p, top);
	put_loss(p, top);
	if (top->helping) {
		for (i = 0; i < sizeof(help) / sizeof(help[0]); i++)
			put(p, PAGE_PLAIN, "%s", help[i]);
		return;
	}
	share(top, height > p->nlines ? height - p->nlines : 0, heights);
	for (i = 0; i < TOP_TABLES; i++)
		put_table(p, top, i, heights[i]);
}
