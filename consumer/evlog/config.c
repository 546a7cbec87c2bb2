// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS	" \t\r\n"

static char *skip_blanks(char *s)
{
	return s + strspn(s, BLANKS);
}

static void cut_blanks(char *s)
{
	size_t len = strlen(s);

	while (len && strchr(BLANKS, s[len - 1]))
		s[--len] = '\0';
}

/* Takes a line apart, in place. Return: 0, or -1: it has not the form of one. */
static int take_apart(struct config_line *l, char *text)
{
	char *rest = text + strcspn(text, "=" BLANKS);
	char *value = skip_blanks(rest);

	l->key = text;
	l->value = *value == '=' ? skip_blanks(value + 1) : NULL;
	if (rest == text || (*value && !l->value))
		return -1;
	*rest = '\0';
	return 0;
}

static int refuse(const struct config *c, unsigned int number, const char *why)
{
	fprintf(stderr, "evlog: %s:%u: %s\n", c->path, number, why);
	return -1;
}

static int add_line(struct config *c, unsigned int number, const char *text)
{
	struct config_line *lines = reallocarray(c->lines, c->nlines + 1, sizeof(*lines));
	char *copy = strdup(text);

	c->lines = lines ? lines : c->lines;
	if (!lines || !copy) {
		free(copy);
		return refuse(c, number, strerror(ENOMEM));
	}
	lines[c->nlines].number = number;
	if (take_apart(&lines[c->nlines], copy))
		return refuse(c, number, "neither KEY = VALUE nor KEY alone, nor a comment (# in front)");
	c->nlines++;
	return 0;
}

static int read_lines(struct config *c, FILE *file)
{
	char *buf = NULL, *text;
	unsigned int number = 0;
	size_t size = 0;
	ssize_t len;
	int rc = 0;

	while (!rc && (len = getline(&buf, &size, file)) >= 0) {
		number++;
		if (memchr(buf, '\0', (size_t)len)) {
			rc = refuse(c, number, "a NUL byte: this is no text");
			break;
		}
		cut_blanks(buf);
		text = skip_blanks(buf);
		if (*text && *text != '#')
			rc = add_line(c, number, text);
	}
	free(buf);
	return rc;
}

int config_read(struct config *c, const char *path)
{
	FILE *file = fopen(path, "re");
	int rc;

	c->path = path;
	errno = file ? 0 : errno;
	rc = file ? read_lines(c, file) : -1;
	if (!file || (!rc && ferror(file))) {
		fprintf(stderr, "evlog: --config %s: cannot be read: %s\n", path, strerror(errno));
		rc = -1;
	}
	if (file)
		fclose(file);
	return rc;
}
