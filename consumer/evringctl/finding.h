/* SPDX-License-Identifier: GPL-2.0 */
/* finding: what the doctor finds, a line or a JSON object each. */
#ifndef EVRINGCTL_FINDING_H
#define EVRINGCTL_FINDING_H

#include <stdbool.h>

/**
 * enum verdict - how it is.
 * @VERDICT_OK: as it should be, or worth knowing.
 * @VERDICT_WARN: something cannot be had, or goes worse than it could.
 * @VERDICT_FAIL: evring cannot be used.
 */
enum verdict {
	VERDICT_OK,
	VERDICT_WARN,
	VERDICT_FAIL,
};

/**
 * struct diagnosis - all findings.
 * @json: as JSON.
 * @count: findings told.
 * @warned: those of them that are VERDICT_WARN.
 * @failed: those of them that are VERDICT_FAIL.
 */
struct diagnosis {
	bool json;
	unsigned int count;
	unsigned int warned;
	unsigned int failed;
};

/**
 * found() - tell a finding.
 * @d: the diagnosis.
 * @verdict: how it is.
 * @check: what was looked at: a word, or "channel NAME".
 * @mend: what to do about it; NULL: nothing.
 * @format: what was found, as for printf(), without a newline.
 */
__attribute__((format(printf, 5, 6)))
void found(struct diagnosis *d, enum verdict verdict, const char *check, const char *mend,
	   const char *format, ...);

/** found_all() - end the diagnosis. Return: exit status. */
int found_all(const struct diagnosis *d);

#endif
