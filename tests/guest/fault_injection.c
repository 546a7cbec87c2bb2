// SPDX-License-Identifier: GPL-2.0
/*
 * Memory runs out: for each thing that allocates (creating a channel, opening it, mapping
 * it, attaching sources, joining as a gating reader, listing, writing), its first allocation
 * fails, then in another try its second, and so on until all have. Copies from and to user
 * space, reading's among them, fail likewise. Each try either fails cleanly, with ENOMEM or
 * EFAULT, and can be repeated, or succeeds because the kernel helped itself. In the end nothing
 * is left behind, and what could not be read at first has been read whole.
 *
 * Needs a kernel with fault injection (tests/vm/debug-kernel).
 *
 * vm: --smp 2
 * timeout: 120
 */
#include "harness.h"

#define NAME "fault"
#define DEBUG "/sys/kernel/debug/"
#define SITES_MAX 3000

static int nth_fd;

/* --- the kernel's side ------------------------------------------------------- */

/* Every allocation counts, also those that may wait for memory, and says nothing. */
static void prepare(void)
{
	static const char *const names[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	char path[100];

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), DEBUG "%s/verbose", names[i]);
		if (file_put(path, "0"))
			skip("this kernel has no %s", names[i]);
		snprintf(path, sizeof(path), DEBUG "%s/ignore-gfp-wait", names[i]);
		file_put(path, "N");
	}
	must(file_put(DEBUG "fail_page_alloc/ignore-gfp-highmem", "N"), "fail_page_alloc");
	must(file_put(DEBUG "fail_page_alloc/min-order", "0"), "fail_page_alloc");
	nth_fd = (int)must(open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC), "fail-nth");
}

/* Let the @n-th site from now on fail in this thread; 0: none. */
static void fail_nth(int n)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", n);
	must(pwrite(nth_fd, text, strlen(text), 0), "fail-nth");
}

/* The try is over: no more failures. It never got to its n-th site if @nth_left. */
static bool nth_left;

static void try_over(void)
{
	char text[16] = "";

	/* Asking and stopping copy, too, and may be the n-th site themselves. */
	nth_left = nth_left || pread(nth_fd, text, sizeof(text) - 1, 0) < 0 || atoi(text);
	if (pwrite(nth_fd, "0", 1, 0) != 1)
		must(pwrite(nth_fd, "0", 1, 0), "fail-nth");
}

/* Lines of FILE that have the module's name in them. */
static int lines_of_evring(const char *file)
{
	FILE *f = fopen(file, "re");
	char line[512];
	int count = 0;

	while (f && fgets(line, sizeof(line), f))
		count += strstr(line, "[evring]") != NULL;
	if (f)
		fclose(f);
	return count;
}

/* Memory that nothing points to; -1: the kernel does not look. */
static int leaks(void)
{
	FILE *f;
	char line[512];
	int count = 0;

	sleep_ms(6000);
	if (file_put(DEBUG "kmemleak", "scan") || file_put(DEBUG "kmemleak", "scan"))
		return -1;
	f = fopen(DEBUG "kmemleak", "re");
	while (f && fgets(line, sizeof(line), f)) {
		printf("# %s", line);
		count += !strncmp(line, "unreferenced", 12);
	}
	if (f)
		fclose(f);
	return count;
}

/* --- what allocates ---------------------------------------------------------- */

/* Each returns 0 or -errno, and undoes what it did. */

static int create_flags(uint32_t flags)
{
	struct evring_create_args args = { .size = sizeof(args), .data_size = 1 << 18,
					   .mode = 0660, .flags = flags };

	set_name(args.name, NAME "_new");
	if (ioctl(control_fd(), EVRING_IOC_CREATE, &args))
		return -errno;
	try_over();
	return channel_remove(NAME "_new") ? -errno : 0;
}

static int create(void)
{
	return create_flags(0);
}

static int create_partitioned(void)
{
	return create_flags(EVRING_CREATE_PARTITIONED);
}

static int device_open(void)
{
	int fd = open(channel_path(NAME), O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

static int channel_fd;
static size_t map_size;
static uint32_t ncpus;

static int map(void)
{
	const volatile uint8_t *p = mmap(NULL, map_size, PROT_READ, MAP_SHARED, channel_fd, 0);
	uint64_t sum = 0;

	if (p == MAP_FAILED)
		return -errno;
	for (size_t i = 0; i < map_size; i += 4096)
		sum += p[i];
	/* munmap() allocates, too. */
	try_over();
	munmap((void *)(uintptr_t)p, map_size);
	return sum == ~0ULL;
}

static int attach_kind(uint32_t kind)
{
	struct evring_attach_args args = { .kind = kind };
	int id;

	if (kind == EVRING_SOURCE_PROBE)
		args.probe.events = EVRING_PROBE_ALL;
	else
		args.generator = (struct evring_generator_args){
			.payload_min = 16, .payload_max = 6000, .count = 1, .rate = 1 };
	id = attach(NAME, &args);
	if (id < 0)
		return -errno;
	try_over();
	return detach(NAME, (uint32_t)id) ? -errno : 0;
}

static int attach_probe(void)
{
	return attach_kind(EVRING_SOURCE_PROBE);
}

static int attach_generator(void)
{
	return attach_kind(EVRING_SOURCE_GENERATOR);
}

static int join(void)
{
	uint64_t seqs[64];
	struct evring_gate_args args = { .size = sizeof(args), .ncpus = ncpus,
					 .seqs = (uintptr_t)seqs };

	if (ioctl(channel_fd, EVRING_IOC_GATE, &args))
		return -errno;
	try_over();
	args.flags = EVRING_GATE_LEAVE;
	return ioctl(channel_fd, EVRING_IOC_GATE, &args) ? -errno : 0;
}

/* All that can be read from @channel_fd now, behind @bytes that have been. */
static size_t read_rest(uint8_t *to, size_t room, size_t bytes)
{
	ssize_t n;

	while ((n = read(channel_fd, to + bytes, room - bytes)) > 0)
		bytes += (size_t)n;
	return bytes;
}

static uint8_t reference[1 << 18];
static size_t reference_bytes;

/* A read that fails half way takes nothing with it: the next ones get the rest. */
static int take(void)
{
	struct evring_seek_args oldest = { .size = sizeof(oldest), .whence = EVRING_SEEK_OLDEST };
	static uint8_t got[sizeof(reference)];
	ssize_t n;
	int err;

	if (ioctl(channel_fd, EVRING_IOC_SEEK, &oldest))
		return -errno;
	n = read(channel_fd, got, sizeof(got));
	err = n < 0 ? errno : 0;
	try_over();
	if (read_rest(got, sizeof(got), n < 0 ? 0 : (size_t)n) != reference_bytes ||
	    memcmp(got, reference, reference_bytes))
		bail("a read that failed (%s) has lost or changed something", strerror(err));
	return -err;
}

/*
 * A short write, whose memory is a slab's or nothing, and a long one, for which the
 * kernel helps itself to other memory, after more or fewer sites.
 */
static int put(void)
{
	static const uint8_t text[6000];

	if (write(channel_fd, text, 100) < 0)
		return -errno;
	return write(channel_fd, text, sizeof(text)) < 0 ? -errno : 0;
}

static int list(void)
{
	static char names[64 * EVRING_NAME_SIZE];
	struct evring_list_args args = { .size = sizeof(args), .count = 64,
					 .names = (uintptr_t)names };

	return ioctl(control_fd(), EVRING_IOC_LIST, &args) ? -errno : 0;
}

/* How many channels there are. */
static int channels(void)
{
	struct evring_list_args args = { .size = sizeof(args) };

	must(ioctl(control_fd(), EVRING_IOC_LIST, &args), "LIST");
	return (int)args.count;
}

static void sweep(const char *what, int (*op)(void))
{
	int n, bad = 0, failed = 0, helped = 0, before = channels();
	char text[200];
	int err;

	for (n = 1; n < SITES_MAX; n++) {
		nth_left = false;
		fail_nth(n);
		err = op();
		try_over();
		if (err && err != -ENOMEM && err != -EFAULT) {
			bad++;
			printf("# %s, site %d: %s\n", what, n, strerror(-err));
		}
		failed += err != 0;
		helped += !err;
		if (channels() != before)
			bail("%s, site %d: it failed and left a channel", what, n);
		if (nth_left)
			break;
	}
	snprintf(text, sizeof(text), "%s: each try fails with ENOMEM or EFAULT or not at all", what);
	ok(!bad, text, "%d do otherwise", bad);
	snprintf(text, sizeof(text), "%s: there is something that can fail", what);
	ok(failed > 0, text, "%d tries and no failure", n);
	snprintf(text, sizeof(text), "%s: without a failure it succeeds", what);
	ok(n < SITES_MAX && !err, text, "%s", err ? strerror(-err) : "there is always one more");
	printf("# %s: %d tries failed, %d did not\n", what, failed, helped);
	snprintf(text, sizeof(text), "%s: it works as before", what);
	ok_equal((uint64_t)-op(), 0, text);
}

/* A channel at rest, and one that can be written to. */
static void read_and_write(void)
{
	channel_create(NAME, 1 << 20, 0);
	generate_some(NAME, 1, 40, 16, 4000);
	channel_fd = channel_open(NAME, O_RDONLY | O_NONBLOCK);
	reference_bytes = read_rest(reference, sizeof(reference), 0);
	sweep("reading", take);
	close(channel_fd);
	channel_create_as(NAME, (struct evring_create_args){ .data_size = 1 << 18,
							     .flags = EVRING_CREATE_USER_WRITE });
	channel_fd = channel_open(NAME, O_WRONLY);
	sweep("writing", put);
	close(channel_fd);
}

int main(void)
{
	int vmalloc_before, count;

	prepare();
	vmalloc_before = lines_of_evring("/proc/vmallocinfo");
	sweep("creating", create);
	sweep("creating, partitioned", create_partitioned);
	sweep("listing", list);
	channel_create(NAME, 1 << 20, 0);
	sweep("opening", device_open);
	channel_fd = channel_open(NAME, O_RDONLY);
	map_size = channel_info(channel_fd).map_size;
	ncpus = channel_info(channel_fd).ncpus;
	sweep("mapping", map);
	sweep("attaching probes", attach_probe);
	sweep("attaching a generator", attach_generator);
	close(channel_fd);
	channel_fd = channel_open(NAME, O_RDWR);
	sweep("joining", join);
	close(channel_fd);
	read_and_write();
	must(channel_remove(NAME), "REMOVE");
	ok_equal((uint64_t)channels(), 0, "no channel is left");
	ok_equal((uint64_t)lines_of_evring("/proc/vmallocinfo"), (uint64_t)vmalloc_before,
		 "no large memory of the module's is left");
	count = leaks();
	if (count < 0)
		printf("# the kernel does not look for leaks\n");
	else
		ok_equal((uint64_t)count, 0, "no memory is left that nothing points to");
	return result();
}
