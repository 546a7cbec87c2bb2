/* SPDX-License-Identifier: GPL-2.0 */
/* screen: a terminal that pages are shown on. */
#ifndef EVLOG_SCREEN_H
#define EVLOG_SCREEN_H

#include "page.h"

/** screen_open() - take the terminal. Return: 0, or -1 after saying on standard error why not. */
int screen_open(void);

/** screen_close() - give it back as it was. */
void screen_close(void);

/** screen_height() - lines that it has now. */
size_t screen_height(void);

/** screen_show() - show as much of a page as there is room for. */
void screen_show(const struct page *p);

/** screen_key() - the next key that was pressed, SCREEN_RESIZED, or -1: none. */
int screen_key(void);

/** SCREEN_RESIZED - a key that nobody has: the terminal has another size now. */
#define SCREEN_RESIZED	0x10000

#endif /* EVLOG_SCREEN_H */
