/* SPDX-License-Identifier: GPL-2.0 */
/* signals: they end a command in an orderly way. */
#ifndef EVRINGCTL_SIGNALS_H
#define EVRINGCTL_SIGNALS_H

#include <signal.h>

/**
 * stopped - the signal that came, or 0.
 *
 * Signals must not leave the channel frozen and the temporary file behind, nor a line half
 * written.
 */
extern volatile sig_atomic_t stopped;

/** catch_signals() - from now on SIGINT, SIGTERM and SIGHUP set @stopped. */
void catch_signals(void);

#endif
