/* SPDX-License-Identifier: GPL-2.0 */
/* convert: evlog convert: from a file into another format. */
#ifndef EVLOG_CONVERT_H
#define EVLOG_CONVERT_H

/**
 * convert_arguments() - what evlog is asked in place of evlog convert.
 * @argc: how many there are; answer: of what is asked.
 * @argv: "convert" and what follows: --to names the format; answer: what is asked, of static
 *	lifetime.
 *
 * Return: 0; the exit status after saying on standard error what is missing.
 */
int convert_arguments(int *argc, char ***argv);

#endif /* EVLOG_CONVERT_H */
