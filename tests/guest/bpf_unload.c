// SPDX-License-Identifier: GPL-2.0
/*
 * The module cannot be unloaded (EWOULDBLOCK) while a BPF program is loaded that calls its functions,
 * and can when the last one has gone. No program loads without it, and one does when it is back.
 *
 * vm: --smp 2
 */
#include "bpf_harness.h"

#ifdef HAVE_SKELETON
#include "bpf_unload.skel.h"

/* Programs are freed a while after their last descriptor was closed. */
static int unload_in_time(void)
{
	uint64_t end = now_ns() + 10000000000U;
	int err = module_unload("evring");

	while (err && errno == EWOULDBLOCK && now_ns() < end) {
		sleep_ms(20);
		err = module_unload("evring");
	}
	return err;
}

static void with_program(void)
{
	struct bpf_unload *first = bpf_unload__open_and_load();
	struct bpf_unload *second = bpf_unload__open_and_load();

	ok(first && second, "programs load", "%s", said);
	ok_errno(module_unload("evring"), EWOULDBLOCK, "they keep the module");
	bpf_unload__destroy(first);
	sleep_ms(200);
	ok_errno(module_unload("evring"), EWOULDBLOCK, "one of them is enough");
	bpf_unload__destroy(second);
	ok_errno(unload_in_time(), 0, "once both have gone the module goes");
}

int main(void)
{
	struct bpf_unload *none;

	need_bpf();
	with_program();
	none = bpf_unload__open_and_load();
	ok(!none && strstr(said, "bpf_evring_emit"), "without it none loads", "%s",
	   none ? "one does" : said);
	module_load("evring", "");
	with_program();
	module_load("evring", "");
	return result();
}

#else

int main(void)
{
	return without_skeleton();
}

#endif
