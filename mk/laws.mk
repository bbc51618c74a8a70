# The laws: random rules over random histories, and the bugs that have names.

laws_obj := $(patsubst %,$(BUILD)/%.o,$(filter-out tests/laws/laws.c tests/laws/named.c,$(wildcard tests/laws/*.c)))
$(BUILD)/tests/laws/laws $(BUILD)/tests/laws/named: %: %.c.o $(laws_obj) $(libraries)
	@mkdir -p $(@D)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_PROOF) $(LIBS_COMPILER) -lcmocka -lm
build-tests: $(BUILD)/tests/laws/named

LAWS ?= quick
laws: $(BUILD)/tests/laws/laws $(BUILD)/tests/laws/named ## The laws on random rules; LAWS=1000000 says how many pairs
	@LAWS=$(LAWS) tests/run.sh $(BUILD) laws
