// SPDX-License-Identifier: GPL-2.0
/*
 * CREATE: which names and geometries there are, what becomes of those that have to be
 * rounded up, what is refused and why, that a refusal leaves nothing behind, that INFO and
 * the control page tell the same, that all memory starts zeroed, and that the channel takes
 * no more memory than ring, index, control pages, 64 bytes a block, 8 bytes a page and 4 KiB
 * a CPU.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <sys/stat.h>

#define NAME "geometry"
#define KIB 1024ULL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static struct evring_create_args made;

static int create(const char *name, uint64_t data_size, uint32_t block_size)
{
	memset(&made, 0, sizeof(made));
	made.size = sizeof(made);
	made.data_size = data_size;
	made.block_size = block_size;
	set_name(made.name, name);
	return ioctl(control_fd(), EVRING_IOC_CREATE, &made);
}

static bool zero(const uint8_t *p, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		if (p[i])
			return false;
	return true;
}

static void same_told(int fd, const char *what)
{
	struct evring_info info = channel_info(fd);
	const uint8_t *map = channel_map(fd, 0);
	const struct evring_control *c = (const void *)map;
	uint64_t limit = info.map_size + 64ULL * info.nblocks + 8 * (info.map_size / info.page_size) +
			 4096ULL * info.ncpus;
	bool same = c->magic == EVRING_MAGIC && c->abi_version == EVRING_ABI_VERSION &&
		    info.abi_version == c->abi_version && info.features == c->features &&
		    info.map_size == c->map_size && info.data_size == c->data_size &&
		    info.block_size == c->block_size && info.nblocks == c->nblocks &&
		    info.ncpus == c->ncpus && info.page_size == c->page_size &&
		    info.clock == c->clock && info.state == c->state &&
		    !strcmp(info.name, c->name) && !strcmp(info.name, NAME);
	bool whole = c->data_size == (uint64_t)c->nblocks * c->block_size &&
		     c->data_offset % c->page_size == 0 && c->index_offset == c->control_size &&
		     c->index_offset >= c->line_offset + (uint64_t)c->ncpus * c->line_size &&
		     c->data_offset >= c->index_offset + (uint64_t)c->nblocks * c->index_entry_size &&
		     c->map_size == c->data_offset + c->data_size &&
		     c->nblocks >= EVRING_BLOCKS_PER_CPU * c->ncpus &&
		     info.max_payload == (c->block_size - 16 < EVRING_PAYLOAD_MAX ?
					  c->block_size - 16 : EVRING_PAYLOAD_MAX);
	char name[100];

	snprintf(name, sizeof(name), "%s: INFO tells what the control page tells", what);
	ok(same, name, "it does not");
	snprintf(name, sizeof(name), "%s: the parts fit together", what);
	ok(whole, name, "they do not");
	snprintf(name, sizeof(name), "%s: no more memory than allowed", what);
	ok(info.memory <= limit && info.memory >= info.map_size, name, "%llu bytes, at most %llu",
	   (unsigned long long)info.memory, (unsigned long long)limit);
	snprintf(name, sizeof(name), "%s: the data starts zeroed", what);
	ok(zero(map + c->data_offset, info.data_size < 16 * MIB ? info.data_size : 16 * MIB), name,
	   "it does not");
	munmap((void *)(uintptr_t)map, info.map_size);
}

static void becomes(uint64_t data, uint32_t block, uint64_t want_data, uint32_t want_block)
{
	char what[100];
	struct evring_info info;
	int fd;

	snprintf(what, sizeof(what), "%llu bytes in blocks of %u", (unsigned long long)data, block);
	if (!ok_errno(create(NAME, data, block), 0, what))
		return;
	fd = channel_open(NAME, O_RDONLY);
	info = channel_info(fd);
	ok(made.data_size == want_data && made.block_size == want_block &&
	   info.data_size == want_data && info.block_size == want_block, what,
	   "became %llu in %u, INFO says %llu in %u, expected %llu in %u",
	   (unsigned long long)made.data_size, made.block_size, (unsigned long long)info.data_size,
	   info.block_size, (unsigned long long)want_data, want_block);
	same_told(fd, what);
	close(fd);
	ok_errno(channel_remove(NAME), 0, what);
}

static void sizes(void)
{
	/* At most 16 possible CPUs: four blocks for each are 64 blocks. */
	becomes(0, 0, EVRING_RING_DEFAULT, EVRING_BLOCK_DEFAULT);
	becomes(MIB, 4096, MIB, 4096);
	becomes(MIB + 1, 4096, 2 * MIB, 4096);
	becomes(MIB - 1, 4096, MIB, 4096);
	becomes(3 * MIB, 16384, 4 * MIB, 16384);
	becomes(8 * MIB, 65536, 8 * MIB, 65536);
	becomes(256 * MIB, 4096, 256 * MIB, 4096);
}

/* Four blocks for each CPU number at least, whatever little was asked for. */
static void least(void)
{
	struct evring_info info;
	int fd;

	must(create(NAME, 1, 65536), "CREATE of a byte");
	fd = channel_open(NAME, O_RDONLY);
	info = channel_info(fd);
	ok(info.data_size >= EVRING_RING_MIN && info.nblocks >= 4 * info.ncpus &&
	   (info.nblocks < 8 * info.ncpus || info.data_size == EVRING_RING_MIN) &&
	   info.data_size == made.data_size,
	   "a byte becomes the least there is, and CREATE says so", "%llu bytes, %u blocks, %u CPUs",
	   (unsigned long long)info.data_size, info.nblocks, info.ncpus);
	same_told(fd, "the least");
	close(fd);
	channel_remove(NAME);
}

static void out_of_range(void)
{
	static const struct {
		uint64_t data;
		uint32_t block;
	} bad[] = {
		{ MIB, 2048 }, { MIB, 4097 }, { MIB, 12288 }, { MIB, 131072 }, { MIB, 1 },
		{ MIB, UINT32_MAX }, { MIB, 1U << 31 }, { 4 * GIB + 1, 65536 }, { 1ULL << 63, 4096 },
		{ UINT64_MAX, 4096 }, { UINT64_MAX, 0 },
	};
	char what[100];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(what, sizeof(what), "%llu bytes in blocks of %u are out of range",
			 (unsigned long long)bad[i].data, bad[i].block);
		ok_errno(create(NAME, bad[i].data, bad[i].block), ERANGE, what);
	}
	/* In range, and more than this guest has: an error, not the OOM killer. */
	ok_errno(create(NAME, 4 * GIB, 65536), ENOMEM, "4 GiB in a guest that has less");
}

static void names(void)
{
	static const char *const bad[] = {
		"", ".", "..", ".hidden", "control", "a/b", "/", "a b", "a\n", "a\x7f", "\xc3\xa4", "a%s",
		"a*", "../etc", "a:b", "-a/../../b",
	};
	static const char *const good[] = {
		"a", "0", "-", "_", "a.b", "A-Z_a-z.0-9", "control2", "Control", "a..",
		"123456789012345678901234567890123456789012345678901234567890123",
	};
	char what[120], longest[EVRING_NAME_SIZE];

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(what, sizeof(what), "bad name %zu", i);
		ok_errno(create(bad[i], 0, 0), EINVAL, what);
	}
	memset(longest, 'x', sizeof(longest));
	ok_errno(create(longest, 0, 0), EINVAL, "a name without an end");
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct stat st;

		snprintf(what, sizeof(what), "good name %s", good[i]);
		ok_errno(create(good[i], 64 << 10, 4096), 0, what);
		ok(!stat(channel_path(good[i]), &st) && S_ISCHR(st.st_mode), what, "no device node");
		ok_errno(create(good[i], 0, 0), EEXIST, what);
		ok_errno(channel_remove(good[i]), 0, what);
		ok(stat(channel_path(good[i]), &st) < 0, what, "its device node is still there");
		ok_errno(channel_remove(good[i]), ENOENT, what);
	}
}

static uint32_t listed(char (*names_)[EVRING_NAME_SIZE], uint32_t room)
{
	struct evring_list_args args = { .size = sizeof(args), .count = room,
					 .names = (uintptr_t)names_ };

	must(ioctl(control_fd(), EVRING_IOC_LIST, &args), "LIST");
	return args.count;
}

static void list(void)
{
	char found[3][EVRING_NAME_SIZE];

	memset(found, 'x', sizeof(found));
	channel_create("one", 64 << 10, 4096);
	channel_create("two", 64 << 10, 4096);
	ok_equal(listed(found, 1), 2, "LIST tells how many there are");
	ok(!strcmp(found[0], "one") && found[1][0] == 'x', "LIST fills the room it is given",
	   "%.10s %.10s", found[0], found[1]);
	ok_equal(listed(found, 3), 2, "LIST with more room than needed");
	ok(!strcmp(found[1], "two") && found[2][0] == 'x', "LIST leaves the rest alone", "%.10s %.10s",
	   found[1], found[2]);
	channel_remove("one");
	channel_remove("two");
}

int main(void)
{
	sizes();
	least();
	out_of_range();
	names();
	ok_equal(listed(NULL, 0), 0, "no refusal left a channel behind");
	list();
	return result();
}
