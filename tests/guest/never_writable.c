// SPDX-License-Identifier: GPL-2.0
/*
 * No page of a channel is ever writable by user space (DESIGN, I1), whichever way it is
 * tried after mapping: mprotect(), mremap(), /proc/self/mem, ptrace(), process_vm_writev()
 * and reading from a file into the mapping. After all of it the bytes are the same.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#define NAME "never_writable"

static size_t whole;

static void by_mprotect(uint8_t *map, const char *mode)
{
	char what[100];

	snprintf(what, sizeof(what), "mprotect to write, %s", mode);
	ok_errno(mprotect(map, whole, PROT_READ | PROT_WRITE), EACCES, what);
	snprintf(what, sizeof(what), "mprotect to write a page in the middle, %s", mode);
	ok_errno(mprotect(map + 4096, 4096, PROT_READ | PROT_WRITE), EACCES, what);
	snprintf(what, sizeof(what), "mprotect to execute, %s", mode);
	ok_errno(mprotect(map, whole, PROT_READ | PROT_EXEC), EACCES, what);
	snprintf(what, sizeof(what), "mprotect to nothing and back to reading, %s", mode);
	ok_errno(mprotect(map, whole, PROT_NONE) ? -1 : mprotect(map, whole, PROT_READ), 0, what);
	snprintf(what, sizeof(what), "mprotect to write by way of nothing, %s", mode);
	mprotect(map, whole, PROT_NONE);
	ok_errno(mprotect(map, whole, PROT_WRITE), EACCES, what);
	must(mprotect(map, whole, PROT_READ), "mprotect back");
}

/* mremap() makes a second mapping of the same pages: no way round either. */
static void by_mremap(uint8_t *map)
{
	uint8_t *copy = mremap(map, 0, 4096, MREMAP_MAYMOVE);

	if (copy == MAP_FAILED) {
		ok(true, "mremap does not duplicate", "-");
		return;
	}
	ok_errno(mprotect(copy, 4096, PROT_READ | PROT_WRITE), EACCES, "mprotect of a duplicate");
	munmap(copy, 4096);
}

static void by_mem(uint8_t *map, const char *file)
{
	int fd = (int)must(open(file, O_RDWR | O_CLOEXEC), file);
	char what[100];
	ssize_t n = pwrite(fd, "x", 1, (off_t)(uintptr_t)map);

	snprintf(what, sizeof(what), "write to %s", file);
	ok(n < 0 && (errno == EIO || errno == EFAULT), what, "pwrite returned %zd, errno %d", n, errno);
	close(fd);
}

static void by_process_vm(pid_t pid, uint8_t *map, const char *what)
{
	char byte = 'x';
	struct iovec from = { &byte, 1 }, to = { map, 1 };

	ok_errno(process_vm_writev(pid, &from, 1, &to, 1, 0), EFAULT, what);
}

static void by_ptrace(uint8_t *map)
{
	pid_t pid = child();
	char path[40];

	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	errno = 0;
	ok(ptrace(PTRACE_PEEKDATA, pid, map, 0) != -1 || !errno, "a debugger can read it", "%s",
	   strerror(errno));
	ok(ptrace(PTRACE_POKEDATA, pid, map, 0x5a5a5a5aL) < 0 && (errno == EIO || errno == EFAULT),
	   "a debugger cannot write it", "errno %d", errno);
	by_process_vm(pid, map, "process_vm_writev to another process");
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	by_mem(map, path);
	kill(pid, SIGKILL);
	child_status(pid);
}

static void by_read(uint8_t *map)
{
	int fd = (int)must(open("/dev/zero", O_RDONLY | O_CLOEXEC), "/dev/zero");

	ok_errno(read(fd, map, 16), EFAULT, "read() of a file into it");
	close(fd);
}

/* A store is a fault that kills. */
static void by_store(uint8_t *map)
{
	pid_t pid = child();

	if (!pid) {
		*(volatile uint8_t *)map = 'x';
		_exit(0);
	}
	ok_equal((uint64_t)child_status(pid), 256 + SIGSEGV, "a store ends in SIGSEGV");
}

int main(void)
{
	uint8_t *map, *map_rw, *before;
	int fd, fd_rw;

	channel_create(NAME, 64 << 10, 4096);
	generate_some(NAME, 1, 100, 100, 100);
	fd = channel_open(NAME, O_RDONLY);
	fd_rw = channel_open(NAME, O_RDWR);
	whole = channel_info(fd).map_size;
	map = (uint8_t *)(uintptr_t)channel_map(fd, 0);
	map_rw = (uint8_t *)(uintptr_t)channel_map(fd_rw, 0);
	before = malloc(whole);
	if (!before)
		bail("no memory");
	memcpy(before, map, whole);

	by_mprotect(map, "O_RDONLY");
	by_mprotect(map_rw, "O_RDWR");
	by_mremap(map_rw);
	by_mem(map_rw, "/proc/self/mem");
	by_process_vm(getpid(), map_rw, "process_vm_writev to ourselves");
	by_ptrace(map_rw);
	by_read(map_rw);
	by_store(map_rw);
	ok(!memcmp(before, map, whole), "no byte has changed", "some have");

	free(before);
	munmap(map, whole);
	munmap(map_rw, whole);
	close(fd);
	close(fd_rw);
	channel_remove(NAME);
	return result();
}
