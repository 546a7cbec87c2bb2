/* SPDX-License-Identifier: GPL-2.0 */
/* clock: a channel's clock against the clocks of this machine. */
#ifndef EVLOG_CLOCK_H
#define EVLOG_CLOCK_H

#include <linux/evring.h>
#include <stdbool.h>
#include <stdint.h>

/** clock_has_time() - whether records of the channel carry a time. */
static inline bool clock_has_time(const struct evring_control *c)
{
	return c->clock != EVRING_CLOCK_NONE;
}

/** clock_ns() - this machine's clock @id in nanoseconds. */
uint64_t clock_ns(int id);

/** clock_now() - the channel's clock now, in nanoseconds. The channel must be of this boot. */
uint64_t clock_now(const struct evring_control *c);

/** clock_raw() - what a record's time stamp is at @ns nanoseconds of the channel's clock. */
uint64_t clock_raw(const struct evring_control *c, uint64_t ns);

/**
 * clock_to_wall() - what to add to the channel's clock to get wall time.
 * @live: the channel is of this boot; else it is an image.
 * @offset: answer, nanoseconds.
 *
 * Return: whether that can be told. It cannot without time stamps, nor for an
 * image by CLOCK_BOOTTIME.
 */
bool clock_to_wall(const struct evring_control *c, bool live, uint64_t *offset);

#endif /* EVLOG_CLOCK_H */
