/* SPDX-License-Identifier: GPL-2.0 */
/* channel: opening the module's devices, asking them, and what their errors mean. */
#ifndef EVRINGCTL_CHANNEL_H
#define EVRINGCTL_CHANNEL_H

#include "word.h"

#include <linux/evring.h>
#include <stdint.h>

#define DEVICE_DIR	"/dev/evring"
#define CONTROL		DEVICE_DIR "/control"

/** clocks - names of enum evring_clock. */
extern const struct word clocks[];

/** check_name() - refuse what is not a channel name. Return: exit status. */
int check_name(const char *name);

/** copy_name() - into one of the name fields of the ABI, which has EVRING_NAME_SIZE bytes. */
void copy_name(char *to, const char *name);

/** open_control() - the control device. Return: a descriptor, or -1 after a message. */
int open_control(void);

/** open_channel() - a channel's device. Return: a descriptor, or -1 after a message. */
int open_channel(const char *name, int flags);

/** open_to_ask() - a channel's device, to ask it. Return: a descriptor, or -1 with errno. */
int open_to_ask(const char *name);

/** ask() - ask a channel what it is and what it has done. Return: 0 or an errno. */
int ask(int fd, struct evring_info *info, struct evring_channel_stats *stats);

/** ask_channel() - the same by name. Return: 0 or an errno. */
int ask_channel(const char *name, struct evring_info *info, struct evring_channel_stats *stats);

/** explain() - the message for an error that any command may meet. Return: EXIT_FAILURE. */
int explain(const char *name, int error);

/**
 * refused_channel() - the message for an error of open_to_ask() or ask().
 * @name: the channel.
 * @info: what ask() told, or zeros.
 * @error: the errno.
 *
 * Return: EXIT_FAILURE.
 */
int refused_channel(const char *name, const struct evring_info *info, int error);

/** list_names() - all channels' names, which the caller frees. Return: -1 after a message. */
int list_names(char (**names)[EVRING_NAME_SIZE], uint32_t *count);

/** state_of() - the word for EVRING_STATE_* bits. */
const char *state_of(uint32_t state);

/** dropped_in_all() - dropped events of all reasons. */
__u64 dropped_in_all(const struct evring_channel_stats *s);

#endif
