/* SPDX-License-Identifier: GPL-2.0 */
/*
 * double - test a consumer without root and without the module. What is tested is
 * count_errors(), which knows nothing of this.
 */
#define EVRING_DOUBLE_IMPLEMENTATION
#include <evring_double.h>

/* The code under test: counts the messages that start with "error", and what was lost. */
static void count_errors(struct evring *ring, unsigned int *errors, uint64_t *lost)
{
	struct evring_event ev;
	int err;

	do {
		while ((err = evring_next(ring, &ev)) == 1) {
			if (ev.kind != EVRING_RECORD)
				*lost += ev.count;
			else if (ev.len >= 5 && !memcmp(ev.payload, "error", 5))
				++*errors;
		}
	} while (!err && evring_wait(ring, 0) == 1);
}

int main(void)
{
	struct evring_double *d = evring_double_create("mychannel", NULL);
	unsigned int errors = 0, i;
	struct evring ring;
	uint64_t lost = 0;

	if (!d || evring_double_attach(d, &ring, NULL)) {
		perror("evring_double");
		return 1;
	}
	evring_double_emit(d, 0, EVRING_TYPE_USER, "error: one", 10);
	evring_double_emit(d, 1, EVRING_TYPE_USER, "all is well", 11);
	evring_double_emit(d, 1, EVRING_TYPE_USER, "error: two", 10);
	count_errors(&ring, &errors, &lost);
	printf("%u errors, %llu lost\n", errors, (unsigned long long)lost);

	/* And when it does not keep up? Only what the ring holds is left. */
	for (i = 0; i < 100000; i++)
		evring_double_emit(d, 0, EVRING_TYPE_USER, "error: many", 11);
	evring_double_remove(d);
	count_errors(&ring, &errors, &lost);
	printf("%u errors, %llu lost\n", errors, (unsigned long long)lost);
	evring_close(&ring);
	evring_double_destroy(d);
	return errors + lost != 100002;
}
