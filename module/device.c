// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/evring/NAME: each descriptor is a reader.
 */
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include "args.h"
#include "channel.h"
#include "device.h"
#include "event.h"
#include "gate.h"
#include "mapping.h"
#include "reader.h"
#include "wake.h"

static struct evring_channel *evring_device_channel(struct file *file)
{
	struct evring_reader *reader = file->private_data;

	return reader->channel;
}

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
	return evring_mapping_mmap(evring_device_channel(file), vma);
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

/*
 * Emit the bytes of a write() as one record of EVRING_TYPE_USER. They are fetched
 * first: a page fault may sleep, a reservation may not.
 */
static ssize_t evring_device_inject(struct evring_channel *channel, struct evring_common *payload,
				    size_t bytes, struct iov_iter *from)
{
	struct evring_reservation rsv;
	int err;

	if (copy_from_iter(payload + 1, bytes, from) != bytes)
		return -EFAULT;
	payload->type = EVRING_TYPE_USER;
	payload->pid = current->pid;
	err = evring_reserve(channel, EVRING_TYPE_USER, sizeof(*payload) + bytes, &rsv);
	if (err)
		return err == -ENOBUFS ? -EAGAIN : err;
	memcpy(rsv.payload, payload, sizeof(*payload) + bytes);
	((struct evring_record *)rsv.payload)[-1].misc = EVRING_MISC_USER;
	evring_commit(channel, &rsv);
	return bytes;
}

static ssize_t evring_device_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct evring_channel *channel = evring_device_channel(iocb->ki_filp);
	size_t bytes = iov_iter_count(from);
	struct evring_common *payload;
	ssize_t ret;

	if (!(channel->ring.control->features & EVRING_FEATURE_USER_WRITE))
		return -EINVAL;
	if (READ_ONCE(channel->removed))
		return -ENODEV;
	if (bytes > channel->ring.max_payload - sizeof(*payload))
		return -EMSGSIZE;
	payload = kvzalloc(sizeof(*payload) + bytes, GFP_KERNEL);
	if (!payload)
		return -ENOMEM;
	ret = evring_device_inject(channel, payload, bytes, from);
	kvfree(payload);
	return ret;
}

static int evring_device_info(struct evring_channel *channel, void __user *user)
{
	const struct evring_control *control = channel->ring.control;
	struct evring_info info;
	int err = evring_args_get(&info, sizeof(info), offsetof(struct evring_info, id), user);

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
		.id = channel->id,
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
		.evictions = atomic64_read(&channel->evictions),
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

static int evring_device_watermark(struct evring_reader *reader, void __user *user)
{
	struct evring_watermark_args args;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	return err ? err : evring_wake_watermark(reader, &args);
}

static int evring_device_gate(struct evring_reader *reader, void __user *user)
{
	struct evring_gate_args args;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	return err ? err : evring_gate(reader, &args);
}

static int evring_device_ack(struct evring_reader *reader, void __user *user)
{
	struct evring_position_args args;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	if (err)
		return err;
	err = evring_gate_ack(reader, &args);
	return err ? err : evring_args_put(user, &args, sizeof(args));
}

static int evring_device_freeze(struct evring_channel *channel, bool freeze, void __user *user)
{
	struct evring_freeze_args args;
	int err = evring_args_get(&args, sizeof(args), sizeof(args), user);

	if (err)
		return err;
	return args.flags ? -EINVAL : evring_channel_freeze(channel, freeze);
}

/* What changes things for others takes a descriptor that is open for writing. */
static long evring_device_ioctl_write(struct evring_reader *reader, unsigned int nr,
				      void __user *user)
{
	switch (nr) {
	case _IOC_NR(EVRING_IOC_GATE):
		return evring_device_gate(reader, user);
	case _IOC_NR(EVRING_IOC_ACK):
		return evring_device_ack(reader, user);
	case _IOC_NR(EVRING_IOC_FREEZE):
		return evring_device_freeze(reader->channel, true, user);
	case _IOC_NR(EVRING_IOC_THAW):
		return evring_device_freeze(reader->channel, false, user);
	default:
		return -ENOTTY;
	}
}

static long evring_device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct evring_reader *reader = file->private_data;
	struct evring_channel *channel = reader->channel;
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
	case _IOC_NR(EVRING_IOC_WATERMARK):
		return evring_device_watermark(reader, user);
	case _IOC_NR(EVRING_IOC_EVENT):
		return evring_event_tell(user);
	case _IOC_NR(EVRING_IOC_GATE):
	case _IOC_NR(EVRING_IOC_ACK):
	case _IOC_NR(EVRING_IOC_FREEZE):
	case _IOC_NR(EVRING_IOC_THAW):
		if (!(file->f_mode & FMODE_WRITE))
			return -EBADF;
		return evring_device_ioctl_write(reader, _IOC_NR(cmd), user);
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
	.write_iter = evring_device_write_iter,
	.unlocked_ioctl = evring_device_ioctl,
};
