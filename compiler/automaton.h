/* automaton.h - a regular expression over UTF-8 text as a minimal deterministic automaton over bytes,
 * in the form that the image keeps (seg_image_automaton): state 0 is dead, state 1 the start, state s
 * on byte x goes to table[s * classes + class_of[x]]. Reading a text takes one step per byte,
 * whatever the pattern.
 *
 * Syntax: that of RE2, less what nobody needs in a rule.
 *   x  \.  .  [a-z]  [^a-z]  \d \w \s \D \W \S (of ASCII)  \n \t \r \f \v \a  \x41 \x{1F600} \u{1F600}
 *   ab  a|b  (a)  (?:a)  a* a+ a? a{2} a{2,} a{2,5} (up to 1,000; a trailing ? changes nothing)  ^ $ \A \z
 * `.` is any character but the newline. Bytes that are not UTF-8 match nothing but may stand around a
 * match. Without case: two characters are the same when their simple case foldings are. */
#ifndef SEG_AUTOMATON_H
#define SEG_AUTOMATON_H

#include "../runtime/base/arena.h"

#define SEG_AUTOMATON_STATE_LIMIT 4096u
#define SEG_AUTOMATON_PATTERN_LIMIT 4096u /* bytes */

typedef struct seg_automaton {
    uint16_t states, classes; /* states: 2 .. SEG_AUTOMATON_STATE_LIMIT; classes: 1 .. 256 */
    uint8_t class_of[256];
    const uint16_t *table;     /* states * classes */
    const uint16_t *accepting; /* per state: 0 or 1 */
} seg_automaton;

typedef struct seg_automaton_fault {
    uint32_t offset;    /* byte of the pattern */
    const char *reason; /* in plain words; static */
} seg_automaton_fault;

/* The automaton of `pattern`: it accepts a text when the pattern matches somewhere in it (^ and $ hold
 * it to the text's ends). Equal patterns give equal automata. The result lives in `arena`. False, with
 * `fault` filled: the pattern cannot be read or needs too much, or memory is short (then arena->failed
 * is set too). Work and memory are bounded, whatever the pattern. */
bool seg_automaton_make(seg_arena *arena, seg_text pattern, bool ignore_case, seg_automaton *out,
                        seg_automaton_fault *fault);
bool seg_automaton_accepts(const seg_automaton *automaton, seg_text text);

#endif
