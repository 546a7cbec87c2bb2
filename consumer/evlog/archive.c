// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "archive.h"

#include "folder.h"
#include "notify.h"
#include "pack.h"
#include "rotation.h"
#include "signals.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define LOWEST	19		/* of nice(2) */
#define LOOK_NS	50000000L	/* how soon a signal is noticed at the end */

/**
 * struct archive - the thread.
 * @thread: itself.
 * @name: of the log.
 * @policy: its.
 * @lock: of the three below,
 * @wake: whose change is told by this.
 * @work: there may be a file to compress.
 * @ending: there will be no more.
 * @ended: the thread has nothing more to do.
 * @stop: leave the file at hand.
 * @told: the error that was told last; 0: it goes well. The thread's own.
 */
struct archive {
	pthread_t thread;
	const char *name;
	const struct rotation *policy;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool work;
	bool ending;
	bool ended;
	atomic_bool stop;
	int told;
};

/* --- a file ------------------------------------------------------------------------------------ */

/* Which files stay is decided meanwhile, too: then this is one of those that do not. */
static int put_in_place(const struct archive *a, const char *plain, const char *scratch,
			const char *packed)
{
	if (access(plain, F_OK)) {
		unlink(scratch);
		return 0;
	}
	if (rename(scratch, packed))
		return -errno;
	return folder_sync(a->name);
}

/* A crash may have left both: then the compressed one counts if it is as good. */
static int compress(const struct archive *a, const struct rotated *file)
{
	char plain[PATH_MAX], packed[PATH_MAX], scratch[PATH_MAX];
	int rc = rotation_form_name(a->name, file->number, ROTATION_PLAIN, plain, PATH_MAX);

	if (!rc)
		rc = rotation_form_name(a->name, file->number, ROTATION_PACKED, packed, PATH_MAX);
	if (!rc)
		rc = rotation_form_name(a->name, file->number, ROTATION_SCRATCH, scratch, PATH_MAX);
	if (!rc && !(file->forms & ROTATION_PACKED && pack_holds(packed, plain))) {
		rc = pack_file(plain, scratch, a->policy->compress, &a->stop);
		if (!rc)
			rc = put_in_place(a, plain, scratch, packed);
	}
	return !rc && unlink(plain) && errno != ENOENT ? -errno : rc;
}

/* --- all of them ------------------------------------------------------------------------------- */

static void tell(struct archive *a, const struct rotated *file, int error)
{
	char path[PATH_MAX];

	if (error == a->told)
		return;
	a->told = error;
	if (error && !rotation_name(a->name, file->number, path, sizeof(path)))
		fprintf(stderr, "evlog: %s is not compressed, and stays: %s%s\n", path,
			strerror(-error), error == -ENOSPC ? ": make room there" : "");
}

/* Return: whether to go on with the others. */
static bool take(struct archive *a, const struct rotated *file)
{
	int rc;

	if (!(file->forms & ROTATION_PLAIN))
		return true;
	rc = compress(a, file);
	/* A folder of that name, or one that did not have to stay. */
	if (rc == -EISDIR || rc == -ENOENT)
		return true;
	if (rc == -ECANCELED)
		return false;
	if (!rc)
		rc = rotation_keep(a->name, a->policy);
	tell(a, file, rc);
	/* Where there is no room, trying takes what is left of it from the log itself. */
	return rc != -ENOSPC && rc != -EDQUOT;
}

static void remove_scratch(const struct archive *a, const struct rotated *file)
{
	char path[PATH_MAX];

	if (file->forms & ROTATION_SCRATCH &&
	    !rotation_form_name(a->name, file->number, ROTATION_SCRATCH, path, sizeof(path)))
		unlink(path);
}

static void take_all(struct archive *a)
{
	struct rotated *files = NULL;
	ssize_t n = rotation_list(a->name, &files), i;

	/* This thread alone makes them, and has none at hand: a crash has left them. */
	for (i = 0; i < n; i++)
		remove_scratch(a, &files[i]);
	for (i = n; i > 0 && !atomic_load(&a->stop); i--)
		if (!take(a, &files[i - 1]))
			break;
	free(files);
}

/* Return: false: there is nothing more to do, and will not be. */
static bool wait_for_work(struct archive *a)
{
	bool work;

	pthread_mutex_lock(&a->lock);
	while (!a->work && !a->ending)
		pthread_cond_wait(&a->wake, &a->lock);
	work = a->work;
	a->work = false;
	pthread_mutex_unlock(&a->lock);
	return work;
}

static void *work(void *arg)
{
	struct archive *a = arg;

	/* Of this thread alone, as Linux has it. That it may not be is no reason not to work. */
	if (setpriority(PRIO_PROCESS, (id_t)gettid(), LOWEST))
		errno = 0;
	while (wait_for_work(a))
		take_all(a);
	pthread_mutex_lock(&a->lock);
	a->ended = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals are for the thread that records. */
static int begin_thread(struct archive *a)
{
	sigset_t before;
	int rc;

	signals_hold(&before);
	rc = pthread_create(&a->thread, NULL, work, a);
	signals_release(&before);
	return rc;
}

struct archive *archive_start(const char *name, const struct rotation *policy)
{
	struct archive *a;
	int rc = ENOMEM;

	if (!policy->compress)
		return NULL;
	a = calloc(1, sizeof(*a));
	if (a) {
		a->name = name;
		a->policy = policy;
		a->work = true;
		pthread_mutex_init(&a->lock, NULL);
		pthread_cond_init(&a->wake, NULL);
		rc = begin_thread(a);
	}
	if (rc) {
		fprintf(stderr, "evlog: --compress: no thread for it: %s: files stay as they are\n",
			strerror(rc));
		free(a);
		return NULL;
	}
	return a;
}

void archive_wake(struct archive *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->work = true;
	pthread_cond_signal(&a->wake);
	pthread_mutex_unlock(&a->lock);
}

/* A service manager may be watching, and signals keep being listened to. */
static void wait_for_end(struct archive *a)
{
	struct timespec until;

	while (!a->ended) {
		notify_alive();
		if (signals_stop)
			atomic_store(&a->stop, true);
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += LOOK_NS;
		until.tv_sec += until.tv_nsec / 1000000000L;
		until.tv_nsec %= 1000000000L;
		pthread_cond_clockwait(&a->wake, &a->lock, CLOCK_MONOTONIC, &until);
	}
}

void archive_end(struct archive *a)
{
	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->ending = true;
	pthread_cond_signal(&a->wake);
	wait_for_end(a);
	pthread_mutex_unlock(&a->lock);
	pthread_join(a->thread, NULL);
	pthread_cond_destroy(&a->wake);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
