#include "types.h"

#include <stdio.h>
#include <string.h>

int seg_text_order(seg_text a, seg_text b) {
    size_t common = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = common != 0 ? memcmp(a.bytes, b.bytes, common) : 0;
    if (order != 0) return order;
    return (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

bool seg_type_same(seg_rule_type a, seg_rule_type b) {
    if (a.type != b.type) return false;
    if (a.type == SEG_DECIMAL) return a.scale == b.scale;
    if (a.type != SEG_ENUM || a.enumeration == b.enumeration) return true;
    if (a.enumeration->count != b.enumeration->count) return false;
    for (uint32_t i = 0; i < a.enumeration->count; i++)
        if (!seg_text_same(a.enumeration->names[i], b.enumeration->names[i])) return false;
    return true;
}

uint32_t seg_enum_find(const seg_rule_enum *enumeration, seg_text name) {
    for (uint32_t i = 0; i < enumeration->count; i++)
        if (seg_text_same(enumeration->names[i], name)) return i;
    return SEG_NONE;
}

static void describe_enum(const seg_rule_enum *enumeration, seg_type_words *words) {
    size_t used = (size_t)snprintf(words->text, sizeof words->text, "one of ");
    for (uint32_t i = 0; i < enumeration->count; i++) {
        seg_text name = enumeration->names[i];
        if (i == 6 || name.size_bytes > 40 || used + name.size_bytes + 8 > sizeof words->text) {
            snprintf(words->text + used, sizeof words->text - used, ", …");
            return;
        }
        used += (size_t)snprintf(words->text + used, sizeof words->text - used, "%s%.*s", i == 0 ? "" : ", ",
                                 SEG_TEXT_ARGS(name));
    }
}

seg_type_words seg_type_describe(seg_rule_type type) {
    static const char *const words_of[] = {
        [SEG_BOOL] = "yes or no (true, false)",
        [SEG_INT] = "a whole number",
        [SEG_FLOAT] = "a number",
        [SEG_TEXT] = "text",
        [SEG_TIME] = "a time",
        [SEG_DATE] = "a date",
        [SEG_DURATION] = "a length of time",
        [SEG_SET] = "a set of texts",
        [SEG_ZONE] = "a time zone",
    };
    seg_type_words words = {""};
    if (type.type == SEG_ENUM)
        describe_enum(type.enumeration, &words);
    else if (type.type == SEG_DECIMAL)
        snprintf(words.text, sizeof words.text, "an amount with %u %s after the point", type.scale,
                 type.scale == 1 ? "digit" : "digits");
    else
        snprintf(words.text, sizeof words.text, "%s", words_of[type.type]);
    return words;
}
