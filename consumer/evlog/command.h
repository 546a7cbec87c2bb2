/* SPDX-License-Identifier: GPL-2.0 */
/* command: what the command lines of evlog and its subcommands have in common. */
#ifndef EVLOG_COMMAND_H
#define EVLOG_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#define EXIT_USAGE	2	/* the command line is wrong */
#define EXIT_LOSS	3	/* something was lost, and the status was to tell */

/** command_number() - decimal digits only, from @min to @max: no sign, no space. */
bool command_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);

/**
 * command_usage() - say in one line what is wrong with the command line, and where help is.
 * @command: the subcommand, such as "pull".
 *
 * Return: EXIT_USAGE.
 */
__attribute__((format(printf, 2, 3)))
int command_usage(const char *command, const char *format, ...);

/**
 * command_complaint() - the same, of what getopt_long() answered by '?' or ':'.
 * @c: its answer; opterr was 0, and the short options began with a colon.
 */
int command_complaint(const char *command, int c, char **argv);

#endif /* EVLOG_COMMAND_H */
