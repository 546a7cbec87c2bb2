// SPDX-License-Identifier: GPL-2.0
/*
 * Makes images of channels for the tests of evlog: evlog_image KIND FILE.
 *
 *   all    each event type, payloads cut short, an unknown type, hostile names, drops
 *   many   as many generator events as the ring holds, on two CPUs, no loss
 *   some   12000 of them
 *   one    as many on one CPU: its blocks follow each other
 *   none   a channel without time stamps
 *   boot   a channel by CLOCK_BOOTTIME
 *   abi    a channel of another ABI version
 */
#include <linux/evring.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NCPUS		2U
#define BLOCK		4096U
#define PAGE		4096U
#define INDEX_AT	PAGE

/**
 * struct image - an image being made.
 * @bytes: the whole image.
 * @size: its size.
 * @control: its control page.
 * @index: its index.
 * @hand: generation of the next claim.
 * @block: for each CPU its open block, or NULL.
 * @seq: for each CPU the next sequence number.
 * @drops: for each CPU what it dropped.
 * @time: time stamp of the last record.
 */
struct image {
	unsigned char *bytes;
	size_t size;
	struct evring_control *control;
	struct evring_index *index;
	uint64_t hand;
	struct evring_index *block[NCPUS];
	uint64_t seq[NCPUS];
	uint64_t drops[NCPUS];
	uint64_t time;
};

static struct evring_line *line_of(struct image *im, unsigned int cpu)
{
	return (struct evring_line *)(im->bytes + im->control->line_offset) + cpu;
}

static void start(struct image *im, uint32_t nblocks, uint32_t clock)
{
	uint64_t index_size = (nblocks * sizeof(struct evring_index) + PAGE - 1) / PAGE * PAGE;
	struct evring_control *c;
	unsigned int cpu;

	memset(im, 0, sizeof(*im));
	im->size = INDEX_AT + index_size + (uint64_t)nblocks * BLOCK;
	im->bytes = calloc(1, im->size);
	if (!im->bytes)
		exit(1);
	c = (struct evring_control *)im->bytes;
	im->control = c;
	im->index = (struct evring_index *)(im->bytes + INDEX_AT);
	im->hand = 2 * nblocks;
	im->time = 12000000000ULL;
	c->magic = EVRING_MAGIC;
	c->abi_version = EVRING_ABI_VERSION;
	c->control_size = INDEX_AT;
	c->index_offset = INDEX_AT;
	c->data_offset = INDEX_AT + index_size;
	c->data_size = (uint64_t)nblocks * BLOCK;
	c->map_size = im->size;
	c->page_size = PAGE;
	c->block_size = BLOCK;
	c->nblocks = nblocks;
	c->ncpus = NCPUS;
	c->line_offset = 256;
	c->line_size = sizeof(struct evring_line);
	c->index_entry_size = sizeof(struct evring_index);
	c->clock = clock;
	c->created_mono = 10000000000ULL;
	c->created_real = 1700000000000000000ULL;
	strcpy(c->name, "test");
	for (cpu = 0; cpu < NCPUS; cpu++)
		line_of(im, cpu)->cur = (uint64_t)EVRING_POS_NO_SLOT << EVRING_POS_SLOT_SHIFT |
					EVRING_POS_FULL;
}

static uint32_t slot_of(const struct image *im, const struct evring_index *e)
{
	return (uint32_t)(e - im->index);
}

static void turn(struct image *im, unsigned int cpu)
{
	struct evring_index *old = im->block[cpu];
	uint32_t slot = (uint32_t)(im->hand & (im->control->nblocks - 1));
	struct evring_index *e = &im->index[slot];

	if (old) {
		old->pub |= EVRING_POS_FULL;
		old->ts_end = im->time;
		old->next_slot = slot;
	}
	e->gen = im->hand++;
	e->seq_first = im->seq[cpu];
	e->drops = im->drops[cpu];
	e->ts_begin = im->time;
	e->cpu = cpu;
	e->prev_slot = old ? slot_of(im, old) : EVRING_POS_NO_SLOT;
	e->next_slot = EVRING_POS_NO_SLOT;
	e->pub = (im->seq[cpu] & 0xffffffff) << EVRING_POS_SEQ_SHIFT |
		 (uint64_t)slot << EVRING_POS_SLOT_SHIFT;
	im->block[cpu] = e;
	line_of(im, cpu)->cur = e->pub;
	line_of(im, cpu)->total = im->seq[cpu];
}

/* Emits a record 1 ms after the one before; no payload: zeros. */
static void emit(struct image *im, unsigned int cpu, uint32_t type, const void *payload,
		 uint32_t len)
{
	struct evring_record r = { .type = type, .size = (uint16_t)(sizeof(r) + len) };
	uint32_t whole = (r.size + 7U) & ~7U, at;
	unsigned char *to;

	if (!im->block[cpu] || evring_pos_bytes(im->block[cpu]->pub) + whole > BLOCK)
		turn(im, cpu);
	at = evring_pos_bytes(im->block[cpu]->pub);
	to = im->bytes + im->control->data_offset +
	     (uint64_t)slot_of(im, im->block[cpu]) * BLOCK + at;
	im->time += 1000000;
	r.time = im->control->clock == EVRING_CLOCK_NONE ? 0 : im->time;
	memcpy(to, &r, sizeof(r));
	if (payload)
		memcpy(to + sizeof(r), payload, len);
	im->block[cpu]->pub += (1ULL << EVRING_POS_SEQ_SHIFT) + whole / 8;
	im->seq[cpu]++;
}

static void drop(struct image *im, unsigned int cpu, uint64_t n)
{
	im->drops[cpu] += n;
	line_of(im, cpu)->dropped[EVRING_DROP_NO_ROOM] += n;
}

static struct evring_common common(uint32_t type, int32_t pid)
{
	return (struct evring_common){ .type = (uint16_t)type, .pid = pid };
}

static void emit_generator(struct image *im, unsigned int cpu, uint32_t number, uint32_t len)
{
	unsigned char payload[1024] = { 0 };
	struct evring_event_generator g = {
		.common = common(EVRING_TYPE_GENERATOR, 1), .number = number,
	};
	uint32_t i;

	memcpy(payload, &g, sizeof(g));
	for (i = sizeof(g); i < len; i++)
		payload[i] = evring_generator_fill(cpu, number, i - (uint32_t)sizeof(g));
	g.sum = evring_generator_sum(payload, len);
	memcpy(payload, &g, sizeof(g));
	emit(im, cpu, EVRING_TYPE_GENERATOR, payload, len);
}

static void emit_fork(struct image *im, unsigned int cpu, const char *parent, const char *child)
{
	struct evring_event_fork e = {
		.common = common(EVRING_TYPE_FORK, 1234), .parent_pid = 1234, .child_pid = 1240,
	};

	memcpy(e.parent_comm, parent, strnlen(parent, sizeof(e.parent_comm)));
	memcpy(e.child_comm, child, strnlen(child, sizeof(e.child_comm)));
	emit(im, cpu, EVRING_TYPE_FORK, &e, sizeof(e));
}

static void emit_exec(struct image *im, const char *filename, uint32_t shift)
{
	struct evring_event_exec e = {
		.common = common(EVRING_TYPE_EXEC, 1240), .pid = 1240, .old_pid = 1240,
		.comm = "ls",
	};
	uint32_t len = (uint32_t)strlen(filename) + 1;
	unsigned char payload[256];

	e.filename_loc = len << 16 | (uint32_t)(sizeof(e) + shift);
	memcpy(payload, &e, sizeof(e));
	memcpy(payload + sizeof(e), filename, len);
	emit(im, 0, EVRING_TYPE_EXEC, payload, (uint32_t)sizeof(e) + len);
}

static void emit_user(struct image *im, const char *data, uint32_t len)
{
	unsigned char payload[256];
	struct evring_common c = common(EVRING_TYPE_USER, 77);

	memcpy(payload, &c, sizeof(c));
	memcpy(payload + sizeof(c), data, len);
	emit(im, 0, EVRING_TYPE_USER, payload, (uint32_t)sizeof(c) + len);
}

static void make_all(struct image *im)
{
	struct evring_event_exit exited = {
		.common = common(EVRING_TYPE_EXIT, 1240), .comm = "ls", .pid = 1240,
		.prio = 120, .exit_code = 256,
	};
	struct evring_event_switch switched = {
		.common = common(EVRING_TYPE_SWITCH, 1234), .prev_comm = "bash",
		.prev_pid = 1234, .prev_prio = 120, .prev_state = 1,
		.next_comm = "swapper/1", .next_pid = 0, .next_prio = 120,
	};
	struct evring_event_sys_enter entered = {
		.common = common(EVRING_TYPE_SYS_ENTER, 1234), .id = 257,
		.args = { 0xffffff9c, 0x7ffc00001000, 0, ~0ULL, 1ULL << 53, 6 },
	};
	struct evring_event_sys_exit left = {
		.common = common(EVRING_TYPE_SYS_EXIT, 1234), .id = 257, .ret = -2,
	};
	struct evring_common other = common(291, 55);
	uint32_t type, len;

	start(im, 64, EVRING_CLOCK_MONOTONIC);
	emit_fork(im, 1, "bash", "bash");
	emit_fork(im, 1, "a\"b\\c\n\033[31m", "\xff\xc3\xa9\xe2\x82 0123456789");
	emit_exec(im, "/usr/bin/ls", 0);
	emit_exec(im, "/usr/bin/lost", 1000);
	emit(im, 0, EVRING_TYPE_EXIT, &exited, sizeof(exited));
	emit(im, 1, EVRING_TYPE_SWITCH, &switched, sizeof(switched));
	emit(im, 0, EVRING_TYPE_SYS_ENTER, &entered, sizeof(entered));
	emit(im, 0, EVRING_TYPE_SYS_EXIT, &left, sizeof(left));
	emit_generator(im, 0, 5, 64);
	emit_user(im, "hello\n", 6);
	emit_user(im, "\0\xff" "a", 3);
	emit(im, 0, 291, &other, sizeof(other));
	emit(im, 1, EVRING_TYPE_DYNAMIC, "xyz", 3);
	emit(im, 0, 0xffffffff, NULL, 0);
	for (type = EVRING_TYPE_GENERATOR; type <= EVRING_TYPE_SYS_EXIT; type++)
		for (len = 0; len < 8; len++)
			emit(im, 0, type, NULL, len);
	drop(im, 1, 7);
	turn(im, 1);
	emit_fork(im, 1, "last", "child");
	drop(im, 0, 2);
	turn(im, 0);
}

static void make_many(struct image *im, uint32_t n, uint32_t cpus)
{
	uint32_t i;

	start(im, 1024, EVRING_CLOCK_MONOTONIC);
	for (i = 0; i < n; i++)
		emit_generator(im, i % cpus, i / cpus, 40 + i % 64);
}

static void make_few(struct image *im, uint32_t clock)
{
	start(im, 64, clock);
	emit_fork(im, 0, "bash", "bash");
	emit_fork(im, 1, "bash", "bash");
}

static int write_image(const struct image *im, const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		return 1;
	if (fwrite(im->bytes, 1, im->size, f) != im->size) {
		fclose(f);
		return 1;
	}
	return fclose(f) != 0;
}

int main(int argc, char **argv)
{
	struct image im;

	if (argc != 3) {
		fprintf(stderr, "usage: evlog_image all|many|some|one|none|boot|abi FILE\n");
		return 2;
	}
	if (!strcmp(argv[1], "all"))
		make_all(&im);
	else if (!strcmp(argv[1], "many"))
		make_many(&im, 40000, 2);
	else if (!strcmp(argv[1], "some"))
		make_many(&im, 12000, 2);
	else if (!strcmp(argv[1], "one"))
		make_many(&im, 12000, 1);
	else if (!strcmp(argv[1], "none"))
		make_few(&im, EVRING_CLOCK_NONE);
	else if (!strcmp(argv[1], "boot"))
		make_few(&im, EVRING_CLOCK_BOOTTIME);
	else
		make_few(&im, EVRING_CLOCK_MONOTONIC);
	if (!strcmp(argv[1], "abi"))
		im.control->abi_version = 99;
	return write_image(&im, argv[2]);
}
