// SPDX-License-Identifier: GPL-2.0
/*
 * The flight recorder: evringctl freezes a channel, copies it to a file and lets it go on. What
 * the header reads from the file is what the frozen channel holds, record by record, and evlog
 * and the example dump read the same. It is consistent too where it was taken while producers
 * run, frozen for that moment or not at all. A file that was cut off is refused; of one with
 * flipped bits something is read, or it is refused, and both are told.
 *
 * vm: --smp 2
 * timeout: 240
 */
#include "tally.h"
#include <sys/stat.h>

#define NAME	"snapshot"
#define FILE_	"/tmp/snapshot.img"
#define OUT	"/tmp/snapshot.out"
#define ERR	"/tmp/snapshot.err"
#define FLIPS	2000
#define ROUNDS	5

/* Run a command of the tools: its exit status. What it says goes to OUT and ERR. */
__attribute__((format(printf, 1, 2)))
static int sh(const char *format, ...)
{
	char command[400], whole[500];
	va_list ap;
	int status;

	va_start(ap, format);
	vsnprintf(command, sizeof(command), format, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "%s >" OUT " 2>" ERR, command);
	fflush(stdout);
	status = system(whole);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 256;
}

static void must_sh(const char *command)
{
	if (sh("%s", command))
		bail("%s: see what it said: %d", command, system("cat " ERR " >&2"));
}

/* Lines of FILE that hold @text. */
static uint64_t lines_with(const char *file, const char *text)
{
	static char line[4096];
	FILE *f = fopen(file, "r");
	uint64_t n = 0;

	if (!f)
		bail("%s: %s", file, strerror(errno));
	while (fgets(line, sizeof(line), f))
		n += strstr(line, text) != NULL;
	fclose(f);
	return n;
}

static uint32_t channel_state(void)
{
	int fd = channel_open(NAME, O_RDONLY);
	uint32_t state = channel_info(fd).state;

	close(fd);
	return state;
}

/* From the first record that there ever was: those that are gone are told as overrun. */
static void seek_to_the_first(struct evring *r, unsigned int ncpus)
{
	for (unsigned int cpu = 0; cpu < ncpus; cpu++)
		must(evring_seek_seq(r, cpu, 0), "evring_seek_seq");
}

/**
 * compare() - read two readers side by side.
 *
 * Return: what differs, or NULL.
 */
static const char *compare(struct evring *image, struct evring *live, struct tally *t)
{
	struct evring_event a, b;
	int ret;

	for (;;) {
		ret = evring_next(image, &a);
		if (evring_next(live, &b) != ret)
			return "one ends before the other";
		if (ret != 1)
			return ret ? "it does not end well" : NULL;
		if (a.kind != b.kind || a.cpu != b.cpu || a.seq != b.seq || a.count != b.count ||
		    a.time != b.time || a.type != b.type || a.misc != b.misc || a.len != b.len ||
		    (a.len && memcmp(a.payload, b.payload, a.len)))
			return "an event differs";
		tally_event(t, &a);
	}
}

/* For each CPU: what was received and what was lost is all there was, by its line. */
static void accounted(const struct tally *t, const struct evring *r, unsigned int ncpus,
		      const char *what)
{
	const struct evring_control *c = evring_control_page(r);
	const uint8_t *base = (const uint8_t *)c;
	unsigned int cpu;

	for (cpu = 0; cpu < ncpus; cpu++) {
		const struct evring_line *line = (const void *)
			(base + c->line_offset + cpu * c->line_size);
		uint64_t last = evring_seq_extend(line->total, evring_pos_seq(line->cur));

		if (t->cpu[cpu].received + t->cpu[cpu].overrun != last)
			break;
	}
	ok(cpu == ncpus, what, "CPU %u: %llu received + %llu overrun", cpu,
	   (unsigned long long)t->cpu[cpu % TALLY_CPUS].received,
	   (unsigned long long)t->cpu[cpu % TALLY_CPUS].overrun);
}

static void frozen_channel(void)
{
	struct tally by_image = { .min = { 16, 16 }, .max = { 200, 200 } };
	unsigned int ncpus = online_cpus();
	struct evring_channel_stats stats;
	struct evring image, live;
	const char *flaw;
	uint64_t records;
	struct stat st;

	must_sh("evringctl create " NAME " --size 256K --block 4K");
	must_sh("evringctl attach " NAME " gen:count=20000,size=16-200,wait gen:count=200,rate=2000,irq,size=16-200,wait");
	must_sh("evringctl freeze " NAME);
	must_sh("evringctl attach " NAME " gen:count=50,wait");
	must_sh("evringctl snapshot " NAME " " FILE_);
	ok(channel_state() & EVRING_STATE_FROZEN, "a channel that was frozen stays so", "it is live");
	must(stat(FILE_, &st), FILE_);
	ok_equal(st.st_mode & 07777, 0640, "the file is not for everybody");

	ring_open(&live, NAME, NULL);
	ok_equal((uint64_t)st.st_size, evring_control_page(&live)->map_size, "it is the whole mapping");
	ring_open(&image, FILE_, NULL);
	ok_equal(evring_control_page(&image)->state, EVRING_STATE_FROZEN, "its state says frozen");
	seek_to_the_first(&live, ncpus);
	seek_to_the_first(&image, ncpus);
	stats = channel_stats(evring_fd(&live));
	flaw = compare(&image, &live, &by_image);
	ok(!flaw, "the file holds what the frozen channel holds", "%s", flaw);
	tally_ok(&by_image, "file");
	accounted(&by_image, &image, ncpus, "file: first + received + overrun = last, on each CPU");
	ok_equal(tally_sum(&by_image, 0) + tally_sum(&by_image, 1), stats.accepted,
		 "and in all what STATS tells");
	ok_equal(tally_sum(&by_image, 2), 50ULL * ncpus, "what came while it was frozen is dropped");
	records = tally_sum(&by_image, 0);
	ok(records > 500, "it holds records", "%llu", (unsigned long long)records);
	evring_close(&image);
	evring_close(&live);

	ok_equal((uint64_t)sh("evlog --json %s", FILE_), 0, "evlog reads it");
	ok_equal(lines_with(OUT, "\"sum_ok\":true"), records, "evlog: every record, and whole");
	ok_equal(lines_with(OUT, "\"sum_ok\":false"), 0, "evlog: none that is not");
	ok_equal((uint64_t)sh("dump %s", FILE_), 0, "dump reads it");
	ok_equal(lines_with(OUT, " seq "), records, "dump: every record");

	must_sh("evringctl thaw " NAME);
	ok_equal(channel_state(), 0, "thawed, it goes on");
	must_sh("evringctl attach " NAME " gen:count=10,wait");
	ok_equal(lines_with(OUT, "dropped=0 "), 1, "and takes records");
	ok_equal((uint64_t)sh("evringctl snapshot %s /nowhere/file", NAME), 1,
		 "a file that cannot be made");
	ok_equal(lines_with(ERR, "/nowhere/file: cannot make a file beside it"), 1, "it tells so");
	ok_equal(channel_state(), 0, "and leaves the channel alone");
	ok_equal((uint64_t)sh("evringctl snapshot nosuch %s", FILE_), 1, "a channel that there is not");
}

/* @how: an option of evringctl snapshot. */
static void while_producers_run(const char *how, bool freezes)
{
	unsigned int ncpus = online_cpus();
	uint64_t records = 0;
	struct evring image;
	struct evring_event ev;
	char what[100];
	int ret = 0, round;

	must_sh("evringctl remove " NAME);
	must_sh("evringctl create " NAME " --size 256K --block 4K");
	must_sh("evringctl attach " NAME " gen:size=16-200 gen:irq,rate=2000,size=16-200");
	for (round = 0; round < ROUNDS; round++) {
		struct tally t = { .min = { 16, 16 }, .max = { 200, 200 } };

		sleep_ms(50);
		if (sh("evringctl snapshot %s %s %s", how, NAME, FILE_))
			bail("snapshot %s: %d", how, system("cat " ERR " >&2"));
		ring_open(&image, FILE_, NULL);
		seek_to_the_first(&image, ncpus);
		while ((ret = evring_next(&image, &ev)) == 1)
			tally_event(&t, &ev);
		records += tally_sum(&t, 0);
		snprintf(what, sizeof(what), "snapshot %s while producers run", how);
		tally_ok(&t, what);
		ok_equal((uint64_t)-ret, 0, "it is read to its end");
		if (freezes)
			accounted(&t, &image, ncpus, "frozen for it: all is accounted for");
		evring_close(&image);
	}
	printf("# %llu records in %d snapshots\n", (unsigned long long)records, ROUNDS);
	if (freezes)
		ok(records > ROUNDS * 500, "they hold records", "%llu", (unsigned long long)records);
	ok_equal(channel_state(), 0, "the channel goes on");
	must_sh("evringctl detach " NAME);
}

static void cut_off(void)
{
	static const long lengths[] = { 100000, 5000, 4095, 100, 0 };

	must_sh("cp " FILE_ " /tmp/cut.img");
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		char what[60];

		must(truncate("/tmp/cut.img", lengths[i]), "truncate");
		snprintf(what, sizeof(what), "cut off after %ld bytes: evlog refuses it", lengths[i]);
		ok_equal((uint64_t)sh("evlog /tmp/cut.img"), 1, what);
		snprintf(what, sizeof(what), "cut off after %ld bytes: dump refuses it", lengths[i]);
		ok_equal((uint64_t)sh("dump /tmp/cut.img"), 1, what);
	}
	sh("evlog /tmp/cut.img");
	ok_equal(lines_with(ERR, "not an evring channel or image, or a damaged one"), 1, "and says why");
	ok_equal(lines_with(OUT, ""), 0, "nothing is made up");
}

/* How reading an image ends; the sum keeps every byte read. */
static int read_all(const uint8_t *image, size_t size, uint64_t *sum)
{
	struct evring_event ev;
	struct evring r;
	int ret, err = evring_attach(&r, image, size, NULL);
	uint64_t n = 0;

	if (err)
		return err;
	while ((ret = evring_next(&r, &ev)) && ret != -ENODEV && n <= size) {
		const uint8_t *bytes = ev.payload;

		if (ret < 0 && ret != -EBADMSG)
			bail("evring_next: %d", ret);
		if (ret < 0)
			err = ret;
		for (uint32_t i = 0; ret == 1 && i < ev.len; i++)
			*sum += bytes[i];
		n++;
	}
	evring_close(&r);
	return n > size ? -ELOOP : err;
}

/* @size bytes before a page that cannot be read. */
static uint8_t *guarded(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *room = mmap(NULL, size + page, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (room == MAP_FAILED || size % page || mprotect(room + size, page, PROT_NONE))
		bail("no memory for an image");
	return room;
}

static void flipped(void)
{
	int refused = 0, damaged = 0, other = 0, fd, status;
	uint64_t sum = 0, seed = 1;
	uint64_t head = 0;
	uint8_t *image;
	struct stat st;

	fd = (int)must(open(FILE_, O_RDWR | O_CLOEXEC), FILE_);
	must(fstat(fd, &st), "fstat");
	image = guarded((size_t)st.st_size);
	if (read(fd, image, (size_t)st.st_size) != st.st_size)
		bail("read: %s", strerror(errno));
	head = ((const struct evring_control *)(const void *)image)->data_offset;
	ok_equal((uint64_t)-read_all(image, (size_t)st.st_size, &sum), 0, "the file is well");
	for (int i = 0; i < FLIPS; i++) {
		/* Half of them where it matters most: before the data. */
		uint64_t bits = 8 * (i & 1 ? head : (uint64_t)st.st_size);
		uint64_t bit = random_next(&seed) % bits;
		int err;

		image[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		err = read_all(image, (size_t)st.st_size, &sum);
		image[bit / 8] ^= (uint8_t)(1U << (bit % 8));
		refused += err == -EPROTO || err == -EPROTONOSUPPORT;
		damaged += err == -EBADMSG;
		other += err && err != -EPROTO && err != -EPROTONOSUPPORT && err != -EBADMSG;
	}
	printf("# of %d flips %d were of another version, %d told to be damaged\n", FLIPS, refused,
	       damaged);
	ok_equal((uint64_t)other, 0, "flipped bits: nothing worse than a documented error");
	ok(damaged > 0, "flipped bits: some are told", "none");

	/* The size of a record in the middle of the first block of data that holds some. */
	must(pwrite(fd, "\xff\xff", 2, (off_t)head + 6), "pwrite");
	close(fd);
	status = sh("evlog %s", FILE_);
	ok_equal((uint64_t)status, 1, "a record's size: evlog fails");
	ok_equal(lines_with(ERR, "damaged: the events of one CPU end here"), 1, "and says why");
	ok(lines_with(OUT, "generator: ") > 0, "but shows what can be read", "nothing");
	munmap(image, (size_t)st.st_size);
}

int main(void)
{
	frozen_channel();
	while_producers_run("--live", false);
	while_producers_run("", true);
	cut_off();
	flipped();
	channel_remove(NAME);
	return result();
}
