// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "symbol.h"
#include "message.h"
#include "word.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * struct search - a search for a function.
 * @elf: the file.
 * @name: what it is called.
 * @symbol: the symbol, if it was found.
 * @found: it was.
 * @near: names near to it.
 */
struct search {
	Elf *elf;
	const char *name;
	GElf_Sym symbol;
	bool found;
	struct near near;
};

static void look_at(struct search *s, const GElf_Sym *symbol, const char *name)
{
	int type = GELF_ST_TYPE(symbol->st_info);

	if (!name || symbol->st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_GNU_IFUNC))
		return;
	near_look(&s->near, name);
	if (strcmp(name, s->name))
		return;
	s->symbol = *symbol;
	s->found = true;
}

static void look_in(struct search *s, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	GElf_Sym symbol;
	int i;

	for (i = 0; data && !s->found && gelf_getsym(data, i, &symbol); i++)
		look_at(s, &symbol, elf_strptr(s->elf, header->sh_link, symbol.st_name));
}

static void look_in_tables(struct search *s, GElf_Word type)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while (!s->found && (section = elf_nextscn(s->elf, section)))
		if (gelf_getshdr(section, &header) && header.sh_type == type)
			look_in(s, section, &header);
}

/* The place in the file that is loaded at @address; false: none is. */
static bool file_offset(Elf *elf, __u64 address, __u64 *offset)
{
	GElf_Phdr p;
	size_t n, i;

	if (elf_getphdrnum(elf, &n))
		return false;
	for (i = 0; i < n; i++) {
		if (!gelf_getphdr(elf, (int)i, &p) || p.p_type != PT_LOAD ||
		    address < p.p_vaddr || address - p.p_vaddr >= p.p_filesz)
			continue;
		*offset = address - p.p_vaddr + p.p_offset;
		return true;
	}
	return false;
}

static int judge(const struct search *s, const char *event, const char *path, __u64 *offset)
{
	if (!s->found) {
		fail(EXIT_FAILURE, "%s: %s has no function %s in its symbol tables (stripped? PATH:0xOFFSET takes a place in the file)",
		     event, path, s->name);
		near_print(&s->near);
		return EXIT_FAILURE;
	}
	if (GELF_ST_TYPE(s->symbol.st_info) == STT_GNU_IFUNC)
		return fail(EXIT_FAILURE, "%s: which code %s is, the program decides when it starts: take one of those by name",
			    event, s->name);
	if (!file_offset(s->elf, s->symbol.st_value, offset))
		return fail(EXIT_FAILURE, "%s: %s is at no place of %s that is loaded", event,
			    s->name, path);
	return 0;
}

int find_symbol(const char *event, const char *path, const char *name, __u64 *offset)
{
	struct search s = { .name = name };
	int fd, rc;

	near_begin(&s.near, name);
	elf_version(EV_CURRENT);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(EXIT_FAILURE, "%s: %s: %s", event, path, strerror(errno));
	s.elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!s.elf || elf_kind(s.elf) != ELF_K_ELF) {
		rc = fail(EXIT_FAILURE, "%s: %s is no program or library (ELF)", event, path);
	} else {
		look_in_tables(&s, SHT_SYMTAB);
		look_in_tables(&s, SHT_DYNSYM);
		rc = judge(&s, event, path, offset);
	}
	elf_end(s.elf);
	close(fd);
	return rc;
}
