/* SPDX-License-Identifier: GPL-2.0 */
/* Is what was read what was emitted? */
#ifndef EVBENCH_VERIFY_H
#define EVBENCH_VERIFY_H

#include "backend.h"
#include "channel.h"

int verify_record(uint32_t type, const void *payload, uint32_t len, uint32_t expected,
		  struct tally *t);
int verify_accounting(const char *who, const struct tally *t, uint64_t attempted);
int verify_mapped(struct evring *ring, uint32_t payload, uint64_t attempted, struct tally *t);
int verify_read(const char *path, uint32_t payload, uint64_t attempted, struct tally *t);

#endif /* EVBENCH_VERIFY_H */
