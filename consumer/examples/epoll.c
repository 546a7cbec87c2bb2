/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* epoll CHANNEL CHANNEL - count the events of two channels in one loop. */
#include <evring.h>
#include <stdio.h>
#include <sys/epoll.h>

static int count(void *ctx, const struct evring_event *ev)
{
	*(uint64_t *)ctx += ev->count;
	return 0;
}

int main(int argc, char **argv)
{
	struct epoll_event e = { .events = EPOLLIN };
	uint64_t counts[2] = { 0, 0 };
	struct evring rings[2];
	int i, err, epfd = epoll_create1(EPOLL_CLOEXEC);

	for (i = 0; i < 2; i++) {
		err = argc == 3 ? evring_open(&rings[i], argv[i + 1], NULL) : -EINVAL;
		e.data.u32 = (uint32_t)i;
		if (!err && epoll_ctl(epfd, EPOLL_CTL_ADD, evring_fd(&rings[i]), &e) < 0)
			err = -errno;
		if (err < 0) {
			fprintf(stderr, "%s: %s\n", argv[0], evring_explain(err));
			return 1;
		}
	}
	do { /* The position is what the kernel compares with when it polls. */
		for (i = 0; i < 2; i++)
			do
				err = (int)evring_drain(&rings[i], count, &counts[i], 1000);
			while (err > 0 || (!err && (err = evring_position(&rings[i])) > 0));
		fprintf(stderr, "\r%llu %llu ", (unsigned long long)counts[0],
			(unsigned long long)counts[1]);
	} while (!err && epoll_wait(epfd, &e, 1, -1) >= 0);
	return err && err != -ENODEV; /* -ENODEV: a channel was removed */
}
