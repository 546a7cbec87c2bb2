/* SPDX-License-Identifier: GPL-2.0 */
/* pull: evlog pull, which reads back what evlog --to published. */
#ifndef EVLOG_PULL_H
#define EVLOG_PULL_H

/**
 * pull_main() - the command; @argv[0] is its name.
 * Return: the status to exit by.
 */
int pull_main(int argc, char **argv);

#endif /* EVLOG_PULL_H */
