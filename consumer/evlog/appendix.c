// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "appendix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* No machine has so many types. */
#define SIZE_MAX_READ	((off_t)1 << 30)

static int read_all(int fd, void *bytes, size_t size, off_t at)
{
	char *to = bytes;
	ssize_t n;

	while (size) {
		n = pread(fd, to, size, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EBADMSG;
		to += n;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

/* The head and the lines are there, and as they have to be. */
static int check(const struct appendix *a, const struct evring_control *c)
{
	const struct appendix_head *h = appendix_head(a);

	if (a->size < sizeof(*h) || h->magic != APPENDIX_MAGIC)
		return -ENOENT;
	if (h->version != APPENDIX_VERSION)
		return -EPROTO;
	if (h->ncpus != c->ncpus || h->line_size != sizeof(struct appendix_line) ||
	    a->size < appendix_texts_at(h->ncpus))
		return -EBADMSG;
	return 0;
}

int appendix_read(struct appendix *a, int fd, const struct evring_control *c)
{
	const char *system;
	struct stat st;
	uint32_t type;
	off_t size;
	int rc;

	memset(a, 0, sizeof(*a));
	if (fstat(fd, &st))
		return -errno;
	size = st.st_size - (off_t)c->map_size;
	if (c->map_size > INT64_MAX || size < (off_t)sizeof(struct appendix_head))
		return -ENOENT;
	if (size > SIZE_MAX_READ)
		return -EBADMSG;
	a->size = (size_t)size;
	/* A text that is cut off ends at this zero, not beyond. */
	a->bytes = calloc(1, a->size + 8);
	rc = a->bytes ? read_all(fd, a->bytes, a->size, (off_t)c->map_size) : -ENOMEM;
	if (!rc)
		rc = check(a, c);
	if (rc) {
		appendix_free(a);
		return rc;
	}
	a->whole = appendix_texts_at(c->ncpus);
	while (appendix_next(a, &a->whole, &type, &system))
		;
	return 0;
}

void appendix_free(struct appendix *a)
{
	free(a->bytes);
	memset(a, 0, sizeof(*a));
}

const char *appendix_next(const struct appendix *a, size_t *at, uint32_t *type,
			  const char **system)
{
	struct appendix_text head;
	const char *text, *end;
	size_t left;

	if (!a->bytes || *at > a->size || a->size - *at < sizeof(head))
		return NULL;
	left = a->size - *at;
	memcpy(&head, a->bytes + *at, sizeof(head));
	if (head.size <= sizeof(head) || head.size % 8 || head.size > left)
		return NULL;
	end = (const char *)a->bytes + *at + head.size;
	*system = (const char *)a->bytes + *at + sizeof(head);
	text = memchr(*system, 0, (size_t)(end - *system));
	if (!text || !memchr(text + 1, 0, (size_t)(end - text - 1)))
		return NULL;
	*type = head.type;
	*at += head.size;
	return text + 1;
}

const char *appendix_find(const struct appendix *a, uint32_t type, const char **system)
{
	const char *text;
	uint32_t found;
	size_t at;

	if (!a->bytes)
		return NULL;
	at = appendix_texts_at(appendix_head(a)->ncpus);
	do {
		text = appendix_next(a, &at, &found, system);
	} while (text && found != type);
	return text;
}

void *appendix_make(uint32_t type, const char *system, const char *text, size_t *size)
{
	size_t system_size = strlen(system) + 1, text_size = strlen(text) + 1;
	struct appendix_text head = { .type = type };
	char *bytes;

	*size = (sizeof(head) + system_size + text_size + 7) / 8 * 8;
	head.size = (uint32_t)*size;
	bytes = calloc(1, *size);
	if (!bytes)
		return NULL;
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), system, system_size);
	memcpy(bytes + sizeof(head) + system_size, text, text_size);
	return bytes;
}
