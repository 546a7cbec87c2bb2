/* SPDX-License-Identifier: GPL-2.0 */
/* boot: whether an image was made where evlog runs. */
#ifndef EVLOG_BOOT_H
#define EVLOG_BOOT_H

#include <linux/evring.h>
#include <stdbool.h>

/**
 * boot_is_this() - whether the module that made channel @c is loaded here, now.
 *
 * Any channel that is there and can be read tells; if there is none, it is not known: false.
 */
bool boot_is_this(const struct evring_control *c);

#endif /* EVLOG_BOOT_H */
