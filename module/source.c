// SPDX-License-Identifier: GPL-2.0
/*
 * The sources of a channel. A source holds a reference to the module: code of a
 * probe or a thread must not go away under it.
 */
#include <linux/err.h>
#include <linux/module.h>
#include "channel.h"
#include "source.h"

static void evring_source_release(struct kref *ref)
{
	struct evring_source *source = container_of(ref, struct evring_source, ref);

	source->ops->free(source);
	module_put(THIS_MODULE);
}

static void evring_source_put(struct evring_source *source)
{
	kref_put(&source->ref, evring_source_release);
}

static struct evring_source *evring_source_start(struct evring_channel *channel,
						 const struct evring_attach_args *args)
{
	switch (args->kind) {
	case EVRING_SOURCE_PROBE:
		return evring_probe_start(channel, args);
	case EVRING_SOURCE_GENERATOR:
		return evring_generator_start(channel, args);
	case EVRING_SOURCE_PERF:
		return evring_perf_start(channel, args);
	default:
		return ERR_PTR(-EINVAL);
	}
}

/* May the channel have a source that probes @events? */
static int evring_source_admit(struct evring_channel *channel, u64 events)
{
	struct evring_source *source;

	if (channel->removed)
		return -ENOENT;
	list_for_each_entry(source, &channel->sources, node) {
		if (source->events & events)
			return -EEXIST;
	}
	return 0;
}

static struct evring_source *evring_source_add(struct evring_channel *channel,
					       const struct evring_attach_args *args)
{
	u64 events = args->kind == EVRING_SOURCE_PROBE ? args->probe.events : 0;
	struct evring_source *source;
	int err;

	lockdep_assert_held(&channel->source_lock);
	err = evring_source_admit(channel, events);
	if (err)
		return ERR_PTR(err);
	source = evring_source_start(channel, args);
	if (IS_ERR(source))
		return source;
	__module_get(THIS_MODULE);
	kref_init(&source->ref);
	source->channel = channel;
	source->events = events;
	source->id = ++channel->source_id;
	list_add_tail(&source->node, &channel->sources);
	channel->nsources++;
	return source;
}

/* Take the source off the list and end it. */
static void evring_source_del(struct evring_channel *channel, struct evring_source *source)
{
	lockdep_assert_held(&channel->source_lock);
	list_del(&source->node);
	channel->nsources--;
	source->ops->stop(source);
	evring_source_put(source);
}

static bool evring_source_waits(const struct evring_attach_args *args)
{
	return args->kind == EVRING_SOURCE_GENERATOR &&
	       (args->generator.flags & EVRING_GENERATOR_WAIT);
}

/**
 * evring_source_attach() - make a source emit into a channel.
 * @channel: the channel.
 * @args: as EVRING_IOC_ATTACH takes it; answers are filled in.
 *
 * Context: process, may sleep; for a run with WAIT, until it has ended.
 * Return: 0, or what struct evring_attach_args tells.
 */
int evring_source_attach(struct evring_channel *channel, struct evring_attach_args *args)
{
	struct evring_source *source;
	int err;

	mutex_lock(&channel->source_lock);
	source = evring_source_add(channel, args);
	if (!IS_ERR(source) && evring_source_waits(args))
		kref_get(&source->ref);
	mutex_unlock(&channel->source_lock);
	if (IS_ERR(source))
		return PTR_ERR(source);
	args->id = source->id;
	if (!evring_source_waits(args))
		return 0;

	err = source->ops->wait(source, args);
	/* Somebody may have detached it while we waited: that is as well. */
	evring_source_detach(channel, args->id);
	evring_source_put(source);
	return err;
}

/**
 * evring_source_detach() - end a source.
 * @channel: the channel.
 * @id: its number, or 0 for all.
 *
 * Context: process, may sleep.
 * Return: 0, or -ENOENT if there is none such; all of none is well.
 */
int evring_source_detach(struct evring_channel *channel, u32 id)
{
	struct evring_source *source, *next;
	int err = id ? -ENOENT : 0;

	mutex_lock(&channel->source_lock);
	list_for_each_entry_safe(source, next, &channel->sources, node) {
		if (id && source->id != id)
			continue;
		evring_source_del(channel, source);
		err = 0;
	}
	mutex_unlock(&channel->source_lock);
	return err;
}

/**
 * evring_source_detach_all() - end all sources, and let none come any more.
 * @channel: the channel, being removed.
 */
void evring_source_detach_all(struct evring_channel *channel)
{
	mutex_lock(&channel->source_lock);
	channel->removed = true;
	mutex_unlock(&channel->source_lock);
	evring_source_detach(channel, 0);
}
