# SPDX-License-Identifier: GPL-2.0
#
# evring's parts and how to build, try, test and install them; `make` lists them.

CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
KDIR ?= /lib/modules/$(shell uname -r)/build
KERNELS ?= 6.1 6.12 7 6.1/rt

warnings := -Wall -Wextra -Wconversion -Wshadow -Werror
compile := $(CC) -std=c11 $(warnings) $(CFLAGS) -pthread -I consumer -I uapi
bin := build/bin
obj := build/obj

# --- what there is ----------------------------------------------------------------

# A tool NAME is made of all the sources in NAME_src; NAME_libs is what it links.
evlog_src := $(wildcard consumer/evlog/*.c)
evlog_libs := -luring -ltraceevent -ljansson -lzstd -lncursesw -ltinfo
# libnats is loaded when it is wanted, by the name that it is built against.
nats_library := $(if $(wildcard /usr/include/nats/nats.h),$(notdir $(shell readlink "$$($(CC) -print-file-name=libnats.so)")))
$(obj)/consumer/evlog/nats.o: definitions := $(if $(nats_library),-DHAVE_NATS -DNATS_LIBRARY='"$(nats_library)"')
evbench_src := $(wildcard bench/*.c)
evbench_libs := -luring -ljansson -lm
evringctl_src := $(wildcard consumer/evringctl/*.c)
evringctl_libs := -lelf
tool_names := $(foreach t,evlog evbench evringctl,$(if $($t_src),$t))
tools := $(tool_names:%=$(bin)/%)
man_pages := $(wildcard consumer/*/*.1 bench/*.1)

# A program NAME.c may have a part in the kernel, NAME.bpf.c: it includes its skeleton, NAME.skel.h.
# Where the tools for that are missing examples are left out, and tests skip themselves.
BPF_CLANG ?= clang
BPFTOOL ?= $(shell PATH=$$PATH:/usr/sbin:/sbin command -v bpftool)
bpf_sources := $(wildcard consumer/examples/*.bpf.c tests/guest/*.bpf.c bench/bpf/*.bpf.c)
bpf_tools := $(and $(shell command -v $(BPF_CLANG)),$(BPFTOOL),$(wildcard /usr/include/bpf/libbpf.h))
programs_in = $(filter-out $(if $(2),,$(bpf_sources:.bpf.c=.c)),$(filter-out %.bpf.c,$(wildcard $(1)/*.c)))

# Programs of one source each; a line "/* libs: -lNAME */" in it names libraries.
examples := $(patsubst consumer/examples/%.c,$(bin)/examples/%,$(call programs_in,consumer/examples,$(bpf_tools)))
# The ring core, which compiles in user space too: evring_double.h is made of it.
core := $(addprefix module/,ring.c ring.h ring_user.h)
core_headers := $(addprefix module/include/linux/,evring_env.h evring_fast.h evring_reservation.h evring_ring.h)
guest_tests := $(patsubst tests/guest/%.c,$(bin)/guest/%,$(call programs_in,tests/guest,always))
libs_of = $(shell sed -n 's,^/\* libs: \(.*\) \*/$$,\1,p' $(1))

# Unit tests come in variants: "/* variants: plain asan ubsan tsan */", or plain.
variants_of = $(or $(shell sed -n 's,^/\* variants: \(.*\) \*/$$,\1,p' $(1)),plain)
unit_tests := $(foreach s,$(wildcard tests/unit/*.c),$(foreach v,$(call variants_of,$s), \
	$(bin)/unit/$(basename $(notdir $s)).$v))
plain_flags :=
asan_flags := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
ubsan_flags := -fsanitize=undefined -fno-sanitize-recover=all
# TSan does not see fences; a test that takes this variant tells it what they order.
tsan_flags := -fsanitize=thread -Wno-tsan

# --- targets ------------------------------------------------------------------------

.PHONY: help demo check check-long check-matrix check-debug soak lint bench bench-table module tools evlog-libs unit-tests guest-tests \
	load unload install install-user clean deps

help:
	@echo 'make demo          boot a guest and show evring at work there'
	@echo 'make check         run every test (TESTS="PATTERN..." chooses, as unit/* guest/mmap*)'
	@echo 'make check-long    explore more schedules; fuzz (FUZZ_SECONDS=600 each); traces in the Perfetto UI'
	@echo 'make check-matrix  run the guest tests on every supported kernel (KERNELS="$(KERNELS)")'
	@echo 'make soak          random readers over random producers (MINUTES=10, SEED=)'
	@echo 'make check-debug   the same on a KASAN and a KCSAN kernel (hours; these are built once)'
	@echo 'make bench         measure in guests: tables, JSON and pictures in build/bench (HOST=1: here)'
	@echo 'make bench-table   the results of the last make bench into README.md and bench/RESULTS.md'
	@echo 'make lint          checkpatch, sparse, cppcheck, shellcheck and the like'
	@echo 'make tools         evlog, evbench, evringctl and the examples, in $(bin)'
	@echo 'make module        the module for this machine (KDIR=... for another kernel)'
	@echo 'make load, unload  load the module on this machine, as root, or unload it'
	@echo 'make install       headers, tools, manuals, completion and module (PREFIX=$(PREFIX), DESTDIR=)'
	@echo 'make install-user  the same without the module'
	@echo 'make deps          install the Debian packages that all this needs'
	@echo 'make clean         remove what was built; downloads in .cache stay'

deps:
	@packaging/deps build guest bpf lint

demo:
	@packaging/deps build guest
	@$(MAKE) -s tools
	@tests/demo

check:
	@packaging/deps build guest evlog bpf bench lint litmus
	@tests/run $(TESTS)

check-long:
	@packaging/deps build guest fuzz viewer
	@tests/long $(TESTS)

check-matrix:
	@packaging/deps build guest bpf
	@tests/run --kernels '$(KERNELS)' $(or $(TESTS),'guest/*')

check-debug:
	@packaging/deps build guest bpf debug
	@tests/run --kernels 'debug kcsan' $(or $(TESTS),'guest/*')

soak:
	@packaging/deps build guest
	@tests/soak $(or $(MINUTES),10) $(SEED)

lint:
	@packaging/deps build guest lint
	@tests/lint $(TESTS)

bench:
	@packaging/deps build guest bench
	@$(MAKE) -s tools
	@bench/standard $(if $(HOST),--host '$(KDIR)')

bench-table:
	@packaging/deps bench
	@bench/table README.md brief
	@bench/table bench/RESULTS.md

module:
	@tests/vm/kernels build --kbuild $(KDIR)

unload load:
	@packaging/module $@ $(KDIR)

tools: $(tools) $(examples)

# For tests that link parts of evlog.
evlog-libs:
	@echo $(evlog_libs)

unit-tests: $(unit_tests)

guest-tests: $(guest_tests)

install-user: tools
	install -D -m 644 consumer/evring.h $(DESTDIR)$(PREFIX)/include/evring.h
	install -D -m 644 consumer/evring_bpf.h $(DESTDIR)$(PREFIX)/include/evring_bpf.h
	install -D -m 644 consumer/evring_double.h $(DESTDIR)$(PREFIX)/include/evring_double.h
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/evring-core $(core)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/evring-core/include/linux $(core_headers)
	install -D -m 644 uapi/linux/evring.h $(DESTDIR)$(PREFIX)/include/linux/evring.h
	install -D -t $(DESTDIR)$(PREFIX)/bin $(tools)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man1 $(man_pages)
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/bash-completion/completions packaging/completion/*
	install -D -m 644 packaging/evlog.conf $(DESTDIR)$(PREFIX)/share/evring/evlog.conf
	install -D -m 644 packaging/evlog@.service $(DESTDIR)$(PREFIX)/lib/systemd/system/evlog@.service
	sed -i 's,/usr/local,$(PREFIX),' $(DESTDIR)$(PREFIX)/lib/systemd/system/evlog@.service

# A machine that only reads has no kernel to build for; who names one means it.
install: install-user
	@if [ -d '$(KDIR)' ] || [ '$(origin KDIR)' != file ]; then \
		packaging/module install $(KDIR) '$(DESTDIR)' $(PREFIX); \
	else \
		echo 'install: all but the module: there is no $(KDIR); see KDIR=' >&2; \
	fi

clean:
	rm -rf build

# --- rules --------------------------------------------------------------------------

$(obj)/%.o: %.c
	@mkdir -p $(@D)
	$(compile) $(skeleton) $(definitions) -MMD -MP -c -o $@ $<

define tool_rule
$(bin)/$(1): $$($(1)_src:%.c=$(obj)/%.o)
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -pthread -o $$@ $$^ $$($(1)_libs)
endef
$(foreach t,$(tool_names),$(eval $(call tool_rule,$t)))

$(bin)/examples/%: consumer/examples/%.c
	@mkdir -p $(@D) $(obj)/examples
	$(compile) $(skeleton) -I module -I module/include -MMD -MP -MF $(obj)/examples/$*.d -o $@ $< $(LDFLAGS) \
		$(call libs_of,$<) $(skeleton_libs)

$(bin)/guest/%: tests/guest/%.c
	@mkdir -p $(@D) $(obj)/guest
	$(compile) $(skeleton) -MMD -MP -MF $(obj)/guest/$*.d -o $@ $< $(LDFLAGS) $(call libs_of,$<) $(skeleton_libs)

# BPF code is never linked with the C library: only the kernel's headers are included.
$(obj)/%.bpf.o: %.bpf.c
	@mkdir -p $(@D)
	$(BPF_CLANG) -target bpf -O2 -g -Wall -Wextra -Wno-unused-parameter -Werror -I consumer -I uapi \
		-idirafter /usr/include/$(shell $(CC) -print-multiarch) -MMD -MP -c -o $@ $<

$(obj)/%.skel.h: $(obj)/%.bpf.o
	$(BPFTOOL) gen skeleton $< name $(notdir $*) >$@.tmp
	@mv $@.tmp $@

# What bpftool generates is not up to our warnings: it is a system's header.
define skeleton_rule
$(2)/$(notdir $(1)): $(obj)/$(1).skel.h
$(2)/$(notdir $(1)): skeleton := -isystem $(dir $(obj)/$(1)) -DHAVE_SKELETON
$(2)/$(notdir $(1)): skeleton_libs := -lbpf
endef
ifneq ($(bpf_tools),)
.SECONDARY: $(bpf_sources:%.c=$(obj)/%.o)
$(foreach s,$(filter-out bench/%,$(bpf_sources:.bpf.c=)), \
	$(eval $(call skeleton_rule,$s,$(bin)/$(if $(filter tests/%,$s),guest,examples))))
# evbench's peers that are BPF programs, in a tool of many sources.
evbench_libs += -lbpf
$(obj)/bench/program.o: $(obj)/bench/bpf/emission.skel.h
$(obj)/bench/tap.o: $(obj)/bench/bpf/tapping.skel.h
$(obj)/bench/program.o $(obj)/bench/tap.o: skeleton := -isystem $(obj)/bench/bpf -DHAVE_SKELETON
endif

# The unit tests include the ring core itself.
define unit_rule
$(bin)/unit/%.$(1): tests/unit/%.c
	@mkdir -p $$(@D) $(obj)/unit
	$(compile) $$($(1)_flags) -I module -I module/include -MMD -MP \
		-MF $(obj)/unit/$$*.$(1).d -o $$@ $$< $(LDFLAGS) $$(call libs_of,$$<)
endef
$(foreach v,plain asan ubsan tsan,$(eval $(call unit_rule,$v)))

-include $(shell find $(obj) -name '*.d' 2>/dev/null)
