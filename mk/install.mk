# The shared libraries, and what `make install` puts where.

ABI := 0
VERSION := $(shell sed -n 's/^\#define SEG_VERSION_TEXT "\(.*\)"/\1/p' runtime/seg.h)
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
MANDIR ?= $(PREFIX)/share/man
BASH_COMPLETIONS ?= $(PREFIX)/share/bash-completion/completions
ZSH_COMPLETIONS ?= $(PREFIX)/share/zsh/site-functions
# The command writes its own manual pages and completions; one file of cli/ per command.
commands = $(patsubst cli/cmd_%.c,%,$(wildcard cli/cmd_*.c))

# Only what begins with seg_ leaves a shared library.
$(BUILD)/exports.map:
	@mkdir -p $(@D)
	echo '{ global: seg_*; local: *; };' >$@
SHARED = -shared -Wl,-soname,$(notdir $@) -Wl,--version-script=$(BUILD)/exports.map -Wl,-z,defs -Wl,-z,now $(OPT) $(EXTRA)
$(BUILD)/libsegvm.so.$(ABI): $(runtime_obj) $(BUILD)/exports.map
	$(CC) $(SHARED) -o $@ $(runtime_obj) $(LIBS_RUNTIME) -lm
$(BUILD)/libseg.so.$(ABI): $(grammar_obj) $(compiler_obj) $(BUILD)/libsegvm.so.$(ABI)
	$(CXX) $(SHARED) -o $@ $^ $(LIBS_COMPILER) -lm

define PC_SEGVM
prefix=$(PREFIX)
libdir=$(LIBDIR)
includedir=$(INCLUDEDIR)

Name: segvm
Description: Virtual machine of Seg: memberships of segments, one profile at a time
Version: $(VERSION)
Libs: -L$${libdir} -lsegvm
Libs.private: $(LIBS_RUNTIME) -lm
Cflags: -I$${includedir}
endef
define PC_SEG
prefix=$(PREFIX)
libdir=$(LIBDIR)
includedir=$(INCLUDEDIR)

Name: seg
Description: Compiler of Seg: rules for dynamic customer segments to images for segvm
Version: $(VERSION)
Requires: segvm
Libs: -L$${libdir} -lseg
Libs.private: $(LIBS_COMPILER) -lstdc++ -lm
Cflags: -I$${includedir}
endef
define PC_SEGPROOF
prefix=$(PREFIX)
libdir=$(LIBDIR)
includedir=$(INCLUDEDIR)

Name: segproof
Description: Proofs of the policies of Seg
Version: $(VERSION)
Requires: seg
Libs: -L$${libdir} -lsegproof
Libs.private: $(LIBS_PROOF)
Cflags: -I$${includedir}
endef
export PC_SEGVM PC_SEG PC_SEGPROOF

install_libraries = $(BUILD)/libsegvm.a $(BUILD)/libseg.a $(BUILD)/libsegproof.a $(BUILD)/libsegvm.so.$(ABI) $(BUILD)/libseg.so.$(ABI)
to = $(DESTDIR)$(1)
.PHONY: install uninstall
install: $(BUILD)/seg $(install_libraries) ## Installs command, libraries, headers, pages: PREFIX=/usr/local DESTDIR=
	install -d $(call to,$(PREFIX)/bin) $(call to,$(LIBDIR)/pkgconfig) $(call to,$(INCLUDEDIR))
	install -m 755 $(BUILD)/seg $(call to,$(PREFIX)/bin/seg)
	install -m 644 runtime/seg.h compiler/segc.h compiler/proof/segproof.h $(call to,$(INCLUDEDIR))
	install -m 644 $(install_libraries) $(call to,$(LIBDIR))
	ln -sf libsegvm.so.$(ABI) $(call to,$(LIBDIR)/libsegvm.so)
	ln -sf libseg.so.$(ABI) $(call to,$(LIBDIR)/libseg.so)
	printf '%s\n' "$$PC_SEGVM" >$(call to,$(LIBDIR)/pkgconfig/segvm.pc)
	printf '%s\n' "$$PC_SEG" >$(call to,$(LIBDIR)/pkgconfig/seg.pc)
	printf '%s\n' "$$PC_SEGPROOF" >$(call to,$(LIBDIR)/pkgconfig/segproof.pc)
	install -d $(call to,$(MANDIR)/man1) $(call to,$(BASH_COMPLETIONS)) $(call to,$(ZSH_COMPLETIONS))
	$(BUILD)/seg help --man >$(call to,$(MANDIR)/man1/seg.1)
	for command in $(commands); do \
	  $(BUILD)/seg help $$command --man >$(call to,$(MANDIR)/man1)/seg-$$command.1 || exit 1; done
	$(BUILD)/seg completion bash >$(call to,$(BASH_COMPLETIONS)/seg)
	$(BUILD)/seg completion zsh >$(call to,$(ZSH_COMPLETIONS)/_seg)
uninstall: ## Takes away what install put there
	rm -f $(call to,$(PREFIX)/bin/seg) $(call to,$(INCLUDEDIR)/seg.h) $(call to,$(INCLUDEDIR)/segc.h) \
	  $(call to,$(INCLUDEDIR)/segproof.h) $(call to,$(LIBDIR)/libsegproof.a) $(call to,$(LIBDIR)/pkgconfig/segproof.pc) \
	  $(foreach name,libsegvm libseg,$(foreach end,a so so.$(ABI),$(call to,$(LIBDIR)/$(name).$(end)))) \
	  $(call to,$(LIBDIR)/pkgconfig/segvm.pc) $(call to,$(LIBDIR)/pkgconfig/seg.pc) \
	  $(call to,$(BASH_COMPLETIONS)/seg) $(call to,$(ZSH_COMPLETIONS)/_seg) \
	  $(foreach page,seg $(commands:%=seg-%),$(call to,$(MANDIR)/man1/$(page).1))
