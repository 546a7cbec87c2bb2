/* SPDX-License-Identifier: GPL-2.0 */
/* recovery: what to make of a raw log that evlog was killed over. */
#ifndef EVLOG_RECOVERY_H
#define EVLOG_RECOVERY_H

#include "log.h"

/**
 * struct recovery - what was found.
 * @records: records that are kept.
 * @cut: records that the index told of, but the file does not hold: cut off.
 */
struct recovery {
	uint64_t records;
	uint64_t cut;
};

/**
 * recovery_mend() - close a log that is not closed.
 * @l: from log_open(), writable.
 *
 * Each block is kept up to its last record that is whole. What leads to the blocks is made
 * anew from the entries of the index. Return: 0 or -errno.
 */
int recovery_mend(struct log *l, struct recovery *found);

#endif /* EVLOG_RECOVERY_H */
