/* SPDX-License-Identifier: GPL-2.0 */
/*
 * archive: the complete files of a log are compressed, one after another, the oldest first.
 *
 * A thread of its own does it, at the lowest priority if it may; who records only wakes it. A file
 * is compressed under another name, brought to the disk, and renamed; only then does the one
 * that it was made of go. So at any moment one of them is whole, and what a crash has
 * left is found at the next start.
 */
#ifndef EVLOG_ARCHIVE_H
#define EVLOG_ARCHIVE_H

struct archive;
struct rotation;

/**
 * archive_start() - compress the complete files of a log, those that are there already too.
 * @name: the log's, which nobody else writes; stays the caller's.
 * @policy: likewise.
 *
 * What fails is told on standard error, once until it goes well again; the file stays as it is.
 * Return: it; NULL: nothing is to be compressed, or there is no thread for it, which has been told.
 */
struct archive *archive_start(const char *name, const struct rotation *policy);

/** archive_wake() - there is a further complete file. Does not wait. @a may be NULL. */
void archive_wake(struct archive *a);

/**
 * archive_end() - there will be no more: wait until all are compressed.
 *
 * If a signal asked to end, or does so meanwhile, the file at hand stays as it is, and
 * so do the others: the next start compresses them. @a may be NULL.
 */
void archive_end(struct archive *a);

#endif /* EVLOG_ARCHIVE_H */
