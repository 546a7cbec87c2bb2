// SPDX-License-Identifier: GPL-2.0
/*
 * Channels removed and made again under the same names, while readers of the old ones hold on: each
 * reader goes on with the channel that it opened, its records and no others, by the map and by read();
 * each is told that its own has gone; a source is attached to the one that has the name now; who
 * sleeps on an old one is woken by its removal, not by what the new one gets. A name is taken until
 * all of its channel is gone, however many make and remove at once.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <stdatomic.h>

#define NAMES 2
#define ROUNDS 12
#define RECORDS 40
#define TRIES 300

static const char *const names[NAMES] = { "recreated0", "recreated1" };

struct old {
	struct evring r;
	int fd;
	uint32_t size;
	unsigned int hups;
	pthread_t sleeper;
};

static void *sleep_on(void *arg)
{
	struct old *o = arg;

	o->hups += (poll_for(o->fd, 30000) & (POLLHUP | POLLIN)) == POLLHUP;
	return NULL;
}

static bool own_by_map(struct old *o)
{
	struct evring_event ev;
	unsigned int n = 0;
	int got;

	while ((got = evring_next(&o->r, &ev)) == 1) {
		if (ev.kind != EVRING_RECORD || ev.len != o->size)
			return false;
		n++;
	}
	return got == -ENODEV && n == RECORDS;
}

static bool own_by_read(struct old *o)
{
	static char buffer[64 << 10];
	struct evring_seek_args seek = { .size = sizeof(seek), .whence = EVRING_SEEK_OLDEST };
	const struct evring_record *record;
	struct walk w = { 0 };
	unsigned int n = 0;
	ssize_t bytes;

	must(ioctl(o->fd, EVRING_IOC_SEEK, &seek), "SEEK");
	bytes = read(o->fd, buffer, sizeof(buffer));
	walk_feed(&w, buffer, bytes > 0 ? (size_t)bytes : 0);
	while ((record = walk_next(&w))) {
		if (payload_bytes(record) != o->size)
			return false;
		n++;
	}
	return n == RECORDS && !read(o->fd, buffer, sizeof(buffer)) && poll_for(o->fd, 0) & POLLHUP;
}

static void make(struct old *o, const char *name, uint32_t size)
{
	channel_create(name, 64 << 10, 4096);
	o->size = size;
	ring_open(&o->r, name, NULL);
	o->fd = channel_open(name, O_RDONLY);
	generate_some(name, 1, RECORDS, size, size);
	channel_seek(o->fd, EVRING_SEEK_LATEST);
	if (pthread_create(&o->sleeper, NULL, sleep_on, o))
		bail("no thread");
}

/* Makes and removes; the kernel's log would tell of a device that is there twice. */
static void *make_and_remove(void *wrong)
{
	struct evring_create_args create = { .size = sizeof(create), .data_size = 64 << 10,
					     .block_size = 4096 };

	set_name(create.name, "contended");
	for (int i = 0; i < TRIES; i++) {
		if (ioctl(control_fd(), EVRING_IOC_CREATE, &create) && errno != EEXIST)
			atomic_fetch_add((_Atomic unsigned int *)wrong, 1);
		if (channel_remove("contended") && errno != ENOENT)
			atomic_fetch_add((_Atomic unsigned int *)wrong, 1);
	}
	return NULL;
}

static void contend(void)
{
	_Atomic unsigned int wrong = 0;
	pthread_t threads[4];

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		if (pthread_create(&threads[i], NULL, make_and_remove, &wrong))
			bail("no thread");
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		pthread_join(threads[i], NULL);
	ok_equal(wrong, 0, "who contends for a name is told EEXIST or ENOENT");
	ok_errno(channel_remove("contended"), ENOENT, "in the end the name is free");
}

int main(void)
{
	static struct old olds[ROUNDS][NAMES];
	unsigned int hups = 0, by_map = 0, by_read = 0, alive = 0;

	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < NAMES; i++)
			make(&olds[round][i], names[i], 16 + 8 * (round * NAMES + i));
		/* The newest are alive, and only they. */
		for (uint32_t k = 0; k <= round; k++)
			for (uint32_t i = 0; i < NAMES; i++)
				alive += !(channel_info(olds[k][i].fd).state & EVRING_STATE_REMOVED) ==
					 (k == round);
		sleep_ms(20);
	}
	ok_equal(alive, NAMES * ROUNDS * (ROUNDS + 1) / 2, "each says of itself whether it was removed");
	for (uint32_t i = 0; i < NAMES; i++) {
		ok_errno(channel_remove(names[i]), 0, "the last of a name can be removed");
		ok_errno(channel_remove(names[i]), ENOENT, "it was the only one of that name");
	}
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < NAMES; i++) {
			struct old *o = &olds[round][i];

			pthread_join(o->sleeper, NULL);
			hups += o->hups;
			by_map += own_by_map(o);
			by_read += own_by_read(o);
		}
	}
	ok_equal(hups, ROUNDS * NAMES, "who slept on one was woken by its removal");
	ok_equal(by_map, ROUNDS * NAMES, "by the map each has its own records and no others");
	ok_equal(by_read, ROUNDS * NAMES, "by read() too");
	for (uint32_t round = 0; round < ROUNDS; round++) {
		for (uint32_t i = 0; i < NAMES; i++) {
			evring_close(&olds[round][i].r);
			close(olds[round][i].fd);
		}
	}
	contend();
	return result();
}
