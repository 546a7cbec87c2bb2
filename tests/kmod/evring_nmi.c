// SPDX-License-Identifier: GPL-2.0
/*
 * For tests: a channel, and an NMI handler that emits into it.
 *
 * Each NMI makes a burst of records as the generator makes them, with a count of
 * their own for each CPU and with tracefs's flags for NMI and hard interrupt in
 * common.flags. Every byte can be checked, and every attempt is counted.
 */
#include <linux/err.h>
#include <linux/evring.h>
#include <linux/module.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <asm/nmi.h>

#define COMMON_FLAGS	(0x40 | 0x08)	/* NMI, hard interrupt */
#define PAYLOAD_MAX	512U

static char *name = "nmi";
module_param(name, charp, 0444);
MODULE_PARM_DESC(name, "name of the channel");

static unsigned int data_size;
module_param(data_size, uint, 0444);
MODULE_PARM_DESC(data_size, "bytes of its data; 0: the default");

static unsigned int burst = 6;
module_param(burst, uint, 0644);
MODULE_PARM_DESC(burst, "records in each NMI; 0: none");

/* The payload is too much for the stack; NMIs do not nest. */
static DEFINE_PER_CPU(u8 [PAYLOAD_MAX], nmi_payload) __aligned(8);
static u32 nmi_attempted[NR_CPUS];
static u32 nmi_count[NR_CPUS];
static struct evring_channel *channel;

static void nmi_emit_one(u32 cpu)
{
	u32 number = nmi_attempted[smp_processor_id()]++;
	u32 len = evring_generator_size(cpu, number, sizeof(struct evring_event_generator),
					PAYLOAD_MAX);
	struct evring_event_generator *p = (void *)this_cpu_ptr(nmi_payload);
	u8 *fill = (u8 *)(p + 1);
	u32 i;

	p->common.type = EVRING_TYPE_GENERATOR;
	p->common.flags = COMMON_FLAGS;
	p->common.preempt_count = 0;
	p->common.pid = current->pid;
	p->number = number;
	p->sum = 0;
	for (i = 0; i < len - sizeof(*p); i++)
		fill[i] = evring_generator_fill(cpu, number, i);
	p->sum = evring_generator_sum(p, len);
	evring_emit(channel, EVRING_TYPE_GENERATOR, p, len);
}

static int nmi_handler(unsigned int type, struct pt_regs *regs)
{
	u32 cpu = smp_processor_id();
	u32 n = READ_ONCE(burst);

	if (n)
		nmi_count[cpu]++;
	while (n--)
		nmi_emit_one(cpu);
	return NMI_HANDLED;
}

/* "N N ...": a counter of each CPU. */
static int counters_get(char *buffer, const struct kernel_param *kp)
{
	const u32 *counters = kp->arg;
	int len = 0;
	u32 cpu;

	for_each_possible_cpu(cpu)
		len += scnprintf(buffer + len, PAGE_SIZE - len, "%u ",
				 READ_ONCE(counters[cpu]));
	return len;
}

static const struct kernel_param_ops counters_ops = {
	.get = counters_get,
};

module_param_cb(attempted, &counters_ops, nmi_attempted, 0444);
MODULE_PARM_DESC(attempted, "records attempted on each CPU");
module_param_cb(count, &counters_ops, nmi_count, 0444);
MODULE_PARM_DESC(count, "NMIs taken by each CPU");

static int __init evring_nmi_init(void)
{
	struct evring_options options = { .data_size = data_size };
	int err;

	channel = evring_create(name, &options);
	if (IS_ERR(channel))
		return PTR_ERR(channel);
	err = register_nmi_handler(NMI_LOCAL, nmi_handler, 0, "evring_nmi");
	if (err)
		evring_destroy(channel);
	return err;
}

static void __exit evring_nmi_exit(void)
{
	/* Waits for handlers at work. */
	unregister_nmi_handler(NMI_LOCAL, "evring_nmi");
	evring_destroy(channel);
}

module_init(evring_nmi_init);
module_exit(evring_nmi_exit);
MODULE_DESCRIPTION("Emits events from NMIs, for evring's tests");
MODULE_LICENSE("GPL");
