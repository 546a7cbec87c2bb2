// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "log.h"

#include "clock.h"
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NO_POSITION	((uint64_t)EVRING_POS_NO_SLOT << EVRING_POS_SLOT_SHIFT | EVRING_POS_FULL)
#define LOCK_TRIES	200U
#define LOCK_NS		10000000L
#define STEPS		16U	/* parts in which room on the disk is made */

/* --- the file ---------------------------------------------------------------------------- */

static int write_at(const struct log *l, const void *bytes, size_t size, uint64_t at)
{
	const char *from = bytes;
	ssize_t n;

	while (size) {
		n = pwrite(l->fd, from, size, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		from += n;
		at += (uint64_t)n;
		size -= (size_t)n;
	}
	return 0;
}

/*
 * What a disk has failed to keep, the kernel tells once; then it has all of it for written.
 * So nothing is, since it was told last.
 */
static int synced(struct log *l, int rc)
{
	l->doubtful = l->doubtful || rc;
	return rc ? -errno : 0;
}

static int sync_data(struct log *l)
{
	return l->durable ? synced(l, fdatasync(l->fd)) : 0;
}

static int reserve_to(struct log *l, uint64_t to)
{
	if (fallocate(l->fd, 0, (off_t)l->reserved, (off_t)(to - l->reserved)) &&
	    errno != EOPNOTSUPP && errno != ENOSYS && errno != EINTR)
		return -errno;
	l->reserved = to;
	return 0;
}

/* Room on the disk, so that what is begun can be finished. Some filesystems cannot tell. */
static int reserve(struct log *l, uint64_t end)
{
	uint64_t limit = l->control->map_size;
	int rc;

	if (end <= l->reserved)
		return 0;
	rc = reserve_to(l, end + l->step < limit ? end + l->step : limit);
	/* The last of it, too. */
	return rc == -ENOSPC || rc == -EDQUOT ? reserve_to(l, end) : rc;
}

/* --- its geometry -------------------------------------------------------------------------- */

static size_t pages_of(const struct log *l)
{
	return (size_t)(l->control->data_offset / l->control->page_size);
}

/* Where in the file the next format text goes. */
static uint64_t tail(const struct log *l)
{
	return l->control->map_size + l->appendix.size;
}

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

uint32_t log_blocks(const struct evring_control *c, uint64_t size)
{
	uint64_t n = size / c->block_size;
	uint32_t blocks = 1;

	if (!n)
		return 0;
	while (blocks <= n / 2 && blocks < EVRING_BLOCKS_MAX)
		blocks *= 2;
	return blocks;
}

static void set_geometry(struct evring_control *c, uint32_t nblocks)
{
	c->nblocks = nblocks;
	c->data_size = (uint64_t)nblocks * c->block_size;
	c->map_size = c->data_offset + c->data_size;
}

/* Factors of one moment, of a clock that counts cycles. */
static void copy_clock(struct evring_control *to, const struct evring_control *from)
{
	uint32_t seq, tries;

	for (tries = 0; tries < 1000000; tries++) {
		seq = __atomic_load_n(&from->time_seq, __ATOMIC_ACQUIRE);
		to->time_mult = __atomic_load_n(&from->time_mult, __ATOMIC_RELAXED);
		to->time_shift = __atomic_load_n(&from->time_shift, __ATOMIC_RELAXED);
		to->time_zero = __atomic_load_n(&from->time_zero, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (!(seq & 1) && seq == __atomic_load_n(&from->time_seq, __ATOMIC_RELAXED))
			break;
	}
	to->time_seq = 0;
}

/* The head of a file for the channel @live, with nothing in it. */
static int make_head(struct log *l, const struct evring_control *live, uint32_t nblocks)
{
	uint64_t data = round_up(live->control_size + (uint64_t)nblocks * sizeof(struct evring_index),
				 live->page_size);
	uint32_t cpu, slot;

	l->head = calloc(1, data);
	l->cpus = calloc(live->ncpus, sizeof(*l->cpus));
	l->dirty = calloc(data / live->page_size, sizeof(*l->dirty));
	if (!l->head || !l->cpus || !l->dirty)
		return -ENOMEM;
	l->control = (struct evring_control *)(void *)l->head;
	memcpy(l->control, live, sizeof(*live));
	/* Of the ring, not of a file. */
	l->control->features &= ~EVRING_FEATURE_PARTITIONED;
	l->control->state = 0;
	copy_clock(l->control, live);
	l->control->index_offset = live->control_size;
	l->control->index_entry_size = sizeof(struct evring_index);
	l->control->data_offset = data;
	set_geometry(l->control, nblocks);
	for (cpu = 0; cpu < live->ncpus; cpu++) {
		log_line(l, cpu)->cur = NO_POSITION;
		l->cpus[cpu].last = EVRING_POS_NO_SLOT;
	}
	for (slot = 0; slot < nblocks; slot++) {
		log_entry(l, slot)->prev_slot = EVRING_POS_NO_SLOT;
		log_entry(l, slot)->next_slot = EVRING_POS_NO_SLOT;
	}
	return 0;
}

static int make_appendix(struct log *l, const struct evring_control *live, uint64_t number,
			 const struct appendix_line *lines)
{
	const unsigned char *line = (const unsigned char *)live + live->line_offset;
	struct appendix_head *h;
	uint32_t cpu;

	l->appendix.size = appendix_texts_at(l->control->ncpus);
	l->appendix.bytes = calloc(1, l->appendix.size);
	if (!l->appendix.bytes)
		return -ENOMEM;
	h = appendix_head(&l->appendix);
	h->magic = APPENDIX_MAGIC;
	h->version = APPENDIX_VERSION;
	h->number = number;
	h->started = clock_ns(CLOCK_REALTIME);
	h->ncpus = l->control->ncpus;
	h->line_size = sizeof(struct appendix_line);
	for (cpu = 0; cpu < h->ncpus; cpu++) {
		appendix_line(&l->appendix, cpu)->seq = lines[cpu].seq;
		appendix_line(&l->appendix, cpu)->drops = lines[cpu].drops;
		/* Of a CPU of which nothing comes, this is what there is to tell. */
		log_drops(l, cpu, lines[cpu].drops, (const void *)line);
		line += live->line_size;
		log_line(l, cpu)->total = lines[cpu].seq;
		log_line(l, cpu)->cur |= (lines[cpu].seq & 0xffffffff) << EVRING_POS_SEQ_SHIFT;
	}
	return 0;
}

/* --- making and opening -------------------------------------------------------------------- */

/* Where nobody looks for a log, until it is one. */
static int open_new(struct log *l, const char *path)
{
	l->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (l->fd < 0)
		return -errno;
	if (flock(l->fd, LOCK_EX | LOCK_NB))
		return -errno;
	/* What a crash left here was not begun. */
	return ftruncate(l->fd, 0) ? -errno : 0;
}

static int write_new(struct log *l)
{
	int rc = reserve(l, l->control->data_offset);

	if (!rc)
		rc = write_at(l, l->appendix.bytes, l->appendix.size, l->control->map_size);
	if (!rc)
		rc = write_at(l, l->head, l->control->data_offset, 0);
	return rc ? rc : sync_data(l);
}

int log_create(struct log *l, const char *name, const struct evring_control *live,
	       uint32_t nblocks, uint64_t number, const struct appendix_line *lines)
{
	char path[PATH_MAX];
	bool durable = l->durable;
	int rc;

	memset(l, 0, sizeof(*l));
	l->fd = -1;
	l->name = name;
	l->durable = durable;
	if (snprintf(path, sizeof(path), "%s.new", name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	rc = make_head(l, live, nblocks);
	if (rc)
		goto err;
	l->step = l->control->data_size / STEPS;
	rc = make_appendix(l, live, number, lines);
	if (!rc)
		rc = open_new(l, path);
	if (rc)
		goto err;
	rc = write_new(l);
	/* Not over another file: whoever made it wants it. */
	if (!rc && renameat2(AT_FDCWD, path, AT_FDCWD, name, RENAME_NOREPLACE))
		rc = errno == EINVAL ? (rename(path, name) ? -errno : 0) : -errno;
	if (!rc)
		rc = l->durable ? folder_sync(l->name) : 0;
	if (rc) {
		unlink(path);
		goto err;
	}
	return 0;
err:
	log_close(l);
	return rc;
}

/* Whether the geometry is one that log_create() makes, and the file has room for it. */
static int check_control(const struct evring_control *c, off_t size)
{
	if (c->magic != EVRING_MAGIC)
		return -EBADMSG;
	if (c->abi_version != EVRING_ABI_VERSION)
		return -EPROTO;
	if (c->block_size < EVRING_BLOCK_MIN || c->block_size > EVRING_BLOCK_MAX ||
	    c->block_size & (c->block_size - 1) || !c->nblocks || c->nblocks > EVRING_BLOCKS_MAX ||
	    c->nblocks & (c->nblocks - 1) || !c->ncpus || c->ncpus > 1U << 20 ||
	    c->page_size < 4096 || c->page_size > 1U << 20 || c->page_size & (c->page_size - 1) ||
	    c->index_entry_size != sizeof(struct evring_index) ||
	    c->line_size < sizeof(struct evring_line) || c->line_size > 4096 ||
	    c->line_size % 8 || c->line_offset % 8 || c->line_offset < sizeof(*c))
		return -EBADMSG;
	if (c->index_offset < c->line_offset + (uint64_t)c->ncpus * c->line_size ||
	    c->index_offset > 1ULL << 33 || c->index_offset % c->page_size ||
	    c->data_offset < c->index_offset + (uint64_t)c->nblocks * c->index_entry_size ||
	    c->data_offset > 1ULL << 34 || c->data_offset % c->page_size ||
	    c->data_size != (uint64_t)c->nblocks * c->block_size ||
	    c->map_size != c->data_offset + c->data_size || (uint64_t)size < c->map_size)
		return -EBADMSG;
	return 0;
}

static int read_head(struct log *l)
{
	struct evring_control c;
	struct stat st;
	ssize_t n;
	int rc;

	if (fstat(l->fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || pread(l->fd, &c, sizeof(c), 0) != (ssize_t)sizeof(c))
		return -EBADMSG;
	rc = check_control(&c, st.st_size);
	if (rc)
		return rc;
	l->head = malloc(c.data_offset);
	l->cpus = calloc(c.ncpus, sizeof(*l->cpus));
	l->dirty = calloc(c.data_offset / c.page_size, sizeof(*l->dirty));
	if (!l->head || !l->cpus || !l->dirty)
		return -ENOMEM;
	n = pread(l->fd, l->head, c.data_offset, 0);
	if (n != (ssize_t)c.data_offset)
		return n < 0 ? -errno : -EBADMSG;
	/* Not what may have been written meanwhile. */
	memcpy(l->head, &c, sizeof(c));
	l->control = (struct evring_control *)(void *)l->head;
	return 0;
}

/*
 * Of a process that was killed with writes on their way the kernel closes the file a little
 * later: whoever starts evlog anew at once has to be patient. -ESTALE: while it waited, the file
 * was called otherwise.
 */
static int lock(const struct log *l)
{
	struct stat here, there;
	unsigned int tries;

	for (tries = 0; flock(l->fd, LOCK_EX | LOCK_NB); tries++) {
		if (errno != EWOULDBLOCK || tries == LOCK_TRIES)
			return -errno;
		nanosleep(&(struct timespec){ .tv_nsec = LOCK_NS }, NULL);
	}
	if (fstat(l->fd, &here) || stat(l->name, &there))
		return -errno;
	return here.st_ino == there.st_ino && here.st_dev == there.st_dev ? 0 : -ESTALE;
}

int log_open(struct log *l, const char *name, bool writable)
{
	bool durable = l->durable;
	int rc;

	memset(l, 0, sizeof(*l));
	l->name = name;
	l->durable = durable;
	l->fd = open(name, (writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
	if (l->fd < 0)
		return -errno;
	rc = writable ? lock(l) : 0;
	if (!rc)
		rc = read_head(l);
	if (!rc)
		rc = appendix_read(&l->appendix, l->fd, l->control);
	if (rc) {
		log_close(l);
		return rc == -ENOENT ? -EBADMSG : rc;
	}
	l->appendix.size = l->appendix.whole;
	l->reserved = l->control->map_size;
	l->used = l->control->nblocks;
	while (l->used && !log_entry(l, l->used - 1)->gen)
		l->used--;
	return 0;
}

void log_close(struct log *l)
{
	if (l->fd >= 0)
		close(l->fd);
	free(l->head);
	free(l->cpus);
	free(l->dirty);
	appendix_free(&l->appendix);
	l->fd = -1;
	l->head = NULL;
	l->control = NULL;
	l->cpus = NULL;
	l->dirty = NULL;
}

/* --- growing -------------------------------------------------------------------------------- */

int log_room(struct log *l)
{
	return log_full(l) ? 0 : reserve(l, log_place(l, l->used + 1, 0));
}

int64_t log_claim(struct log *l)
{
	int rc = log_room(l);

	return rc ? rc : (int64_t)l->used++;
}

void log_touch(struct log *l, uint32_t slot)
{
	size_t at = (size_t)((unsigned char *)log_entry(l, slot) - l->head);

	l->dirty[at / l->control->page_size] = true;
}

void log_touch_lines(struct log *l)
{
	/* All of them: there is one page for 60 CPUs. */
	memset(l->dirty, true, l->control->index_offset / l->control->page_size);
}

static uint64_t position(uint64_t seq, uint32_t slot, uint32_t bytes)
{
	return (seq & 0xffffffff) << EVRING_POS_SEQ_SHIFT |
	       (uint64_t)slot << EVRING_POS_SLOT_SHIFT | bytes >> 3;
}

/* The block gets no more records. */
static void close_block(struct log *l, const struct log_cpu *cpu)
{
	struct evring_index *e;

	if (cpu->last == EVRING_POS_NO_SLOT)
		return;
	e = log_entry(l, cpu->last);
	if (e->pub & EVRING_POS_FULL)
		return;
	e->pub |= EVRING_POS_FULL;
	e->ts_end = cpu->youngest;
	log_touch(l, cpu->last);
}

static void begin_block(struct log *l, uint32_t slot, const struct evring_extent *x)
{
	struct evring_index *e = log_entry(l, slot);
	struct log_cpu *cpu = &l->cpus[x->cpu];
	uint64_t told = appendix_line(&l->appendix, x->cpu)->drops;

	close_block(l, cpu);
	if (cpu->last != EVRING_POS_NO_SLOT) {
		log_entry(l, cpu->last)->next_slot = slot;
		log_touch(l, cpu->last);
	}
	e->gen = (uint64_t)l->control->nblocks + slot;
	e->seq_first = x->seq;
	e->drops = x->drops > told ? x->drops : told;
	e->ts_begin = x->ts_begin;
	e->cpu = x->cpu;
	e->prev_slot = cpu->last;
	cpu->last = slot;
}

void log_put(struct log *l, uint32_t slot, uint32_t offset, const struct evring_extent *x,
	     uint64_t youngest)
{
	struct evring_index *e = log_entry(l, slot);
	struct evring_line *line = log_line(l, x->cpu);
	uint64_t end = x->seq + x->count;

	if (!e->gen)
		begin_block(l, slot, x);
	e->pub = position(end, slot, offset + x->bytes);
	l->cpus[x->cpu].youngest = youngest;
	if (x->closed)
		close_block(l, &l->cpus[x->cpu]);
	line->cur = e->pub;
	line->total = end;
	log_touch(l, slot);
	log_touch_lines(l);
}

uint64_t log_dropped(const struct log *l, uint32_t cpu)
{
	uint64_t sum = 0;
	uint32_t reason;

	for (reason = 0; reason < EVRING_DROP_REASONS; reason++)
		sum += log_line(l, cpu)->dropped[reason];
	return sum;
}

/* The channel may have counted more by now: that is for the next time. */
void log_drops(struct log *l, uint32_t cpu, uint64_t drops, const struct evring_line *live)
{
	uint64_t sum = log_dropped(l, cpu);
	struct evring_line *line = log_line(l, cpu);
	uint64_t more, count;
	uint32_t reason;

	if (drops <= sum)
		return;
	more = drops - sum;
	for (reason = 0; reason < EVRING_DROP_REASONS; reason++) {
		count = __atomic_load_n(&live->dropped[reason], __ATOMIC_RELAXED);
		if (count <= line->dropped[reason])
			continue;
		count -= line->dropped[reason];
		count = count < more ? count : more;
		line->dropped[reason] += count;
		more -= count;
	}
	line->dropped[EVRING_DROP_NO_ROOM] += more;
	log_touch_lines(l);
}

int log_text(struct log *l, uint32_t type, const char *system, const char *text)
{
	struct appendix *a = &l->appendix;
	size_t size;
	void *bytes = appendix_make(type, system, text, &size);
	unsigned char *all = bytes ? realloc(a->bytes, a->size + size) : NULL;
	int rc = -ENOMEM;

	if (all) {
		a->bytes = all;
		memcpy(all + a->size, bytes, size);
		rc = write_at(l, bytes, size, tail(l));
	}
	if (!rc)
		a->size += size;
	free(bytes);
	return rc;
}

static int write_appendix(const struct log *l, uint64_t at)
{
	return write_at(l, l->appendix.bytes, l->appendix.size, at);
}

int log_forget(const struct log *l)
{
	int rc = fdatasync(l->fd) ? -errno : 0;

	posix_fadvise(l->fd, 0, 0, POSIX_FADV_DONTNEED);
	return rc;
}

/* Writes again what the disk may lack, of what is not data. */
static int allay_doubts(struct log *l)
{
	int rc;

	if (!l->doubtful)
		return 0;
	rc = write_appendix(l, l->control->map_size);
	memset(l->dirty, true, pages_of(l));
	l->doubtful = rc != 0;
	return rc;
}

/* The pages of @l's head from @page up to @end that have changed. */
static int write_pages(struct log *l, size_t page, size_t end)
{
	size_t size = l->control->page_size, first;
	int rc;

	while (page < end) {
		if (!l->dirty[page]) {
			page++;
			continue;
		}
		for (first = page; page < end && l->dirty[page]; page++)
			;
		rc = write_at(l, l->head + first * size, (page - first) * size, first * size);
		if (rc)
			return rc;
		memset(l->dirty + first, false, page - first);
	}
	return 0;
}

int log_commit(struct log *l)
{
	size_t index = (size_t)(l->control->index_offset / l->control->page_size);
	int rc;

	if (!l->doubtful && !memchr(l->dirty, true, pages_of(l)))
		return 0;
	rc = allay_doubts(l);
	/* The records, then the entries that tell of them, then the lines that lead there. */
	if (!rc)
		rc = sync_data(l);
	if (!rc)
		rc = write_pages(l, index, pages_of(l));
	if (!rc)
		rc = write_pages(l, 0, index);
	return rc ? rc : sync_data(l);
}

/* --- the end ---------------------------------------------------------------------------------- */

/* The room of what was not used; without, the file only takes more. */
static void give_back(const struct log *l)
{
	uint64_t used = log_place(l, l->used, 0), end = l->control->map_size;

	if (used < end)
		fallocate(l->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)used,
			  (off_t)(end - used));
}

/* Leaves out blocks that were not used; keeps a power of two of them. */
static int trim(struct log *l)
{
	struct evring_control *c = l->control;
	uint32_t nblocks = 1, all = c->nblocks;
	int rc;

	while (nblocks < l->used)
		nblocks *= 2;
	give_back(l);
	if (nblocks == all || log_place(l, nblocks, 0) + l->appendix.size > c->map_size)
		return 0;
	/* Where nothing is yet; only when it is there is the old one left. */
	rc = write_appendix(l, log_place(l, nblocks, 0));
	/* No room for a second one: then it stays as it is. */
	if (rc == -ENOSPC || rc == -EDQUOT)
		return 0;
	if (!rc)
		rc = sync_data(l);
	if (rc)
		return rc;
	set_geometry(c, nblocks);
	rc = write_at(l, l->head, sizeof(*c), 0);
	if (rc)
		set_geometry(c, all);
	return rc;
}

int log_finish(struct log *l, const struct appendix_line *lines)
{
	uint32_t cpu;
	int rc;

	/* Not yet, if this is another attempt. */
	appendix_head(&l->appendix)->closed = 0;
	for (cpu = 0; cpu < l->control->ncpus; cpu++) {
		close_block(l, &l->cpus[cpu]);
		if (l->cpus[cpu].last != EVRING_POS_NO_SLOT)
			log_line(l, cpu)->cur = log_entry(l, l->cpus[cpu].last)->pub;
		appendix_line(&l->appendix, cpu)->end_seq = lines[cpu].end_seq;
		appendix_line(&l->appendix, cpu)->end_drops = lines[cpu].end_drops;
	}
	log_touch_lines(l);
	rc = log_commit(l);
	if (!rc)
		rc = trim(l);
	if (rc)
		return rc;
	appendix_head(&l->appendix)->closed = 1;
	rc = write_appendix(l, l->control->map_size);
	if (!rc && ftruncate(l->fd, (off_t)tail(l)))
		rc = -errno;
	return rc ? rc : synced(l, fsync(l->fd));
}
