// SPDX-License-Identifier: GPL-2.0
/*
 * mmap() of a channel grants reading, shared, from offset 0, and nothing else. Each
 * refusal has the errno that the documentation names:
 *
 *	PROT_WRITE, descriptor open for reading		EACCES (from the VFS)
 *	PROT_WRITE, descriptor open for writing too	EPERM
 *	PROT_EXEC					EPERM
 *	MAP_PRIVATE					EINVAL
 *	longer than the whole				EINVAL
 *	offset other than 0				EINVAL
 *
 * vm: --smp 2
 */
#include "harness.h"

#define NAME "map_refusals"

static uint64_t whole;
static long page;

static void check(int fd, size_t bytes, int prot, int flags, long offset, int want, const char *what)
{
	void *map = mmap(NULL, bytes, prot, flags, fd, offset);

	ok_errno(map == MAP_FAILED ? -1 : 0, want, what);
	if (map != MAP_FAILED)
		munmap(map, bytes);
}

static void granted(int fd)
{
	check(fd, whole, PROT_READ, MAP_SHARED, 0, 0, "the whole, read-only and shared");
	check(fd, whole, PROT_READ, MAP_SHARED_VALIDATE, 0, 0, "MAP_SHARED_VALIDATE");
	check(fd, whole, PROT_READ, MAP_SHARED | MAP_POPULATE, 0, 0, "MAP_POPULATE");
	check(fd, (size_t)page, PROT_READ, MAP_SHARED, 0, 0, "the first page alone");
	check(fd, (size_t)page * 3, PROT_READ, MAP_SHARED, 0, 0, "the first three pages");
	check(fd, whole, PROT_NONE, MAP_SHARED, 0, 0, "PROT_NONE");
	check(fd, (size_t)page + 1, PROT_READ, MAP_SHARED, 0, 0, "a length that is rounded up to a page");
}

static void refused(int fd, int fd_rw)
{
	check(fd, whole, PROT_READ | PROT_WRITE, MAP_SHARED, 0, EACCES, "PROT_WRITE, O_RDONLY");
	check(fd, whole, PROT_WRITE, MAP_SHARED, 0, EACCES, "PROT_WRITE alone, O_RDONLY");
	check(fd_rw, whole, PROT_READ | PROT_WRITE, MAP_SHARED, 0, EPERM, "PROT_WRITE, O_RDWR");
	check(fd_rw, whole, PROT_WRITE, MAP_SHARED, 0, EPERM, "PROT_WRITE alone, O_RDWR");
	check(fd, whole, PROT_READ | PROT_EXEC, MAP_SHARED, 0, EPERM, "PROT_EXEC, O_RDONLY");
	check(fd_rw, whole, PROT_READ | PROT_EXEC, MAP_SHARED, 0, EPERM, "PROT_EXEC, O_RDWR");
	check(fd, whole, PROT_READ, MAP_PRIVATE, 0, EINVAL, "MAP_PRIVATE, O_RDONLY");
	check(fd_rw, whole, PROT_READ, MAP_PRIVATE, 0, EINVAL, "MAP_PRIVATE, O_RDWR");
	check(fd, whole, PROT_NONE, MAP_PRIVATE, 0, EINVAL, "MAP_PRIVATE, PROT_NONE");
	check(fd, whole + (size_t)page, PROT_READ, MAP_SHARED, 0, EINVAL, "a page too long");
	check(fd, whole + 1, PROT_READ, MAP_SHARED, 0, EINVAL, "a byte too long");
	check(fd, 1UL << 40, PROT_READ, MAP_SHARED, 0, EINVAL, "a TiB");
	check(fd, (size_t)page, PROT_READ, MAP_SHARED, page, EINVAL, "offset of a page");
	check(fd, (size_t)page, PROT_READ, MAP_SHARED, (long)whole, EINVAL, "offset at the end");
	check(fd, (size_t)page, PROT_READ, MAP_SHARED, 0x7fffffffffff0000L & -page, EINVAL,
	      "offset near the largest");
	/* The sum of offset and length goes round. */
	check(fd, (size_t)page * 32, PROT_READ, MAP_SHARED, -page * 16, EOVERFLOW,
	      "offset and length that overflow");
	check(fd, 0, PROT_READ, MAP_SHARED, 0, EINVAL, "no length");
}

int main(void)
{
	int fd, fd_rw;

	page = sysconf(_SC_PAGESIZE);
	channel_create(NAME, 256 << 10, 4096);
	fd = channel_open(NAME, O_RDONLY);
	fd_rw = channel_open(NAME, O_RDWR);
	whole = channel_info(fd).map_size;
	granted(fd);
	refused(fd, fd_rw);
	close(fd_rw);
	close(fd);
	ok_errno(channel_remove(NAME), 0, "the channel can be removed afterwards");
	return result();
}
