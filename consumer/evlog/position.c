// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "position.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define POSITION_FILE	"position"
#define POSITION_HEAD	"evlog position 1"

int position_open(struct position *p, const char *origin, uint32_t ncpus)
{
	memset(p, 0, sizeof(*p));
	snprintf(p->origin, sizeof(p->origin), "%s", origin);
	p->ncpus = ncpus;
	p->next = calloc(ncpus, sizeof(*p->next));
	return p->next ? 0 : -ENOMEM;
}

/* ORIGIN:CPU:SEQ; losses have more behind it and do not count. */
static bool parse_id(const struct position *p, const char *id, uint32_t *cpu, uint64_t *seq)
{
	size_t n = strlen(p->origin);
	unsigned long long number;
	char *end;

	if (strncmp(id, p->origin, n) || id[n] != ':')
		return false;
	number = strtoull(id + n + 1, &end, 10);
	if (*end != ':' || number >= p->ncpus)
		return false;
	*cpu = (uint32_t)number;
	*seq = strtoull(end + 1, &end, 10);
	return !*end;
}

void position_pass(struct position *p, const char *id)
{
	uint64_t seq;
	uint32_t cpu;

	if (!parse_id(p, id, &cpu, &seq) || p->next[cpu] > seq)
		return;
	p->next[cpu] = seq + 1;
	p->changed = true;
}

static bool read_line(FILE *f, char *line, size_t size)
{
	if (!fgets(line, (int)size, f) || !strchr(line, '\n'))
		return false;
	*strchr(line, '\n') = '\0';
	return true;
}

static bool read_file(struct position *p, FILE *f)
{
	unsigned long long seq, number;
	char line[256];
	bool ours;

	if (!read_line(f, line, sizeof(line)) || strcmp(line, POSITION_HEAD) ||
	    !read_line(f, line, sizeof(line)))
		return false;
	ours = !strcmp(line, p->origin);
	if (!read_line(f, line, sizeof(line)) || sscanf(line, "stream %llu", &seq) != 1)
		return false;
	p->sequence = seq;
	p->placed = true;
	if (!ours)
		return false;
	while (read_line(f, line, sizeof(line))) {
		if (sscanf(line, "cpu %llu %llu", &number, &seq) != 2 || number >= p->ncpus)
			return false;
		if (p->next[number] < seq)
			p->next[number] = seq;
	}
	return true;
}

int position_load(struct position *p, int dir)
{
	int fd = openat(dir, POSITION_FILE, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	bool good;

	if (!f)
		return -errno;
	good = read_file(p, f);
	fclose(f);
	return good ? 0 : -ENOENT;
}

int position_save(struct position *p, int dir)
{
	int fd = openat(dir, POSITION_FILE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");
	uint32_t cpu;
	bool bad;

	if (!f)
		return -errno;
	fprintf(f, POSITION_HEAD "\n%s\nstream %llu\n", p->origin, (unsigned long long)p->sequence);
	for (cpu = 0; cpu < p->ncpus; cpu++)
		if (p->next[cpu])
			fprintf(f, "cpu %u %llu\n", cpu, (unsigned long long)p->next[cpu]);
	bad = fflush(f) || ferror(f);
	if (fclose(f) || bad || renameat(dir, POSITION_FILE ".new", dir, POSITION_FILE))
		return -errno;
	p->changed = false;
	return 0;
}

void position_close(struct position *p)
{
	free(p->next);
	p->next = NULL;
}
