// SPDX-License-Identifier: GPL-2.0
/*
 * CVE-2024-56368, offset overflow: the kernel's trace ring checked an offset from user space by a sum
 * that went round, and mapped pages beyond its own.
 *
 * Here each way to name an offset or a length is tried at each edge, on descriptors open for reading
 * and for writing: mmap(), remap_file_pages() (which asks for any offset of a mapping that is there),
 * mremap() of parts, with an old length of 0 and onto other places, madvise() beyond the end. Never
 * is anything mapped but the channel's own pages, each in its place, and past them nothing is.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <setjmp.h>

#define NAME "map_overflow"
#define PAGE 4096UL

static uint8_t *truth;
static size_t npages;
static sigjmp_buf fault;

static void on_fault(int sig)
{
	siglongjmp(fault, sig);
}

/* Does the page at @p read, and is it page @n of the channel? 1 yes, 0 no, -1: nothing is there. */
static int page_is(const uint8_t *p, size_t n)
{
	if (sigsetjmp(fault, 1))
		return -1;
	return !memcmp(p, truth + n * PAGE, PAGE);
}

static void refused_mmap(int fd, int fd_rw)
{
	const uint64_t whole = npages * PAGE;
	const uint64_t edges[] = {
		PAGE, 2 * PAGE, whole - PAGE, whole, whole + PAGE, 1UL << 31, 1UL << 32, 1UL << 44,
		1UL << 52, 1UL << 62, INT64_MAX & -PAGE, 1UL << 63, -whole, -whole - PAGE, -2UL * PAGE,
		-PAGE,
	};
	unsigned int tried = 0, granted = 0;

	for (size_t o = 0; o < ARRAY_SIZE(edges); o++) {
		for (size_t l = 0; l <= ARRAY_SIZE(edges); l++) {
			uint64_t bytes = l < ARRAY_SIZE(edges) ? edges[l] : -edges[o];
			long map;

			for (int rw = 0; rw < 2; rw++, tried++) {
				map = syscall(SYS_mmap, NULL, bytes, PROT_READ, MAP_SHARED,
					      rw ? fd_rw : fd, edges[o]);
				granted += map != -1;
			}
		}
		if (edges[o] > whole && syscall(SYS_mmap, NULL, edges[o], PROT_READ, MAP_SHARED, fd, 0) != -1)
			granted++;
	}
	printf("# %u pairs of offset and length\n", tried);
	ok_equal(granted, 0, "mmap() at an offset, or too long, is never granted");
}

/* All pages of @map are the channel's, each in its place, or gone. */
static bool in_place(const uint8_t *map, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (!page_is(map + i * PAGE, i))
			return false;
	return true;
}

static void remapped(int fd_rw)
{
	const uint64_t offsets[] = { 1, 2, npages - 1, npages, npages + 1, 1UL << 20, 1UL << 51,
				     (1UL << 52) - 1, 1UL << 52, 1UL << 63, -1UL, -npages, -2UL };
	bool well = true;
	int granted = 0;

	for (size_t i = 0; i < ARRAY_SIZE(offsets); i++) {
		uint8_t *map = (uint8_t *)(uintptr_t)channel_map(fd_rw, 0);

		granted += !syscall(SYS_remap_file_pages, map, 2 * PAGE, 0, offsets[i], 0);
		granted += !syscall(SYS_remap_file_pages, map, npages * PAGE, 0, offsets[i], 0);
		granted += !syscall(SYS_remap_file_pages, map + PAGE, PAGE, 0, offsets[i], MAP_NONBLOCK);
		well = well && in_place(map, npages);
		munmap(map, npages * PAGE);
	}
	ok_equal((uint64_t)granted, 0, "remap_file_pages() to another offset is never granted");
	ok(well, "and leaves pages in their places, or none", "a page is where it does not belong");
}

/* mremap() @old of @bytes from page @at on; what it granted must be right and no longer. */
static bool moved_right(int fd, size_t at, size_t old, size_t bytes, bool fixed)
{
	uint8_t *map = (uint8_t *)(uintptr_t)channel_map(fd, 0);
	uint8_t *place = mmap(NULL, 3 * npages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *to = mremap(map + at * PAGE, old * PAGE, bytes * PAGE,
			     MREMAP_MAYMOVE | (fixed ? MREMAP_FIXED : 0), place + npages * PAGE);
	bool well = true;

	if (to != MAP_FAILED) {
		well = bytes <= old || !old ? at + bytes <= npages : false;
		for (size_t i = 0; well && i < bytes; i++)
			well = page_is(to + i * PAGE, at + i) == 1;
		/* Past the end is what was there before: nothing. */
		if (well && fixed)
			well = page_is(to + bytes * PAGE, 0) == -1;
		munmap(to, bytes * PAGE);
	}
	munmap(map, npages * PAGE);
	munmap(place, 3 * npages * PAGE);
	return well;
}

static void moved(int fd, const char *what)
{
	const size_t at[] = { 0, 1, npages / 2, npages - 1 };
	bool well = true;

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		const size_t old[] = { 0, 1, npages - at[i] };
		const size_t sizes[] = { 1, 2, npages - at[i], npages - at[i] + 1, npages, npages + 1 };

		for (size_t o = 0; o < ARRAY_SIZE(old); o++)
			for (size_t s = 0; s < ARRAY_SIZE(sizes); s++)
				for (int fixed = 0; fixed < 2; fixed++)
					well = moved_right(fd, at[i], old[o], sizes[s], fixed) && well;
	}
	ok(well, what, "something was mapped that is not there, or in a wrong place");
}

/* One page of a window, at each place in it; around it nothing. */
static void partial(int fd)
{
	bool well = true;

	for (size_t pages = 1; pages <= npages && well; pages += pages < 40 ? 1 : 7) {
		uint8_t *map = (uint8_t *)(uintptr_t)channel_map(fd, pages * PAGE);
		size_t last = pages - 1;

		/* The last first: its window ends where the mapping does. */
		well = page_is(map + last * PAGE, last) == 1 && in_place(map, pages);
		munmap(map, pages * PAGE);
	}
	ok(well, "a mapping of any length has its own pages, whichever is touched first", "it has not");
}

static void beyond(int fd)
{
	uint8_t *place = mmap(NULL, 2 * npages * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *map = mmap(place, npages * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	bool well = true;

	/* A kernel without swap has EBADF for what is not of a file. */
	ok(!madvise(map, 2 * npages * PAGE, MADV_WILLNEED) || errno == EBADF,
	   "madvise() beyond the end", "%s", strerror(errno));
	madvise(map, 2 * npages * PAGE, 22 /* MADV_POPULATE_READ */);
	for (size_t i = 0; i < npages; i++)
		well = well && page_is(map + (npages + i) * PAGE, 0) == -1;
	ok(well && in_place(map, npages), "past the end nothing is", "something is");
	munmap(place, 2 * npages * PAGE);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = on_fault };
	const uint8_t *map;
	int fd, fd_rw;

	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	channel_create(NAME, 256 << 10, 4096);
	generate_some(NAME, 0, 3000, 16, 200);
	fd = channel_open(NAME, O_RDONLY);
	fd_rw = channel_open(NAME, O_RDWR);
	npages = channel_info(fd).map_size / PAGE;
	truth = malloc(npages * PAGE);
	map = channel_map(fd, 0);
	memcpy(truth, map, npages * PAGE);
	munmap((void *)(uintptr_t)map, npages * PAGE);

	refused_mmap(fd, fd_rw);
	remapped(fd_rw);
	moved(fd, "mremap() of parts, open for reading");
	moved(fd_rw, "mremap() of parts, open for writing");
	partial(fd);
	beyond(fd);
	close(fd);
	close(fd_rw);
	ok_errno(channel_remove(NAME), 0, "the channel can be removed");
	free(truth);
	return result();
}
