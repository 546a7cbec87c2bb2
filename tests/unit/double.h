/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests on the test double (consumer/evring_double.h) share: checks that are
 * printed, and channels of 16 blocks with 64 records each.
 */
#ifndef TESTS_DOUBLE_H
#define TESTS_DOUBLE_H

#define EVRING_DOUBLE_IMPLEMENTATION
#include <evring_double.h>

static int failures;
static bool failed;

#define CHECK_EQ(got, want) \
	do { \
		long long got_ = (long long)(got), want_ = (long long)(want); \
		if (got_ != want_ && !failed) \
			printf("# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #got, got_, \
			       want_); \
		failed |= got_ != want_; \
	} while (0)
#define CHECK(cond) CHECK_EQ(!!(cond), 1)

static inline void run(const char *name, void (*test)(void))
{
	failed = false;
	test();
	evring_double_set_time(0);
	printf("%s %s\n", failed ? "not ok" : "ok", name);
	fflush(stdout);
	failures += failed;
}

#define RUN(test) run(#test, test)

#define LEN	48U		/* records of 64 bytes: 64 in a block of 4 KiB */
#define BLOCKS	16U
#define RECORDS	(BLOCKS * 64U)	/* that a ring of 64 KiB holds */

static inline struct evring_double *make(uint32_t ncpus, uint32_t flags)
{
	struct evring_double_opts o = { .size = sizeof(o), .data_size = BLOCKS * 4096,
					.ncpus = ncpus, .flags = flags };
	struct evring_double *d = evring_double_create("double", &o);

	if (!d) {
		perror("not ok create");
		exit(1);
	}
	return d;
}

static inline struct evring *attach(struct evring_double *d, struct evring *r, uint32_t flags)
{
	struct evring_opts o = { .size = sizeof(o), .flags = flags };
	int err = evring_double_attach(d, r, &o);

	if (err) {
		printf("not ok attach: %s\n", evring_explain(err));
		exit(1);
	}
	return r;
}

static inline int emit(struct evring_double *d, uint32_t cpu, uint32_t number)
{
	uint32_t payload[LEN / 4] = { number };

	return evring_double_emit(d, cpu, EVRING_TYPE_USER, payload, LEN);
}

static inline uint32_t emit_many(struct evring_double *d, uint32_t cpu, uint32_t n)
{
	uint32_t accepted = 0;

	while (n--)
		accepted += !emit(d, cpu, n);
	return accepted;
}

/* Take up to @max events; the last error or 0 goes to @err. */
static inline uint64_t take(struct evring *r, uint64_t max, int *err)
{
	struct evring_event ev;
	uint64_t n = 0;

	*err = 0;
	while (n < max && (*err = evring_next(r, &ev)) == 1)
		n++;
	return n;
}

static inline struct evring_stats stats(const struct evring *r)
{
	struct evring_stats st;

	evring_get_stats(r, &st);
	return st;
}

#endif /* TESTS_DOUBLE_H */
