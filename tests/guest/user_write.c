// SPDX-License-Identifier: GPL-2.0
/*
 * write() on a channel made for it is a record: type, misc flag, struct evring_common in front.
 * On others, too large, frozen, removed, from a bad address: refused, and nothing is emitted.
 */
#include "tally.h"
#include <sys/uio.h>

#define NAME "user_write"

static void create(uint32_t flags)
{
	channel_create_as(NAME, (struct evring_create_args){ .data_size = 256 << 10,
							     .block_size = 4096, .mode = 0660,
							     .flags = flags });
}

static void expect(struct evring *r, const void *bytes, uint32_t len, const char *what)
{
	struct evring_common common = { 0 };
	struct evring_event ev;

	if (!ok_equal((uint64_t)evring_next(r, &ev), 1, what))
		return;
	if (ev.len >= sizeof(common))
		memcpy(&common, ev.payload, sizeof(common));
	ok(ev.kind == EVRING_RECORD && ev.type == EVRING_TYPE_USER && ev.misc == EVRING_MISC_USER,
	   "its type and flag", "kind %d, type %x, misc %x", ev.kind, ev.type, ev.misc);
	ok(common.type == EVRING_TYPE_USER && common.pid == (int32_t)syscall(SYS_gettid),
	   "its common bytes", "type %x, pid %d", common.type, common.pid);
	ok(ev.len == sizeof(common) + len &&
	   !memcmp((const char *)ev.payload + sizeof(common), bytes, len),
	   "its bytes", "%u bytes", ev.len);
}

int main(void)
{
	static char *volatile nowhere = (char *)8;
	static char big[8192];
	struct iovec iov[2] = { { .iov_base = (void *)"one ", .iov_len = 4 },
				{ .iov_base = (void *)"two", .iov_len = 3 } };
	struct evring_event ev;
	uint32_t max;
	struct evring r;
	int fd, ro;

	create(0);
	fd = channel_open(NAME, O_RDWR);
	ok_errno(write(fd, "x", 1), EINVAL, "write() on a channel that is not made for it");
	close(fd);

	create(EVRING_CREATE_USER_WRITE);
	fd = channel_open(NAME, O_RDWR);
	ro = channel_open(NAME, O_RDONLY);
	ring_open(&r, NAME, &(struct evring_opts){ .size = sizeof(struct evring_opts),
						   .flags = EVRING_OPT_WRITABLE });
	ok(channel_info(fd).features & EVRING_FEATURE_USER_WRITE, "INFO tells it", "it does not");
	ok_errno(write(ro, "x", 1), EBADF, "write() on a descriptor for reading");
	ok_equal((uint64_t)write(fd, "hello", 5), 5, "write()");
	expect(&r, "hello", 5, "a record");
	ok_equal((uint64_t)writev(fd, iov, 2), 7, "writev()");
	expect(&r, "one two", 7, "one record");
	max = channel_info(fd).max_payload - (uint32_t)sizeof(struct evring_common);
	memset(big, 'b', sizeof(big));
	ok_equal((uint64_t)write(fd, big, max), max, "write() of as much as a record carries");
	expect(&r, big, max, "a record as large");
	ok_errno(write(fd, big, max + 1), EMSGSIZE, "write() of one byte more");
	ok_errno(write(fd, nowhere, 100), EFAULT, "write() from a bad address");
	ok_equal((uint64_t)evring_next(&r, &ev), 0, "what was refused emitted nothing");

	ok_equal((uint64_t)-evring_freeze(&r), 0, "freeze");
	ok_errno(write(fd, "x", 1), EROFS, "write() on a frozen channel");
	ok_equal((uint64_t)-evring_thaw(&r), 0, "thaw");
	ok(evring_next(&r, &ev) == 1 && ev.kind == EVRING_DROPPED && ev.count == 1,
	   "that was a drop", "it was not told");
	ok_equal((uint64_t)write(fd, "again", 5), 5, "write() after thawing");
	expect(&r, "again", 5, "a record");

	ok_equal((uint64_t)-evring_gate(&r), 0, "gate");
	while (write(fd, big, 1000) == 1000)
		;
	ok_errno(-1, EAGAIN, "write() when a gating reader has filled the ring");
	channel_remove(NAME);
	ok_errno(write(fd, "x", 1), ENODEV, "write() after the channel was removed");
	evring_close(&r);
	close(fd);
	close(ro);
	return result();
}
