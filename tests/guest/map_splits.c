// SPDX-License-Identifier: GPL-2.0
/*
 * VMA split and fork accounting: drivers that count mappings in open and close handlers have lost
 * count when a mapping was split, moved or inherited, and freed too early or never.
 *
 * Here hundreds of random munmap(), mprotect(), mremap(), madvise(), mmap() over parts, fork(), exit
 * and kill -9 are played on mappings of one channel, also after it was removed. Every page that is
 * left reads as the channel's own; when the last is gone the module can be unloaded, not before.
 *
 * vm: --smp 2
 */
#include "harness.h"

#define NAME "map_splits"
#define PAGE 4096UL
#define PAGES 32
#define GAMES 60
#define MOVES 60

static const uint8_t *truth;

/* A mapping, page by page: where it is, which of its pages are there and may be read. */
struct field {
	uint8_t *at[PAGES];
	bool readable[PAGES];
};

static bool field_right(const struct field *f)
{
	for (size_t i = 0; i < PAGES; i++)
		if (f->at[i] && f->readable[i] && memcmp(f->at[i], truth + i * PAGE, PAGE))
			return false;
	return true;
}

/* Pages from @i on, at most @n, that lie one behind the other. */
static size_t stretch(const struct field *f, size_t i, size_t n)
{
	size_t k = 0;

	while (k < n && i + k < PAGES && f->at[i + k] && f->at[i + k] == f->at[i] + k * PAGE)
		k++;
	return k;
}

static void forget(struct field *f, size_t i, size_t n)
{
	for (size_t k = i; k < i + n; k++)
		f->at[k] = NULL;
}

static void shift(struct field *f, size_t i, size_t n)
{
	size_t bytes = n * PAGE;
	uint8_t *to = mmap(NULL, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool same = true;

	/* mremap() moves out of one vma only; where rights differ there are several. */
	for (size_t k = i; k < i + n; k++)
		same = same && f->readable[k] == f->readable[i];
	if (to == MAP_FAILED || !same ||
	    mremap(f->at[i], bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to) == MAP_FAILED) {
		munmap(to, bytes);
		return;
	}
	for (size_t k = 0; k < n; k++)
		f->at[i + k] = to + k * PAGE;
}

static bool play(struct field *f, uint64_t *state, unsigned int depth);

/* A child plays on with what it inherited, or is killed at it. */
static bool inherited(struct field *f, uint64_t *state, unsigned int depth)
{
	bool killed = random_next(state) % 4 == 0;
	pid_t pid = child();
	int status;

	if (!pid) {
		*state ^= 0x5555;
		_exit(!play(f, state, depth + 1));
	}
	if (killed) {
		usleep((useconds_t)(random_next(state) % 2000));
		kill(pid, SIGKILL);
	}
	status = child_status(pid);
	return !status || (killed && status == 256 + SIGKILL);
}

static bool play(struct field *f, uint64_t *state, unsigned int depth)
{
	bool well = field_right(f);

	for (unsigned int move = 0; move < MOVES && well; move++) {
		size_t i = random_next(state) % PAGES;
		size_t n = stretch(f, i, 1 + random_next(state) % 8);
		bool readable = random_next(state) % 2;

		if (!n)
			continue;
		switch (random_next(state) % 16) {
		case 0:
			munmap(f->at[i], n * PAGE);
			forget(f, i, n);
			break;
		case 1:
			if (mmap(f->at[i], n * PAGE, PROT_READ, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS,
				 -1, 0) != MAP_FAILED)
				munmap(f->at[i], n * PAGE);
			forget(f, i, n);
			break;
		case 2:
		case 3:
		case 4:
			shift(f, i, n);
			break;
		case 5:
		case 6:
			madvise(f->at[i], n * PAGE, MADV_DONTNEED);
			break;
		case 7:
			if (depth < 2 && random_next(state) % 2)
				well = inherited(f, state, depth);
			break;
		default:
			if (mprotect(f->at[i], n * PAGE, readable ? PROT_READ : PROT_NONE))
				return false;
			for (size_t k = i; k < i + n; k++)
				f->readable[k] = readable;
			break;
		}
		well = well && field_right(f);
	}
	return well;
}

static void in_child(void (*fn)(void), const char *what)
{
	pid_t pid = child();

	if (!pid) {
		fn();
		_exit(0);
	}
	if (child_status(pid))
		bail("%s", what);
}

static void make(void)
{
	channel_create(NAME, 256 << 10, 4096);
	generate_some(NAME, 0, 2000, 16, 100);
}

static void take_away(void)
{
	must(channel_remove(NAME), "REMOVE");
}

static bool game(int fd, uint64_t *state)
{
	struct field f;
	uint8_t *map = (uint8_t *)(uintptr_t)channel_map(fd, PAGES * PAGE);
	bool well;

	for (size_t i = 0; i < PAGES; i++) {
		f.at[i] = map + i * PAGE;
		f.readable[i] = true;
	}
	well = play(&f, state, 0);
	for (size_t i = 0; i < PAGES; i++)
		if (f.at[i])
			munmap(f.at[i], PAGE);
	return well;
}

int main(void)
{
	uint64_t state = 1;
	uint8_t *copy = malloc(PAGES * PAGE);
	const uint8_t *map;
	unsigned int played;
	int fd;

	in_child(make, "no channel");
	fd = channel_open(NAME, O_RDONLY);
	map = channel_map(fd, PAGES * PAGE);
	memcpy(copy, map, PAGES * PAGE);
	truth = copy;
	for (played = 0; played < GAMES && game(fd, &state); played++)
		if (played == GAMES / 2) {
			in_child(take_away, "not removed");
			memcpy(copy, map, PAGES * PAGE);
		}
	ok_equal(played, GAMES, "each page left of a mapping reads as the channel's own, all games");
	close(fd);
	munmap((void *)(uintptr_t)map, (PAGES - 1) * PAGE);
	ok_errno(module_unload("evring"), EWOULDBLOCK, "the last page keeps the module");
	munmap((void *)(uintptr_t)(map + (PAGES - 1) * PAGE), PAGE);
	ok_errno(module_unload("evring"), 0, "once it is unmapped the module goes");
	module_load("evring", "");
	free(copy);
	return result();
}
