/* SPDX-License-Identifier: GPL-2.0 */
/* verify: the command that proves from the files of a raw log alone what they lack. */
#ifndef EVLOG_VERIFY_H
#define EVLOG_VERIFY_H

/**
 * verify_main() - evlog verify.
 * @argv: from "verify" on.
 *
 * Return: the exit status: 0, each record that the log went over is there; EXIT_LOSS, some were
 * lost or dropped; EXIT_FAILURE, damage, records that come twice, or a file that cannot be
 * read; EXIT_USAGE.
 */
int verify_main(int argc, char **argv);

#endif /* EVLOG_VERIFY_H */
