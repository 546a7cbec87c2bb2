/* SPDX-License-Identifier: GPL-2.0 */
/* builtin: the format texts of evring's fixed event types, for where the module is not. */
#ifndef EVLOG_BUILTIN_H
#define EVLOG_BUILTIN_H

#include <stdint.h>

/** builtin_text() - the format text of @type, as the module tells it; NULL: it is none of those. */
const char *builtin_text(uint32_t type);

#endif /* EVLOG_BUILTIN_H */
