// SPDX-License-Identifier: GPL-2.0
/*
 * A memory cgroup's limit is hit while a channel is made, at each place where that can happen: limits
 * from next to nothing to almost enough, pooled and partitioned. It is ENOMEM each time; the OOM killer
 * kills nobody; no node, no name, no charge is left. In a generous group the whole ring is charged.
 *
 * vm: --smp 2
 */
#include "harness.h"
#include <sys/stat.h>

#define NAME "cgroup_limit"
#define CGROUP "/sys/fs/cgroup/evring_cgroup_limit"
#define RING (8ULL << 20)

static bool limit(uint64_t bytes)
{
	char text[30];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)bytes);
	return !file_put(CGROUP "/memory.max", text);
}

/* A number behind @key in a file of the group; the only one if @key is "". */
static int64_t value(const char *name, const char *key)
{
	char path[200], word[100];
	long long n = -1;
	FILE *f;

	snprintf(path, sizeof(path), CGROUP "/%s", name);
	f = fopen(path, "re");
	if (!f)
		return -1;
	if (!*key) {
		if (fscanf(f, "%lld", &n) != 1)
			n = -1;
	} else {
		while (fscanf(f, "%99s %lld", word, &n) == 2 && strcmp(word, key))
			n = -1;
	}
	fclose(f);
	return n;
}

/*
 * errno of creating a channel in the cgroup. The child is there with all it needs: what it
 * touches from now on is charged to the group, too.
 */
static int create_inside(uint32_t flags, uint64_t bytes)
{
	struct evring_create_args args = { .size = sizeof(args), .data_size = RING, .flags = flags };
	char pid[20];
	pid_t p;

	control_fd();
	if (!limit(UINT32_MAX))
		bail("memory.max");
	p = child();
	if (!p) {
		snprintf(pid, sizeof(pid), "%d", getpid());
		set_name(args.name, NAME);
		if (file_put(CGROUP "/cgroup.procs", pid) || !limit((uint64_t)value("memory.current", "") + bytes))
			_exit(200);
		_exit(ioctl(control_fd(), EVRING_IOC_CREATE, &args) < 0 ? errno : 0);
	}
	return child_status(p);
}

static void limited(uint32_t flags, const char *what)
{
	static const uint64_t limits[] = { 64 << 10, 100 << 10, 256 << 10, 1 << 20, 3 << 20, RING / 2,
					   RING - (2 << 20), RING - (1 << 20) };
	struct evring_list_args list = { .size = sizeof(list) };
	unsigned int refused = 0, left = 0;
	int64_t before = value("memory.current", "");
	char text[200];

	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		int err = create_inside(flags, limits[i]);

		refused += err == ENOMEM;
		if (err != ENOMEM)
			printf("# with %llu bytes: status %d\n", (unsigned long long)limits[i], err);
		left += access(channel_path(NAME), F_OK) == 0;
		list.count = 0;
		must(ioctl(control_fd(), EVRING_IOC_LIST, &list), "LIST");
		left += list.count;
		channel_remove(NAME);
	}
	limit(UINT32_MAX);
	snprintf(text, sizeof(text), "%s: each limit gives ENOMEM", what);
	ok_equal(refused, ARRAY_SIZE(limits), text);
	snprintf(text, sizeof(text), "%s: no channel is left", what);
	ok_equal(left, 0, text);
	sleep_ms(300);
	snprintf(text, sizeof(text), "%s: no charge is left", what);
	ok(value("memory.current", "") - before < 1 << 20, text, "%lld bytes",
	   (long long)(value("memory.current", "") - before));
	snprintf(text, sizeof(text), "%s: nobody was killed", what);
	ok_equal((uint64_t)value("memory.events", "oom_kill"), 0, text);
}

static void generous(uint32_t flags, const char *what)
{
	int64_t before = value("memory.current", ""), with;
	struct evring_info info;
	char text[200];
	int fd;

	snprintf(text, sizeof(text), "%s: created in a generous group", what);
	ok_equal((uint64_t)create_inside(flags, 4 * RING), 0, text);
	with = value("memory.current", "");
	fd = channel_open(NAME, O_RDONLY);
	info = channel_info(fd);
	close(fd);
	snprintf(text, sizeof(text), "%s: all its memory is charged, and not much more", what);
	/* The kernel charges by batches, some of them in advance. */
	ok(with - before > (int64_t)info.map_size - (1 << 20) &&
	   with - before < (int64_t)info.memory + (1 << 20),
	   text, "%lld bytes of %llu", (long long)(with - before), (unsigned long long)info.memory);
	must(channel_remove(NAME), "REMOVE");
	sleep_ms(300);
	snprintf(text, sizeof(text), "%s: the charge goes with it", what);
	ok(value("memory.current", "") - before < 1 << 20, text, "%lld bytes are left",
	   (long long)(value("memory.current", "") - before));
}

int main(void)
{
	file_put("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	mkdir(CGROUP, 0755);
	if (!limit(UINT32_MAX))
		skip("no memory cgroup here");
	limited(0, "pooled");
	limited(EVRING_CREATE_PARTITIONED, "partitioned");
	generous(0, "pooled");
	generous(EVRING_CREATE_PARTITIONED, "partitioned");
	rmdir(CGROUP);
	return result();
}
