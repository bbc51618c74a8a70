# Checks. Each target prints `N passed, N failed` last, summed over its parts, and fails when anything did.

TEST_PARTS ?= unit golden scenarios acceptance docs sql oracle zones conformance corpus laws embed arrow parquet
libraries = $(BUILD)/libsegengine.a $(BUILD)/libsegproof.a $(BUILD)/libseg.a $(BUILD)/libsegvm.a

# The commands' objects as a library, so that a test may look at one of them; main stays out by itself.
$(BUILD)/libsegcli.a: $(cli_obj)
	rm -f $@ && ar rcsD $@ $^

unit_tests := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
# What several unit tests share: every other file beside them.
unit_shared := $(patsubst %,$(BUILD)/%.o,$(filter-out $(wildcard tests/unit/test_*.c),$(wildcard tests/unit/*.c tests/unit/*.cc)))
$(BUILD)/tests/unit/%: $(BUILD)/tests/unit/%.c.o $(unit_shared) $(BUILD)/libsegcli.a $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_CLI) $(LIBS_ENGINE) $(LIBS_PROOF) $(LIBS_COMPILER) -lcmocka $(if $(wildcard tests/unit/re2_*.cc),-lre2) -lm -pthread
.PRECIOUS: $(BUILD)/tests/unit/%.c.o

.PHONY: help build-tests test quick acceptance conformance demo lint sanitize tsan coverage fuzz laws mutants bench
help: ## Lists what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{ printf "  %-12s %s\n", $$1, $$2 }'
	@echo "  BUILD=build  where everything is built; OPT=, EXTRA= compiler flags; LTO= each file by itself; PREFIX=, DESTDIR= of install"

build-tests: $(BUILD)/seg $(unit_tests) replay-programs $(BUILD)/tests/laws/laws

test: build-tests ## Builds, then runs every quick check (about five minutes)
	@tests/run.sh $(BUILD) $(TEST_PARTS)
quick: build-tests ## Unit tests, golden cases and scenarios only
	@tests/run.sh $(BUILD) unit golden scenarios
acceptance: $(BUILD)/seg ## Every founding sentence: its number, its rule, and whether that holds
	@python3 tests/acceptance/run.py $(BUILD)/seg
conformance: $(BUILD)/seg ## Other projects' suites, translated: cases, translated, agreed, deliberate differences
	@python3 tests/conformance/run.py $(BUILD)/seg
demo: $(BUILD)/seg ## Shows the commands at work on a year of a grocer's households
	@examples/demo.sh $(BUILD)/seg

mutants: build-tests ## Breaks the sources, one place at a time, and sees whether the laws notice
	@tests/mutants/run.sh $(BUILD)

# ---- Code: warnings, static analysis, the house's rules -------------------------------------------------------

lint: build-tests | bootstrap-lint ## Warnings of gcc and clang, static analysis, rules of the house
	@tests/lint.sh $(BUILD)

# ---- Instrumented builds, each in a folder of its own ---------------------------------------------------------

ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
sanitize: ## Address and undefined-behaviour sanitizers: unit, golden, scenarios, short laws
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-asan OPT="-O1 -g" EXTRA="$(ASAN)" \
	  TEST_PARTS="unit golden scenarios corpus laws" LAWS=$${LAWS:-short} test
TSAN_UNITS := test_threads test_shards test_crew
tsan: ## Thread sanitizer: one image, several compilations, shared rows and shards, in several threads
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-tsan OPT="-O1 -g" EXTRA="-fsanitize=thread" \
	  $(TSAN_UNITS:%=$(BUILD)-tsan/tests/unit/%)
	@UNIT='$(TSAN_UNITS)' tests/run.sh $(BUILD)-tsan unit
coverage: | bootstrap bootstrap-coverage ## Which lines and branches the quick checks reach
	@rm -rf $(BUILD)-coverage
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-coverage OPT="-O0 -g" EXTRA="--coverage" LAWS=short \
	  TEST_PARTS="unit golden scenarios docs laws" test
	@gcovr --root . --object-directory $(BUILD)-coverage --filter 'runtime/' --filter 'grammar/' \
	  --filter 'compiler/' --filter 'engine/' --filter 'cli/' --gcov-ignore-parse-errors \
	  --html-details $(BUILD)-coverage/coverage.html --print-summary --sort-percentage

# ---- Fuzzing: a target is a file of tests/fuzz with LLVMFuzzerTestOneInput; the others are shared -------------------

FUZZ_SECONDS ?= 30
fuzz_targets := $(patsubst tests/fuzz/%.c,%,$(shell grep -ls '^int LLVMFuzzerTestOneInput' tests/fuzz/*.c))
fuzz_shared := $(patsubst %,$(BUILD)/%.o,$(filter-out $(fuzz_targets:%=tests/fuzz/%.c) tests/fuzz/driver.c,\
	$(wildcard tests/fuzz/*.c)))
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.c.o $(fuzz_shared) $(libraries)
	$(CXX) $(OPT) $(EXTRA) -fsanitize=fuzzer -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
# The same target without libFuzzer: it runs what the corpus holds.
$(BUILD)/tests/replay/%: $(BUILD)/tests/fuzz/%.c.o $(fuzz_shared) $(BUILD)/tests/fuzz/driver.c.o $(libraries)
	@mkdir -p $(@D)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
.PRECIOUS: $(BUILD)/tests/fuzz/%.c.o
.PHONY: fuzz-programs replay-programs
fuzz-programs: $(fuzz_targets:%=$(BUILD)/tests/fuzz/%)
replay-programs: $(fuzz_targets:%=$(BUILD)/tests/replay/%)
fuzz: | bootstrap bootstrap-fuzz ## Fuzzes each parser of foreign bytes for FUZZ_SECONDS=30
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-fuzz CC=clang CXX=clang++ OPT="-O1 -g" \
	  EXTRA="-fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all" fuzz-programs
	@tests/fuzz.sh $(BUILD)-fuzz $(FUZZ_SECONDS) $(fuzz_targets)

# ---- Memory that runs short: the n-th request for it fails, for each n -------------------------------------------

faults_obj := $(patsubst %,$(BUILD)/%.o,$(wildcard tests/faults/*.c tests/faults/*.cc) tests/fuzz/fixture.c tests/fuzz/budget.c)
$(BUILD)/tests/faults/faults: $(faults_obj) $(libraries)
	$(CXX) $(OPT) $(EXTRA) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
.PHONY: faults faults-program
faults-program: $(BUILD)/tests/faults/faults
faults: ## Fails each request for memory in turn, under the address sanitizer
	@$(MAKE) --no-print-directory BUILD=$(BUILD)-asan OPT="-O1 -g" EXTRA="$(ASAN)" faults-program
	@$(BUILD)-asan/tests/faults/faults

bench_parts = bench rounds stream crowd threads herd breadth ingest
$(BUILD)/bench/bench: $(bench_parts:%=$(BUILD)/bench/%.c.o) $(BUILD)/bench/json_floor.cc.o $(whole_obj) $(libraries)
	$(CXX) $(OPT) $(FLOATS) $(LTO) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
# Workload B1, with a floor that is made for the machine at hand.
$(BUILD)/bench/floor.c.o: OPT = -O3 -march=native -g
$(BUILD)/bench/batch: $(BUILD)/bench/batch.c.o $(BUILD)/bench/floor.c.o $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm -pthread
# Workload B2, the same way.
$(BUILD)/bench/log_floor.c.o: OPT = -O3 -march=native -g
$(BUILD)/bench/log: $(BUILD)/bench/log.c.o $(BUILD)/bench/log_floor.c.o $(BUILD)/bench/rounds.c.o $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
# Workload R1.
$(BUILD)/bench/row: $(BUILD)/bench/row.c.o $(BUILD)/bench/rounds.c.o $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
# Workload S1 beside databases and streams, linked as the command is; how cost grows.
$(BUILD)/bench/requery: $(patsubst %,$(BUILD)/bench/%.c.o,requery requery_sqlite herd rounds) $(whole_obj) $(libraries)
	$(CXX) $(OPT) $(FLOATS) $(LTO) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) $$(pkg-config --libs sqlite3) -lm
$(BUILD)/bench/sweep: $(patsubst %,$(BUILD)/bench/%.c.o,sweep herd rounds) $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
# The same without counting what is run, to see what that costs.
unmetered_obj = $(runtime_src:%=$(BUILD)/unmetered/%.o)
$(BUILD)/unmetered/%.c.o: %.c | bootstrap
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(INCLUDES) -DSEG_UNMETERED -MMD -MP -c $< -o $@
$(BUILD)/bench/row-unmetered: $(BUILD)/bench/row.c.o $(BUILD)/bench/rounds.c.o $(unmetered_obj) $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
# Workload C1, with SQLite's prepare beside it.
$(BUILD)/bench/compile: $(BUILD)/bench/compile.c.o $(BUILD)/bench/rounds.c.o $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) $$(pkg-config --libs sqlite3) -lm
# Workload J1 beside other parsers, each where it is installed.
$(BUILD)/bench/lines: $(patsubst %,$(BUILD)/bench/%.o,lines.c ingest.c json_peer.c rounds.c json_floor.cc) $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_ENGINE) $(LIBS_COMPILER) -lm
json_parsers := $(shell pkg-config --exists libcjson && echo cjson; pkg-config --exists jansson && echo jansson)
$(BUILD)/bench/json_%: $(BUILD)/bench/json_%.c.o $(patsubst %,$(BUILD)/bench/%.c.o,json_other json_peer rounds) $(libraries)
	$(CXX) $(OPT) $(EXTRA) -o $@ $^ $(LIBS_COMPILER) -l$* -lm
bench_programs = $(patsubst %,$(BUILD)/bench/%,bench batch log row compile requery sweep lines $(json_parsers:%=json_%))
build-tests: $(bench_programs) # so that none of them falls behind
bench: $(bench_programs) $(BUILD)/bench/row-unmetered $(BUILD)/seg
bench: ## Measures; see docs/performance.md for what the numbers mean
	@bench/run.sh $(BUILD)
