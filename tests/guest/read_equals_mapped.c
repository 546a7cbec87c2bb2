// SPDX-License-Identifier: GPL-2.0
/*
 * read() and the mapping show the same: for each CPU the same sequence of type, misc, time, payload
 * and sequence numbers, whatever the size of the buffers: room for one record at a time, 4 KiB, 64
 * KiB, 1 MiB; and the bytes between records are zero (DESIGN, I8). Both tell drops with the same
 * total.
 *
 * vm: --smp 2
 */
#include "tally.h"

#define NAME "read_equals_mapped"
#define CPUS 16
#define COUNT 3000

struct print {
	uint64_t records;
	uint64_t hash;
	uint64_t dropped;
	uint64_t overrun;
};

static struct print mapped[CPUS], got[CPUS];

static void add(uint64_t *hash, const void *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		*hash = (*hash ^ ((const uint8_t *)p)[i]) * 0x100000001b3ULL;
}

static void add_record(struct print *p, uint64_t seq, uint64_t time, uint32_t type, uint16_t misc,
		       const void *bytes, uint32_t len)
{
	p->records++;
	add(&p->hash, &seq, sizeof(seq));
	add(&p->hash, &time, sizeof(time));
	add(&p->hash, &type, sizeof(type));
	add(&p->hash, &misc, sizeof(misc));
	add(&p->hash, &len, sizeof(len));
	add(&p->hash, bytes, len);
}

static void read_mapped(void)
{
	struct evring_event ev;
	struct evring r;

	ring_open(&r, NAME, NULL);
	while (evring_next(&r, &ev) == 1) {
		struct print *p = &mapped[ev.cpu % CPUS];

		if (ev.kind == EVRING_RECORD)
			add_record(p, ev.seq, ev.time, ev.type, ev.misc, ev.payload, ev.len);
		else if (ev.kind == EVRING_DROPPED)
			p->dropped += ev.count;
		else
			p->overrun += ev.count;
	}
	evring_close(&r);
}

static uint64_t padding;

static void add_padding(const struct evring_record *record)
{
	const uint8_t *p = (const uint8_t *)record;

	for (uint32_t i = record->size; i < ((record->size + 7U) & ~7U); i++)
		padding |= p[i];
}

static void read_calls(size_t room)
{
	uint8_t *buffer = aligned_alloc(8, room);
	int fd = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	const struct evring_record *record;
	struct walk w = { 0 };
	ssize_t n;

	if (!buffer)
		bail("no memory");
	memset(got, 0, sizeof(got));
	while ((n = read(fd, buffer, room)) > 0) {
		walk_feed(&w, buffer, (size_t)n);
		while ((record = walk_next(&w))) {
			const struct evring_loss *loss = payload(record);

			add_padding(record);
			if (record->type == EVRING_TYPE_DROPPED)
				got[loss->cpu % CPUS].dropped += loss->count;
			else if (record->type == EVRING_TYPE_OVERRUN)
				got[loss->cpu % CPUS].overrun += loss->count;
			else
				add_record(&got[w.cpu % CPUS], w.seq, record->time, record->type,
					   record->misc, payload(record), payload_bytes(record));
		}
	}
	ok_errno(n, EAGAIN, "it ends with nothing more there");
	ok(!w.broken, "what was read is whole records", "%s", w.broken);
	free(buffer);
	close(fd);
}

static void compare(size_t room)
{
	char what[100];

	read_calls(room);
	for (unsigned int cpu = 0; cpu < online_cpus(); cpu++) {
		snprintf(what, sizeof(what), "CPU %u by buffers of %zu bytes", cpu, room);
		ok(got[cpu].records == mapped[cpu].records && got[cpu].hash == mapped[cpu].hash &&
		   got[cpu].dropped == mapped[cpu].dropped && got[cpu].overrun == mapped[cpu].overrun,
		   what, "%llu records, %llu dropped, %llu overrun, and mapped %llu, %llu, %llu%s",
		   (unsigned long long)got[cpu].records, (unsigned long long)got[cpu].dropped,
		   (unsigned long long)got[cpu].overrun, (unsigned long long)mapped[cpu].records,
		   (unsigned long long)mapped[cpu].dropped, (unsigned long long)mapped[cpu].overrun,
		   got[cpu].hash == mapped[cpu].hash ? "" : "; contents differ");
	}
}

static void compare_all(const char *what, uint64_t data_size, uint32_t max, uint32_t flags)
{
	struct evring_generator_args task = { .flags = flags | EVRING_GENERATOR_WAIT,
					      .payload_min = 16, .payload_max = max, .count = COUNT };
	struct evring_generator_args irq = { .flags = EVRING_GENERATOR_IRQ, .payload_min = 16,
					     .payload_max = 100, .rate = 1000 };

	printf("# %s\n", what);
	memset(mapped, 0, sizeof(mapped));
	channel_create(NAME, data_size, 16384);
	generate(NAME, &irq);
	generate(NAME, &task);
	detach(NAME, 0);
	read_mapped();
	/* 32 bytes of RUN, 16 of header; the largest payload that fits a block. */
	compare(32 + 16384);
	compare(64 << 10);
	compare(1 << 20);
	if (max <= 4000) {
		compare(4096);
		compare(32 + 16 + max + 7);
	}
	for (unsigned int cpu = 0; cpu < online_cpus(); cpu++)
		ok(mapped[cpu].records > 100, "there was something to compare", "CPU %u has %llu", cpu,
		   (unsigned long long)mapped[cpu].records);
	channel_remove(NAME);
}

int main(void)
{
	compare_all("everything is still there", 64 << 20, 300, 0);
	compare_all("the ring went round", 1 << 20, 1000, 0);
	compare_all("it went round, written in place", 1 << 20, 1000, EVRING_GENERATOR_RESERVE);
	compare_all("some were too large", 64 << 20, 18000, 0);
	ok(!padding, "the bytes between records are zero", "they are not");
	return result();
}
