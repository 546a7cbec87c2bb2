// SPDX-License-Identifier: GPL-2.0
/* libs: -luring */
/*
 * Lost wake-up by io_uring's multishot poll, which is edge-triggered: one request for all readers,
 * armed once, and evring_position() after each drain. A record is emitted on one of several channels
 * while the reader is somewhere between draining and sleeping, and the next only when it has been
 * taken: were a wake-up lost, the reader would sleep until its time-out.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <liburing.h>

#define CHANNELS 2
#define ROUNDS 600
#define TIMEOUT_S 10

static const char *const names[CHANNELS] = { "uring_multishot0", "uring_multishot1" };
static struct io_uring uring;
static struct evring rings[CHANNELS];
static uint32_t asked, armed;

/* The thread that emits: one record for each time that it is asked. */
static void *emit(void *arg)
{
	uint64_t state = (uintptr_t)arg;

	for (uint32_t done = 0; done < ROUNDS; done++) {
		uint64_t until;

		while (__atomic_load_n(&asked, __ATOMIC_ACQUIRE) == done)
			usleep(20);
		until = now_ns() + random_next(&state) % 300000;
		while (now_ns() < until)
			;
		generate_some(names[random_next(&state) % CHANNELS], 1 + random_next(&state) % 3, 1, 32, 32);
	}
	return NULL;
}

static void arm(size_t i)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring);

	io_uring_prep_poll_multishot(sqe, evring_fd(&rings[i]), POLLIN);
	io_uring_sqe_set_data64(sqe, i);
	if (io_uring_submit(&uring) != 1)
		bail("io_uring_submit");
	armed++;
}

static unsigned int drain(size_t i)
{
	struct evring_event ev;
	unsigned int n = 0;

	do {
		while (evring_next(&rings[i], &ev) == 1)
			n += ev.kind == EVRING_RECORD;
	} while (evring_position(&rings[i]) == 1);
	return n;
}

/* Sleep until a completion comes: -ETIME if none does. */
static int sleep_on(void)
{
	struct __kernel_timespec ts = { .tv_sec = TIMEOUT_S };
	struct io_uring_cqe *cqe;
	int err;

	do
		err = io_uring_wait_cqe_timeout(&uring, &cqe, &ts);
	while (err == -EINTR);
	if (err)
		return err;
	if (!(cqe->flags & IORING_CQE_F_MORE))
		arm((size_t)cqe->user_data);
	io_uring_cqe_seen(&uring, cqe);
	return 0;
}

int main(void)
{
	unsigned int taken = 0, emitted = 0, round;
	pthread_t thread;
	int err = io_uring_queue_init(16, &uring, 0);

	if (err == -ENOSYS || err == -EPERM)
		skip("this kernel has no io_uring");
	if (err)
		bail("io_uring_queue_init: %s", strerror(-err));
	for (size_t i = 0; i < CHANNELS; i++) {
		channel_create(names[i], 64 << 10, 4096);
		ring_open(&rings[i], names[i], NULL);
		drain(i);
		arm(i);
	}
	if (pthread_create(&thread, NULL, emit, (void *)7))
		bail("no thread");
	for (round = 0, err = 0; round < ROUNDS && !err; round++) {
		unsigned int before = taken;

		__atomic_store_n(&asked, round + 1, __ATOMIC_RELEASE);
		while (taken == before && !err) {
			for (size_t i = 0; i < CHANNELS; i++)
				taken += drain(i);
			if (taken == before)
				err = sleep_on();
		}
	}
	ok(!err, "no wake-up is lost", "in round %u: %s", round, strerror(-err));
	__atomic_store_n(&asked, ROUNDS, __ATOMIC_RELEASE);
	if (!err)
		pthread_join(thread, NULL);
	for (size_t i = 0; i < CHANNELS; i++) {
		taken += drain(i);
		emitted += (unsigned int)channel_stats(evring_fd(&rings[i])).accepted;
	}
	ok_equal(taken, emitted, "and no record");
	printf("# %u records, %u requests\n", taken, armed);
	io_uring_queue_exit(&uring);
	for (size_t i = 0; i < CHANNELS; i++) {
		evring_close(&rings[i]);
		ok_errno(channel_remove(names[i]), 0, "the channel can be removed");
	}
	return result();
}
