# How the parts are built. Each folder of the house is one static part; sources are found by name, so
# a new file needs no line here. Generated C stays in $(BUILD).

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wvla -Wundef -Wpointer-arith
OPT ?= -O2 -g
HARDEN := -fstack-protector-strong -fPIC
# A float operation is rounded for itself on every machine.
FLOATS := -ffp-contract=off
# What runs for every event is compiled once more, to be optimised as one program where the command is linked. Not for
# instrumented builds; `make LTO=` does without.
ifeq ($(origin LTO)$(findstring -fsanitize,$(EXTRA))$(findstring --coverage,$(EXTRA)),undefined)
LTO := $(if $(findstring Free Software Foundation,$(shell $(CC) --version 2>&1)),-flto=auto)
endif
CFLAGS_ALL = -std=c17 -D_GNU_SOURCE $(WARNINGS) -Wstrict-prototypes -Wmissing-prototypes $(OPT) $(HARDEN) $(FLOATS) $(EXTRA)
CXXFLAGS_ALL = -std=c++17 $(WARNINGS) $(OPT) $(HARDEN) $(FLOATS) $(EXTRA)

INCLUDES := -Iruntime -Icompiler -Icompiler/proof -Iengine

runtime_src := $(wildcard runtime/*.c runtime/base/*.c)
grammar_src := $(wildcard grammar/*.c)
compiler_src := $(wildcard compiler/*.c compiler/*.cc)
proof_src := $(wildcard compiler/proof/*.c)
engine_src := $(wildcard engine/*.c engine/*.cc)
cli_src := $(wildcard cli/*.c)

object = $(patsubst %,$(BUILD)/%.o,$(1))
runtime_obj := $(call object,$(runtime_src))
grammar_obj := $(call object,$(grammar_src)) $(patsubst %,$(BUILD)/grammar/%.c.o,lexer parser quick)
compiler_obj := $(call object,$(compiler_src))
proof_obj := $(call object,$(proof_src))
engine_obj := $(call object,$(engine_src))
cli_obj := $(call object,$(cli_src))

LIBS_RUNTIME := -lffi
LIBS_COMPILER := -lcctz -lutf8proc -lsimdjson $(LIBS_RUNTIME)
LIBS_PROOF := -lz3
LIBS_CLI := -lroaring
# Asked in the recipe, not here: pkg-config itself may be installed only then.
LIBS_ENGINE := $$(pkg-config --libs simdjson zlib) -lcsv -pthread

$(BUILD)/%.c.o: %.c | bootstrap
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(INCLUDES) -I$(BUILD)/grammar -MMD -MP -c $< -o $@
$(BUILD)/%.cc.o: %.cc | bootstrap
	@mkdir -p $(@D)
	$(CXX) $(CXXFLAGS_ALL) $(INCLUDES) -MMD -MP -c $< -o $@

$(BUILD)/grammar/lexer.c: grammar/seg.re $(BUILD)/grammar/parser.c | bootstrap
	@mkdir -p $(@D)
	re2c -W -Werror --no-generation-date -i -o $@ $<
$(BUILD)/grammar/parser.c: grammar/seg.y | bootstrap
	@mkdir -p $(@D)
	bison -Wall -Werror --defines=$(BUILD)/grammar/parser.h -o $@ $<
$(BUILD)/grammar/quick.c: grammar/seg.y | bootstrap
	@mkdir -p $(@D)
	bison -Wall -Werror -Fapi.prefix={seg_quick_} -Fparse.lac=none -o $@ $<
# The hand-written part of the grammar knows the token codes of parser.h.
$(call object,$(grammar_src)): INCLUDES += -iquote grammar
$(call object,$(grammar_src)): | $(BUILD)/grammar/parser.c
GENERATED_FLAGS := -Wno-conversion -Wno-unused-but-set-variable -Wno-unused-function -Wno-missing-prototypes
$(patsubst %,$(BUILD)/grammar/%.c.o,lexer parser quick): $(BUILD)/grammar/%.c.o: $(BUILD)/grammar/%.c
	$(CC) $(CFLAGS_ALL) $(GENERATED_FLAGS) $(INCLUDES) -Igrammar -I$(BUILD)/grammar -MMD -MP -c $< -o $@

$(BUILD)/libsegvm.a: $(runtime_obj)
	rm -f $@ && ar rcsD $@ $^
$(BUILD)/libseg.a: $(grammar_obj) $(compiler_obj)
	rm -f $@ && ar rcsD $@ $^
$(BUILD)/libsegproof.a: $(proof_obj)
	rm -f $@ && ar rcsD $@ $^
$(BUILD)/libsegengine.a: $(engine_obj)
	rm -f $@ && ar rcsD $@ $^

whole_obj := $(if $(LTO),$(patsubst %,$(BUILD)/whole/%.o,$(runtime_src) $(filter %.c,$(engine_src))))
$(BUILD)/whole/%.c.o: %.c | bootstrap
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LTO) $(INCLUDES) -I$(BUILD)/grammar -MMD -MP -c $< -o $@
$(BUILD)/seg: $(cli_obj) $(whole_obj) $(BUILD)/libsegengine.a $(BUILD)/libsegproof.a $(BUILD)/libseg.a $(BUILD)/libsegvm.a
	$(CXX) $(OPT) $(FLOATS) $(LTO) $(EXTRA) -o $@ $^ $(LIBS_CLI) $(LIBS_ENGINE) $(LIBS_PROOF) $(LIBS_COMPILER) -lm

.DEFAULT_GOAL := all
.PHONY: all clean
all: $(BUILD)/seg
clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
