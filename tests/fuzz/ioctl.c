// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes what the module offers to system calls: ioctls on the control and on channel
 * devices, read, write, poll, mmap and whatever can be done to a mapping, fork; by several
 * threads of a process of root's and of one of nobody's, on few channels that come and go
 * under them.
 *
 *	fuzz_ioctl [--seconds N] [FILE]...	go through the runs in the files, again and
 *						again with other seeds if there is time left
 *	fuzz_ioctl --seed S [--ops N] [--threads N]	one run
 *
 * Operation N of thread T of a run is made of the seed, T and N alone; what it does also
 * depends on what the others have opened, mapped and created by then. A run that does not
 * end, a call that fails with an error that is not documented, a mapping that can be
 * written, a channel that cannot be removed and a module that cannot be unloaded are
 * failures; the kernel's log is looked at by who runs the guest.
 */
#include "../guest/harness.h"
#include <glob.h>
#include <grp.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#define CHANNELS	5U
#define FILES		24U
#define MAPS		12U
#define THREADS_MAX	8U
#define PROCESSES	2U		/* root's and nobody's */
#define GROUP		4321
#define NOBODY		65534
#define PAGE		4096UL
#define DATA_MAX	(4ULL << 20)	/* of a channel; above it only what is refused */
#define HANG_S		60		/* an operation that takes longer hangs */

#ifndef RWF_NOWAIT
#define RWF_NOWAIT	8
#endif

/* What is told across processes: where each thread is. */
struct progress {
	_Atomic uint64_t op;
	_Atomic uint64_t began;
	const char *_Atomic what;
};

static struct progress (*progress)[THREADS_MAX];
static _Atomic uint32_t *failures;
static _Atomic uint64_t *done_ops, *good_ioctls;

/* Of this process. */
static uint64_t seed, nops;
static unsigned int nthreads, process;
static uint64_t deadline;
static _Atomic int files[FILES];
static struct map {
	pthread_mutex_t lock;
	uint8_t *_Atomic at;
	_Atomic size_t bytes;
} maps[MAPS];
static uint8_t *arena;		/* writable, then PROT_NONE */
static uint8_t *readable;	/* read-only, then PROT_NONE */

/* Of this thread. */
static _Thread_local uint64_t rng;
static _Thread_local unsigned int thread;
static _Thread_local uint64_t op;
static _Thread_local sigjmp_buf on_fault;
static _Thread_local volatile sig_atomic_t may_fault;
static _Thread_local uint8_t *scratch;	/* 4 pages, then one that cannot be touched */

static uint32_t pick(uint32_t n)
{
	return (uint32_t)(random_next(&rng) >> 33) % n;
}

static bool chance(uint32_t n)
{
	return !pick(n);
}

static void wrong(const char *what, long ret, int err)
{
	printf("not ok %s: process %u thread %u operation %llu of seed %llu: %ld %s\n", what, process,
	       thread, (unsigned long long)op, (unsigned long long)seed, ret,
	       err ? strerrorname_np(err) ? strerrorname_np(err) : "unknown errno" : "");
	fflush(stdout);
	atomic_fetch_add(failures, 1);
}

/* --- values ------------------------------------------------------------------------- */

static uint64_t edge(void)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 4, 7, 8, 15, 16, 63, 64, 255, 256, 1023, 1024, 4095, 4096, 4097, 8192,
		0x7fff, 0x8000, 0xffff, 0x10000, 65519, 65520, 65536, 1ULL << 20, 0x7fffffff,
		0x80000000, 0xffffffff, 1ULL << 32, 1ULL << 47, 1ULL << 62, 0x7fffffffffffffff,
		1ULL << 63, ~0ULL, ~0ULL - 1, 0xffffffff80000000, 0xffff888000000000,
		3600000000, 3600000001 };
	uint64_t v = edges[pick(ARRAY_SIZE(edges))];

	return chance(3) ? v + pick(3) - 1 : v;
}

static uint64_t some(void)
{
	switch (pick(4)) {
	case 0:
		return edge();
	case 1:
		return random_next(&rng);
	default:
		return pick(5000);
	}
}

static int some_file(void)
{
	int fd = -1, tries;

	for (tries = 0; tries < 4 && fd < 0; tries++)
		fd = files[chance(8) ? pick(2) : 2 + pick(FILES - 2)];
	return fd;
}

/* An address that may be good for @bytes, or not at all. */
static void *some_pointer(size_t bytes)
{
	switch (pick(10)) {
	case 0:
		return NULL;
	case 1:
		return (void *)(uintptr_t)0xffff888000000000;
	case 2:
		return (void *)(uintptr_t)edge();
	case 3:
		return readable + (chance(2) ? 0 : PAGE - (bytes < PAGE ? bytes : 8));
	case 4: /* ends in what cannot be touched */
		return scratch + 4 * PAGE - (bytes ? pick((uint32_t)(bytes < PAGE ? bytes : PAGE)) : 0);
	case 5:
		return maps[pick(MAPS)].at;
	case 6:
		return scratch + 4 * PAGE - (bytes < 4 * PAGE ? bytes : 4 * PAGE);
	default:
		return scratch + 2 * PAGE + pick(16);
	}
}

static void some_name(char to[EVRING_NAME_SIZE])
{
	static const char * const odd[] = { "", ".", "..", "control", ".x", "a/b", "../x", "%n%s",
					    "x y", "-", "_", "A" };
	char name[16];

	if (chance(30)) {
		memset(to, chance(2) ? 'n' : (int)pick(256), EVRING_NAME_SIZE);
		return;
	}
	snprintf(name, sizeof(name), "fuzz%u", pick(CHANNELS));
	set_name(to, chance(25) ? odd[pick(ARRAY_SIZE(odd))] : name);
}

/* --- ioctls --------------------------------------------------------------------------- */

static const struct {
	unsigned long request;
	const char *name;
	uint32_t often;
} requests[] = {
	{ EVRING_IOC_INFO, "INFO", 2 },		{ EVRING_IOC_STATS, "STATS", 2 },
	{ EVRING_IOC_SEEK, "SEEK", 6 },		{ EVRING_IOC_WATERMARK, "WATERMARK", 5 },
	{ EVRING_IOC_POSITION, "POSITION", 6 },	{ EVRING_IOC_GATE, "GATE", 6 },
	{ EVRING_IOC_ACK, "ACK", 6 },		{ EVRING_IOC_FREEZE, "FREEZE", 2 },
	{ EVRING_IOC_THAW, "THAW", 4 },		{ EVRING_IOC_CREATE, "CREATE", 7 },
	{ EVRING_IOC_REMOVE, "REMOVE", 3 },	{ EVRING_IOC_LIST, "LIST", 2 },
	{ EVRING_IOC_ATTACH, "ATTACH", 7 },	{ EVRING_IOC_DETACH, "DETACH", 4 },
	{ EVRING_IOC_EVENT, "EVENT", 2 },
};

/* An array of sequence numbers, and how many there are. */
static uint64_t some_seqs(uint32_t *n)
{
	uint64_t *seqs = (void *)scratch;
	uint32_t i;

	for (i = 0; i < PAGE / 8; i++)
		seqs[i] = chance(8) ? edge() : pick(100000);
	*n = chance(4) ? (uint32_t)edge() : (uint32_t)sysconf(_SC_NPROCESSORS_CONF);
	return (uintptr_t)(chance(6) ? some_pointer(*n * 8U) : scratch);
}

static void fill_create(struct evring_create_args *a)
{
	static const uint32_t modes[] = { 0, 0440, 0444, 0660, 0664, 0600, 0666, 0777, 04440 };

	some_name(a->name);
	a->flags = pick(4);
	a->data_size = chance(3) ? 0x10000ULL << pick(7) : chance(2) ? 1 : pick(1 << 20);
	a->block_size = chance(4) ? 0 : 4096U << pick(5);
	a->clock = pick(5);
	a->mode = modes[pick(ARRAY_SIZE(modes))];
	a->gid = GROUP;
	a->evict_us = chance(3) ? pick(20000) : 0;
}

/* Tracepoints by number: whichever there are. */
static void fill_perf(struct evring_perf_args *perf)
{
	static const char filter[] = "no/sched/sched_switch";

	perf->type = pick(3);
	perf->flags = chance(8);
	perf->config = perf->type == 2 ? pick(1000) : pick(12);
	perf->period = 1 + (perf->type == 2 ? 0 : some());
	perf->pid = chance(3) ? (int32_t)getpid() : 0;
	if (chance(8)) {
		perf->filter = (uintptr_t)filter;
		perf->filter_size = pick(sizeof(filter) + 1);
	}
}

static void fill_attach(struct evring_attach_args *a)
{
	some_name(a->name);
	a->kind = chance(20) ? (uint32_t)edge() : pick(3) != 0;
	if (a->kind == EVRING_SOURCE_PROBE && chance(2)) {
		a->kind = EVRING_SOURCE_PERF;
		fill_perf(&a->perf);
		return;
	}
	if (a->kind != EVRING_SOURCE_GENERATOR) {
		a->probe.events = random_next(&rng) & EVRING_PROBE_ALL;
		return;
	}
	a->generator.flags = pick(16);
	a->generator.payload_min = 16 + pick(100);
	a->generator.payload_max = a->generator.payload_min + (chance(4) ? pick(65536) : pick(300));
	a->generator.count = pick(3000);
	a->generator.rate = chance(2) ? 0 : 1 + pick(50000);
	a->generator.cpus[0] = pick(4);
}

static void fill_args(unsigned long request, union any_args *a)
{
	switch (request) {
	case EVRING_IOC_SEEK:
		a->seek.whence = pick(5);
		a->seek.value = a->seek.whence > 1 || chance(8) ? some() : 0;
		a->seek.cpu = a->seek.whence > 2 || chance(8) ? pick(3) : 0;
		break;
	case EVRING_IOC_WATERMARK:
		a->watermark.bytes = some();
		a->watermark.usecs = some();
		break;
	case EVRING_IOC_POSITION:
	case EVRING_IOC_ACK:
		a->position.seqs = some_seqs(&a->position.ncpus);
		break;
	case EVRING_IOC_GATE:
		a->gate.flags = chance(3);
		a->gate.seqs = some_seqs(&a->gate.ncpus);
		break;
	case EVRING_IOC_CREATE:
		fill_create(&a->create);
		break;
	case EVRING_IOC_REMOVE:
		some_name(a->remove.name);
		break;
	case EVRING_IOC_LIST:
		a->list.count = chance(3) ? (uint32_t)edge() : pick(20);
		a->list.names = (uintptr_t)some_pointer(a->list.count * 64UL);
		break;
	case EVRING_IOC_ATTACH:
		fill_attach(&a->attach);
		break;
	case EVRING_IOC_EVENT:
		a->event.type = chance(3) ? (uint32_t)edge() : EVRING_TYPE_EVENTS + pick(10);
		a->event.text_size = chance(3) ? (uint32_t)edge() : pick(2000);
		a->event.text = (uintptr_t)some_pointer(2000);
		break;
	case EVRING_IOC_DETACH:
		some_name(a->detach.name);
		a->detach.id = chance(3) ? 0 : pick(10);
		break;
	default:
		break;
	}
}

/* Put values where the struct has something else, and make the size wrong. */
static void spoil(union any_args *a, uint32_t size)
{
	uint32_t n, at;

	for (n = chance(3) ? 1 + pick(3) : 0; n; n--) {
		at = 4 + 4 * pick(size / 4 - 1);
		if (at % 8 == 0 && at + 8 <= size && chance(2))
			a->words[at / 8] = edge();
		else
			((uint32_t *)a->words)[at / 4] = (uint32_t)edge();
	}
	a->size = size;
	if (!chance(6))
		return;
	switch (pick(5)) {
	case 0:
		a->size = (uint32_t)edge();
		break;
	case 1:
		a->size = size + pick(17) - 8;
		break;
	case 2: /* longer, and zero */
		a->size = size + 8 * (1 + pick(100));
		break;
	case 3: /* longer, and not */
		a->size = size + 64;
		a->words[size / 8 + pick(8)] = some() | 1;
		break;
	default:
		a->size = 4096 + pick(3) - 1;
	}
}

/* No guest has the memory or the time for what is still allowed. */
static void restrain(unsigned long request, union any_args *a)
{
	struct evring_generator_args *g = &a->attach.generator;

	if (request == EVRING_IOC_CREATE && a->create.data_size > DATA_MAX &&
	    a->create.data_size <= EVRING_RING_MAX)
		a->create.data_size = DATA_MAX;
	if (request == EVRING_IOC_ATTACH && a->attach.kind == EVRING_SOURCE_GENERATOR) {
		if (g->rate > 50000)
			g->rate = 50000;
		if (!g->count || g->count > 3000)
			g->count = 3000;
	}
}

static bool documented(int err)
{
	static const int known[] = { EFAULT, EINVAL, E2BIG, ENOTTY, EPERM, EBADF, ENODEV, ENOENT,
				     EEXIST, ENOMEM, ERANGE, EOPNOTSUPP, EINTR, EALREADY, ETIMEDOUT,
				     ENOSPC };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (err == known[i])
			return true;
	return false;
}

static const char *some_ioctl(void)
{
	union any_args *a = (void *)(scratch + 2 * PAGE);
	uint32_t total = 0, i = 0, left;
	unsigned long request;
	void *place = a;
	uint32_t size;
	int fd, ret;

	for (left = 0; left < ARRAY_SIZE(requests); left++)
		total += requests[left].often;
	for (left = pick(total); left >= requests[i].often; i++)
		left -= requests[i].often;
	request = requests[i].request;
	size = _IOC_SIZE(request);
	memset(a, 0, 2 * PAGE);
	fill_args(request, a);
	spoil(a, size);
	restrain(request, a);
	if (chance(8)) { /* bad, or at an edge of what is mapped */
		place = chance(2) ? some_pointer(size) : scratch + 4 * PAGE - size;
		if (place == scratch + 4 * PAGE - size)
			memmove(place, a, size);
	}
	if (chance(20)) /* only the number counts */
		request = _IOC(pick(4), EVRING_IOC_TYPE, _IOC_NR(request), pick(16384));
	else if (chance(40))
		request = (unsigned long)some();
	/* Slot 0 and 1 are the control device's. */
	fd = i < 9 || chance(30) ? some_file() : files[pick(2)];
	ret = ioctl(fd, request, place);
	if (ret > 0 || (ret < 0 && !documented(errno)))
		wrong(requests[i].name, ret, ret < 0 ? errno : 0);
	if (!ret)
		atomic_fetch_add(good_ioctls, 1);
	return requests[i].name;
}

/* --- descriptors ------------------------------------------------------------------------- */

static void keep_file(int fd)
{
	int old;

	if (fd < 0)
		return;
	old = atomic_exchange(&files[2 + pick(FILES - 2)], fd);
	if (old >= 0)
		close(old);
}

static const char *some_open(void)
{
	static const int ways[] = { O_RDONLY, O_RDONLY, O_RDWR, O_RDWR, O_WRONLY };
	int flags = ways[pick(ARRAY_SIZE(ways))] | O_CLOEXEC | (chance(4) ? 0 : O_NONBLOCK);
	char path[64];

	snprintf(path, sizeof(path), "/dev/evring/fuzz%u", pick(CHANNELS));
	keep_file(open(chance(40) ? "/dev/evring/control" : path, flags));
	return "open";
}

static const char *some_close(void)
{
	int fd;

	if (chance(3)) {
		keep_file(fcntl(some_file(), F_DUPFD_CLOEXEC, 3));
		return "dup";
	}
	fd = atomic_exchange(&files[2 + pick(FILES - 2)], -1);
	if (fd >= 0)
		close(fd);
	return "close";
}

static const char *some_read(void)
{
	static const size_t sizes[] = { 0, 1, 16, 31, 32, 40, 64, 100, 4096, 8192, 2 * PAGE, 65536 };
	size_t bytes = chance(6) ? edge() : sizes[pick(ARRAY_SIZE(sizes))];
	void *to = chance(3) ? some_pointer(bytes) : scratch;
	struct iovec vec[3] = { { to, bytes / 2 }, { scratch, 24 }, { to, bytes - bytes / 2 } };
	int fd = some_file();
	ssize_t ret;

	/* Nothing may be written where others have their arguments, and that is what is tested. */
	switch (pick(4)) {
	case 0:
		ret = preadv2(fd, vec, 3, -1, chance(2) ? RWF_NOWAIT : 0);
		break;
	case 1:
		ret = pread(fd, to, bytes, (off_t)some());
		break;
	default:
		ret = read(fd, to, bytes);
	}
	if (ret > 0 && bytes < (1U << 20) && (size_t)ret > bytes + 24)
		wrong("read gives no more than was asked for", ret, 0);
	return "read";
}

static const char *some_write(void)
{
	size_t bytes = chance(3) ? edge() : pick(chance(4) ? 65536 : 300);
	const void *from = chance(3) || bytes > 4 * PAGE ? some_pointer(bytes) : scratch;
	struct iovec vec[2] = { { (void *)(uintptr_t)from, bytes / 2 },
				{ scratch, bytes - bytes / 2 } };
	int fd = some_file();

	if (chance(3))
		(void)!pwritev2(fd, vec, 2, -1, chance(2) ? RWF_NOWAIT : 0);
	else
		(void)!write(fd, from, bytes);
	return "write";
}

static const char *some_poll(void)
{
	struct pollfd fds[4];
	struct epoll_event ev = { .events = EPOLLIN | (chance(2) ? EPOLLET : 0) };
	int ep, i;

	if (chance(3)) {
		ep = epoll_create1(EPOLL_CLOEXEC);
		for (i = 0; i < 3; i++)
			epoll_ctl(ep, EPOLL_CTL_ADD, some_file(), &ev);
		epoll_wait(ep, &ev, 1, (int)pick(5));
		close(ep);
		return "epoll";
	}
	for (i = 0; i < 4; i++)
		fds[i] = (struct pollfd){ .fd = some_file(), .events = (short)pick(0x8000) };
	poll(fds, 4, (int)pick(5));
	return "poll";
}

static const char *some_fcntl(void)
{
	int fd = some_file(), pipes[2];

	switch (pick(4)) {
	case 0:
		fcntl(fd, F_SETFL, chance(2) ? O_NONBLOCK : 0);
		break;
	case 1:
		fcntl(fd, F_SETFL, O_ASYNC | O_DIRECT | O_APPEND | O_NONBLOCK);
		break;
	case 2:
		lseek(fd, (off_t)some(), (int)pick(6));
		break;
	default:
		if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
			break;
		splice(fd, NULL, pipes[1], NULL, pick(70000), SPLICE_F_NONBLOCK);
		splice(pipes[0], NULL, some_file(), NULL, pick(70000), SPLICE_F_NONBLOCK);
		close(pipes[0]);
		close(pipes[1]);
	}
	return "fcntl";
}

/* --- mappings ------------------------------------------------------------------------------ */

static void handle_fault(int sig)
{
	if (may_fault)
		siglongjmp(on_fault, sig);
	signal(sig, SIG_DFL);
	raise(sig);
}

/* Read a byte, or write one; what signal came of it. */
static int touch(uint8_t *at, bool store)
{
	volatile uint8_t *byte = at;
	int sig = sigsetjmp(on_fault, 1);

	if (!sig) {
		may_fault = 1;
		if (store)
			*byte = 1;
		else
			scratch[0] = *byte;
	}
	may_fault = 0;
	return sig;
}

static const char *some_mmap(void)
{
	struct map *m = &maps[pick(MAPS)];
	size_t bytes = chance(5) ? edge() : PAGE * (1 + pick(chance(3) ? 1200 : 20));
	int prot = chance(5) ? (int)pick(8) : PROT_READ;
	int flags = (chance(8) ? MAP_PRIVATE : MAP_SHARED) | (chance(3) ? MAP_POPULATE : 0) |
		    (chance(20) ? MAP_LOCKED : 0);
	off_t offset = chance(8) ? (off_t)(edge() & ~(PAGE - 1)) : 0;
	int fd = some_file();
	uint8_t *at;

	if (pthread_mutex_trylock(&m->lock))
		return "mmap";
	at = mmap(NULL, bytes, prot, flags, fd, offset);
	if (at != MAP_FAILED) {
		if ((prot & (PROT_WRITE | PROT_EXEC)) || (flags & MAP_PRIVATE) || offset)
			wrong("what must not be mapped is not", prot, 0);
		if (m->at)
			munmap(m->at, m->bytes);
		m->at = at;
		m->bytes = (bytes + PAGE - 1) & ~(PAGE - 1);
	}
	pthread_mutex_unlock(&m->lock);
	return "mmap";
}

/* Others unmap it meanwhile: what is read there may be anything, or fault. */
static const char *some_touch(void)
{
	struct map *m = &maps[pick(MAPS)];
	size_t bytes = m->bytes;
	uint8_t *at = m->at;
	uint32_t n;

	for (n = pick(20); at && bytes && n; n--)
		touch(at + random_next(&rng) % bytes, false);
	return "touch";
}

static void remap(struct map *m)
{
	size_t bytes = chance(2) ? PAGE * (1 + pick(1500)) : m->bytes;
	size_t old = chance(4) ? 0 : m->bytes;
	uint8_t *at = mremap(m->at, old, bytes, chance(4) ? 0 : MREMAP_MAYMOVE);

	if (at == MAP_FAILED)
		return;
	if (!old) { /* a second mapping of the same */
		munmap(m->at, m->bytes);
	}
	m->at = at;
	m->bytes = bytes;
}

/* Take a piece away; what is left is the longer of both ends. */
static void punch(struct map *m)
{
	size_t pages = m->bytes / PAGE;
	size_t first = random_next(&rng) % pages, n = 1 + random_next(&rng) % (pages - first);
	size_t after = pages - first - n;

	munmap(m->at + first * PAGE, n * PAGE);
	if (first >= after) {
		if (after)
			munmap(m->at + (first + n) * PAGE, after * PAGE);
		m->bytes = first * PAGE;
	} else {
		if (first)
			munmap(m->at, first * PAGE);
		m->at += (first + n) * PAGE;
		m->bytes = after * PAGE;
	}
	if (!m->bytes)
		m->at = NULL;
}

static void advise(struct map *m)
{
	static const int advice[] = { MADV_NORMAL, MADV_RANDOM, MADV_WILLNEED, MADV_DONTNEED,
				      MADV_FREE, MADV_REMOVE, MADV_DONTFORK, MADV_DOFORK,
				      MADV_MERGEABLE, MADV_HUGEPAGE, MADV_COLD, MADV_PAGEOUT,
				      MADV_POPULATE_READ, MADV_POPULATE_WRITE, MADV_WIPEONFORK };
	size_t at = random_next(&rng) % m->bytes & ~(PAGE - 1);

	madvise(m->at + at, chance(2) ? PAGE : m->bytes - at, advice[pick(ARRAY_SIZE(advice))]);
}

static void protect(struct map *m)
{
	size_t at = random_next(&rng) % m->bytes & ~(PAGE - 1);
	int prot = (int)pick(8);

	if (!mprotect(m->at + at, chance(2) ? PAGE : m->bytes - at, prot) &&
	    (prot & (PROT_WRITE | PROT_EXEC)))
		wrong("no mapping becomes writable or executable", prot, 0);
	if (!touch(m->at + at, true))
		wrong("a mapping cannot be written", prot, 0);
}

/* Give the mapping to other system calls. */
static void lend(struct map *m)
{
	struct iovec local = { scratch, 64 }, remote = { m->at, 64 };
	unsigned char core[64];
	size_t bytes = m->bytes < 64 * PAGE ? m->bytes : 64 * PAGE;
	int pipes[2];

	switch (pick(6)) {
	case 0:
		mlock(m->at, m->bytes);
		break;
	case 1:
		munlock(m->at, m->bytes);
		break;
	case 2:
		msync(m->at, m->bytes, MS_SYNC);
		mincore(m->at, bytes, core);
		break;
	case 3:
		process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
		if (process_vm_writev(getpid(), &local, 1, &remote, 1, 0) > 0)
			wrong("process_vm_writev writes nothing", 0, 0);
		break;
	default:
		if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
			break;
		(void)!write(pipes[1], m->at, bytes);
		vmsplice(pipes[1], &remote, 1, SPLICE_F_NONBLOCK | (chance(2) ? SPLICE_F_GIFT : 0));
		if (read(some_file(), m->at, bytes) > 0)
			wrong("read() does not write to a mapping", 0, 0);
		close(pipes[0]);
		close(pipes[1]);
	}
}

static const char *some_map(void)
{
	struct map *m = &maps[pick(MAPS)];

	if (pthread_mutex_trylock(&m->lock))
		return "mapping";
	if (m->at) {
		switch (pick(8)) {
		case 0:
			munmap(m->at, m->bytes);
			m->at = NULL;
			break;
		case 1:
			punch(m);
			break;
		case 2:
		case 3:
			remap(m);
			break;
		case 4:
			advise(m);
			break;
		case 5:
			lend(m);
			break;
		default:
			protect(m);
		}
	}
	pthread_mutex_unlock(&m->lock);
	return "mapping";
}

/* --- processes ------------------------------------------------------------------------------ */

/* What is done in the child is safe after a fork of many threads: system calls alone. */
static const char *some_fork(void)
{
	struct evring_info info = { .size = sizeof(info) };
	unsigned int n;
	pid_t pid = fork();
	uint8_t *at;

	if (!pid) {
		alarm(20);
		for (n = 0; n < 40; n++) {
			at = maps[pick(MAPS)].at;
			if (at)
				touch(at + pick(64) * PAGE, chance(30));
			ioctl(some_file(), EVRING_IOC_INFO, &info);
			if (chance(8))
				close(some_file());
			if (chance(8) && at)
				munmap(at, PAGE * (1 + pick(8)));
		}
		_exit(0);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return "fork";
}

static const char *operation(void)
{
	static const char *(* const ways[])(void) = {
		some_ioctl, some_ioctl, some_ioctl, some_ioctl, some_ioctl, some_ioctl, some_ioctl,
		some_open, some_open, some_close, some_read, some_read, some_write, some_poll,
		some_fcntl, some_mmap, some_mmap, some_touch, some_touch, some_map, some_map };

	if (chance(400))
		return some_fork();
	return ways[pick(ARRAY_SIZE(ways))]();
}

static void *worker(void *arg)
{
	struct progress *p;

	thread = (unsigned int)(uintptr_t)arg;
	p = &progress[process][thread];
	scratch = arena + thread * 5 * PAGE;
	for (op = 0; op < nops && now_ns() < deadline && !*failures; op++) {
		rng = evring_generator_mix(seed + op * PROCESSES * THREADS_MAX +
					   process * THREADS_MAX + thread);
		atomic_store(&p->op, op);
		atomic_store(&p->began, now_ns());
		atomic_store(&p->what, operation());
	}
	atomic_store(&p->began, 0);
	atomic_fetch_add(done_ops, op);
	return NULL;
}

static void ignore(int sig)
{
	(void)sig;
}

static void prepare(void)
{
	struct sigaction sa = { .sa_handler = ignore };
	unsigned int i;
	size_t bytes = THREADS_MAX * 5 * PAGE;

	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGPIPE, &sa, NULL);
	sigaction(SIGIO, &sa, NULL);
	sa.sa_handler = handle_fault;
	sa.sa_flags = SA_NODEFER;
	sigaction(SIGSEGV, &sa, NULL);
	sigaction(SIGBUS, &sa, NULL);
	arena = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	readable = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED || readable == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	mprotect(readable + PAGE, PAGE, PROT_NONE);
	for (i = 0; i < THREADS_MAX; i++)
		mprotect(arena + (i * 5 + 4) * PAGE, PAGE, PROT_NONE);
	for (i = 0; i < MAPS; i++)
		pthread_mutex_init(&maps[i].lock, NULL);
	for (i = 0; i < FILES; i++)
		files[i] = -1;
	for (i = 0; i < 2; i++)
		files[i] = open("/dev/evring/control", O_RDONLY | O_CLOEXEC);
}

/* One process: its threads, which are interrupted all the time lest they sleep for ever. */
static void run_process(void)
{
	pthread_t threads[THREADS_MAX];
	unsigned int i;

	if (process && (setgroups(0, NULL) || setgid(GROUP) || setuid(NOBODY)))
		bail("setuid: %s", strerror(errno));
	prepare();
	for (i = 0; i < nthreads; i++)
		if (pthread_create(&threads[i], NULL, worker, (void *)(uintptr_t)i))
			bail("pthread_create");
	for (i = 0; i < nthreads; i++) {
		while (pthread_tryjoin_np(threads[i], NULL)) {
			unsigned int other;

			sleep_ms(5);
			for (other = i; other < nthreads; other++)
				pthread_kill(threads[other], SIGUSR1);
		}
	}
	/* What is open and mapped goes with the process. */
	_exit(0);
}

/* --- runs -------------------------------------------------------------------------------------- */

static void show_hang(pid_t pid)
{
	char command[128];

	snprintf(command, sizeof(command),
		 "for t in /proc/%d/task/*; do echo \"# $t\"; cat $t/stack $t/syscall; done", pid);
	fflush(stdout);
	(void)!system(command);
}

static bool hangs(unsigned int p)
{
	uint64_t now = now_ns();
	unsigned int t;

	for (t = 0; t < nthreads; t++) {
		uint64_t began = progress[p][t].began;

		if (!began || now < began + HANG_S * 1000000000ULL)
			continue;
		printf("not ok operations end: process %u thread %u operation %llu of seed %llu hangs\n",
		       p, t, (unsigned long long)progress[p][t].op, (unsigned long long)seed);
		atomic_fetch_add(failures, 1);
		return true;
	}
	return false;
}

static void watch(const pid_t *pids)
{
	unsigned int p, tries;
	int status = 0;

	for (p = 0; p < PROCESSES; p++) {
		while (waitpid(pids[p], &status, WNOHANG) == 0) {
			sleep_ms(10);
			if (!hangs(p))
				continue;
			show_hang(pids[p]);
			kill(pids[p], SIGKILL);
			for (tries = 0; tries < 1000 && !waitpid(pids[p], &status, WNOHANG); tries++)
				sleep_ms(10);
			return;
		}
		if (status) {
			printf("not ok processes end well: process %u of seed %llu: status %#x\n", p,
			       (unsigned long long)seed, (unsigned int)status);
			atomic_fetch_add(failures, 1);
		}
	}
}

static void remove_all(void)
{
	static char names[1024][EVRING_NAME_SIZE];
	struct evring_list_args list = { .size = sizeof(list), .count = 1024,
					 .names = (uintptr_t)names };
	uint32_t i;

	must(ioctl(control_fd(), EVRING_IOC_LIST, &list), "LIST");
	for (i = 0; i < list.count && i < 1024; i++)
		if (channel_remove(names[i])) {
			names[i][EVRING_NAME_SIZE - 1] = 0;
			wrong("REMOVE of what is left", -1, errno);
		}
	must(ioctl(control_fd(), EVRING_IOC_LIST, &list), "LIST");
	if (list.count)
		wrong("no channel is left", (long)list.count, 0);
}

static void run_seed(uint64_t until)
{
	pid_t pids[PROCESSES];

	deadline = until;
	memset(progress, 0, PROCESSES * sizeof(*progress));
	fflush(stdout);
	for (process = 0; process < PROCESSES; process++) {
		pids[process] = (pid_t)must(fork(), "fork");
		if (!pids[process])
			run_process();
	}
	process = 0;
	watch(pids);
	remove_all();
}

/* "KEY VALUE" lines: seed, ops, threads; what stands behind # is for people. */
static bool load(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned long long value;
	char line[256], key[16];

	if (!f)
		bail("%s: %s", path, strerror(errno));
	nops = 3000;
	nthreads = 3;
	seed = 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%15[a-z] %llu", key, &value) != 2)
			continue;
		if (!strcmp(key, "seed"))
			seed = value;
		else if (!strcmp(key, "ops"))
			nops = value;
		else if (!strcmp(key, "threads") && value <= THREADS_MAX)
			nthreads = (unsigned int)value;
	}
	fclose(f);
	return seed;
}

static void run_files(glob_t *found, uint64_t seconds)
{
	uint64_t end = now_ns() + seconds * 1000000000ULL;
	uint64_t round, share;
	size_t i, n = found->gl_pathc;

	/* Each gets its share of the first two thirds; then they go on with other seeds. */
	for (round = 0; now_ns() < end && !*failures; round++) {
		for (i = 0; i < n && now_ns() < end && !*failures; i++) {
			if (!load(found->gl_pathv[i]))
				bail("%s: no seed", found->gl_pathv[i]);
			share = now_ns() + seconds * 1000000000ULL * 2 / 3 / n;
			seed += round << 32;
			run_seed(share < end ? share : end);
		}
	}
}

static void *shared(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED)
		bail("mmap: %s", strerror(errno));
	return at;
}

/* The module is not in use any more: nothing was left behind. */
static void unload(void)
{
	int tries;

	close(control_fd());
	for (tries = 0; tries < 100; tries++) {
		if (!module_unload("evring"))
			break;
		if (errno != EAGAIN && errno != EBUSY && errno != EWOULDBLOCK)
			break;
		sleep_ms(50);
	}
	ok(access("/sys/module/evring", F_OK) < 0, "the module can be unloaded", "%s",
	   strerror(errno));
}

int main(int argc, char **argv)
{
	uint64_t seconds = 10;
	glob_t found = { 0 };
	int i;

	progress = shared(PROCESSES * sizeof(*progress));
	failures = shared(PAGE);
	done_ops = (void *)(failures + 2);
	good_ioctls = done_ops + 1;
	nops = 100000;
	nthreads = 3;
	for (i = 1; i + 1 < argc && !strncmp(argv[i], "--", 2); i += 2) {
		uint64_t value = strtoull(argv[i + 1], NULL, 0);

		if (!strcmp(argv[i], "--seconds"))
			seconds = value;
		else if (!strcmp(argv[i], "--seed"))
			seed = value;
		else if (!strcmp(argv[i], "--ops"))
			nops = value;
		else if (!strcmp(argv[i], "--threads"))
			nthreads = value > THREADS_MAX ? THREADS_MAX : (unsigned int)value;
	}
	must(control_fd(), "control");
	if (seed) {
		run_seed(UINT64_MAX);
	} else {
		glob("/usr/local/bin/ioctl-*.txt", 0, NULL, &found);
		for (; i < argc; i++)
			glob(argv[i], GLOB_APPEND, NULL, &found);
		if (!found.gl_pathc)
			bail("no run is given, and there is no /usr/local/bin/ioctl-*.txt");
		run_files(&found, seconds);
	}
	printf("# %llu operations, %llu ioctls that succeeded\n", (unsigned long long)*done_ops,
	       (unsigned long long)*good_ioctls);
	ok(!*failures, "nothing was found", "see above");
	ok(*good_ioctls > *done_ops / 100, "enough ioctls succeed", "%llu of %llu operations",
	   (unsigned long long)*good_ioctls, (unsigned long long)*done_ops);
	unload();
	return result();
}
