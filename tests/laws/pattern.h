/* pattern.h - the oracle's own reading of `matches /.../`: which ends can be reached from which
 * starts, by trying everything. For short patterns and texts. */
#ifndef SEG_TESTS_PATTERN_H
#define SEG_TESTS_PATTERN_H

#include "../../runtime/seg.h"

#define SEG_ORACLE_TEXT_LIMIT 120u /* bytes of a text that is matched */

/* True when the pattern matches somewhere in the text. Known: characters, `.`, classes, \d \w \s and
 * escaped punctuation, groups, |, * + ? {m} {m,} {m,n}, ^ and $. Without case: ASCII letters only. */
bool seg_oracle_matches(seg_text pattern, bool ignore_case, seg_text text);

#endif
