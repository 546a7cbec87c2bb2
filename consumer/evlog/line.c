// SPDX-License-Identifier: GPL-2.0
#include "line.h"

#include <string.h>

static const char digits_of[] = "0123456789abcdef";

void line_put(struct line *l, const char *s, size_t n)
{
	size_t room = LINE_SIZE - l->len;

	if (n > room)
		n = room;
	memcpy(l->data + l->len, s, n);
	l->len += n;
}

void line_str(struct line *l, const char *s)
{
	line_put(l, s, strlen(s));
}

void line_pad(struct line *l, size_t column)
{
	while (l->len < column && l->len < LINE_SIZE)
		l->data[l->len++] = ' ';
}

void line_unsigned(struct line *l, uint64_t v, unsigned int width, char pad)
{
	char digits[32];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	while (pad && sizeof(digits) - at < width && at)
		digits[--at] = pad;
	line_put(l, digits + at, sizeof(digits) - at);
}

void line_signed(struct line *l, int64_t v)
{
	if (v < 0)
		line_char(l, '-');
	line_unsigned(l, v < 0 ? 0 - (uint64_t)v : (uint64_t)v, 0, 0);
}

void line_hex(struct line *l, uint64_t v)
{
	char digits[16];
	size_t at = sizeof(digits);

	do {
		digits[--at] = digits_of[v & 15];
		v >>= 4;
	} while (v);
	line_put(l, "0x", 2);
	line_put(l, digits + at, sizeof(digits) - at);
}

void line_bytes(struct line *l, const void *bytes, size_t n)
{
	const unsigned char *b = bytes;
	size_t i;

	for (i = 0; i < n; i++) {
		line_char(l, digits_of[b[i] >> 4]);
		line_char(l, digits_of[b[i] & 15]);
	}
}

void line_time(struct line *l, uint64_t ns, unsigned int width, unsigned int digits)
{
	uint64_t part = ns % 1000000000U;
	unsigned int i;

	for (i = digits; i < 9; i++)
		part /= 10;
	line_unsigned(l, ns / 1000000000U, width, ' ');
	line_char(l, '.');
	line_unsigned(l, part, digits, '0');
}

size_t utf8_length(const unsigned char *s, size_t n, uint32_t *code)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len, i;
	uint32_t c;

	if (s[0] < 0x80) {
		*code = s[0];
		return 1;
	}
	if (s[0] >= 0xc2 && s[0] <= 0xdf)
		len = 2;
	else if ((s[0] & 0xf0) == 0xe0)
		len = 3;
	else if (s[0] >= 0xf0 && s[0] <= 0xf4)
		len = 4;
	else
		return 0;
	if (len > n)
		return 0;
	c = s[0] & (0x7fU >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*code = c;
	return len;
}

bool utf8_is_text(const unsigned char *s, size_t n)
{
	uint32_t code;
	size_t len;

	for (; n; s += len, n -= len) {
		len = utf8_length(s, n, &code);
		if (!len || !code)
			return false;
	}
	return true;
}
