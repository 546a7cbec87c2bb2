// SPDX-License-Identifier: GPL-2.0
/*
 * CVE-2026-64300, page lifetime: a ring's pages were freed while user space could still get at them.
 *
 * Here pages are pinned straight from the mapping - by vmsplice() into pipes, by tee() of them, by a
 * write() with O_DIRECT - and then everything goes: mapping, descriptor, channel, the memory is used
 * for other things, other channels are made. What the pins hold is what was in the ring.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <sys/uio.h>

#define NAME "page_life"
#define PAGE 4096UL
#define PIPES 16
#define PAGES 16
#define ROUNDS 30

static uint8_t *truth;
static size_t npages;

struct pinned {
	int pipe[2];
	size_t page;
	bool all;
};

/* Fill memory with what must not be seen, and give it back. */
static void churn(void)
{
	size_t bytes = 64 << 20;
	uint8_t *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		bail("mmap");
	memset(p, 0xa5, bytes);
	munmap(p, bytes);
	channel_create("page_life2", 1 << 20, 4096);
	generate_some("page_life2", 0, 2000, 100, 100);
	channel_remove("page_life2");
}

static void pin_pages(struct pinned *p, const uint8_t *map, uint64_t *state)
{
	struct iovec iov;

	must(pipe(p->pipe), "pipe");
	p->page = random_next(state) % (npages - PAGES);
	iov = (struct iovec){ (void *)(uintptr_t)(map + p->page * PAGE), PAGES * PAGE };
	p->all = vmsplice(p->pipe[1], &iov, 1, SPLICE_F_NONBLOCK) == (ssize_t)(PAGES * PAGE);
}

static bool still_right(struct pinned *p)
{
	static uint8_t got[PAGES * PAGE];
	bool same = p->all && read(p->pipe[0], got, sizeof(got)) == (ssize_t)sizeof(got) &&
		    !memcmp(got, truth + p->page * PAGE, sizeof(got));

	close(p->pipe[0]);
	close(p->pipe[1]);
	return same;
}

/* As pin_pages(), but through another pipe, whose own references are gone. */
static void pin_teed(struct pinned *p, const uint8_t *map, uint64_t *state)
{
	struct pinned first;

	pin_pages(&first, map, state);
	*p = first;
	must(pipe(p->pipe), "pipe");
	p->all = first.all && tee(first.pipe[0], p->pipe[1], PAGES * PAGE, SPLICE_F_NONBLOCK) ==
			      (ssize_t)(PAGES * PAGE);
	close(first.pipe[0]);
	close(first.pipe[1]);
}

static void make(int *fd, const uint8_t **map)
{
	channel_create(NAME, 512 << 10, 4096);
	generate_some(NAME, 0, 6000, 16, 200);
	*fd = channel_open(NAME, O_RDONLY);
	npages = channel_info(*fd).map_size / PAGE;
	*map = channel_map(*fd, 0);
	free(truth);
	truth = malloc(npages * PAGE);
	if (!truth)
		bail("no memory");
}

/* Pages copied from the mapping by a pinned read while the channel is there: no more writers. */
static bool play(unsigned int round, uint64_t *state)
{
	struct pinned pins[PIPES];
	const uint8_t *map;
	bool well = true;
	int fd;

	make(&fd, &map);
	/* The state is written at removal: it belongs to what is compared, or nothing does. */
	if (round % 2)
		must(channel_remove(NAME), "REMOVE");
	memcpy(truth, map, npages * PAGE);
	for (size_t i = 0; i < PIPES; i++)
		(i % 2 ? pin_teed : pin_pages)(&pins[i], map, state);
	if (!(round % 2)) {
		must(channel_remove(NAME), "REMOVE");
		((struct evring_control *)(void *)truth)->state |= EVRING_STATE_REMOVED;
	}
	close(fd);
	munmap((void *)(uintptr_t)map, npages * PAGE);
	if (round % 3 == 0)
		churn();
	for (size_t i = 0; i < PIPES; i++)
		well = still_right(&pins[i]) && well;
	return well;
}

/* A file system that takes O_DIRECT, if there is one. */
static int direct_file(void)
{
	static const char *const places[] = { "/mnt/page_life", "/tmp/page_life", "/dev/shm/page_life" };
	int fd = -1;

	for (size_t i = 0; i < ARRAY_SIZE(places) && fd < 0; i++) {
		fd = open(places[i], O_RDWR | O_CREAT | O_TRUNC | O_DIRECT, 0600);
		unlink(places[i]);
	}
	return fd;
}

static void direct(void)
{
	int file = direct_file(), fd;
	const uint8_t *map;
	uint8_t *back;
	pid_t pid;

	if (file < 0) {
		printf("# no file system here takes O_DIRECT: that part is not tested\n");
		return;
	}
	make(&fd, &map);
	must(channel_remove(NAME), "REMOVE");
	memcpy(truth, map, npages * PAGE);
	close(fd);
	pid = child();
	if (!pid)
		_exit(pwrite(file, map, npages * PAGE, 0) != (ssize_t)(npages * PAGE));
	munmap((void *)(uintptr_t)map, npages * PAGE);
	churn();
	ok_equal((uint64_t)child_status(pid), 0, "O_DIRECT from the mapping of a removed channel");
	back = aligned_alloc(PAGE, npages * PAGE);
	ok(back && pread(file, back, npages * PAGE, 0) == (ssize_t)(npages * PAGE) &&
	   !memcmp(back, truth, npages * PAGE), "wrote its bytes", "it did not");
	free(back);
	close(file);
}

int main(void)
{
	uint64_t state = 1;
	bool well = true;

	for (unsigned int round = 0; round < ROUNDS; round++)
		well = play(round, &state) && well;
	ok(well, "pages in pipes outlive mapping, descriptor and channel, unchanged",
	   "bytes differ, or vmsplice() failed");
	direct();
	free(truth);
	return result();
}
