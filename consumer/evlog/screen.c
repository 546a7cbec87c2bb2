// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "screen.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static SCREEN *screen;
static attr_t attributes[] = {
	[PAGE_PLAIN] = A_NORMAL,
	[PAGE_HEAD] = A_REVERSE,
	[PAGE_ALARM] = A_BOLD | A_STANDOUT,
};

int screen_open(void)
{
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
		fprintf(stderr, "evlog: top: this is no terminal: use --batch N\n");
		return -1;
	}
	screen = newterm(NULL, stdout, stdin);
	if (!screen) {
		fprintf(stderr, "evlog: top: a terminal of the kind %.40s is not known: set TERM, or use --batch N\n",
			term && *term ? term : "'' (TERM is not set)");
		return -1;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	if (has_colors() && start_color() == OK) {
		init_pair(1, COLOR_WHITE, COLOR_RED);
		attributes[PAGE_ALARM] = A_BOLD | COLOR_PAIR(1);
	}
	return 0;
}

void screen_close(void)
{
	if (!screen)
		return;
	endwin();
	delscreen(screen);
	screen = NULL;
}

size_t screen_height(void)
{
	return (size_t)getmaxy(stdscr);
}

void screen_show(const struct page *p)
{
	int height = getmaxy(stdscr), width = getmaxx(stdscr), y;

	erase();
	for (y = 0; y < height && (size_t)y < p->nlines; y++) {
		attrset((int)attributes[p->lines[y].style]);
		mvaddnstr(y, 0, p->lines[y].text, width);
	}
	attrset(A_NORMAL);
	refresh();
}

int screen_key(void)
{
	int key = getch();

	return key == ERR ? -1 : key == KEY_RESIZE ? SCREEN_RESIZED : key;
}
