/* SPDX-License-Identifier: GPL-2.0 */
/* A reader: what the kernel knows of one open descriptor. */
#ifndef EVRING_READER_H
#define EVRING_READER_H

#include <linux/fs.h>
#include <linux/poll.h>
#include "channel.h"

struct evring_reader;

struct evring_reader *evring_reader_open(struct evring_channel *channel);
void evring_reader_close(struct evring_reader *reader);
struct evring_channel *evring_reader_channel(struct evring_reader *reader);
ssize_t evring_reader_read(struct evring_reader *reader, struct iov_iter *to, bool nowait);
__poll_t evring_reader_poll(struct evring_reader *reader, struct file *file, poll_table *wait);
int evring_reader_seek(struct evring_reader *reader, const struct evring_seek_args *args);
int evring_reader_position(struct evring_reader *reader, struct evring_position_args *args);

void evring_reader_setup(struct evring_channel *channel);
void evring_reader_teardown(struct evring_channel *channel);
void evring_reader_hangup(struct evring_channel *channel);
void evring_reader_wake(struct evring_ring *ring);

#endif /* EVRING_READER_H */
