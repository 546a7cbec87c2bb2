// SPDX-License-Identifier: GPL-2.0
/*
 * The verifier lets no program load that would emit what is not its own: more than a buffer holds,
 * a size without a bound or with too high a one, no buffer, a pointer that it made up or read
 * somewhere. Nor one of a type that cannot emit. A size that varies within a bound is well.
 */
#include "bpf_harness.h"

#ifdef HAVE_SKELETON
#include "bpf_verifier.skel.h"

/* NULL: it loads; else what the verifier says, in words that 6.12 and 7 have in common. */
static const struct {
	const char *program, *says;
} programs[] = {
	{ "whole", NULL },
	{ "bounded", NULL },
	{ "beyond_stack", "stack" },
	{ "beyond_map", "invalid access to map value" },
	{ "bounded_too_high", "invalid access to map value" },
	{ "unbounded", "unbounded memory access" },
	{ "nothing", "ossibly NULL pointer" },
	{ "perhaps_nothing", "ossibly NULL pointer" },
	{ "invented", "scalar" },
	{ "untrusted", "supported" },
	{ "wrong_type", "bpf_evring_emit is not allowed" },
};

static void load(const char *name, const char *says)
{
	struct bpf_verifier *all = bpf_verifier__open();
	char what[100];
	int err;

	said[0] = '\0';
	bpf_program__set_autoload(bpf_object__find_program_by_name(all->obj, name), true);
	err = bpf_verifier__load(all);
	snprintf(what, sizeof(what), "%s %s", name, says ? "is refused" : "is accepted");
	if (says)
		ok(err && strstr(said, says), what, "%s: %s", err ? "other words" : "it loads", said);
	else
		ok(!err, what, "%s", said);
	bpf_verifier__destroy(all);
}

int main(void)
{
	need_bpf();
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		load(programs[i].program, programs[i].says);
	return result();
}

#else

int main(void)
{
	return without_skeleton();
}

#endif
