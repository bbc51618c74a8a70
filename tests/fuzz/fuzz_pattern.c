/* Any bytes as a regular expression. What is taken must be a sound automaton, and the same one again.
 *
 * Input: the pattern; behind the last NUL, if there is one, a text to read. An odd last byte ignores case. */
#include <string.h>

#include "../../compiler/automaton.h"
#include "target.h"

static void check_form(const seg_automaton *a) {
    FUZZ_CHECK(a->states >= 2 && a->states <= SEG_AUTOMATON_STATE_LIMIT);
    FUZZ_CHECK(a->classes >= 1 && a->classes <= 256);
    for (size_t x = 0; x < 256; x++) FUZZ_CHECK(a->class_of[x] < a->classes);
    for (size_t i = 0; i < (size_t)a->states * a->classes; i++)
        FUZZ_CHECK(i < a->classes ? a->table[i] == 0 : a->table[i] < a->states);
    FUZZ_CHECK(a->accepting[0] == 0);
    for (size_t i = 0; i < a->states; i++) FUZZ_CHECK(a->accepting[i] <= 1);
}

static void check_same(const seg_automaton *a, const seg_automaton *b) {
    FUZZ_CHECK(a->states == b->states && a->classes == b->classes);
    FUZZ_CHECK(memcmp(a->table, b->table, sizeof *a->table * a->states * a->classes) == 0);
    FUZZ_CHECK(memcmp(a->accepting, b->accepting, sizeof *a->accepting * a->states) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    const uint8_t *nul = memrchr(bytes, 0, size_bytes);
    seg_text pattern = {(const char *)bytes, nul ? (size_t)(nul - bytes) : size_bytes};
    seg_text text = nul ? (seg_text){(const char *)nul + 1, size_bytes - pattern.size_bytes - 1} : pattern;
    bool ignore_case = size_bytes > 0 && bytes[size_bytes - 1] % 2;
    seg_arena arena = {0};
    seg_automaton first, second;
    seg_automaton_fault fault = {0};
    bool made = seg_automaton_make(&arena, pattern, ignore_case, &first, &fault);
    FUZZ_CHECK(!arena.failed);
    if (made) {
        check_form(&first);
        (void)seg_automaton_accepts(&first, text);
    } else {
        FUZZ_CHECK(fault.reason != NULL && fault.offset <= pattern.size_bytes);
    }
    if (made && first.states < 100) {
        FUZZ_CHECK(seg_automaton_make(&arena, pattern, ignore_case, &second, &fault));
        check_same(&first, &second);
    }
    seg_arena_release(&arena);
    return 0;
}
