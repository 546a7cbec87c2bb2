// SPDX-License-Identifier: GPL-2.0
/*
 * Print the rate of this machine's time-stamp counter in kHz.  TCG hands it to
 * the guest as it is, and a guest on a busy host measures it badly.
 */
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

#define MEASURE_NS 100000000LL

static long long now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(void)
{
	long long start = now_ns(), end;
	unsigned long long ticks = __rdtsc();

	do {
		end = now_ns();
	} while (end - start < MEASURE_NS);
	ticks = __rdtsc() - ticks;
	printf("%llu\n", ticks * 1000000ULL / (unsigned long long)(end - start));
	return 0;
}
