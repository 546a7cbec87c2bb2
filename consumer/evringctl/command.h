/* SPDX-License-Identifier: GPL-2.0 */
/*
 * command: what evringctl can be told to do.
 *
 * Each gets what follows its name, ended by NULL, and the options, and returns the
 * exit status after a message.
 */
#ifndef EVRINGCTL_COMMAND_H
#define EVRINGCTL_COMMAND_H

#include "options.h"

int list(char **argv, const struct options *o);
int show_info(char **argv, const struct options *o);
int show_stat(char **argv, const struct options *o);
int watch_stat(char **argv, const struct options *o);
int create(char **argv, const struct options *o);
int remove_channel(char **argv, const struct options *o);
int attach(char **argv, const struct options *o);
int detach(char **argv, const struct options *o);
int freeze(char **argv, const struct options *o);
int thaw(char **argv, const struct options *o);
int doctor(char **argv, const struct options *o);
int events(char **argv, const struct options *o);
int snapshot(char **argv, const struct options *o);

#endif
