/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* dump FILE - read a copy of a channel's mapping; evring_open() of its path does it too. */
#include <evring.h>
#include <inttypes.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	struct stat st;
	struct evring_event ev;
	struct evring ring;
	void *image;
	int err;

	if (fd < 0 || fstat(fd, &st) < 0) {
		fprintf(stderr, "usage: %s FILE, a file that can be read\n", argv[0]);
		return 2;
	}
	image = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	err = image == MAP_FAILED ? -errno : evring_attach(&ring, image, (size_t)st.st_size, NULL);
	if (err < 0) {
		fprintf(stderr, "%s: %s\n", argv[1], evring_explain(err));
		return 1;
	}
	printf("channel %s\n", evring_control_page(&ring)->name);
	while ((err = evring_next(&ring, &ev)) == 1)
		if (ev.kind == EVRING_RECORD)
			printf("cpu %u seq %" PRIu64 " time %" PRIu64 " type %u, %u bytes\n", ev.cpu,
			       ev.seq, evring_time_ns(&ring, ev.time), ev.type, ev.len);
		else
			printf("cpu %u lost %" PRIu64 "\n", ev.cpu, ev.count);
	if (err < 0 && err != -ENODEV)
		fprintf(stderr, "%s: %s\n", argv[1], evring_explain(err));
	evring_close(&ring);
	return err < 0 && err != -ENODEV;
}
