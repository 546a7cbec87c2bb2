// SPDX-License-Identifier: GPL-2.0
/*
 * REMOVE always succeeds, whoever uses the channel. A mapping stays readable and says that the
 * channel was removed; poll and epoll tell EPOLLHUP; read() returns the rest and then 0, also
 * one that slept; POSITION says that there is more; the node and the name are free at once;
 * a source has ended; the next REMOVE finds nothing.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <pthread.h>
#include <sys/epoll.h>

#define NAME "removal"
#define RECORDS 100

static int fd;
static char buffer[64 << 10];

static void *sleep_in_read(void *result)
{
	*(ssize_t *)result = read(*(int *)result, buffer, sizeof(buffer));
	return NULL;
}

static void *sleep_in_poll(void *result)
{
	*(int *)result = poll_for(*(int *)result, 10000);
	return NULL;
}

/* Two readers asleep on an empty channel are woken by its removal. */
static void asleep(void)
{
	/* Each starts as the descriptor and ends as the result. */
	union {
		int in;
		ssize_t out;
	} r = { 0 };
	int p;
	pthread_t reader, poller;

	channel_create(NAME, 64 << 10, 4096);
	fd = channel_open(NAME, O_RDONLY);
	r.in = channel_open(NAME, O_RDONLY);
	p = fd;
	pthread_create(&reader, NULL, sleep_in_read, &r);
	pthread_create(&poller, NULL, sleep_in_poll, &p);
	sleep_ms(300);
	ok_errno(channel_remove(NAME), 0, "REMOVE while one sleeps in read() and one in poll()");
	pthread_join(reader, NULL);
	pthread_join(poller, NULL);
	ok_equal((uint64_t)r.out, 0, "read() that slept returns 0");
	ok(p & POLLHUP, "poll() that slept tells POLLHUP", "events %#x", p);
	close(fd);
}

static size_t count_records(ssize_t bytes)
{
	struct walk w = { .data = (const uint8_t *)buffer, .bytes = bytes > 0 ? (size_t)bytes : 0 };
	size_t n = 0;

	while (walk_next(&w))
		n++;
	return n;
}

static void epoll_hup(void)
{
	int ep = (int)must(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	struct epoll_event ev = { .events = EPOLLIN };

	must(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev), "epoll_ctl");
	ok(epoll_wait(ep, &ev, 1, 0) == 1 && (ev.events & EPOLLHUP), "epoll tells EPOLLHUP",
	   "events %#x", ev.events);
	close(ep);
}

static void position_after(uint32_t ncpus)
{
	uint64_t seqs[1024];
	struct evring_position_args args = { .size = sizeof(args), .ncpus = ncpus,
					     .seqs = (uintptr_t)seqs };

	memset(seqs, 0xff, sizeof(seqs));
	ok_errno(ioctl(fd, EVRING_IOC_POSITION, &args), 0, "POSITION after removal");
	ok_equal(args.more, 1, "POSITION says that there is more, so that nobody goes to sleep");
}

static void in_use(void)
{
	struct evring_generator_args g = { .payload_min = 32, .payload_max = 32, .rate = 1000 };
	const struct evring_control *control;
	struct evring_info info;
	const uint8_t *map;
	uint64_t sum = 0;
	ssize_t n;
	int fd2;

	channel_create(NAME, 1 << 20, 4096);
	generate_some(NAME, 1, RECORDS, 16, 300);
	fd = channel_open(NAME, O_RDONLY);
	info = channel_info(fd);
	map = channel_map(fd, 0);
	control = (const void *)map;

	ok_errno(channel_remove(NAME), 0, "REMOVE while it is open and mapped");
	ok_errno(channel_remove(NAME), ENOENT, "REMOVE again");
	ok(access(channel_path(NAME), F_OK) < 0, "the node has gone", "it is there");
	ok(poll_for(fd, 0) & POLLHUP, "poll() tells POLLHUP", "it does not");
	epoll_hup();
	ok(control->state & EVRING_STATE_REMOVED, "the mapping says so", "state %#x", control->state);
	ok(channel_info(fd).state & EVRING_STATE_REMOVED, "INFO says so", "it does not");
	for (uint64_t i = 0; i < info.map_size; i++)
		sum += ((const volatile uint8_t *)map)[i];
	ok(sum, "every byte of the mapping can be read, not yet touched ones too", "all are zero");

	/* The name is free while the old channel lives on. */
	channel_create(NAME, 64 << 10, 4096);
	generate(NAME, &g);
	fd2 = channel_open(NAME, O_RDONLY);

	n = read(fd, buffer, sizeof(buffer));
	ok_equal(count_records(n), RECORDS, "read() still returns all records");
	ok_equal((uint64_t)read(fd, buffer, sizeof(buffer)), 0, "read() then returns 0");
	ok_equal((uint64_t)read(fd, buffer, sizeof(buffer)), 0, "read() returns 0 again");
	position_after(1);
	ok_equal(channel_stats(fd).sources, 0, "it has no sources");
	ok_errno(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0, 0,
		 "what is open can still be mapped");
	close(fd);
	sum = 0;
	for (uint64_t i = 0; i < info.map_size; i += 4096)
		sum += ((const volatile uint8_t *)map)[i];
	ok(control->magic == EVRING_MAGIC, "the mapping outlives the descriptor", "no magic");
	munmap((void *)(uintptr_t)map, info.map_size);

	/* With a source at work. */
	ok_errno(channel_remove(NAME), 0, "REMOVE while a source emits");
	ok_equal(channel_stats(fd2).sources, 0, "the source has ended");
	close(fd2);
}

/* Somebody waits for a run that will not end: REMOVE ends it. */
static void while_waiting(void)
{
	struct evring_generator_args g = { .flags = EVRING_GENERATOR_WAIT, .payload_min = 16,
					   .payload_max = 16, .rate = 1000 };
	pid_t pid;

	channel_create(NAME, 64 << 10, 4096);
	pid = child();
	if (!pid) {
		generate(NAME, &g);
		_exit(!g.emitted);
	}
	sleep_ms(300);
	ok_errno(channel_remove(NAME), 0, "REMOVE while ATTACH waits for a run");
	ok_equal((uint64_t)child_status(pid), 0, "ATTACH returns what was emitted until then");

	/* And a signal ends the wait, and the run. */
	channel_create(NAME, 64 << 10, 4096);
	fd = channel_open(NAME, O_RDONLY);
	pid = child();
	if (!pid)
		_exit((generate(NAME, &g), 0));
	sleep_ms(300);
	kill(pid, SIGTERM);
	child_status(pid);
	ok_equal(channel_stats(fd).sources, 0, "a signal ends a run with WAIT");
	close(fd);
	channel_remove(NAME);
}

int main(void)
{
	asleep();
	in_use();
	while_waiting();
	return result();
}
