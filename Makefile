# SPDX-License-Identifier: GPL-3.0-or-later
# make: build/evtxseq. make help: the other goals.

VERSION = 0.2.0
PREFIX = /usr/local
LIBDIR = $(PREFIX)/lib
MANDIR = $(PREFIX)/share/man
# Where zsh looks for completions; Debian's packages have a place of their own.
ZSH_FUNCTIONS = $(PREFIX)/share/zsh/site-functions
BUILD = build

CC = gcc
OBJCOPY = objcopy
# -O3: a scan takes a tenth less than with -O2.
CFLAGS = -O3 -g
# Such as address,undefined: a build with the compiler's sanitizers.
SANITIZE =

packages = libxml-2.0 libpcre2-8 libevtx libbfio libseccomp jansson libdeflate libarchive libzstd nettle \
	zlib
warnings = -Wall -Wextra -Wpedantic -Wshadow -Wconversion
hardening = -fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE
sanitizers = $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer -DEVTXSEQ_SANITIZED)

# Looked up only when something is compiled, so that the set-up can come first.
package_cflags = $(shell pkg-config --cflags $(packages))
package_libs = $(shell pkg-config --libs $(packages)) -lm
static_libs = $(filter-out -licu%,$(shell pkg-config --static --libs $(packages)))
check_cflags = $(shell pkg-config --cflags check)
check_libs = $(shell pkg-config --libs check)

# What is being made, in a word; with V=1 the whole command instead.
say = $(if $(filter 1,$(V)),,@echo '$(1)' $(2))
quiet = $(if $(filter 1,$(V)),,@)

# The command knows the library by its public header alone, as any program does.
includes = -Iinclude $(if $(filter cmd/%,$<),,-Ilib)
compile = $(CC) -std=c17 -D_GNU_SOURCE -DEVTXSEQ_VERSION='"$(VERSION)"' $(includes) $(warnings) \
	$(if $(SANITIZE),,$(hardening)) $(sanitizers) $(CFLAGS) $(CPPFLAGS) $(package_cflags) -MMD -MP
link = $(CC) $(sanitizers) $(CFLAGS) $(LDFLAGS) $(if $(SANITIZE),,-pie -Wl,-z,relro,-z,now)

link_static = $(CC) $(CFLAGS) $(LDFLAGS) -static-pie -s -Wl,-z,relro,-z,now,--fatal-warnings

lib_sources = $(sort $(wildcard lib/*.c lib/*/*.c))
cmd_sources = $(sort $(wildcard cmd/evtxseq/*.c))
tool_sources = tests/make_logs.c tests/make_damaged.c tests/dump_views.c tests/read_views.c \
	tests/make_fields_page.c
# The command with faults that a marked chunk sets off, for tests/test_faults.c.
fault_sources = tests/faults.c
fault_objects = $(patsubst %.c,$(BUILD)/faults/%.o,$(addprefix lib/scan/,pool.c watch.c scanner.c \
	comparer.c openers.c unpack.c layer.c) $(fault_sources))
test_sources = $(filter-out $(tool_sources) $(fault_sources),$(sort $(wildcard tests/*.c)))
case_sources = $(addprefix tests/,case.c case_event.c sysmon_fields.c notation.c evtx_writer.c \
	evtx_event.c evtx_value.c evtx_binxml.c xmem.c)
damage_sources = $(addprefix tests/,damaged_log.c paired_log.c evtx_reader.c random_log.c)
fuzz_targets = layout repair decode scan carve beside archive image event message events options case eql condition regex \
	toml rules
fuzz_sources = $(sort $(wildcard fuzz/*.c))
static_sources = cmd/static/stand_ins.c
example_sources = $(sort $(wildcard examples/*.c))
sources = $(lib_sources) $(cmd_sources) $(test_sources) $(tool_sources) $(fault_sources) \
	$(fuzz_sources) $(example_sources) $(static_sources)
headers = $(sort $(wildcard include/*.h lib/*/*.h cmd/evtxseq/*.h tests/*.h fuzz/*.h))
objects_of = $(patsubst %.c,$(BUILD)/%.o,$(1))
# The built-in rules are files of their own, made a part of the library.
rule_files = $(sort $(wildcard rules/*.toml))
# So are the style and the script of the HTML report.
page_files = lib/out/page.css lib/out/page.js
lib_objects = $(call objects_of,$(lib_sources)) $(BUILD)/lib/rules/builtin.o $(BUILD)/lib/out/page.o

all: $(BUILD)/evtxseq

help:
	@echo 'make            build $(BUILD)/evtxseq'
	@echo 'make static     build $(BUILD)/evtxseq-static, which needs no other file'
	@echo 'make deb        build the Debian package in $(BUILD)/deb'
	@echo 'make demo       set up, build, scan a sample log, show a finding'
	@echo 'make check      set up, build, run every test'
	@echo 'make check-static    run the tests on $(BUILD)/evtxseq-static, also in a chroot'
	@echo 'make check-install   use what make install installs, as a stranger would'
	@echo 'make check-deb       check the Debian package; as root, install and remove it'
	@echo 'make check-sigma     convert Sigma rules by pySigma, which pip installs, and run them'
	@echo 'make check-html      open the HTML report in Chromium; npm gets axe-core, which looks it over'
	@echo 'make check-ssh       run the recipe for GNU parallel over ssh, with servers of its own'
	@echo 'make check-slurm     as root: run the recipe for Slurm, on a cluster of its own'
	@echo 'make check-spark     run the recipe for Apache Spark, which pip installs'
	@echo 'make picture    take docs/report.png anew by that'
	@echo 'make check-debian13  as root: build and run every test on Debian 13, by debootstrap'
	@echo 'make bench      measure speed and memory beside other tools'
	@echo 'make compare-damage   count what survives in damaged logs beside other tools'
	@echo 'make compare-decoders  compare values read in place with evtx_dump, where it is installed'
	@echo 'make bench-instructions  count instructions on a fixed small log'
	@echo 'make fuzz       build the fuzz targets (fuzz/README.md) in build-fuzz'
	@echo 'make fuzz-run   fuzz for FUZZ_SECONDS a target'
	@echo 'make fuzz-check      fuzz with the same inputs every time'
	@echo 'make lint       set up, run the checkers over the tree'
	@echo 'make logs       write the logs of all cases to $(BUILD)/logs'
	@echo 'make fields-page     write man/evtxseq-fields.5 anew, after a change of lib/rules/fields.def'
	@echo 'make install    install under $$(DESTDIR)$$(PREFIX), libraries in LIBDIR, manuals in MANDIR'
	@echo 'make uninstall  remove what make install has installed there'
	@echo 'make clean      remove what was built'
	@echo
	@echo 'V=1 prints each command.'

# A machine that lacks what a build needs is told so before the compiler fails. What is there but
# unknown to dpkg is good, too.
$(BUILD)/ready:
	@mkdir -p $(@D)
	@{ command -v $(firstword $(CC)) && pkg-config --exists $(packages) libewf; } >/dev/null 2>&1 || \
		tools/setup.sh --print build
	@touch $@

$(BUILD)/%.o: %.c | $(BUILD)/ready
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(quiet)$(compile) $(if $(filter tests/%,$<),$(check_cflags)) -c $< -o $@

# libewf brings libraries that libevtx and libbfio bring too, in other versions under the same names.
# It becomes a part of the object of the one module that calls it, and is hidden in there.
libewf = $(shell $(CC) -print-file-name=libewf.a)
$(BUILD)/lib/scan/ewf.o: lib/scan/ewf.c | $(BUILD)/ready
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(quiet)$(compile) -MF $(@:.o=.d) -MT $@ -c $< -o $(@:.o=-alone.o)
	$(quiet)$(LD) -r $(@:.o=-alone.o) $(libewf) -o $@
	$(quiet)$(OBJCOPY) --wildcard --keep-global-symbol='ewf_*' $@

$(BUILD)/lib/rules/builtin.c: tools/embed_rules.sh $(rule_files) rules
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(quiet)tools/embed_rules.sh $(rule_files) >$@

$(BUILD)/lib/out/page.c: tools/embed_page.sh $(page_files)
	@mkdir -p $(@D)
	$(call say,GEN,$@)
	$(quiet)tools/embed_page.sh $(page_files) >$@

$(BUILD)/lib/rules/builtin.o $(BUILD)/lib/out/page.o: %.o: %.c | $(BUILD)/ready
	$(call say,CC,$<)
	$(quiet)$(compile) -c $< -o $@

$(BUILD)/libevtxseq.a: $(lib_objects)
	$(call say,AR,$@)
	$(quiet)rm -f $@
	$(quiet)ar rcs $@ $^

# Nothing is loaded at run time; cmd/static/stand_ins.c says what is left out for that.
$(BUILD)/evtxseq-static: $(call objects_of,$(cmd_sources) $(static_sources)) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link_static) $^ $(static_libs) -o $@

$(BUILD)/evtxseq-faults-static: $(call objects_of,$(cmd_sources) $(static_sources)) \
		$(fault_objects) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link_static) $^ $(static_libs) -o $@

# What is installed: of the names in it, only those of include/evtxseq.h can be linked with.
$(BUILD)/public/libevtxseq.a: $(lib_objects)
	@mkdir -p $(@D)
	$(call say,AR,$@)
	$(quiet)rm -f $@
	$(quiet)$(LD) -r $^ -o $(@D)/evtxseq.o
	$(quiet)$(OBJCOPY) --wildcard --keep-global-symbol='evtxseq_*' $(@D)/evtxseq.o
	$(quiet)ar rcs $@ $(@D)/evtxseq.o

$(BUILD)/evtxseq: $(call objects_of,$(cmd_sources)) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) -o $@

$(BUILD)/faults/%.o: %.c | $(BUILD)/ready
	@mkdir -p $(@D)
	$(call say,CC,$< with faults)
	$(quiet)$(compile) -DEVTXSEQ_FAULTS -Itests -c $< -o $@

$(BUILD)/evtxseq-faults: $(call objects_of,$(cmd_sources)) $(fault_objects) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) -o $@

$(BUILD)/check: $(call objects_of,$(test_sources)) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) $(check_libs) -o $@

$(BUILD)/make-logs: $(call objects_of,tests/make_logs.c $(case_sources)) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) $(check_libs) -o $@

# What views say, to be compared with other decoders.
$(BUILD)/dump-views: $(call objects_of,tests/dump_views.c tests/xmem.c) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) $(check_libs) -o $@

# How fast views are, for tools/bench.py.
$(BUILD)/read-views: $(call objects_of,tests/read_views.c tests/xmem.c) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) $(check_libs) -o $@

$(BUILD)/make-damaged: $(call objects_of,tests/make_damaged.c $(damage_sources) $(case_sources)) \
		$(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) $(check_libs) -o $@

$(BUILD)/make-fields-page: $(call objects_of,tests/make_fields_page.c tests/fields_page.c tests/xmem.c) \
		$(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) $(check_libs) -o $@

# One of the fuzz targets, which `make fuzz` builds with clang.
$(BUILD)/fuzz-%: $(BUILD)/fuzz/%.o $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) -fsanitize=fuzzer $(filter-out %.a,$^) $(filter %.a,$^) $(fuzz_flags) $(package_libs) -o $@

$(addprefix $(BUILD)/fuzz-,layout repair decode scan carve beside): $(BUILD)/fuzz/chunk_mutator.o
$(addprefix $(BUILD)/fuzz-,decode scan carve beside image): $(BUILD)/fuzz/library_leaks.o
$(addprefix $(BUILD)/fuzz-,scan carve): $(BUILD)/fuzz/scan_input.o
$(BUILD)/fuzz-decode: $(BUILD)/tests/agreement.o
$(BUILD)/fuzz-regex: $(addprefix $(BUILD)/tests/,lucene_model.o xmem.o)
$(BUILD)/fuzz-options: $(addprefix $(BUILD)/cmd/evtxseq/,options.o paths.o complain.o)
$(addprefix $(BUILD)/fuzz-,case beside): $(call objects_of,$(case_sources))
$(BUILD)/fuzz-beside: $(BUILD)/tests/command.o
$(BUILD)/fuzz-case: fuzz_flags = -Wl,--wrap=die,--wrap=read_file

$(BUILD)/seeds: $(call objects_of,fuzz/seeds.c tests/xmem.c) $(BUILD)/libevtxseq.a
	$(call say,LINK,$@)
	$(quiet)$(link) $^ $(package_libs) -o $@

$(BUILD)/seeds.done: $(BUILD)/make-logs $(BUILD)/seeds $(wildcard testdata/cases/*.case) \
		$(wildcard testdata/rules/*) $(rule_files)
	rm -rf $(BUILD)/logs $(BUILD)/seeds.d
	$(BUILD)/make-logs $(BUILD)/logs testdata/cases/*.case
	$(BUILD)/seeds $(BUILD)/seeds.d $$(find $(BUILD)/logs -type f | sort)
	mkdir $(BUILD)/seeds.d/archive $(BUILD)/seeds.d/image
	fuzz/archive_seeds.sh $(BUILD)/seeds.d/archive testdata/sample.evtx
	fuzz/image_seeds.py $(BUILD)/seeds.d/image testdata/sample.evtx
	cp -r testdata/cases $(BUILD)/seeds.d/case
	cp -r testdata/rules $(BUILD)/seeds.d/rules
	cp $(rule_files) $(BUILD)/seeds.d/rules
	touch $@

fuzz-targets: $(addprefix $(BUILD)/fuzz-,$(fuzz_targets)) $(BUILD)/seeds.done

setups = $(addprefix setup-,build static check deb debian13 sigma html ssh slurm spark lint fuzz)

$(setups): setup-%:
	@tools/setup.sh $*

# The set-up must be over before pkg-config is asked, hence the second make.
demo: setup-build
	@$(MAKE) --no-print-directory all
	@echo
	@echo '$$ $(BUILD)/evtxseq testdata/sample.evtx'
	@$(BUILD)/evtxseq testdata/sample.evtx; test $$? -eq 1

check: setup-check
	@$(MAKE) --no-print-directory run-check check-install

run-check: $(BUILD)/evtxseq $(BUILD)/evtxseq-faults $(BUILD)/check
	EVTXSEQ=$(BUILD)/evtxseq EVTXSEQ_FAULTS=$(BUILD)/evtxseq-faults $(BUILD)/check

# What `make install` installs, used as a stranger would.
check-install: $(BUILD)/evtxseq $(BUILD)/public/libevtxseq.a
	tests/check_setup.sh
	tests/check_install.sh '$(BUILD)' '$(MAKE)'

static: setup-static
	@$(MAKE) --no-print-directory $(BUILD)/evtxseq-static

check-static: setup-check
	@$(MAKE) --no-print-directory run-check-static

run-check-static: $(addprefix $(BUILD)/,evtxseq evtxseq-static evtxseq-faults-static check)
	EVTXSEQ=$(BUILD)/evtxseq-static EVTXSEQ_FAULTS=$(BUILD)/evtxseq-faults-static $(BUILD)/check
	tests/check_static.sh '$(BUILD)/evtxseq-static' '$(abspath $(BUILD)/evtxseq)'

# In a copy of the tree, for debhelper leaves files behind. The time of the last commit makes the same
# tree give the same bytes. Nothing of this make's own variables is meant for the package.
deb_package = evtxseq_$(shell sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)_$(shell dpkg --print-architecture).deb
commit_time = $(shell git log -1 --format=%ct 2>/dev/null)
DEB_DIR = $(BUILD)/deb

deb: setup-deb
	rm -rf $(DEB_DIR)
	mkdir -p $(DEB_DIR)/evtxseq
	tar -c --exclude=.git --exclude='./build*' . | tar -x -C $(DEB_DIR)/evtxseq
	cd $(DEB_DIR)/evtxseq && env -u MAKEFLAGS -u MFLAGS $(addprefix SOURCE_DATE_EPOCH=,$(commit_time)) \
		DEB_BUILD_OPTIONS=noautodbgsym dpkg-buildpackage -b -us -uc -jauto
	rm -rf $(DEB_DIR)/evtxseq
	@echo 'built $(DEB_DIR)/$(deb_package)'

# The second is built in a directory of another name.
check-deb:
	@$(MAKE) --no-print-directory deb
	@$(MAKE) --no-print-directory deb DEB_DIR=$(BUILD)/deb-again
	tests/check_deb.sh $(BUILD)/deb/$(deb_package) $(BUILD)/deb-again/$(deb_package)

check-sigma: setup-sigma
	@$(MAKE) --no-print-directory $(BUILD)/evtxseq $(BUILD)/make-logs
	tests/check_sigma.sh $(BUILD)/sigma $(BUILD)/evtxseq $(BUILD)/make-logs

check-html: setup-html
	@$(MAKE) --no-print-directory $(BUILD)/evtxseq $(BUILD)/make-logs
	tests/check_html.sh $(BUILD)/html $(BUILD)/evtxseq $(BUILD)/make-logs

# The README's recipes for many machines.
check-ssh: setup-ssh
	@$(MAKE) --no-print-directory $(BUILD)/evtxseq $(BUILD)/make-logs
	tests/check_ssh.sh $(BUILD)/ssh $(BUILD)/evtxseq $(BUILD)/make-logs

check-slurm: setup-slurm
	@$(MAKE) --no-print-directory $(BUILD)/evtxseq $(BUILD)/make-logs
	tests/check_slurm.sh $(BUILD)/slurm $(BUILD)/evtxseq $(BUILD)/make-logs

check-spark: setup-spark
	@$(MAKE) --no-print-directory $(BUILD)/evtxseq $(BUILD)/make-logs
	tests/check_spark.sh $(BUILD)/spark $(BUILD)/evtxseq $(BUILD)/make-logs

# The README's picture of a report, which the test takes.
picture: check-html
	cp $(BUILD)/html/report.png docs/report.png

check-debian13: setup-debian13
	tests/check_debian13.sh $(BUILD)/debian13

logs: setup-check
	@$(MAKE) --no-print-directory $(BUILD)/make-logs
	$(BUILD)/make-logs $(BUILD)/logs testdata/cases/*.case

# The manual of the fields says what lib/rules/fields.def says.
fields-page: $(BUILD)/make-fields-page
	$(BUILD)/make-fields-page >man/evtxseq-fields.5

# Such as BENCH = --size=256 --logs testdata/logs
BENCH =
# A directory of rules to measure with, beside those that the bench writes.
RULES =
bench_programs = $(addprefix $(BUILD)/,evtxseq make-logs read-views dump-views)

bench: setup-check
	@$(MAKE) --no-print-directory $(bench_programs)
	tools/bench.py --build=$(BUILD) --work=$(BUILD)/bench $(if $(RULES),--rules='$(RULES)') $(BENCH)

bench-instructions: setup-check
	@$(MAKE) --no-print-directory all $(BUILD)/make-logs
	tools/bench.py --callgrind --build=$(BUILD) --work=$(BUILD)/bench $(BENCH)

# Seconds to fuzz for each of the targets, as many at a time as FUZZ_JOBS says.
FUZZ_SECONDS = 60
FUZZ_TARGETS = $(fuzz_targets)
FUZZ_JOBS = 1

fuzz: setup-fuzz
	@$(MAKE) --no-print-directory BUILD=build-fuzz CC=clang CFLAGS='-O1 -g -Werror' \
		SANITIZE=fuzzer-no-link,address,undefined fuzz-targets

fuzz-run: fuzz
	tools/fuzz.sh build-fuzz $(FUZZ_SECONDS) $(FUZZ_JOBS) $(FUZZ_TARGETS)

fuzz-check: fuzz
	tools/fuzz.sh build-fuzz same $(FUZZ_JOBS) $(FUZZ_TARGETS)

compare-damage: setup-check
	@$(MAKE) --no-print-directory all $(BUILD)/make-damaged
	tools/compare_damage.py --evtxseq=$(BUILD)/evtxseq --make-damaged=$(BUILD)/make-damaged \
		--work=$(BUILD)/damaged

# Logs to compare, beside testdata's; those that the bench repeats, where it has run.
COMPARED_LOGS = $(wildcard ../shared/evtx/*.evtx) \
	$(foreach name,usual stages mix starts,$(wildcard $(BUILD)/bench/$(name)/$(name).evtx))

compare-decoders: setup-check
	@$(MAKE) --no-print-directory $(BUILD)/dump-views
	tools/compare_decoders.py --dump-views=$(BUILD)/dump-views testdata/sample.evtx \
		$(foreach log,$(COMPARED_LOGS),'$(log)')

lint: setup-lint
	@$(MAKE) --no-print-directory run-lint

# ctunullpointer: does not know that a failed ck_assert() or die() does not return.
# clang-tidy: each file by itself, for what it knows of a va_list it takes along to the next.
# What only a library, a compiler's runtime or a test harness calls.
called_from_outside = $(addprefix --suppress=unusedFunction:,cmd/static/* fuzz/* tests/*)

run-lint:
	tools/check_includes.sh
	clang-format --dry-run --Werror $(sources) $(headers)
	cppcheck --quiet --std=c17 --error-exitcode=1 --inline-suppr \
		--enable=warning,style,performance,portability,unusedFunction \
		--suppress=missingIncludeSystem --suppress=ctunullpointer $(called_from_outside) -D_GNU_SOURCE -DEVTXSEQ_VERSION='""' -Ilib -Iinclude $(sources)
	printf '%s\n' $(sources) | xargs -P 2 -n 1 sh -c 'clang-tidy --quiet "$$@" -- -std=c17 \
		-D_GNU_SOURCE -DEVTXSEQ_VERSION=\"\" -Ilib -Iinclude $(package_cflags) $(check_cflags)' tidy
	mandoc -T lint -W warning man/evtxseq.1 man/evtxseq-output.5 man/evtxseq-fields.5

# What goes where: SOURCE:PLACE.
share = $(PREFIX)/share
command_files = $(BUILD)/evtxseq:$(PREFIX)/bin/evtxseq \
	$(BUILD)/man/evtxseq.1:$(MANDIR)/man1/evtxseq.1 \
	$(BUILD)/man/evtxseq-output.5:$(MANDIR)/man5/evtxseq-output.5 \
	$(BUILD)/man/evtxseq-fields.5:$(MANDIR)/man5/evtxseq-fields.5 \
	man/evtxseq.schema.json:$(share)/evtxseq/evtxseq.schema.json \
	man/evtxseq-coverage.schema.json:$(share)/evtxseq/evtxseq-coverage.schema.json \
	man/evtxseq-report.schema.json:$(share)/evtxseq/evtxseq-report.schema.json \
	completions/evtxseq.bash:$(share)/bash-completion/completions/evtxseq \
	completions/_evtxseq:$(ZSH_FUNCTIONS)/_evtxseq \
	completions/evtxseq.fish:$(share)/fish/vendor_completions.d/evtxseq.fish \
	COPYING:$(share)/doc/evtxseq/COPYING
library_files = include/evtxseq.h:$(PREFIX)/include/evtxseq.h \
	$(BUILD)/public/libevtxseq.a:$(LIBDIR)/libevtxseq.a \
	$(BUILD)/public/evtxseq.pc:$(LIBDIR)/pkgconfig/evtxseq.pc

# DESTDIR may have spaces, the others not.
source_of = $(firstword $(subst :, ,$(1)))
place_of = '$(DESTDIR)$(lastword $(subst :, ,$(1)))'
mode_of = $(if $(filter %/bin/evtxseq,$(1)),755,644)
install_file = install -D -m $(call mode_of,$(1)) $(call source_of,$(1)) $(call place_of,$(1))

install: install-command install-library

define newline


endef
install_files = $(foreach file,$(1),$(call install_file,$(file))$(newline)	)

install-command: all $(addprefix $(BUILD)/man/,evtxseq.1 evtxseq-output.5 evtxseq-fields.5)
	$(call install_files,$(command_files))

uninstall:
	rm -f $(foreach file,$(command_files) $(library_files),$(call place_of,$(file)))
	rmdir --ignore-fail-on-non-empty '$(DESTDIR)$(share)/evtxseq' '$(DESTDIR)$(share)/doc/evtxseq'

# The manual names files where they are installed, which may be elsewhere than the last time.
FORCE:
$(BUILD)/man/%: man/% FORCE
	@mkdir -p $(@D)
	sed 's,/usr/local/,$(PREFIX)/,' $< >$@

# The archive alone, so what it needs is always linked with it: Requires, not Requires.private.
define package_config
prefix=$(PREFIX)
includedir=$${prefix}/include
libdir=$(patsubst $(PREFIX)/%,$${prefix}/%,$(LIBDIR))

Name: evtxseq
Description: runs detection rules over Sysmon event logs
Version: $(VERSION)
Requires: $(packages)
Cflags: -I$${includedir}
Libs: -L$${libdir} -levtxseq -lm
endef

install-library: export PACKAGE_CONFIG = $(package_config)
install-library: $(BUILD)/public/libevtxseq.a
	printf '%s\n' "$$PACKAGE_CONFIG" >$(BUILD)/public/evtxseq.pc
	$(call install_files,$(library_files))

clean:
	rm -rf build build-*

.PHONY: FORCE all help demo check run-check check-install deb check-deb check-sigma check-html \
	check-ssh check-slurm check-spark picture check-debian13 static check-static run-check-static logs \
	fields-page bench bench-instructions \
	compare-damage compare-decoders lint run-lint install uninstall install-command install-library clean \
	$(setups) fuzz fuzz-run fuzz-check fuzz-targets
.SECONDARY: $(call objects_of,$(fuzz_sources))
.DELETE_ON_ERROR:

-include $(patsubst %.c,$(BUILD)/%.d,$(sources)) $(fault_objects:.o=.d) $(BUILD)/lib/rules/builtin.d $(BUILD)/lib/out/page.d
