// SPDX-License-Identifier: GPL-2.0
/*
 * A mapping lives by itself. A child reads it after its parent has unmapped and closed;
 * mremap() moves it and does not grow it; what is left after unmapping a hole reads as
 * before; a page beyond the object cannot be reached; MADV_DONTNEED only makes it fault in
 * again. Whatever was done, the channel can be removed and leaves nothing behind.
 *
 * vm: --smp 2
 */
#include "harness.h"

#define NAME "map_life"
#define PAGE ((size_t)4096)

static size_t whole;
static uint64_t want;

/* FNV over some bytes of the mapping. */
static uint64_t sum(const uint8_t *p, size_t bytes)
{
	uint64_t h = 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < bytes; i++)
		h = (h ^ ((const volatile uint8_t *)p)[i]) * 0x100000001b3ULL;
	return h;
}

static void forked(int fd)
{
	uint8_t *map = (uint8_t *)(uintptr_t)channel_map(fd, 0);
	int go[2];
	pid_t pid;
	char c;

	must(pipe(go), "pipe");
	pid = child();
	if (!pid) {
		close(go[1]);
		close(fd);
		_exit(read(go[0], &c, 1) != 0 || sum(map, whole) != want);
	}
	munmap(map, whole);
	close(go[0]);
	close(go[1]);
	ok_equal((uint64_t)child_status(pid), 0, "a child reads what its parent has unmapped");
}

static void moved(int fd)
{
	uint8_t *map = (uint8_t *)(uintptr_t)channel_map(fd, 0);
	uint8_t *place = mmap(NULL, whole * 2, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *to;

	ok_errno(mremap(map, whole, whole * 2, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0, EFAULT,
		 "mremap does not grow it");
	ok_errno(mremap(map, PAGE, PAGE * 2, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0, EFAULT,
		 "mremap does not grow a part of it");
	to = mremap(map, whole, whole, MREMAP_MAYMOVE | MREMAP_FIXED, place);
	ok(to == place && sum(to, whole) == want, "mremap moves it", "%s",
	   to == MAP_FAILED ? strerror(errno) : "the bytes differ");
	if (to == MAP_FAILED)
		return;
	to = mremap(to, whole, whole - PAGE, 0);
	ok(to == place && sum(to, whole - PAGE) == sum(place, whole - PAGE), "mremap shrinks it",
	   "%s", strerror(errno));
	munmap(place, whole * 2);
}

static void holed(int fd)
{
	uint8_t *map = (uint8_t *)(uintptr_t)channel_map(fd, 0);
	uint64_t first = sum(map, PAGE * 3), last = sum(map + PAGE * 5, whole - PAGE * 5);

	munmap(map, whole);
	map = (uint8_t *)(uintptr_t)channel_map(fd, 0);
	must(munmap(map + PAGE * 3, PAGE * 2), "munmap of two pages in the middle");
	/* Both ends fault in for the first time after the split. */
	ok(sum(map, PAGE * 3) == first, "before a hole it reads as before", "bytes differ");
	ok(sum(map + PAGE * 5, whole - PAGE * 5) == last, "after a hole it reads as before",
	   "bytes differ");
	munmap(map, PAGE * 3);
	ok(sum(map + PAGE * 5, whole - PAGE * 5) == last, "so it does when only the end is left",
	   "bytes differ");
	munmap(map + PAGE * 5, whole - PAGE * 5);
}

static void dropped(int fd)
{
	uint8_t *map = (uint8_t *)(uintptr_t)channel_map(fd, 0);
	bool same = sum(map, whole) == want;

	must(madvise(map, whole, MADV_DONTNEED), "MADV_DONTNEED");
	ok(same && sum(map, whole) == want, "MADV_DONTNEED makes it fault in again", "bytes differ");
	ok(madvise(map, whole, MADV_REMOVE) < 0, "MADV_REMOVE is refused", "it is not");
	ok(sum(map, whole) == want, "and takes nothing away", "bytes differ");
	munmap(map, whole);
}

/* The kernel writes to a file straight from the mapping: its pages are ordinary ones. */
static void written(int fd)
{
	const uint8_t *map = channel_map(fd, 0);
	uint8_t *back = malloc(whole);
	int file = (int)must(open("/tmp/map_life", O_RDWR | O_CREAT | O_TRUNC, 0600), "/tmp/map_life");
	ssize_t n = write(file, map, whole);

	ok(back && n == (ssize_t)whole && pread(file, back, whole, 0) == n && sum(back, whole) == want,
	   "write() from the mapping writes its bytes", "wrote %zd of %zu", n, whole);
	free(back);
	close(file);
	unlink("/tmp/map_life");
	munmap((void *)(uintptr_t)map, whole);
}

int main(void)
{
	const uint8_t *map;
	int fd;

	channel_create(NAME, 256 << 10, 4096);
	generate_some(NAME, 3, 2000, 16, 200);
	fd = channel_open(NAME, O_RDONLY);
	whole = channel_info(fd).map_size;
	map = channel_map(fd, 0);
	want = sum(map, whole);
	munmap((void *)(uintptr_t)map, whole);

	forked(fd);
	moved(fd);
	holed(fd);
	dropped(fd);
	written(fd);
	close(fd);
	ok_errno(channel_remove(NAME), 0, "the channel can be removed afterwards");
	return result();
}
