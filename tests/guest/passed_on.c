// SPDX-License-Identifier: GPL-2.0
/*
 * One descriptor under several numbers: dup(), fork(), SCM_RIGHTS over a unix socket. They have one
 * cursor, one watermark and one gate: what one reads the others do not get again. The reader lives
 * until the last number is closed, one in flight in a socket included; then it is counted no more and
 * gates no more. An open of its own, by /proc/self/fd, is another reader.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <sys/socket.h>

#define NAME "passed_on"

static char buffer[64 << 10];

static void send_fd(int sock, int fd)
{
	char space[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 0;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space,
			      .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&msg);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	must(sendmsg(sock, &msg, 0), "sendmsg");
}

static int receive_fd(int sock)
{
	char space[CMSG_SPACE(sizeof(int))], byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = space,
			      .msg_controllen = sizeof(space) };
	int fd;

	must(recvmsg(sock, &msg, MSG_CMSG_CLOEXEC), "recvmsg");
	if (!CMSG_FIRSTHDR(&msg))
		bail("no descriptor came");
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

/* Records that one read() of room for @n of 32 bytes, and what tells of their CPU, returns. */
static unsigned int take(int fd, size_t n)
{
	ssize_t bytes = read(fd, buffer, 32 + n * 48);
	struct walk w = { .data = (const uint8_t *)buffer, .bytes = bytes > 0 ? (size_t)bytes : 0 };
	unsigned int count = 0;

	while (walk_next(&w))
		count++;
	return count;
}

/* Another process gets the descriptor from a socket, reads @n with it and ends. */
static int other_takes(int fd, size_t n)
{
	int sock[2];
	pid_t pid;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), "socketpair");
	pid = child();
	if (!pid) {
		close(fd);
		_exit(take(receive_fd(sock[1]), n) != n);
	}
	send_fd(sock[0], fd);
	close(sock[0]);
	close(sock[1]);
	return child_status(pid);
}

static void one_cursor(void)
{
	int fd = channel_open(NAME, O_RDONLY | O_NONBLOCK), copy = dup(fd), another;
	uint32_t seen;
	char path[40];
	pid_t pid;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	another = (int)must(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), path);
	generate_some(NAME, 1, 12, 32, 32);
	ok_equal(take(fd, 2), 2, "the first reads two");
	ok_equal((uint64_t)other_takes(fd, 3), 0, "who got it over a socket reads the next three");
	pid = child();
	if (!pid)
		_exit(take(fd, 3) != 3);
	ok_equal((uint64_t)child_status(pid), 0, "a child reads the next three");
	seen = take(copy, 100);
	ok_equal(seen, 4, "a dup() reads the rest");
	ok(!(poll_for(fd, 0) & POLLIN), "and poll() of the first says that there is no more", "it does not");
	ok_errno(read(fd, buffer, sizeof(buffer)), EAGAIN, "nor does it get more");
	ok_equal(take(another, 100), 12, "an open of its own is a reader of its own");
	close(another);
	ok_equal(channel_stats(copy).readers, 1, "they count as one reader");
	close(fd);
	generate_some(NAME, 1, 1, 32, 32);
	ok_equal(take(copy, 100), 1, "it lives on when the first is closed");
	close(copy);
}

static void in_flight(void)
{
	int fd = channel_open(NAME, O_RDWR | O_NONBLOCK), watch = channel_open(NAME, O_RDONLY), sock[2];
	struct evring_gate_args gate = { .size = sizeof(gate), .ncpus = channel_info(fd).ncpus };
	struct evring_generator_args g = { .flags = EVRING_GENERATOR_WAIT, .payload_min = 200,
					   .payload_max = 200, .count = 2000, .cpus = { 1 } };
	uint64_t seqs[1024];

	gate.seqs = (uintptr_t)seqs;
	must(ioctl(fd, EVRING_IOC_GATE, &gate), "GATE");
	must(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), "socketpair");
	send_fd(sock[0], fd);
	close(fd);
	ok_equal(channel_stats(watch).readers, 2, "in flight it is a reader still");
	generate(NAME, &g);
	ok(g.failed > 0, "and gates still: producers drop", "they do not");
	fd = receive_fd(sock[1]);
	ok(take(fd, 10) > 0, "who receives it reads on", "it does not");
	send_fd(sock[0], fd);
	close(fd);
	close(sock[0]);
	close(sock[1]);
	ok_equal(channel_stats(watch).readers, 1, "lost with its socket, it is none");
	generate(NAME, &g);
	ok_equal(g.failed, 0, "nor does it gate");
	close(watch);
}

/* A socket that is in itself in flight holds it until the kernel's collector comes. */
static void in_a_circle(void)
{
	int fd = channel_open(NAME, O_RDONLY), watch = channel_open(NAME, O_RDONLY), sock[2], i;

	must(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), "socketpair");
	send_fd(sock[0], fd);
	send_fd(sock[0], sock[1]);
	send_fd(sock[1], sock[0]);
	close(fd);
	close(sock[0]);
	close(sock[1]);
	for (i = 0; i < 50 && channel_stats(watch).readers > 1; i++) {
		/* What closes a unix socket sets the collector going. */
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, sock), "socketpair");
		close(sock[0]);
		close(sock[1]);
		sleep_ms(50);
	}
	ok_equal(channel_stats(watch).readers, 1, "in a socket that holds itself, it is collected");
	close(watch);
}

int main(void)
{
	channel_create(NAME, 64 << 10, 4096);
	one_cursor();
	in_flight();
	in_a_circle();
	ok_errno(channel_remove(NAME), 0, "the channel can be removed");
	return result();
}
