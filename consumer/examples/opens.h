/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What opens.bpf.c emits and opens.c prints. */
#ifndef OPENS_H
#define OPENS_H

#define OPENED		EVRING_TYPE_BPF
#define OPENED_PATH	4096

/**
 * struct opened - payload of OPENED.
 * @common: see struct evring_common; who opened.
 * @flags: of open().
 * @comm: name of the task.
 * @path: of the file; as long as it is, its NUL included.
 */
struct opened {
	struct evring_common common;
	__u32 flags;
	char  comm[EVRING_COMM_SIZE];
	char  path[OPENED_PATH];
};

#endif /* OPENS_H */
