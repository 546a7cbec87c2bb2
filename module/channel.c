// SPDX-License-Identifier: GPL-2.0
/*
 * Channels: making, finding and removing them, and the API for kernel code.
 */
#include <linux/cpu.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/uuid.h>
#include <linux/xarray.h>
#include "bpf.h"
#include "channel.h"
#include "clock.h"
#include "compat.h"
#include "device.h"
#include "gate.h"
#include "memory.h"
#include "source.h"
#include "wake.h"

#define EVRING_CHANNELS_MAX	1024
#define EVRING_MODE_DEFAULT	0440

static LIST_HEAD(evring_channels);
static DEFINE_MUTEX(evring_channels_lock);
static DEFINE_IDA(evring_minors);
static DEFINE_XARRAY(evring_ids);	/* by id; read under RCU */
static u32 evring_id_last;
static dev_t evring_devt;
static u8 evring_boot_id[16];

DEFINE_STATIC_KEY_FALSE(evring_any_frozen);
EXPORT_SYMBOL_GPL(evring_any_frozen);

static char *evring_devnode(evring_devnode_dev *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	const struct evring_channel *channel = container_of(dev, struct evring_channel, dev);

	/* When the node is to go only its name is asked for. */
	if (mode)
		*mode = channel->mode;
	if (gid)
		*gid = channel->gid;
	return kasprintf(GFP_KERNEL, "evring/%s", dev_name(dev));
}

static void evring_channel_free(struct evring_channel *channel)
{
	free_percpu(channel->ring.cpus);
	kvfree(channel->ring.slots);
	evring_memory_free(channel);
	kfree(channel);
}

/* The last reference is gone: no descriptor, no mapping, no source. */
static void evring_channel_release(struct device *dev)
{
	struct evring_channel *channel = container_of(dev, struct evring_channel, dev);

	evring_gate_teardown(channel);
	evring_wake_teardown(channel);
	ida_free(&evring_minors, MINOR(dev->devt));
	evring_channel_free(channel);
}

static struct class evring_class = {
	.name = "evring",
};

static const struct device_type evring_device_type = {
	.name = "evring",
	.devnode = evring_devnode,
	.release = evring_channel_release,
};

static bool evring_name_valid(const char *name)
{
	size_t len = strnlen(name, EVRING_NAME_SIZE);
	size_t i;

	if (!len || len == EVRING_NAME_SIZE || name[0] == '.' || !strcmp(name, "control"))
		return false;
	for (i = 0; i < len; i++) {
		if (!isalnum(name[i]) && !strchr("_.-", name[i]))
			return false;
	}
	return true;
}

static int evring_create_check(const struct evring_create_args *args)
{
	u32 clock = args->clock;

	if (args->flags & ~(EVRING_CREATE_PARTITIONED | EVRING_CREATE_USER_WRITE))
		return -EINVAL;
	if (memchr_inv(args->reserved, 0, sizeof(args->reserved)))
		return -EINVAL;
	if (!evring_name_valid(args->name))
		return -EINVAL;
	if (clock > EVRING_CLOCK_CYCLES)
		return -EINVAL;
	if (clock == EVRING_CLOCK_CYCLES && !evring_cycles_usable())
		return -EOPNOTSUPP;
	if (args->mode & ~0777U || args->mode & 0002)
		return -EINVAL;
	return 0;
}

/* Allocates all that the ring needs; what was allocated on failure is freed with the channel. */
static int evring_channel_alloc(struct evring_channel *channel)
{
	struct evring_layout *l = &channel->layout;
	struct evring_ring *r = &channel->ring;
	int err = evring_memory_alloc(channel);

	if (err)
		return err;
	r->slots = kvcalloc(l->nblocks, sizeof(*r->slots), GFP_KERNEL_ACCOUNT);
	r->cpus = alloc_percpu_gfp(struct evring_cpu, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!r->slots || !r->cpus)
		return -ENOMEM;
	channel->memory = l->map_size + channel->npages * sizeof(*channel->pages) +
			  l->nblocks * sizeof(*r->slots) +
			  num_possible_cpus() * sizeof(struct evring_cpu) + sizeof(*channel);
	evring_ring_init(r, channel->map, l);
	return 0;
}

static void evring_channel_describe(struct evring_channel *channel,
				    const struct evring_create_args *args)
{
	struct evring_control *control = channel->ring.control;

	if (args->flags & EVRING_CREATE_PARTITIONED)
		control->features |= EVRING_FEATURE_PARTITIONED;
	if (args->flags & EVRING_CREATE_USER_WRITE)
		control->features |= EVRING_FEATURE_USER_WRITE;
	if (args->clock == EVRING_CLOCK_CYCLES)
		evring_cycles_describe(control);
	control->created_mono = ktime_get_ns();
	control->created_real = ktime_get_real_ns();
	memcpy(control->boot_id, evring_boot_id, sizeof(control->boot_id));
	strscpy(control->name, args->name, sizeof(control->name));
}

static struct evring_channel *evring_channel_find(const char *name)
{
	struct evring_channel *channel;

	lockdep_assert_held(&evring_channels_lock);
	list_for_each_entry(channel, &evring_channels, node) {
		if (!strcmp(dev_name(&channel->dev), name))
			return channel;
	}
	return NULL;
}

/* Let the channel be found by an id that no other had. */
static int evring_channel_admit(struct evring_channel *channel)
{
	int err;

	lockdep_assert_held(&evring_channels_lock);
	if (evring_id_last == U32_MAX)
		return -ENOSPC;
	channel->id = evring_id_last + 1;
	err = xa_insert(&evring_ids, channel->id, channel, GFP_KERNEL);
	if (!err)
		evring_id_last = channel->id;
	return err;
}

/* Let it be found no more; when this returns nobody uses it who did not take a reference. */
static void evring_channel_dismiss(struct evring_channel *channel)
{
	xa_erase(&evring_ids, channel->id);
	evring_bpf_settle();
}

/* Give the channel its id, its node and its place in the list. */
static int evring_channel_publish(struct evring_channel *channel, const char *name)
{
	int err;

	lockdep_assert_held(&evring_channels_lock);
	if (evring_channel_find(name))
		return -EEXIST;
	err = dev_set_name(&channel->dev, "%s", name);
	if (err)
		return err;
	err = evring_channel_admit(channel);
	if (err)
		return err;
	cdev_init(&channel->cdev, &evring_device_fops);
	channel->cdev.owner = THIS_MODULE;
	err = cdev_device_add(&channel->cdev, &channel->dev);
	if (err) {
		evring_channel_dismiss(channel);
		return err;
	}
	list_add_tail(&channel->node, &evring_channels);
	return 0;
}

static void evring_channel_setup(struct evring_channel *channel, int minor, u64 evict_us)
{
	mutex_init(&channel->source_lock);
	INIT_LIST_HEAD(&channel->sources);
	evring_wake_setup(channel);
	evring_gate_setup(channel, evict_us);
	mutex_init(&channel->freeze_lock);
	device_initialize(&channel->dev);
	channel->dev.class = &evring_class;
	channel->dev.type = &evring_device_type;
	channel->dev.devt = MKDEV(MAJOR(evring_devt), minor);
}

/**
 * evring_channel_create() - make a channel and its device node.
 * @args: as EVRING_IOC_CREATE takes it; sizes are answered there.
 * @owned: only evring_destroy() shall remove it.
 *
 * Context: process, may sleep.
 * Return: the channel, or an ERR_PTR with what struct evring_create_args tells.
 */
struct evring_channel *evring_channel_create(struct evring_create_args *args, bool owned)
{
	struct evring_layout layout = { .data_size = args->data_size,
					.block_size = args->block_size,
					.page_size = PAGE_SIZE, .ncpus = nr_cpu_ids };
	kgid_t gid = make_kgid(current_user_ns(), args->gid);
	struct evring_channel *channel;
	int err = evring_create_check(args);
	int minor;

	if (err)
		return ERR_PTR(err);
	if (!gid_valid(gid))
		return ERR_PTR(-EINVAL);
	err = evring_layout_compute(&layout);
	if (err)
		return ERR_PTR(err);

	channel = kzalloc(sizeof(*channel), GFP_KERNEL_ACCOUNT);
	if (!channel)
		return ERR_PTR(-ENOMEM);
	channel->layout = layout;
	channel->owned = owned;
	channel->gid = gid;
	channel->mode = args->mode ? args->mode : EVRING_MODE_DEFAULT;
	channel->ring.clock = args->clock;
	channel->ring.partitioned = args->flags & EVRING_CREATE_PARTITIONED;
	channel->ring.wake = evring_wake_raise;
	err = evring_channel_alloc(channel);
	if (err)
		goto err_free;
	evring_channel_describe(channel, args);
	minor = ida_alloc_max(&evring_minors, EVRING_CHANNELS_MAX - 1, GFP_KERNEL);
	if (minor < 0) {
		err = minor;
		goto err_free;
	}
	evring_channel_setup(channel, minor, args->evict_us);

	mutex_lock(&evring_channels_lock);
	err = evring_channel_publish(channel, args->name);
	mutex_unlock(&evring_channels_lock);
	if (err) {
		evring_channel_put(channel);
		return ERR_PTR(err);
	}
	args->data_size = layout.data_size;
	args->block_size = layout.block_size;
	return channel;

err_free:
	evring_channel_free(channel);
	return ERR_PTR(err);
}

static void evring_seal_this_cpu(void *ring)
{
	evring_ring_seal(ring, smp_processor_id());
}

/* Have all CPUs close their blocks; those that are off cannot be in a write. */
static void evring_seal_all(struct evring_ring *r)
{
	u32 cpu;

	cpus_read_lock();
	for_each_possible_cpu(cpu) {
		if (!cpu_online(cpu))
			evring_ring_seal(r, cpu);
	}
	on_each_cpu(evring_seal_this_cpu, r, 1);
	cpus_read_unlock();
}

static void evring_state_change(struct evring_channel *channel, u32 clear, u32 set)
{
	struct evring_control *control = channel->ring.control;

	lockdep_assert_held(&channel->freeze_lock);
	WRITE_ONCE(control->state, (READ_ONCE(control->state) & ~clear) | set);
}

/**
 * evring_channel_freeze() - FREEZE and THAW.
 * @channel: the channel.
 * @freeze: which.
 *
 * A frozen ring claims no blocks. After the first grace period everybody who claims
 * knows; then open blocks are closed; after the second nobody is still at work in one.
 *
 * Context: process, may sleep.
 * Return: 0, or -ENODEV.
 */
int evring_channel_freeze(struct evring_channel *channel, bool freeze)
{
	struct evring_ring *r = &channel->ring;
	int err = 0;

	mutex_lock(&channel->freeze_lock);
	if (READ_ONCE(channel->removed)) {
		err = -ENODEV;
	} else if (freeze && !r->frozen) {
		static_branch_inc(&evring_any_frozen);
		WRITE_ONCE(r->frozen, 1);
		synchronize_rcu();
		evring_seal_all(r);
		synchronize_rcu();
		evring_state_change(channel, 0, EVRING_STATE_FROZEN);
	} else if (!freeze && r->frozen) {
		evring_state_change(channel, EVRING_STATE_FROZEN, 0);
		WRITE_ONCE(r->frozen, 0);
		static_branch_dec(&evring_any_frozen);
	}
	mutex_unlock(&channel->freeze_lock);
	return err;
}

/**
 * evring_frozen() - is the channel frozen?
 * @channel: the channel.
 *
 * Drivers ask evring_recording(), which asks here when any channel is frozen.
 * Context: any, NMI included.
 */
notrace bool evring_frozen(const struct evring_channel *channel)
{
	return READ_ONCE(channel->ring.frozen);
}
EXPORT_SYMBOL_GPL(evring_frozen);

/*
 * End what goes on in the channel that is leaving, and drop the list's reference. Its name
 * is free only when its device is gone.
 */
static void evring_channel_shut(struct evring_channel *channel)
{
	evring_source_detach_all(channel);
	evring_channel_dismiss(channel);
	mutex_lock(&channel->freeze_lock);
	evring_state_change(channel, 0, EVRING_STATE_REMOVED);
	/* It thaws no more. */
	if (channel->ring.frozen)
		static_branch_dec(&evring_any_frozen);
	mutex_unlock(&channel->freeze_lock);
	evring_wake_hangup(channel);
	cdev_device_del(&channel->cdev, &channel->dev);
	mutex_lock(&evring_channels_lock);
	list_del(&channel->node);
	mutex_unlock(&evring_channels_lock);
	evring_channel_put(channel);
}

/**
 * evring_channel_remove() - remove a channel that user space has made.
 * @name: its name.
 *
 * Context: process, may sleep.
 * Return: 0, -ENOENT, or -EBUSY if a module has made it.
 */
int evring_channel_remove(const char *name)
{
	struct evring_channel *channel;
	int err = 0;

	mutex_lock(&evring_channels_lock);
	channel = evring_channel_find(name);
	if (!channel || channel->leaving)
		err = -ENOENT;
	else if (channel->owned)
		err = -EBUSY;
	else
		channel->leaving = true;
	mutex_unlock(&evring_channels_lock);
	if (!err)
		evring_channel_shut(channel);
	return err;
}

/**
 * evring_channel_get() - find a channel by name and take a reference.
 * @name: its name.
 *
 * Return: the channel, for evring_channel_put(), or NULL.
 */
struct evring_channel *evring_channel_get(const char *name)
{
	struct evring_channel *channel;

	mutex_lock(&evring_channels_lock);
	channel = evring_channel_find(name);
	if (channel && channel->leaving)
		channel = NULL;
	if (channel)
		get_device(&channel->dev);
	mutex_unlock(&evring_channels_lock);
	return channel;
}

/**
 * evring_channel_lookup() - find a channel by id.
 * @id: evring_info.id.
 *
 * Context: any, NMI included, under rcu_read_lock(), and only so long may it be used.
 * Return: the channel, or NULL if there is none, or it is being removed.
 */
struct evring_channel *evring_channel_lookup(u32 id)
{
	return xa_load(&evring_ids, id);
}

/**
 * evring_channel_put() - give a reference back; the last one frees.
 * @channel: the channel.
 */
void evring_channel_put(struct evring_channel *channel)
{
	put_device(&channel->dev);
}

/**
 * evring_channel_list() - copy the names of the channels.
 * @names: where to, EVRING_NAME_SIZE bytes each.
 * @room: how many fit.
 *
 * Return: how many there are.
 */
u32 evring_channel_list(char *names, u32 room)
{
	struct evring_channel *channel;
	u32 count = 0;

	mutex_lock(&evring_channels_lock);
	list_for_each_entry(channel, &evring_channels, node) {
		if (channel->leaving)
			continue;
		if (count < room)
			strscpy(names + count * EVRING_NAME_SIZE, dev_name(&channel->dev),
				EVRING_NAME_SIZE);
		count++;
	}
	mutex_unlock(&evring_channels_lock);
	return count;
}

/**
 * evring_channel_init() - make ready for channels.
 *
 * Return: 0 or -errno.
 */
int evring_channel_init(void)
{
	int err;

	generate_random_uuid(evring_boot_id);
	err = class_register(&evring_class);
	if (err)
		return err;
	err = alloc_chrdev_region(&evring_devt, 0, EVRING_CHANNELS_MAX, "evring");
	if (err)
		class_unregister(&evring_class);
	return err;
}

/**
 * evring_channel_exit() - remove all channels. Nobody uses them: whoever did would
 * hold a reference to the module.
 */
void evring_channel_exit(void)
{
	struct evring_channel *channel, *next;

	list_for_each_entry_safe(channel, next, &evring_channels, node)
		evring_channel_shut(channel);
	unregister_chrdev_region(evring_devt, EVRING_CHANNELS_MAX);
	class_unregister(&evring_class);
	ida_destroy(&evring_minors);
	xa_destroy(&evring_ids);
}

/**
 * evring_create() - make a channel.
 * @name: 1 to 63 of [A-Za-z0-9_.-], not starting with a dot, not "control".
 * @options: how it shall be, or NULL for the defaults.
 *
 * Context: process, may sleep. The memory is charged to the current task's
 * memory cgroup.
 * Return: the channel, for evring_destroy(), or an ERR_PTR: -EEXIST, -ENOMEM,
 * -ERANGE (sizes), -EINVAL, -EOPNOTSUPP (clock).
 */
struct evring_channel *evring_create(const char *name, const struct evring_options *options)
{
	struct evring_create_args args = { .size = sizeof(args) };

	if (strscpy(args.name, name, sizeof(args.name)) < 0)
		return ERR_PTR(-EINVAL);
	if (options) {
		args.flags = options->flags;
		args.data_size = options->data_size;
		args.block_size = options->block_size;
		args.clock = options->clock;
		args.mode = options->mode;
		args.gid = from_kgid_munged(current_user_ns(), options->gid);
		args.evict_us = options->evict_us;
	}
	return evring_channel_create(&args, true);
}
EXPORT_SYMBOL_GPL(evring_create);

/**
 * evring_destroy() - remove a channel made by evring_create().
 * @channel: the channel; not to be used afterwards.
 *
 * The caller has made sure that nobody emits any more. Readers get EPOLLHUP; what
 * they have mapped stays readable. Context: process, may sleep.
 */
void evring_destroy(struct evring_channel *channel)
{
	mutex_lock(&evring_channels_lock);
	channel->leaving = true;
	mutex_unlock(&evring_channels_lock);
	evring_channel_shut(channel);
}
EXPORT_SYMBOL_GPL(evring_destroy);
