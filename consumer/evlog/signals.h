/* SPDX-License-Identifier: GPL-2.0 */
/* signals: being asked to end, or to open files anew. */
#ifndef EVLOG_SIGNALS_H
#define EVLOG_SIGNALS_H

#include <signal.h>

/** signals_stop - the signal that asked to end, or 0. */
extern volatile sig_atomic_t signals_stop;

/** signals_hangup - SIGHUP came since this was last cleared, and signals_reopen() was called. */
extern volatile sig_atomic_t signals_hangup;

/**
 * signals_open() - from now on SIGINT, SIGTERM and SIGHUP ask to end.
 *
 * A second signal of the same kind kills. A broken pipe and the file size limit
 * are errors of write() from now on.
 * Return: a descriptor that is readable once a signal came, until signals_forget(), or -errno.
 */
int signals_open(void);

/** signals_reopen() - from now on SIGHUP does not ask to end, but sets signals_hangup. */
void signals_reopen(void);

/** signals_forget() - have signals_open()'s descriptor wait for the next signal. */
void signals_forget(void);

/**
 * signals_hold() - take no signals, in this thread and in those that it makes meanwhile.
 * @before: answer, for signals_release().
 */
void signals_hold(sigset_t *before);

/** signals_release() - take signals as before, in this thread. */
void signals_release(const sigset_t *before);

/** signals_raise_pipe() - die of SIGPIPE as other filters do, if it is not ignored. */
void signals_raise_pipe(void);

#endif /* EVLOG_SIGNALS_H */
