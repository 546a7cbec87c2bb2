/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* poll CHANNEL - print what happens on a channel, without a system call while it does. */
#include <evring.h>
#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct evring_event ev;
	struct evring ring;
	int err;

	if (argc != 2) {
		fprintf(stderr, "usage: %s CHANNEL\n", argv[0]);
		return 2;
	}
	err = evring_open(&ring, argv[1], NULL);
	if (err < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], evring_explain(err));
		return 1;
	}
	do {
		while ((err = evring_next(&ring, &ev)) == 1) {
			if (ev.kind == EVRING_RECORD)
				printf("%" PRIu64 " cpu %u type %u, %u bytes\n",
				       evring_time_ns(&ring, ev.time), ev.cpu, ev.type, ev.len);
			else
				printf("cpu %u lost %" PRIu64 "\n", ev.cpu, ev.count);
		}
		if (!err)
			err = evring_wait(&ring, -1);
	} while (err > 0);
	if (err != -ENODEV)
		fprintf(stderr, "%s: %s\n", argv[1], evring_explain(err));
	evring_close(&ring);
	return err != -ENODEV;
}
