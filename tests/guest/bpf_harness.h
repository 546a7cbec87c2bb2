/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the tests with BPF programs share. Include it before the skeleton, which is there only
 * if HAVE_SKELETON says so.
 */
#ifndef EVRING_TESTS_GUEST_BPF_HARNESS_H
#define EVRING_TESTS_GUEST_BPF_HARNESS_H

#include "tally.h"

#ifdef HAVE_SKELETON
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>

/* What libbpf and the verifier said; that a test does not look at it is well. */
static __attribute__((unused)) char said[256 << 10];

HARNESS int listen_to_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	size_t used = strlen(said);

	if (level == LIBBPF_WARN)
		vsnprintf(said + used, sizeof(said) - used, format, args);
	return 0;
}

/** need_bpf() - skip the test where programs cannot emit. */
HARNESS void need_bpf(void)
{
	int fd = open("/sys/module/evring/parameters/bpf", O_RDONLY | O_CLOEXEC);
	char has = 'N';

	if (fd < 0 || read(fd, &has, 1) != 1 || has != 'Y')
		skip("this kernel, or this build of the module, has no kfuncs");
	close(fd);
	libbpf_set_print(listen_to_libbpf);
}

/** program_must() - as must(), of a call of libbpf's that returned @err. */
HARNESS void program_must(int err, const char *what)
{
	if (err)
		bail("%s: %s\n%s", what, strerror(-err), said);
}

HARNESS void link_must(const struct bpf_link *link, const char *what)
{
	if (!link)
		program_must(-errno, what);
}

/** cpu_clock() - a perf event that fires each @ns: of this thread, or of all that @cpu does. */
HARNESS int cpu_clock(int cpu, uint64_t ns)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = ns,
	};

	return (int)must(syscall(SYS_perf_event_open, &attr, cpu < 0 ? 0 : -1, cpu, -1,
				 PERF_FLAG_FD_CLOEXEC), "perf_event_open");
}

#else

/** without_skeleton() - the test, where there was nothing to build it of. */
HARNESS int without_skeleton(void)
{
	skip("it was built without clang, bpftool or libbpf-dev; run packaging/deps bpf");
}

#endif

#endif /* EVRING_TESTS_GUEST_BPF_HARNESS_H */
