/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * opens CHANNEL [SECONDS] - print the files that are opened, and count them.
 *
 * A BPF program (opens.bpf.c) emits into the channel; see evring_bpf.h.
 */
#include <evring.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "opens.h"
#include "opens.skel.h"

/* The channel's id, by which the program knows it; 0: none. */
static uint32_t id_of(const struct evring *ring)
{
	struct evring_info info = { .size = sizeof(info) };

	return ioctl(evring_fd(ring), EVRING_IOC_INFO, &info) ? 0 : info.id;
}

static struct opens *start(uint32_t id)
{
	struct opens *program = opens__open();

	if (!program)
		return NULL;
	program->rodata->channel = id;
	if (!opens__load(program) && !opens__attach(program))
		return program;
	opens__destroy(program);
	return NULL;
}

/* The path's length is what is left of the payload. */
static void print(const struct evring_event *ev)
{
	const struct opened *e = ev->payload;
	size_t head = offsetof(struct opened, path);

	if (ev->kind != EVRING_RECORD)
		printf("# lost %" PRIu64 "\n", ev->count);
	else if (ev->type == OPENED && ev->len >= head)
		printf("%.*s-%d %#x %.*s\n", EVRING_COMM_SIZE, e->comm, e->common.pid, e->flags,
		       (int)(ev->len - head), e->path);
}

/* Print what comes until @end, or if that is 0 until the channel is removed. */
static int stream(struct evring *ring, uint64_t end)
{
	struct evring_event ev;
	int err;

	do {
		while ((err = evring_next(ring, &ev)) == 1)
			print(&ev);
		fflush(stdout);
		if (!err)
			err = evring_wait(ring, end ? 100 : -1);
	} while (err >= 0 && (!end || (uint64_t)time(NULL) < end));
	return err < 0 && err != -ENODEV ? err : 0;
}

int main(int argc, char **argv)
{
	struct opens *program;
	struct evring ring;
	int err;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: %s CHANNEL [SECONDS]\n", argv[0]);
		return 2;
	}
	err = evring_open(&ring, argv[1], NULL);
	if (err < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], evring_explain(err));
		return 1;
	}
	program = start(id_of(&ring));
	if (!program) {
		fprintf(stderr, "the BPF program cannot be loaded; see above, and evringctl doctor\n");
		evring_close(&ring);
		return 1;
	}
	err = stream(&ring, argc == 3 ? (uint64_t)time(NULL) + strtoull(argv[2], NULL, 10) : 0);
	if (err < 0)
		fprintf(stderr, "%s: %s\n", argv[1], evring_explain(err));
	printf("# %" PRIu64 " opened, %" PRIu64 " emitted\n", (uint64_t)program->bss->opened,
	       (uint64_t)program->bss->emitted);
	opens__destroy(program);
	evring_close(&ring);
	return err < 0;
}
