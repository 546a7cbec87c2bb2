// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/evring/NAME: each descriptor is a reader.
 */
#include <linux/module.h>
#include <linux/uio.h>
#include "args.h"
#include "channel.h"
#include "device.h"
#include "mapping.h"
#include "reader.h"

static int evring_device_open(struct inode *inode, struct file *file)
{
	struct evring_channel *channel = container_of(inode->i_cdev, struct evring_channel, cdev);
	struct evring_reader *reader = evring_reader_open(channel);

	if (IS_ERR(reader))
		return PTR_ERR(reader);
	file->private_data = reader;
	/* read() honours IOCB_NOWAIT: io_uring need not hand it to a worker. */
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(inode, file);
}

static int evring_device_release(struct inode *inode, struct file *file)
{
	evring_reader_close(file->private_data);
	return 0;
}

static int evring_device_mmap(struct file *file, struct vm_area_struct *vma)
{
	return evring_mapping_mmap(evring_reader_channel(file->private_data), vma);
}

static __poll_t evring_device_poll(struct file *file, poll_table *wait)
{
	return evring_reader_poll(file->private_data, file, wait);
}

static ssize_t evring_device_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;

	return evring_reader_read(file->private_data, to,
				  (iocb->ki_flags & IOCB_NOWAIT) || (file->f_flags & O_NONBLOCK));
}

static int evring_device_info(struct evring_channel *channel, void __user *user)
{
	const struct evring_control *control = channel->ring.control;
	struct evring_info info;
	int err = evring_args_get(&info, sizeof(info), sizeof(info), user);

	if (err)
		return err;
	info = (struct evring_info){
		.size = info.size,
		.abi_version = EVRING_ABI_VERSION,
		.features = control->features,
		.map_size = channel->layout.map_size,
		.data_size = channel->layout.data_size,
		.memory = channel->memory,
		.page_size = PAGE_SIZE,
		.block_size = channel->layout.block_size,
		.nblocks = channel->layout.nblocks,
		.ncpus = channel->layout.ncpus,
		.clock = channel->ring.clock,
		.state = READ_ONCE(control->state),
		.fault_window = EVRING_FAULT_WINDOW,
		.max_payload = channel->ring.max_payload,
	};
	strscpy(info.name, control->name, sizeof(info.name));
	return evring_args_put(user, &info, sizeof(info));
}

static int evring_device_stats(struct evring_channel *channel, void __user *user)
{
	struct evring_channel_stats stats;
	int err = evring_args_get(&stats, sizeof(stats), sizeof(stats), user);
	u32 cpu, reason, slot;

	if (err)
		return err;
	stats = (struct evring_channel_stats){
		.size = stats.size,
		.readers = READ_ONCE(channel->nreaders),
		.sources = READ_ONCE(channel->nsources),
		.wakeups = atomic64_read(&channel->wakeups),
		.faults = atomic64_read(&channel->faults),
		.positions = atomic64_read(&channel->positions),
	};
	for_each_possible_cpu(cpu) {
		const struct evring_line *line = per_cpu_ptr(channel->ring.cpus, cpu)->line;

		stats.accepted += evring_ring_head(&channel->ring, cpu);
		for (reason = 0; reason < EVRING_DROP_REASONS; reason++)
			stats.dropped[reason] += READ_ONCE(line->dropped[reason]);
	}
	for (slot = 0; slot < channel->layout.nblocks; slot++)
		stats.blocks_open += READ_ONCE(channel->ring.slots[slot].state) & EVRING_SLOT_BUSY;
	return evring_args_put(user, &stats, sizeof(stats));
}

static int evring_device_seek(struct evring_reader *reader, void __user *user)
{
	struct evring_seek_args args;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	return err ? err : evring_reader_seek(reader, &args);
}

static int evring_device_position(struct evring_reader *reader, void __user *user)
{
	struct evring_position_args args;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	if (err)
		return err;
	err = evring_reader_position(reader, &args);
	return err ? err : evring_args_put(user, &args, sizeof(args));
}

static long evring_device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct evring_reader *reader = file->private_data;
	struct evring_channel *channel = evring_reader_channel(reader);
	void __user *user = (void __user *)arg;

	if (_IOC_TYPE(cmd) != EVRING_IOC_TYPE)
		return -ENOTTY;
	switch (_IOC_NR(cmd)) {
	case _IOC_NR(EVRING_IOC_INFO):
		return evring_device_info(channel, user);
	case _IOC_NR(EVRING_IOC_STATS):
		return evring_device_stats(channel, user);
	case _IOC_NR(EVRING_IOC_SEEK):
		return evring_device_seek(reader, user);
	case _IOC_NR(EVRING_IOC_POSITION):
		return evring_device_position(reader, user);
	default:
		return -ENOTTY;
	}
}

const struct file_operations evring_device_fops = {
	.owner = THIS_MODULE,
	.open = evring_device_open,
	.release = evring_device_release,
	.mmap = evring_device_mmap,
	.poll = evring_device_poll,
	.read_iter = evring_device_read_iter,
	.unlocked_ioctl = evring_device_ioctl,
};
