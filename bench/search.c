// SPDX-License-Identifier: GPL-2.0
/*
 * Is what was logged in the files, whatever their format?
 *
 * Every logger leaves a tracepoint's record as the kernel made it, in one piece and aligned to
 * four bytes: the event's number, the thread, where its bytes are, and these, with a number and
 * a checksum over all. That can be found without asking the logger's own reader.
 */
#include "evbench.h"
#include "search.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/**
 * struct location - the tracepoint's one field, as tracefs describes it.
 * @where: how many bytes, in the high half, and where.
 * @bytes: the generator's payload behind its struct evring_common.
 */
struct location {
	uint32_t where;
	uint8_t bytes[];
};

static void take(struct search *s, uint32_t number)
{
	uint64_t bit = 1ULL << number % 64, *word = &s->seen[number / 64];

	if (*word & bit)
		s->doubled++;
	else
		s->found++;
	*word |= bit;
}

/* @payload: room for one. Its head is what the generator's was; its sum covers that, too. */
static void look(struct search *s, int32_t pid, const struct location *at, uint8_t *payload)
{
	struct evring_event_generator event;
	struct evring_common common = { .type = EVRING_TYPE_GENERATOR, .pid = pid };

	memcpy(payload, &common, sizeof(common));
	memcpy(payload + sizeof(common), at->bytes, s->payload - sizeof(common));
	memcpy(&event, payload, sizeof(event));
	if (event.number < s->count && evring_generator_sum(payload, s->payload) == event.sum)
		take(s, event.number);
}

/** search_bytes() - look through @len bytes, aligned to four. */
void search_bytes(struct search *s, const void *bytes, uint64_t len)
{
	uint32_t size = s->payload - (uint32_t)sizeof(struct evring_common);
	uint32_t head = s->field + (uint32_t)sizeof(struct location);
	uint8_t payload[EVRING_PAYLOAD_MAX];
	const struct evring_common *common;
	const struct location *location;
	const char *at = bytes;

	for (; len >= head + size; at += 4, len -= 4) {
		common = (const void *)at;
		location = (const void *)(at + s->field);
		if (common->type == s->event && location->where == (size << 16 | head))
			look(s, common->pid, location, payload);
	}
}

static int search_file(struct search *s, int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	struct stat st = { 0 };
	void *map = NULL;
	int err = fd < 0 || fstat(fd, &st);

	if (!err && S_ISREG(st.st_mode) && st.st_size) {
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		err = map == MAP_FAILED;
		if (!err) {
			search_bytes(s, map, (uint64_t)st.st_size);
			munmap(map, (size_t)st.st_size);
		}
	}
	s->bytes += 512ULL * (uint64_t)st.st_blocks;
	err = err ? fail("%s cannot be read: %s", name, strerror(errno)) : 0;
	if (fd >= 0)
		close(fd);
	return err;
}

/** search_folder() - look through all files of @folder. */
int search_folder(struct search *s, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;
	int err = 0;

	s->found = 0;
	s->doubled = 0;
	s->bytes = 0;
	s->seen = calloc(s->count / 64 + 1, sizeof(*s->seen));
	if (!dir)
		err = fail("%s: %s", folder, strerror(errno));
	else if (!s->seen)
		err = fail("no memory");
	while (!err && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			err = search_file(s, dirfd(dir), entry->d_name);
	free(s->seen);
	s->seen = NULL;
	if (dir)
		closedir(dir);
	return err;
}
