/* SPDX-License-Identifier: GPL-2.0 */
/* What bpf_nmi.bpf.c and bpf_nmi.c have in common. */
#ifndef EVRING_TESTS_GUEST_BPF_NMI_H
#define EVRING_TESTS_GUEST_BPF_NMI_H

enum site { NMI, TASK, SITES };

#define WORDS		12
#define FILLING(s, i)	((s) * 1000ULL + (i))

/* Payload of EVRING_TYPE_BPF + site. */
struct filled {
	struct evring_common common;
	__u64 words[WORDS];
};

#endif /* EVRING_TESTS_GUEST_BPF_NMI_H */
