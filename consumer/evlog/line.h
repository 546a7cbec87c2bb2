/* SPDX-License-Identifier: GPL-2.0 */
/*
 * line: a line of output being made.
 *
 * The buffer has room for the longest line that a record can make (a payload of
 * EVRING_PAYLOAD_MAX bytes, each written as six characters, and its fields), so
 * that making a line allocates nothing. What would not fit is left out.
 */
#ifndef EVLOG_LINE_H
#define EVLOG_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_SIZE	((size_t)1 << 19)

/**
 * struct line - a line of output.
 * @len: bytes in @data.
 * @data: the bytes, not NUL-terminated.
 */
struct line {
	size_t len;
	char data[LINE_SIZE];
};

/** line_char() - append one character. */
static inline void line_char(struct line *l, char c)
{
	if (l->len < LINE_SIZE)
		l->data[l->len++] = c;
}

/** line_put() - append @n bytes. */
void line_put(struct line *l, const char *s, size_t n);

/** line_str() - append a string. */
void line_str(struct line *l, const char *s);

/** line_pad() - append spaces until the line is @column long. */
void line_pad(struct line *l, size_t column);

/** line_unsigned() - append @v in decimal, with @pad (or 0) in front to @width. */
void line_unsigned(struct line *l, uint64_t v, unsigned int width, char pad);

/** line_signed() - append @v in decimal. */
void line_signed(struct line *l, int64_t v);

/** line_hex() - append 0x and @v in hexadecimal. */
void line_hex(struct line *l, uint64_t v);

/** line_bytes() - append @n bytes as two hexadecimal digits each. */
void line_bytes(struct line *l, const void *bytes, size_t n);

/**
 * line_time() - append @ns nanoseconds as seconds.
 * @width: least width of the whole seconds.
 * @digits: digits after the point, 1 to 9; what is below is cut off.
 */
void line_time(struct line *l, uint64_t ns, unsigned int width, unsigned int digits);

/**
 * utf8_length() - bytes of the well-formed UTF-8 sequence that @s starts with.
 * @n: bytes at @s.
 * @code: answer: the character.
 *
 * Return: 1 to 4, or 0 if the bytes are not UTF-8 (overlong forms, surrogates
 * and what is beyond U+10FFFF are not).
 */
size_t utf8_length(const unsigned char *s, size_t n, uint32_t *code);

/** utf8_is_text() - whether all of the @n bytes at @s are UTF-8, and none of them is NUL. */
bool utf8_is_text(const unsigned char *s, size_t n);

#endif /* EVLOG_LINE_H */
