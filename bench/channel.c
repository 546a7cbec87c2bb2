// SPDX-License-Identifier: GPL-2.0
/* The channel that is measured, and the generator that fills it. */
#include "channel.h"
#include "tracefs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define CONTROL		"/dev/evring/control"

/* Blocks that a pre-filled ring leaves free, so that filling it overruns nothing. */
#define SPARE_BLOCKS	2U

static int control_failed(void)
{
	switch (errno) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		return fail("%s is not there: load the module (make load, or modprobe evring)",
			    CONTROL);
	case EACCES:
	case EPERM:
		return fail("%s: no permission: run as root",
			    CONTROL);
	default:
		return fail("%s: %s", CONTROL, strerror(errno));
	}
}

/** channel_check() - is there a module that we may use? */
int channel_check(void)
{
	int fd = open(CONTROL, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return control_failed();
	close(fd);
	return 0;
}

static int create_failed(const struct options *opts)
{
	switch (errno) {
	case EPERM:
		return fail("making a channel takes root, CAP_PERFMON or CAP_SYS_ADMIN");
	case ENOMEM:
		return fail("no memory for a ring of %llu bytes: give less with --ring",
			    (unsigned long long)opts->ring);
	case ERANGE:
		return fail("--ring %llu, --block %u: rings have 64K to 4G, blocks 4K to 64K",
			    (unsigned long long)opts->ring, opts->block);
	default:
		return fail("a channel could not be made: %s", strerror(errno));
	}
}

static int create(struct channel *ch, const struct options *opts)
{
	struct evring_create_args args = {
		.size = sizeof(args),
		.data_size = opts->ring,
		.block_size = opts->block,
		.clock = EVRING_CLOCK_MONOTONIC,
	};
	static unsigned int serial;
	char name[EVRING_NAME_SIZE];

	snprintf(name, sizeof(name), "evbench-%d-%u", (int)getpid(), serial++);
	strcpy(args.name, name);
	if (ioctl(ch->control, EVRING_IOC_CREATE, &args))
		return create_failed(opts);
	strcpy(ch->name, name);
	snprintf(ch->path, sizeof(ch->path), "/dev/evring/%s", name);
	return 0;
}

static int get_info(struct channel *ch)
{
	ch->device = open(ch->path, O_RDONLY | O_CLOEXEC);
	if (ch->device < 0)
		return fail("%s: %s", ch->path, strerror(errno));
	memset(&ch->info, 0, sizeof(ch->info));
	ch->info.size = sizeof(ch->info);
	if (ioctl(ch->device, EVRING_IOC_INFO, &ch->info))
		return fail("%s: INFO: %s", ch->path, strerror(errno));
	if (ch->info.abi_version != EVRING_ABI_VERSION)
		return fail("the module has ABI %u, this program %u: build both from one tree",
			    ch->info.abi_version, EVRING_ABI_VERSION);
	return 0;
}

/**
 * channel_make() - make a new channel; channel_remove() it, also after a failure.
 * @payload: bytes of payload that it must take.
 */
int channel_make(struct channel *ch, const struct options *opts, uint32_t payload)
{
	memset(ch, 0, sizeof(*ch));
	ch->device = -1;
	ch->control = open(CONTROL, O_RDONLY | O_CLOEXEC);
	if (ch->control < 0)
		return control_failed();
	if (create(ch, opts) || get_info(ch))
		return -1;
	if (payload > ch->info.max_payload)
		return fail("--size %u: blocks of %u bytes take %u at most; give a larger --block",
			    payload, ch->info.block_size, ch->info.max_payload);
	return 0;
}

/** channel_remove() - take the channel away and close its descriptors. */
void channel_remove(struct channel *ch)
{
	struct evring_remove_args args = { .size = sizeof(args) };

	if (ch->device >= 0)
		close(ch->device);
	if (ch->name[0]) {
		strcpy(args.name, ch->name);
		if (ioctl(ch->control, EVRING_IOC_REMOVE, &args))
			fail("%s could not be removed: %s", ch->name, strerror(errno));
	}
	if (ch->control >= 0)
		close(ch->control);
	ch->device = -1;
	ch->control = -1;
	ch->name[0] = '\0';
}

static void describe_burst(struct evring_attach_args *args, const struct channel *ch,
			   const struct burst *b)
{
	unsigned int cpu;

	memset(args, 0, sizeof(*args));
	args->size = sizeof(*args);
	strcpy(args->name, ch->name);
	args->kind = EVRING_SOURCE_GENERATOR;
	args->generator.flags = b->flags;
	args->generator.payload_min = b->payload;
	args->generator.payload_max = b->payload;
	args->generator.count = b->count;
	args->generator.rate = b->rate;
	for (cpu = 0; cpu < EVRING_GENERATOR_CPUS; cpu++)
		if (CPU_ISSET(cpu, b->cpus))
			args->generator.cpus[cpu / 64] |= 1ULL << (cpu % 64);
}

static int attach(struct channel *ch, struct evring_attach_args *args)
{
	if (!ioctl(ch->control, EVRING_IOC_ATTACH, args))
		return 0;
	if (errno == EINTR)
		return fail("interrupted");
	return fail("%s: the generator (%u-byte payload): %s", ch->name,
		    args->generator.payload_min, strerror(errno));
}

/** channel_emit() - let the generator run to its end. */
int channel_emit(struct channel *ch, const struct burst *b, struct burst_result *res)
{
	struct evring_attach_args args;

	describe_burst(&args, ch, b);
	args.generator.flags |= EVRING_GENERATOR_WAIT;
	if (attach(ch, &args))
		return -1;
	res->elapsed_ns = args.generator.elapsed_ns;
	res->attempted = b->count * (uint64_t)CPU_COUNT(b->cpus);
	res->emitted = args.generator.emitted;
	res->failed = args.generator.failed;
	if (res->emitted + res->failed != res->attempted)
		return fail("generator: %llu records attempted, but %llu accepted and %llu dropped",
			    (unsigned long long)res->attempted, (unsigned long long)res->emitted,
			    (unsigned long long)res->failed);
	return channel_stop(ch, args.id);
}

/** channel_start() - let the generator run while we do something else. */
int channel_start(struct channel *ch, const struct burst *b, uint32_t *source)
{
	struct evring_attach_args args;

	describe_burst(&args, ch, b);
	if (attach(ch, &args))
		return -1;
	*source = args.id;
	return 0;
}

/** channel_attach() - attach a source, which people know as @what. */
int channel_attach(struct channel *ch, struct evring_attach_args *args, const char *what,
		   uint32_t *source)
{
	memcpy(args->name, ch->name, sizeof(args->name));
	if (ioctl(ch->control, EVRING_IOC_ATTACH, args))
		return fail("%s: attaching %s: %s", ch->name, what, strerror(errno));
	*source = args->id;
	return 0;
}

/** channel_record() - attach the tracepoint "system/name", by perf counters. */
int channel_record(struct channel *ch, const char *event, uint32_t *source)
{
	struct evring_attach_args args = {
		.size = sizeof(args), .kind = EVRING_SOURCE_PERF,
		.perf = { .type = PERF_TYPE_TRACEPOINT, .config = tracefs_event_id(event),
			  .period = 1 },
	};

	return channel_attach(ch, &args, event, source);
}

/**
 * channel_stop() - detach a source.
 *
 * One that has come to its end may be gone already.
 */
int channel_stop(struct channel *ch, uint32_t source)
{
	struct evring_detach_args args = { .size = sizeof(args), .id = source };

	strcpy(args.name, ch->name);
	if (!source || !ioctl(ch->control, EVRING_IOC_DETACH, &args) || errno == ENOENT)
		return 0;
	return fail("%s: DETACH: %s", ch->name, strerror(errno));
}

/** channel_total() - records that were attempted so far: accepted or dropped. */
int channel_total(struct channel *ch, uint64_t *total)
{
	struct evring_channel_stats st = { .size = sizeof(st) };
	int i;

	if (ioctl(ch->device, EVRING_IOC_STATS, &st))
		return fail("%s: STATS: %s", ch->name, strerror(errno));
	*total = st.accepted;
	for (i = 0; i < EVRING_DROP_REASONS; i++)
		*total += st.dropped[i];
	return 0;
}

/** channel_wakeups() - how often a sleeping reader was woken so far. */
int channel_wakeups(struct channel *ch, uint64_t *wakeups)
{
	struct evring_channel_stats st = { .size = sizeof(st) };

	if (ioctl(ch->device, EVRING_IOC_STATS, &st))
		return fail("%s: STATS: %s", ch->name, strerror(errno));
	*wakeups = st.wakeups;
	return 0;
}

/**
 * channel_fill() - let the generator run to its end; for when its time does not matter.
 *
 * WAIT would not do: what a closed io_uring leaves behind for its task wakes it
 * with EINTR.
 */
int channel_fill(struct channel *ch, const struct burst *b)
{
	uint64_t due = b->count * (uint64_t)CPU_COUNT(b->cpus), before, now;
	uint32_t source;
	int err;

	if (channel_total(ch, &before) || channel_start(ch, b, &source))
		return -1;
	while (!(err = channel_total(ch, &now)) && now - before < due && !interrupted())
		usleep(1000);
	if (interrupted())
		err = fail("interrupted");
	return channel_stop(ch, source) || err ? -1 : 0;
}

/** channel_capacity() - records of @payload bytes that one CPU can emit without overrun. */
uint64_t channel_capacity(const struct channel *ch, uint32_t payload)
{
	uint32_t each = ch->info.block_size / record_stride(payload);

	return (uint64_t)(ch->info.nblocks - SPARE_BLOCKS) * each;
}
