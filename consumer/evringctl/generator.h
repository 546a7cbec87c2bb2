/* SPDX-License-Identifier: GPL-2.0 */
/* generator: the options of made-up events. */
#ifndef EVRINGCTL_GENERATOR_H
#define EVRINGCTL_GENERATOR_H

#include <linux/evring.h>

/**
 * parse_generator() - read the options of gen:OPTION,...
 * @g: the result.
 * @options: the options; they are cut to pieces.
 *
 * Return: exit status.
 */
int parse_generator(struct evring_generator_args *g, char *options);

#endif
