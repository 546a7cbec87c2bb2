// SPDX-License-Identifier: GPL-2.0
/*
 * A channel's memory comes back. Two hundred times a channel is made, used, mapped and removed; after
 * that no memory is missing, by any of the kernel's counters. It is charged to the memory cgroup of its
 * creator: one at its limit gets ENOMEM and lives on, and the charge goes with the channel.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <sys/stat.h>

#define NAME "memory"
#define CGROUP "/sys/fs/cgroup/evring_memory"
#define ROUNDS 200

static long meminfo(const char *key)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[200];
	long kib = -1;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)) && line[strlen(key)] == ':')
			kib = strtol(line + strlen(key) + 1, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

static void use(unsigned int round)
{
	const volatile uint8_t *map;
	size_t whole;
	int fd;

	channel_create(NAME, (round % 4 + 1ULL) << 20, 4096U << round % 3);
	generate_some(NAME, 0, 500, 16, 200);
	if (round % 3 == 0)
		probe(NAME, EVRING_PROBE_SWITCH);
	fd = channel_open(NAME, O_RDONLY);
	whole = channel_info(fd).map_size;
	map = channel_map(fd, 0);
	for (size_t i = 0; i < whole; i += 4096)
		(void)map[i];
	/* The order in which the three go does not matter. */
	if (round % 2)
		must(channel_remove(NAME), "REMOVE");
	close(fd);
	munmap((void *)(uintptr_t)map, whole);
	if (!(round % 2))
		must(channel_remove(NAME), "REMOVE");
}

static const struct {
	const char *key;
	long slack_kib;
} counters[] = {
	{ "VmallocUsed", 300 }, { "Percpu", 300 }, { "SUnreclaim", 3000 }, { "MemAvailable", 40000 },
	{ "Mapped", 3000 },
};

static void loop(void)
{
	long before[ARRAY_SIZE(counters)], after;
	char what[100];

	for (unsigned int i = 0; i < 10; i++)
		use(i);
	sleep_ms(500);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++)
		before[i] = meminfo(counters[i].key);
	for (unsigned int i = 0; i < ROUNDS; i++)
		use(i);
	sleep_ms(500);
	for (size_t i = 0; i < ARRAY_SIZE(counters); i++) {
		long missing = (after = meminfo(counters[i].key)) - before[i];

		if (!strcmp(counters[i].key, "MemAvailable"))
			missing = -missing;
		snprintf(what, sizeof(what), "%s after %d channels", counters[i].key, ROUNDS);
		ok(missing < counters[i].slack_kib, what, "was %ld KiB, is %ld KiB", before[i], after);
	}
}

static long charged(void)
{
	FILE *f = fopen(CGROUP "/memory.current", "re");
	long bytes = -1;

	if (f && fscanf(f, "%ld", &bytes) != 1)
		bytes = -1;
	if (f)
		fclose(f);
	return bytes;
}

/* errno of creating a channel of @bytes in the cgroup. */
static int create_inside(const char *name, uint64_t bytes)
{
	struct evring_create_args args = { .size = sizeof(args), .data_size = bytes };
	char pid[20];
	pid_t p = child();

	if (!p) {
		snprintf(pid, sizeof(pid), "%d", getpid());
		set_name(args.name, name);
		if (file_put(CGROUP "/cgroup.procs", pid))
			_exit(200);
		_exit(ioctl(control_fd(), EVRING_IOC_CREATE, &args) < 0 ? errno : 0);
	}
	return child_status(p);
}

static void cgroup(void)
{
	long before, with;

	file_put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(CGROUP, 0755);
	if (file_put(CGROUP "/memory.max", "16777216")) {
		printf("# no memory cgroup: not tested\n");
		return;
	}
	before = charged();
	ok_equal((uint64_t)create_inside(NAME, 4 << 20), 0, "a channel within the cgroup's limit");
	with = charged();
	ok(with - before > 4 << 20, "is charged to it", "%ld bytes", with - before);
	ok_equal((uint64_t)create_inside("memory2", 64 << 20), ENOMEM, "one beyond it gets ENOMEM");
	ok(access(channel_path("memory2"), F_OK) < 0, "and leaves no node behind", "it does");
	/* Later kernels free in the background what was had before the failure. */
	for (int tries = 0; tries < 50 && charged() - with >= 1 << 20; tries++)
		sleep_ms(100);
	ok(charged() - with < 1 << 20, "nor memory", "%ld bytes", charged() - with);
	must(channel_remove(NAME), "REMOVE");
	sleep_ms(200);
	ok(charged() - before < 1 << 20, "the charge goes with the channel", "%ld bytes are left",
	   charged() - before);
	rmdir(CGROUP);
}

int main(void)
{
	loop();
	cgroup();
	return result();
}
