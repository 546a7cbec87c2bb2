/* SPDX-License-Identifier: GPL-2.0 */
/* ctf: the sink of --format ctf: a directory that holds a CTF 1.8 trace. */
#ifndef EVLOG_CTF_H
#define EVLOG_CTF_H

struct session;
struct sink;

/**
 * ctf_open() - write a trace to the directory --output, which is made if it is not there.
 *
 * A trace of the same channel of the same boot is gone on with. Says on standard error why
 * not; then NULL.
 */
struct sink *ctf_open(struct session *s);

#endif /* EVLOG_CTF_H */
