// SPDX-License-Identifier: GPL-2.0
/* libs: -luring */
/*
 * io_uring on a channel. A read of what is there completes at once; one of an empty channel waits
 * without a worker thread, for the module honours IOCB_NOWAIT, and completes when a record comes; a
 * cancelled one loses nothing. A multishot poll tells of each record if POSITION is called in between.
 * A file can be written straight from the mapping; the mapping cannot be registered as a buffer, which
 * would pin it for writing.
 *
 * vm: --smp 2
 */
#include "tally.h"
#include <dirent.h>
#include <liburing.h>

#define NAME "uring"

static struct io_uring ring;
static uint8_t buffer[64 << 10];
static int fd;

/*
 * A child emits: io_uring interrupts us like a signal when a read completes, and that would end
 * our waiting for the generator.
 */
static void emit(uint64_t count)
{
	pid_t pid = child();

	if (!pid) {
		generate_some(NAME, 1, count, 32, 32);
		_exit(0);
	}
	if (child_status(pid))
		bail("nothing was emitted");
}

static void submit(struct io_uring_sqe *sqe, uint64_t tag)
{
	io_uring_sqe_set_data64(sqe, tag);
	if (io_uring_submit(&ring) != 1)
		bail("io_uring_submit");
}

/* The next completion: its result, or -ETIME. */
static int completion(int timeout_ms, uint64_t *tag, uint32_t *flags)
{
	struct __kernel_timespec ts = { .tv_sec = timeout_ms / 1000,
					.tv_nsec = timeout_ms % 1000 * 1000000L };
	struct io_uring_cqe *cqe;
	int err = io_uring_wait_cqe_timeout(&ring, &cqe, &ts);
	int res;

	if (err)
		return err;
	res = cqe->res;
	if (tag)
		*tag = cqe->user_data;
	if (flags)
		*flags = cqe->flags;
	io_uring_cqe_seen(&ring, cqe);
	return res;
}

/* Threads of this process, io_uring's workers among them. */
static unsigned int threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	unsigned int n = 0;
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		n += entry->d_name[0] != '.';
	closedir(dir);
	return n;
}

static size_t records(int bytes)
{
	struct walk w = { .data = buffer, .bytes = bytes > 0 ? (size_t)bytes : 0 };
	size_t n = 0;

	while (walk_next(&w))
		n++;
	return n;
}

static void submit_read(uint64_t tag)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_read(sqe, fd, buffer, sizeof(buffer), (uint64_t)-1);
	submit(sqe, tag);
}

static void reads(void)
{
	unsigned int before = threads();

	emit(5);
	submit_read(1);
	ok_equal(io_uring_cq_ready(&ring), 1, "a read of what is there has completed when it is submitted");
	ok_equal(records(completion(5000, NULL, NULL)), 5, "with all that there is");

	submit_read(2);
	ok_equal((uint64_t)-completion(300, NULL, NULL), ETIME, "a read of an empty channel waits");
	ok_equal(threads(), before, "without a worker thread");
	emit(1);
	ok_equal(records(completion(5000, NULL, NULL)), 1, "and completes when a record comes");
}

static void cancelled(void)
{
	struct io_uring_sqe *sqe;
	uint64_t tag = 0;
	int res[2];

	submit_read(3);
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_cancel64(sqe, 3, 0);
	submit(sqe, 4);
	for (int i = 0; i < 2; i++) {
		int r = completion(5000, &tag, NULL);

		res[tag == 4] = r;
	}
	ok(res[0] == -ECANCELED && res[1] == 0, "a read that waits can be cancelled", "%d, %d", res[0],
	   res[1]);
	emit(1);
	submit_read(5);
	ok_equal(records(completion(5000, NULL, NULL)), 1, "and loses nothing");
}

static void position(void)
{
	static uint64_t seqs[1024];
	struct evring_position_args args = { .size = sizeof(args), .ncpus = channel_info(fd).ncpus,
					     .seqs = (uintptr_t)seqs };

	memset(seqs, 0xff, sizeof(seqs));
	must(ioctl(fd, EVRING_IOC_POSITION, &args), "POSITION");
}

static void multishot(void)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);
	uint32_t flags = 0;
	int res;

	position();
	io_uring_prep_poll_multishot(sqe, fd, POLLIN);
	submit(sqe, 6);
	ok_equal((uint64_t)-completion(200, NULL, NULL), ETIME, "a multishot poll: nothing there");
	for (int i = 0; i < 3; i++) {
		emit(1);
		res = completion(5000, NULL, &flags);
		ok(res > 0 && (res & POLLIN) && (flags & IORING_CQE_F_MORE),
		   "a multishot poll tells of a record and stays", "%d, flags %#x", res, flags);
		position();
	}
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_poll_remove(sqe, 6);
	submit(sqe, 7);
	while (completion(200, NULL, NULL) != -ETIME)
		;
}

static void from_the_mapping(void)
{
	size_t whole = channel_info(fd).map_size;
	const uint8_t *map = channel_map(fd, 0);
	struct iovec iov = { (void *)(uintptr_t)map, whole };
	int file = (int)must(open("/tmp/uring", O_RDWR | O_CREAT | O_TRUNC, 0600), "/tmp/uring");
	uint8_t *back = malloc(whole);
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	io_uring_prep_write(sqe, file, map, (unsigned int)whole, 0);
	submit(sqe, 8);
	ok_equal((uint64_t)completion(10000, NULL, NULL), whole, "a file written from the mapping");
	ok(back && pread(file, back, whole, 0) == (ssize_t)whole && !memcmp(back, map, whole),
	   "has its bytes", "it has not");
	ok_equal((uint64_t)-io_uring_register_buffers(&ring, &iov, 1), EFAULT,
		 "the mapping cannot be registered as a buffer");
	free(back);
	close(file);
	unlink("/tmp/uring");
	munmap((void *)(uintptr_t)map, whole);
}

/* A read in flight holds the channel; its removal ends it. */
static void removed(void)
{
	submit_read(9);
	ok_errno(channel_remove(NAME), 0, "REMOVE while a read waits");
	ok_equal((uint64_t)completion(5000, NULL, NULL), 0, "which then returns 0");
}

int main(void)
{
	int err = io_uring_queue_init(8, &ring, 0);

	if (err == -ENOSYS || err == -EPERM)
		skip("this kernel has no io_uring");
	if (err)
		bail("io_uring_queue_init: %s", strerror(-err));
	channel_create(NAME, 64 << 10, 4096);
	fd = channel_open(NAME, O_RDONLY);
	reads();
	cancelled();
	multishot();
	from_the_mapping();
	removed();
	io_uring_queue_exit(&ring);
	close(fd);
	return result();
}
