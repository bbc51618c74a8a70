/* types.h - what the checker knows about types: which are the same, and what a reader calls them. */
#ifndef SEG_TYPES_H
#define SEG_TYPES_H

#include "rule.h"

/* The type of a field whose type could not be read: a fault has been told. */
#define SEG_TYPE_UNREAD ((seg_type)0)
#define SEG_DECIMAL_SCALE_LIMIT 12u
#define SEG_TEXT_ARGS(text) (int)(text).size_bytes, (text).bytes

static inline bool seg_text_same(seg_text a, seg_text b)
{
    return a.size_bytes == b.size_bytes &&
           (a.size_bytes == 0 || __builtin_memcmp(a.bytes, b.bytes, a.size_bytes) == 0);
}
static inline seg_text seg_text_of(const char *terminated)
{
    return (seg_text){terminated, __builtin_strlen(terminated)};
}
int seg_text_order(seg_text a, seg_text b); /* bytewise, a prefix first: < 0, 0, > 0 */

static inline seg_rule_type seg_type_plain(seg_type type) { return (seg_rule_type){.type = type}; }
static inline bool seg_type_is_number(seg_rule_type type)
{
    return type.type == SEG_INT || type.type == SEG_DECIMAL || type.type == SEG_FLOAT;
}
/* The same kind of value; "optional" does not count. */
bool seg_type_same(seg_rule_type a, seg_rule_type b);
/* The index of an enum's value, or SEG_NONE. */
uint32_t seg_enum_find(const seg_rule_enum *enumeration, seg_text name);

/* What a reader calls a value of this type: "a whole number", "one of free, trial, pro". */
typedef struct seg_type_words { char text[160]; } seg_type_words;
seg_type_words seg_type_describe(seg_rule_type type);

#endif
