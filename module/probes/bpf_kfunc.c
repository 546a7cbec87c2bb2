// SPDX-License-Identifier: GPL-2.0
/* A module's functions can be called by BPF programs. */
#include <linux/btf.h>
#include <linux/btf_ids.h>

#ifndef CONFIG_DEBUG_INFO_BTF_MODULES
#error modules have no BTF
#endif

int probe(const struct btf_kfunc_id_set *set);

__bpf_kfunc_start_defs();
__bpf_kfunc void probe_kfunc(void)
{
}
__bpf_kfunc_end_defs();

BTF_KFUNCS_START(probe_ids)
BTF_ID_FLAGS(func, probe_kfunc)
BTF_KFUNCS_END(probe_ids)

int probe(const struct btf_kfunc_id_set *set)
{
	return set->set == &probe_ids ? 0 : register_btf_kfunc_id_set(BPF_PROG_TYPE_TRACING, set);
}
