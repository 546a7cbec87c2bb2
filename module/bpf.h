/* SPDX-License-Identifier: GPL-2.0 */
/* Emitting from BPF programs. */
#ifndef EVRING_BPF_H
#define EVRING_BPF_H

void evring_bpf_init(void);
void evring_bpf_settle(void);

#endif /* EVRING_BPF_H */
