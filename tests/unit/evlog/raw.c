// SPDX-License-Identifier: GPL-2.0
/*
 * The sink of raw logs over a channel of evring_double.h: raw FOLDER.
 *
 * What is emitted is in the log, whole and in order; what is overrun under a write is not, and is
 * told; and whatever moment evlog is killed at, what is left is true, and goes on.
 */
#define _GNU_SOURCE
#define EVRING_DOUBLE_IMPLEMENTATION
#include <evring_double.h>

#include "log.h"
#include "metrics.h"
#include "pack.h"
#include "raw.h"
#include "rotation.h"
#include "run.h"
#include "session.h"
#include "verify.h"

#include <dlfcn.h>
#include <liburing.h>
#include <stdio.h>
#include <sys/wait.h>

#define LEN		48U		/* records of 64 bytes */
#define RECORD		(LEN + 16)
#define BLOCK		4096U
#define CPUS		2U
#define FILE_SIZE	LOG_SIZE_MIN
#define IN_FILE		(FILE_SIZE / RECORD)

static int failures;
static bool failed;
static char name[PATH_MAX];

static void check(bool holds, int line, const char *what)
{
	if (!holds && !failed)
		printf("# raw.c:%d: %s\n", line, what);
	failed = failed || !holds;
}

#define CHECK(cond)	check(cond, __LINE__, #cond)

/* The decoder is not part of this: all types have one text. */
char *decode_text(struct decoder *d, uint32_t type, const char **system)
{
	char *text;

	(void)d;
	*system = "test";
	return asprintf(&text, "text of %u", type) < 0 ? NULL : text;
}

/* --- a channel, and evlog's part around the sink -------------------------------------- */

static struct session session;
static uint64_t numbers[CPUS];
static uint64_t age_ns;
static unsigned int level;	/* of --compress */

static struct evring_double *make(uint64_t ring)
{
	struct evring_double_opts opts = { .size = sizeof(opts), .data_size = ring,
					   .block_size = BLOCK, .ncpus = CPUS };
	struct evring_double *d = evring_double_create("test", &opts);

	if (!d)
		exit(1);
	memset(numbers, 0, sizeof(numbers));
	return d;
}

static void emit(struct evring_double *d, uint32_t cpu, uint64_t count)
{
	uint64_t payload[LEN / 8];
	uint32_t i;

	while (count--) {
		for (i = 0; i < LEN / 8; i++)
			payload[i] = numbers[cpu] * 31 + cpu + i;
		numbers[cpu]++;
		evring_double_emit(d, cpu, EVRING_TYPE_GENERATOR, payload, LEN);
	}
}

static void begin(struct evring_double *d)
{
	static struct metrics_cpu cpus[CPUS];

	memset(&session, 0, sizeof(session));
	session.cpus = cpus;
	CHECK(!evring_open(&session.ring, evring_double_path(d), NULL));
	session.control = evring_control_page(&session.ring);
	session.cpus = calloc(session.control->ncpus, sizeof(*session.cpus));
	session.opt.output = name;
	session.opt.rotation.size = FILE_SIZE;
	session.opt.rotation.age_ns = age_ns;
	session.opt.rotation.compress = level;
	session.opt.quiet = true;
	session.sink = raw_open(&session);
	if (!session.sink) {
		puts("not ok raw: no sink");
		exit(1);
	}
	session.archive = archive_start(name, &session.opt.rotation);
}

static int end(void)
{
	int rc = session.sink->ops->close(session.sink);

	session.sink->ops->free(session.sink);
	evring_close(&session.ring);
	archive_end(session.archive);
	free(session.cpus);
	return rc;
}

/* One step of evlog's loop. Return: 1, there was something. */
static int step(void)
{
	struct stamp stamp = { 0 };
	struct evring_extent x;
	int rc = evring_extent_take(&session.ring, &x);

	if (rc == 1)
		CHECK(!session.sink->ops->extent(session.sink, &x));
	else if (rc == 2)
		CHECK(!session.sink->ops->event(session.sink, NULL, &x.loss, &stamp));
	return rc > 0;
}

static void drain(void)
{
	while (step())
		;
	CHECK(!session.sink->ops->flush(session.sink));
}

/* What all the log's files have, as a reader of them finds it. */
struct found {
	uint64_t next[CPUS];
	uint64_t records;
	uint64_t overrun;
	uint64_t dropped;
	uint64_t doubled;
};

static void read_file(const char *path, struct found *f)
{
	struct evring_event ev;
	struct evring r;
	uint64_t payload[LEN / 8];
	struct unpacked u;
	uint32_t i;
	int rc;

	CHECK(!unpack_open(&u, path));
	rc = evring_open(&r, u.path, NULL);
	CHECK(!rc);
	while (!rc && (rc = evring_next(&r, &ev)) == 1) {
		rc = 0;
		if (ev.kind == EVRING_DROPPED) {
			f->dropped += ev.count;
			continue;
		}
		if (ev.kind == EVRING_OVERRUN) {
			f->overrun += ev.count;
			f->next[ev.cpu] = ev.seq + ev.count;
			continue;
		}
		if (ev.seq < f->next[ev.cpu])
			f->doubled++;
		else
			f->overrun += ev.seq - f->next[ev.cpu];
		f->next[ev.cpu] = ev.seq + 1;
		f->records++;
		CHECK(ev.len == LEN && ev.type == EVRING_TYPE_GENERATOR);
		memcpy(payload, ev.payload, LEN);
		for (i = 0; i < LEN / 8; i++)
			CHECK(payload[i] == ev.seq * 31 + ev.cpu + i);
	}
	CHECK(!rc);
	evring_close(&r);
	unpack_close(&u);
}

/* Of those that are there in two forms, as a crash may leave them, the first. */
static unsigned int files(char found[][PATH_MAX], unsigned int most)
{
	int64_t last = rotation_last(name), i;
	unsigned int n = 0;

	for (i = 1; i <= last && n < most; i++) {
		CHECK(!rotation_name(name, (uint64_t)i, found[n], PATH_MAX));
		if (access(found[n], F_OK))
			CHECK(!rotation_form_name(name, (uint64_t)i, ROTATION_PACKED, found[n],
						  PATH_MAX));
		n += !access(found[n], F_OK);
	}
	if (!access(name, F_OK) && n < most)
		strcpy(found[n++], name);
	return n;
}

#define FILES_MOST	400
static char paths[FILES_MOST][PATH_MAX];

static struct found read_log(void)
{
	struct found f = { 0 };
	unsigned int i, n = files(paths, FILES_MOST);

	for (i = 0; i < n; i++)
		read_file(paths[i], &f);
	return f;
}

/* evlog verify of all the files: its status. */
static int verify(void)
{
	static char *argv[FILES_MOST + 3] = { "verify", "-q" };
	unsigned int i, n = files(paths, FILES_MOST);

	for (i = 0; i < n; i++)
		argv[2 + i] = paths[n - 1 - i];
	argv[2 + n] = NULL;
	optind = 1;
	return verify_main((int)n + 2, argv);
}

static void clean(void)
{
	unsigned int i, n = files(paths, FILES_MOST);

	for (i = 0; i < n; i++)
		unlink(paths[i]);
}

/* --- tests ------------------------------------------------------------------------------- */

static void all_is_there(void)
{
	struct evring_double *d = make(1U << 20);
	struct found f;
	unsigned int i;

	begin(d);
	/* In parts that end in the middle of blocks, and at their ends. */
	for (i = 0; i < 100; i++) {
		emit(d, 0, i);
		emit(d, 1, 3 * (i % 7));
		drain();
	}
	CHECK(session.events == numbers[0] + numbers[1]);
	CHECK(!end());
	f = read_log();
	CHECK(f.records == numbers[0] + numbers[1]);
	CHECK(!f.overrun && !f.doubled && !f.dropped);
	CHECK(verify() == EXIT_SUCCESS);
	evring_double_destroy(d);
}

static void a_full_file_is_followed_by_another(void)
{
	struct evring_double *d = make(1U << 20);
	struct found f;
	unsigned int i;

	begin(d);
	for (i = 0; i < 100; i++) {
		emit(d, 0, IN_FILE / 40);
		emit(d, 1, IN_FILE / 400 + 1);
		drain();
	}
	CHECK(!end());
	CHECK(files(paths, FILES_MOST) >= 3);
	f = read_log();
	CHECK(f.records == numbers[0] + numbers[1]);
	CHECK(!f.overrun && !f.doubled && !f.dropped);
	CHECK(verify() == EXIT_SUCCESS);
	/* Without the one in the middle. */
	unlink(paths[1]);
	CHECK(verify() == EXIT_LOSS);
	evring_double_destroy(d);
}

static void an_old_file_is_followed_by_another(void)
{
	struct evring_double *d = make(1U << 16);
	struct found f;
	unsigned int i;

	age_ns = 1000000;
	begin(d);
	for (i = 0; i < 5; i++) {
		emit(d, 0, 10);
		drain();
		usleep(2000);
		/* Nothing came: an empty file gets no older. */
		drain();
		usleep(2000);
		drain();
	}
	CHECK(!end());
	age_ns = 0;
	CHECK(files(paths, FILES_MOST) == 6);
	f = read_log();
	CHECK(f.records == 50 && !f.overrun && !f.doubled);
	CHECK(verify() == EXIT_SUCCESS);
	evring_double_destroy(d);
}

static void overrun_under_a_write_is_lost_and_told(void)
{
	struct evring_double *d = make(1U << 16);
	struct found f;
	uint64_t events;

	begin(d);
	emit(d, 0, 3 * BLOCK / RECORD);
	emit(d, 1, 10);
	drain();
	emit(d, 0, 100);
	/* On its way, and the ring goes round before anybody looks. */
	while (step())
		;
	emit(d, 0, 3 * (1U << 16) / RECORD);
	drain();
	emit(d, 1, 10);
	drain();
	events = session.events;
	CHECK(session.overrun);
	CHECK(events + session.overrun <= numbers[0] + numbers[1]);
	CHECK(!end());
	f = read_log();
	CHECK(f.records == events);
	CHECK(f.overrun && f.records + f.overrun == numbers[0] + numbers[1]);
	CHECK(verify() == EXIT_LOSS);
	evring_double_destroy(d);
}

static void drops_are_told_where_they_happened(void)
{
	struct evring_double *d = make(1U << 16);
	char large[BLOCK] = { 0 };
	struct found f;

	begin(d);
	emit(d, 0, 10);
	drain();
	evring_double_emit(d, 0, EVRING_TYPE_GENERATOR, large, BLOCK);
	emit(d, 0, 200);
	drain();
	evring_double_emit(d, 0, EVRING_TYPE_GENERATOR, large, BLOCK);
	evring_double_emit(d, 0, EVRING_TYPE_GENERATOR, large, BLOCK);
	drain();
	CHECK(!end());
	f = read_log();
	CHECK(f.dropped == 3 && f.records == 210);
	CHECK(verify() == EXIT_LOSS);
	evring_double_destroy(d);
}

static void it_goes_on_where_it_ended(void)
{
	struct evring_double *d = make(1U << 16);
	struct found f;

	begin(d);
	emit(d, 0, 100);
	drain();
	CHECK(!end());
	/* Meanwhile, as much as the ring holds; then more. */
	emit(d, 0, 500);
	begin(d);
	drain();
	CHECK(!end());
	CHECK(verify() == EXIT_SUCCESS);
	emit(d, 0, 5000);
	begin(d);
	drain();
	CHECK(!end());
	f = read_log();
	CHECK(!f.doubled && f.overrun);
	CHECK(f.records + f.overrun == numbers[0]);
	CHECK(verify() == EXIT_LOSS);
	evring_double_destroy(d);
}

/* As if it had been killed between two files, and the last one compressed since. */
static void it_goes_on_behind_a_compressed_file(void)
{
	struct evring_double *d = make(1U << 16);
	char packed[PATH_MAX];
	atomic_bool stop = false;
	struct found f;

	begin(d);
	emit(d, 0, 100);
	drain();
	CHECK(!end());
	CHECK(!rotation_form_name(name, 1, ROTATION_PACKED, packed, sizeof(packed)));
	CHECK(!pack_file(name, packed, PACK_LEVEL, &stop) && !unlink(name));
	emit(d, 0, 50);
	begin(d);
	drain();
	CHECK(!end());
	f = read_log();
	CHECK(f.records == 150 && !f.doubled && !f.overrun);
	CHECK(verify() == EXIT_SUCCESS);
	evring_double_destroy(d);
}

/* A process that does what evlog does, until it is killed. Return: once it has begun. */
static pid_t log_in_child(struct evring_double *d)
{
	int begun[2];
	char byte = 0;
	pid_t pid;

	CHECK(!pipe(begun));
	pid = fork();
	if (pid) {
		close(begun[1]);
		CHECK(read(begun[0], &byte, 1) == 1);
		close(begun[0]);
		return pid;
	}
	begin(d);
	CHECK(write(begun[1], &byte, 1) == 1);
	for (;;) {
		while (step())
			;
		if (session.sink->ops->flush(session.sink))
			_exit(1);
	}
}

static void killed_at_any_moment(void)
{
	/* So much room that nothing is overrun while nobody reads. */
	struct evring_double *d = make(1U << 22);
	struct found f;
	unsigned int round, n;
	int status;
	pid_t pid;

	for (round = 0; round < 40 && !failed; round++) {
		pid = log_in_child(d);
		for (n = 0; n < 3 + round % 5; n++) {
			emit(d, 0, 97 + round * 13 % 301);
			emit(d, 1, 31);
			usleep(100 + (unsigned int)rand() % 700);
		}
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
		CHECK(WIFSIGNALED(status));
		/* As it was left, before anybody mends it: what there is, is true. */
		CHECK(verify() == EXIT_SUCCESS);
	}
	begin(d);
	drain();
	CHECK(!end());
	f = read_log();
	CHECK(f.records == numbers[0] + numbers[1]);
	CHECK(!f.overrun && !f.doubled);
	CHECK(verify() == EXIT_SUCCESS);
	evring_double_destroy(d);
}

/* Also while files are compressed that earlier ones have left. */
static void killed_at_any_moment_of_compressing(void)
{
	unsigned int i, n;

	level = PACK_LEVEL_MAX;
	killed_at_any_moment();
	level = 0;
	n = files(paths, FILES_MOST);
	CHECK(n > 20 && !strcmp(paths[n - 1], name));
	for (i = 0; i + 1 < n; i++)
		CHECK(strstr(paths[i], ".zst"));
}

/* What a machine that lost its power may leave: the index tells of what is not there. */
static void cut_where_the_file_lacks_it(void)
{
	struct evring_double *d = make(1U << 16);
	struct evring_index *e;
	struct found f;
	struct log l = { 0 };

	begin(d);
	emit(d, 0, 5 * BLOCK / RECORD + 7);
	drain();
	CHECK(!end());
	CHECK(!log_open(&l, name, true));
	appendix_head(&l.appendix)->closed = 0;
	CHECK(pwrite(l.fd, l.appendix.bytes, l.appendix.size, (off_t)l.control->map_size) ==
	      (ssize_t)l.appendix.size);
	/* The last block's second half, and all of the first, are zeros. */
	e = log_entry(&l, 5);
	CHECK(!(evring_pos_bytes(e->pub) - 7 * RECORD));
	CHECK(pwrite(l.fd, (char[3 * RECORD]){ 0 }, 3 * RECORD,
		     (off_t)log_place(&l, 5, 4 * RECORD)) == 3 * RECORD);
	CHECK(pwrite(l.fd, (char[BLOCK]){ 0 }, BLOCK, (off_t)log_place(&l, 0, 0)) == BLOCK);
	log_close(&l);
	CHECK(verify() == EXIT_FAILURE);
	/* What is mended: the ring has it still. */
	begin(d);
	drain();
	CHECK(!end());
	f = read_log();
	CHECK(f.next[0] == numbers[0]);
	CHECK(f.records == numbers[0] - BLOCK / RECORD);
	CHECK(f.overrun == BLOCK / RECORD);
	CHECK(verify() == EXIT_LOSS);
	evring_double_destroy(d);
}

/* Of those that are submitted next, counted from 1, this one finds no room. */
static unsigned int without_room;

int io_uring_submit(struct io_uring *ring)
{
	static int (*real)(struct io_uring *ring);
	static int full = -1;
	unsigned int i;

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, __func__);
	if (full < 0)
		full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	for (i = ring->sq.sqe_head; without_room && i != ring->sq.sqe_tail; i++)
		if (!--without_room)
			ring->sq.sqes[i & *ring->sq.kring_mask].fd = full;
	return real(ring);
}

/* A block has no hole: what could not be written takes along what follows it there. */
static void what_could_not_be_written_is_lost_and_told(void)
{
	struct evring_double *d = make(1U << 16);
	struct found f;
	unsigned int i;

	begin(d);
	session.trouble.policy = ON_ERROR_DROP;
	session.trouble.name = name;
	/* The third and the fourth of CPU 0: CPUs are looked at to and fro, so they go together. */
	without_room = 4;
	for (i = 0; i < 10; i++) {
		emit(d, 0, 3);
		emit(d, 1, 1);
		CHECK(step() && step());
	}
	CHECK(!session.sink->ops->flush(session.sink));
	CHECK(session.unwritten == 8 * 3 && session.events == 2 * 3 + 10);
	CHECK(session.trouble.error == -ENOSPC && session.trouble.retry_at);
	/* Too early to look again; then not. */
	emit(d, 0, 5);
	drain();
	CHECK(session.unwritten == 8 * 3 + 5);
	session.trouble.retry_at = 0;
	emit(d, 0, 7);
	drain();
	CHECK(!session.trouble.error && session.events == 2 * 3 + 10 + 7);
	CHECK(!end());
	f = read_log();
	CHECK(f.records == session.events && f.overrun == session.unwritten);
	CHECK(verify() == EXIT_LOSS);
	evring_double_destroy(d);
}

/* Where the file ends, all that it does not have begins: also what was just being taken. */
static void what_is_taken_at_an_error_is_not_missing(void)
{
	struct evring_double *d = make(1U << 18);
	struct evring_extent x;
	unsigned int i;
	int rc = 0;

	begin(d);
	without_room = 1;
	for (i = 0; !rc && i < 1000; i++) {
		/* Of CPU 1 there is one run: that before which the sink finds that another failed. */
		emit(d, i == 64, 3);
		CHECK(evring_extent_take(&session.ring, &x) == 1);
		rc = session.sink->ops->extent(session.sink, &x);
	}
	CHECK(i == 65 && x.cpu == 1);
	CHECK(rc == -ENOSPC);
	CHECK(end() == -ENOSPC);
	CHECK(!verify());
	evring_double_destroy(d);
}

static void types_come_along(void)
{
	struct evring_double *d = make(1U << 16);
	const char *text, *system;
	struct log l = { 0 };

	begin(d);
	emit(d, 0, 10);
	drain();
	evring_double_emit(d, 1, EVRING_TYPE_FORK, "01234567", 8);
	drain();
	CHECK(!end());
	CHECK(!log_open(&l, name, false));
	text = appendix_find(&l.appendix, EVRING_TYPE_FORK, &system);
	CHECK(text && !strcmp(text, "text of 32786") && !strcmp(system, "test"));
	CHECK(appendix_find(&l.appendix, EVRING_TYPE_GENERATOR, &system));
	CHECK(!appendix_find(&l.appendix, EVRING_TYPE_EXEC, &system));
	log_close(&l);
	evring_double_destroy(d);
}

/* The same log twice, and what is none. */
static void what_is_there_is_not_written_over(void)
{
	struct evring_double *d = make(1U << 16);
	struct log l = { 0 };
	FILE *file;

	begin(d);
	CHECK(log_open(&l, name, true) == -EWOULDBLOCK);
	CHECK(!end());
	unlink(name);
	file = fopen(name, "w");
	fputs("a letter", file);
	fclose(file);
	CHECK(log_open(&l, name, true) == -EBADMSG);
	evring_double_destroy(d);
}

static void run(const char *what, void (*test)(void))
{
	failed = false;
	test();
	clean();
	printf("%s %s\n", failed ? "not ok" : "ok", what);
	fflush(stdout);
	failures += failed;
}

#define RUN(test) run(#test, test)

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	snprintf(name, sizeof(name), "%s/log", argv[1]);
	RUN(all_is_there);
	RUN(a_full_file_is_followed_by_another);
	RUN(an_old_file_is_followed_by_another);
	RUN(overrun_under_a_write_is_lost_and_told);
	RUN(drops_are_told_where_they_happened);
	RUN(it_goes_on_where_it_ended);
	RUN(it_goes_on_behind_a_compressed_file);
	RUN(killed_at_any_moment);
	RUN(killed_at_any_moment_of_compressing);
	RUN(cut_where_the_file_lacks_it);
	RUN(what_could_not_be_written_is_lost_and_told);
	RUN(what_is_taken_at_an_error_is_not_missing);
	RUN(types_come_along);
	RUN(what_is_there_is_not_written_over);
	return failures != 0;
}
