/* SPDX-License-Identifier: GPL-2.0 */
/* folder: what files are in. */
#ifndef EVLOG_FOLDER_H
#define EVLOG_FOLDER_H

/**
 * folder_sync() - bring to the disk that file @name is called so, or is not there any more.
 *
 * Filesystems that cannot are left alone. Return: 0 or -errno.
 */
int folder_sync(const char *name);

#endif /* EVLOG_FOLDER_H */
