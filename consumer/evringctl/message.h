/* SPDX-License-Identifier: GPL-2.0 */
/* message: what went wrong and how to mend it, on standard error. */
#ifndef EVRINGCTL_MESSAGE_H
#define EVRINGCTL_MESSAGE_H

#define EXIT_USAGE	2	/* the command line is wrong */

/**
 * fail() - a message, with a hint at --help if @status is EXIT_USAGE.
 * @status: exit status.
 * @format: as for printf(), without a newline.
 *
 * Return: @status, for the caller to return.
 */
__attribute__((format(printf, 2, 3)))
int fail(int status, const char *format, ...);

#endif
