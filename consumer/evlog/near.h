/* SPDX-License-Identifier: GPL-2.0 */
/* near: which of some names somebody may have meant. */
#ifndef EVLOG_NEAR_H
#define EVLOG_NEAR_H

#include <stddef.h>

#define NEAR_MAX	3U	/* names that are told */

/**
 * struct near - the nearest names so far.
 * @name: what was written.
 * @best: the nearest, best first; NULL: fewer.
 * @distance: how far they are.
 */
struct near {
	const char *name;
	const char *best[NEAR_MAX];
	size_t distance[NEAR_MAX];
};

/** near_offer() - consider @candidate, which has to stay. */
void near_offer(struct near *n, const char *candidate);

/** near_text() - "; near: A, B", or nothing, in @buf. */
const char *near_text(const struct near *n, char *buf, size_t size);

#endif /* EVLOG_NEAR_H */
