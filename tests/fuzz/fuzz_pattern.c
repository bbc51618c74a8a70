/* Any bytes as a regular expression. What is taken must be a sound automaton, and the same one again.
 *
 * Input: the pattern; behind the last NUL, if there is one, a text to read. */
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes) {
    const uint8_t *nul = memrchr(bytes, 0, size_bytes);
    seg_text pattern = {(const char *)bytes, nul ? (size_t)(nul - bytes) : size_bytes};
    seg_text text = nul ? (seg_text){(const char *)nul + 1, size_bytes - pattern.size_bytes - 1} : pattern;
    for (int ignore_case = 0; ignore_case < 2; ignore_case++) {
        seg_arena arena = {0};
        seg_automaton first, second;
        seg_automaton_fault fault = {0};
        bool made = seg_automaton_make(&arena, pattern, ignore_case, &first, &fault);
        FUZZ_CHECK(!arena.failed);
        if (made) {
            check_form(&first);
            FUZZ_CHECK(seg_automaton_make(&arena, pattern, ignore_case, &second, &fault));
            FUZZ_CHECK(first.states == second.states && first.classes == second.classes);
            FUZZ_CHECK(memcmp(first.table, second.table, 2u * first.states * first.classes) == 0);
            (void)seg_automaton_accepts(&first, text);
        } else {
            FUZZ_CHECK(fault.reason != NULL && fault.offset <= pattern.size_bytes);
        }
        seg_arena_release(&arena);
    }
    return 0;
}
