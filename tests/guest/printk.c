// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of the kernel's log as a source: each is a record, once, as it was printed. Without
 * NMIs: 6.1 itself warns when somebody prints in one while this tracepoint is on.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "printk"
#define LINES 100

static void print(const char *text)
{
	must(file_put("/dev/kmsg", text), "/dev/kmsg");
}

/* Is it line number @number? */
static bool is_line(const struct evring_event *ev, unsigned int number)
{
	const struct evring_event_printk *e = ev->payload;
	char line[64];
	uint32_t bytes = (uint32_t)snprintf(line, sizeof(line), "evring: line %u", number) + 1;

	return ev->len == sizeof(*e) + bytes && e->msg_loc == (bytes << 16 | sizeof(*e)) &&
	       e->common.pid == (int32_t)getpid() && !strcmp((const char *)(e + 1), line);
}

int main(void)
{
	unsigned int found = 0, others = 0;
	struct evring_event ev;
	struct evring r;
	char line[64];

	channel_create(NAME, 4 << 20, 0);
	probe(NAME, EVRING_PROBE_PRINTK);
	for (unsigned int i = 0; i < LINES; i++) {
		snprintf(line, sizeof(line), "<6>evring: line %u\n", i);
		print(line);
	}
	detach(NAME, 0);
	print("<6>evring: nobody listens\n");
	ring_open(&r, NAME, NULL);
	while (evring_next(&r, &ev) == 1) {
		if (is_line(&ev, found))
			found++;
		else
			others += ((const struct evring_common *)ev.payload)->pid == (int32_t)getpid();
	}
	ok_equal(found, LINES, "each line is a record, in its turn, as it was printed");
	ok_equal(others, 0, "once, and none after it was detached");
	evring_close(&r);
	channel_remove(NAME);
	return result();
}
