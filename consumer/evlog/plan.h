/* SPDX-License-Identifier: GPL-2.0 */
/* plan: --dry-run: what would be done, and whether it could be, without doing it. */
#ifndef EVLOG_PLAN_H
#define EVLOG_PLAN_H

struct session;

/**
 * plan_tell() - say on standard output what the session would do.
 * @s: its source is open; its sink is not.
 *
 * Whether files could be written is looked up, not tried. Return: the status to exit by;
 * what would fail has been told on standard error.
 */
int plan_tell(const struct session *s);

#endif /* EVLOG_PLAN_H */
