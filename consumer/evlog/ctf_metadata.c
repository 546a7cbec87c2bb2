// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "ctf_metadata.h"

#include "clock.h"
#include "ctf_class.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_NAME	"metadata"
/* Readers of CTF leave out files whose name begins with a dot. */
#define FILE_NEXT	".metadata"
#define FILE_MAX	(64LL << 20)
#define TRACER		"\ttracer_name = \"evlog\";\n"
#define UUID_TEXT	37
#define NS_PER_S	1000000000LL

/* --- preamble ---------------------------------------------------------------------------------- */

static void uuid_text(const unsigned char *uuid, char *text)
{
	unsigned int i;

	for (i = 0; i < CTF_UUID_SIZE; i++)
		text += sprintf(text, i == 4 || i == 6 || i == 8 || i == 10 ? "-%02x" : "%02x",
				uuid[i]);
}

/* Return: whether @text starts with a UUID. */
static bool uuid_parse(const char *text, unsigned char *uuid)
{
	char again[UUID_TEXT];
	unsigned int i;

	for (i = 0; i < CTF_UUID_SIZE; i++) {
		text += *text == '-';
		if (sscanf(text, "%2hhx", &uuid[i]) != 1 || !text[1])
			return false;
		text += 2;
	}
	uuid_text(uuid, again);
	return !strncmp(text - UUID_TEXT + 1, again, UUID_TEXT - 1);
}

/* Names come from anybody: nothing in them ends the string of TSDL that they stand in. */
static void put_name(FILE *out, const char *s, size_t max)
{
	for (; max-- && *s; s++)
		fputc(*s < ' ' || *s > '~' || *s == '"' || *s == '\\' ? '_' : *s, out);
}

static void put_types(FILE *out)
{
	static const struct {
		const char *prefix;
		const char *attributes;
	} kinds[] = {
		{ "uint", "signed = false;" },
		{ "int", "signed = true;" },
		{ "hex", "signed = false; base = 16;" },
	};
	unsigned int i, bits;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		for (bits = 8; bits <= 64; bits *= 2)
			fprintf(out, "typealias integer { size = %u; align = 8; %s } := %s%u_t;\n", bits,
				kinds[i].attributes, kinds[i].prefix, bits);
}

static void put_trace(FILE *out, const unsigned char *uuid)
{
	char text[UUID_TEXT];

	uuid_text(uuid, text);
	fprintf(out, "\ntrace {\n"
		"\tmajor = 1;\n"
		"\tminor = 8;\n"
		"\tuuid = \"%s\";\n"
		"\tbyte_order = %s;\n"
		"\tpacket.header := struct {\n"
		"\t\tuint32_t magic;\n"
		"\t\tuint8_t uuid[16];\n"
		"\t\tuint32_t stream_id;\n"
		"\t};\n"
		"};\n",
		text, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? "le" : "be");
}

static void put_env(FILE *out, const struct ctf_origin *origin)
{
	const struct evring_control *c = origin->control;
	char host[HOST_NAME_MAX + 1] = "";

	fputs("\nenv {\n" TRACER "\tsysname = \"Linux\";\n", out);
	if (origin->live && !gethostname(host, sizeof(host) - 1)) {
		fputs("\thostname = \"", out);
		put_name(out, host, sizeof(host));
		fputs("\";\n", out);
	}
	fputs("\tchannel = \"", out);
	put_name(out, c->name, sizeof(c->name));
	fprintf(out, "\";\n\tchannel_created_ns = %lld;\n};\n", (long long)c->created_mono);
}

static const char *clock_name(const struct evring_control *c)
{
	switch (c->clock) {
	case EVRING_CLOCK_BOOTTIME:
		return "boottime";
	case EVRING_CLOCK_REALTIME:
		return "realtime";
	default:
		return "monotonic";
	}
}

static void put_clock(FILE *out, const struct ctf_origin *origin)
{
	const struct evring_control *c = origin->control;
	const char *name = clock_name(c);
	uint64_t offset = 0;
	bool wall = clock_to_wall(c, origin->live, &offset);
	long long ns, s = 0;
	char uuid[UUID_TEXT];

	/* The rest is not below zero, even if the clock started before the epoch. */
	ns = wall ? (long long)offset : 0;
	if (ns < 0)
		s = (ns + 1) / NS_PER_S - 1;
	else
		s = ns / NS_PER_S;
	uuid_text(c->boot_id, uuid);
	fprintf(out, "\nclock {\n"
		"\tname = \"%s\";\n"
		"\tuuid = \"%s\";\n"
		"\tdescription = \"CLOCK_%s%s\";\n"
		"\tfreq = 1000000000;\n"
		"\toffset_s = %lld;\n"
		"\toffset = %lld;\n"
		"\tabsolute = %s;\n"
		"};\n\n"
		"typealias integer { size = 64; align = 8; signed = false; map = clock.%s.value; } := stamp_t;\n",
		name, uuid, *name == 'm' ? "MONOTONIC" : *name == 'b' ? "BOOTTIME" : "REALTIME",
		c->clock == EVRING_CLOCK_CYCLES ? ", by the CPU's counter" : "", s, ns - s * NS_PER_S,
		wall ? "true" : "false", name);
}

/* As struct ctf_packet_head, and what ctf.c puts before each event's fields. */
static void put_stream(FILE *out, bool has_time)
{
	fprintf(out, "\nstream {\n"
		"\tid = 0;\n"
		"\tpacket.context := struct {\n"
		"\t\tuint64_t content_size;\n"
		"\t\tuint64_t packet_size;\n"
		"\t\tuint64_t packet_seq_num;\n"
		"\t\tuint64_t events_discarded;\n"
		"\t\tuint64_t seq_next;\n"
		"\t\tuint32_t cpu_id;\n"
		"%s"
		"\t};\n"
		"\tevent.header := struct {\n"
		"\t\tuint16_t id;\n"
		"%s"
		"\t};\n"
		"\tevent.context := struct {\n"
		"\t\tuint64_t _seq;\n"
		"\t\tint32_t _tid;\n"
		"\t\tstring _procname;\n"
		"\t};\n"
		"};\n\n",
		has_time ? "\t\tstamp_t timestamp_begin;\n\t\tstamp_t timestamp_end;\n" : "",
		has_time ? "\t\tstamp_t timestamp;\n" : "");
}

static int make_preamble(struct ctf_metadata *m, const struct ctf_origin *origin)
{
	bool has_time = clock_has_time(origin->control);
	FILE *out = open_memstream(&m->text, &m->len);

	if (!out)
		return -ENOMEM;
	fputs("/* CTF 1.8 */\n\n", out);
	put_types(out);
	put_trace(out, m->uuid);
	put_env(out, origin);
	if (has_time)
		put_clock(out, origin);
	put_stream(out, has_time);
	return fclose(out) ? -ENOMEM : 0;
}

/* --- going on with what is there ------------------------------------------------------------- */

/* Return: the file, NUL-terminated, to be freed; NULL with errno. */
static char *read_file(int dir, size_t *len)
{
	int fd = openat(dir, FILE_NAME, O_RDONLY | O_CLOEXEC), error = 0;
	char *text = NULL;
	struct stat st;
	ssize_t n = 0;

	*len = 0;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st))
		error = errno;
	else if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX)
		error = ENOTEMPTY;
	else
		text = malloc((size_t)st.st_size + 1);
	while (text && *len < (size_t)st.st_size &&
	       (n = read(fd, text + *len, (size_t)st.st_size - *len)) > 0)
		*len += (size_t)n;
	if (!error)
		error = n < 0 ? errno : text ? 0 : ENOMEM;
	close(fd);
	if (error) {
		free(text);
		errno = error;
		return NULL;
	}
	text[*len] = '\0';
	return text;
}

static bool is_offset(const char *line)
{
	return !strncmp(line, "\toffset", strlen("\toffset"));
}

/* Whether @text begins with @preamble. Wall time may have been set meanwhile. */
static bool has_preamble(const char *text, const char *preamble)
{
	size_t n;

	while (*preamble) {
		n = strcspn(preamble, "\n") + 1;
		if (strncmp(text, preamble, n) && !(is_offset(text) && is_offset(preamble)))
			return false;
		preamble += n;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return true;
}

static uint32_t count_classes(const char *text)
{
	static const char begin[] = "\nevent {\n";
	uint32_t n = 0;

	while ((text = strstr(text, begin))) {
		text += strlen(begin);
		n++;
	}
	return n;
}

/* Takes the text that is there, if it is of the same trace. */
static int resume(struct ctf_metadata *m, char *text, size_t len, const struct ctf_origin *origin)
{
	const char *uuid = strstr(text, "\tuuid = \"");
	char *preamble;
	bool same;
	int rc;

	if (!strstr(text, TRACER) || !uuid || !uuid_parse(uuid + strlen("\tuuid = \""), m->uuid))
		return -ENOTEMPTY;
	rc = make_preamble(m, origin);
	if (rc)
		return rc;
	preamble = m->text;
	same = has_preamble(text, preamble);
	free(preamble);
	m->text = text;
	m->len = len;
	m->classes = count_classes(text);
	return same ? 0 : -EEXIST;
}

static int make_uuid(unsigned char *uuid)
{
	if (getrandom(uuid, CTF_UUID_SIZE, 0) != CTF_UUID_SIZE)
		return -errno;
	/* Random, of the variant that RFC 4122 describes. */
	uuid[6] = (uuid[6] & 0x0f) | 0x40;
	uuid[8] = (uuid[8] & 0x3f) | 0x80;
	return 0;
}

int ctf_metadata_open(struct ctf_metadata *m, int dir, const struct ctf_origin *origin,
		      bool *resumed)
{
	size_t len;
	char *text;
	int rc;

	memset(m, 0, sizeof(*m));
	m->dir = dir;
	*resumed = false;
	text = read_file(dir, &len);
	if (text) {
		*resumed = true;
		rc = resume(m, text, len, origin);
		if (rc && m->text != text)
			free(text);
	} else {
		rc = errno == ENOENT ? make_uuid(m->uuid) : -errno;
		if (!rc)
			rc = make_preamble(m, origin);
		m->is_new = true;
	}
	if (rc)
		ctf_metadata_close(m);
	return rc;
}

void ctf_metadata_close(struct ctf_metadata *m)
{
	free(m->text);
	m->text = NULL;
}

/* --- event classes ------------------------------------------------------------------------------ */

/* What stands before and behind the id of the class. Return: 0 or -ENOMEM. */
static int make_class(const struct event_type *t, bool text, char **head, char **tail)
{
	size_t len;
	FILE *out;
	int rc;

	*head = NULL;
	*tail = NULL;
	out = open_memstream(head, &len);
	if (!out)
		return -ENOMEM;
	fputs("event {\n\tname = \"", out);
	put_name(out, t ? t->system : DECODE_SYSTEM, SIZE_MAX);
	fputc(':', out);
	put_name(out, t ? t->name : "undecoded", SIZE_MAX);
	fprintf(out, "%s\";\n\tid = ", t && t->type == EVRING_TYPE_USER && !text ? "_bytes" : "");
	rc = fclose(out);
	out = open_memstream(tail, &len);
	if (!out)
		return -ENOMEM;
	fputs(";\n\tstream_id = 0;\n\tfields := struct {\n", out);
	ctf_class_declare(out, t, text);
	fputs("\t};\n};\n\n", out);
	return fclose(out) || rc ? -ENOMEM : 0;
}

/* Return: the id of such a class, or -ENOENT. */
static int find_class(const char *text, const char *head, const char *tail)
{
	unsigned long id;
	char *end;

	while ((text = strstr(text, head))) {
		text += strlen(head);
		id = strtoul(text, &end, 10);
		if (id < CTF_CLASSES_MAX && !strncmp(end, tail, strlen(tail)))
			return (int)id;
	}
	return -ENOENT;
}

static int add_class(struct ctf_metadata *m, const char *head, const char *tail)
{
	char *text;
	int n;

	if (m->classes == CTF_CLASSES_MAX)
		return -ENOSPC;
	n = asprintf(&text, "%s%s%u%s", m->text, head, m->classes, tail);
	if (n < 0)
		return -ENOMEM;
	free(m->text);
	m->text = text;
	m->len = (size_t)n;
	m->is_new = true;
	return (int)m->classes++;
}

int ctf_metadata_class(struct ctf_metadata *m, const struct event_type *t, bool text)
{
	char *head, *tail;
	int rc = make_class(t, text, &head, &tail);

	if (!rc)
		rc = find_class(m->text, head, tail);
	if (rc == -ENOENT)
		rc = add_class(m, head, tail);
	free(head);
	free(tail);
	return rc;
}

/* --- the file -------------------------------------------------------------------------------------- */

static int write_all(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len; text += n, len -= (size_t)n) {
		n = write(fd, text, len);
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n < 0)
			n = 0;
	}
	return 0;
}

int ctf_metadata_sync(struct ctf_metadata *m)
{
	int fd, rc;

	if (!m->is_new)
		return 0;
	fd = openat(m->dir, FILE_NEXT, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, m->text, m->len);
	/* Not that the name is on the disk before the text is. */
	if (!rc && fsync(fd))
		rc = -errno;
	if (close(fd) && !rc)
		rc = -errno;
	if (!rc && renameat(m->dir, FILE_NEXT, m->dir, FILE_NAME))
		rc = -errno;
	if (rc)
		unlinkat(m->dir, FILE_NEXT, 0);
	else
		m->is_new = false;
	return rc;
}
