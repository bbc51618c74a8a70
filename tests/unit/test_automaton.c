/* Automata of regular expressions: known answers, faults, limits, and agreement with RE2 on random
 * patterns and texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "../../compiler/automaton.h"
#include "re2_face.h"

static seg_text text_of(const char *terminated) { return (seg_text){terminated, strlen(terminated)}; }

/* ---- Known answers ---------------------------------------------------------------------------------- */

typedef struct answer {
    const char *pattern; /* a leading "i:" ignores case */
    const char *yes[6], *no[6];
} answer;

static const answer answers[] = {
    {"", {"", "a", "\xFF"}, {0}},
    {"abc", {"abc", "xabcx", "ababc"}, {"", "ab", "abd", "a bc"}},
    {"^abc", {"abc", "abcd"}, {"xabc", ""}},
    {"abc$", {"abc", "xabc"}, {"abcx", "abc\n"}},
    {"^$", {""}, {"a", "\n"}},
    {"$^", {""}, {"a"}},
    {"a$b", {0}, {"ab", "a", "b", ""}},
    {"^*a", {"a", "ba"}, {""}},
    {"(^|,)vip(,|$)", {"vip", "a,vip", "vip,b", "a,vip,b"}, {"avip", "vipb", "a,vipb"}},
    {"^/pricing(/|$)", {"/pricing", "/pricing/", "/pricing/x"}, {"/pricings", "x/pricing"}},
    {"a.c", {"abc", "a\xC3\xA9" "c", "a\xE2\x82\xAC" "c", "a\xF0\x9F\x98\x80" "c"},
     {"ac", "a\nc", "abbc", "a\xFF" "c"}},
    {"^a..c$", {"abbc", "a\xC3\xA9\xC3\xA9" "c"}, {"a\xC3\xA9" "c"}},
    {"^.$", {"x", "\xF4\x8F\xBF\xBF", "\xED\x9F\xBF", "\xEE\x80\x80"},
     {"\xF4\x90\x80\x80", "\xED\xA0\x80", "\xC0\x80", "\xE0\x80\x80", "\x80", "\xF0\x80\x80\x80"}},
    {"[a-c]+[^a-c]", {"ad", "bb\xC3\xA9", "c\n"}, {"abc", "d", "a\xFF"}},
    {"[]a]", {"]", "a"}, {"b"}},
    {"[^]a]", {"b"}, {"]", "a", ""}},
    {"[a-]", {"a", "-"}, {"b"}},
    {"^[\\d\\-x]+$", {"12-x"}, {"12_", ""}},
    {"^\\w+\\s\\d$", {"ab_9 7"}, {"ab-9 7", "\xC3\xA9 7"}},
    {"^[^\\D5]$", {"4", "6"}, {"5", "a"}},
    {"a|b|", {"", "x"}, {0}},
    {"^(a|bc)*$", {"", "abca"}, {"ab", "c"}},
    {"^a{2,3}$", {"aa", "aaa"}, {"a", "aaaa"}},
    {"^a{2}?$", {"aa"}, {"a", "aaa"}},
    {"^a{2,}$", {"aa", "aaaaaa"}, {"a"}},
    {"^a{0}$", {""}, {"a"}},
    {"^(ab?){2}$", {"aa", "aba", "abab"}, {"a", "abb"}},
    {"\\x41\\x{42}\\u{43}\\.\\/", {"ABC./"}, {"ABC-/"}},
    {"a}]", {"a}]"}, {"a"}},
    {"[^\\x00-\\x{10FFFF}]", {0}, {"", "a"}},
    {"i:stra\xC3\x9F" "e", {"STRA\xE1\xBA\x9E" "E", "stra\xC3\x9F" "e"}, {"STRASSE"}},
    {"i:k", {"K", "k", "\xE2\x84\xAA"}, {"x"}},
    {"i:\xCF\x83", {"\xCF\x82", "\xCF\x83", "\xCE\xA3"}, {"s"}},
    {"i:[^s]", {"t"}, {"S", "s", "\xC5\xBF"}},
    {"i:^\\w$", {"\xE2\x84\xAA", "\xC5\xBF", "Z"}, {"\xC3\xA9"}},
    {"i:^\\W$", {"\xC3\xA9"}, {"\xE2\x84\xAA", "\xC5\xBF", "Z"}},
    {"i:i", {"I", "i"}, {"\xC4\xB0", "\xC4\xB1"}},
    {"i:\xC3\xA9t\xC3\xA9", {"\xC3\x89T\xC3\x89"}, {"ETE"}},
};

static void knows_the_answers(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        const answer *a = &answers[i];
        bool ignore_case = strncmp(a->pattern, "i:", 2) == 0;
        seg_arena arena = {0};
        seg_automaton automaton;
        seg_automaton_fault fault = {0};
        seg_text pattern = text_of(a->pattern + (ignore_case ? 2 : 0));
        if (!seg_automaton_make(&arena, pattern, ignore_case, &automaton, &fault))
            fail_msg("/%s/: %s", a->pattern, fault.reason);
        for (size_t k = 0; k < 6; k++) {
            if (a->yes[k] && !seg_automaton_accepts(&automaton, text_of(a->yes[k])))
                fail_msg("/%s/ should match \"%s\"", a->pattern, a->yes[k]);
            if (a->no[k] && seg_automaton_accepts(&automaton, text_of(a->no[k])))
                fail_msg("/%s/ should not match \"%s\"", a->pattern, a->no[k]);
        }
        seg_arena_release(&arena);
    }
}

/* ---- Faults ----------------------------------------------------------------------------------------- */

typedef struct faulty {
    const char *pattern;
    uint32_t offset;
    const char *says; /* part of the reason */
} faulty;

static const faulty faulties[] = {
    {"ab(c", 2, "no )"},
    {"ab)c", 2, "no ("},
    {"[a-z", 0, "no ]"},
    {"x[]", 1, "no ]"},
    {"*a", 0, "nothing to repeat"},
    {"a|+", 2, "nothing to repeat"},
    {"{2}", 0, "nothing to repeat"},
    {"a**", 2, "cannot be repeated"},
    {"a{2}{3}", 4, "cannot be repeated"},
    {"a{1001}", 1, "up to 1000"},
    {"a{3,1001}", 1, "up to 1000"},
    {"a{99999}", 1, "is written"},
    {"a{3,2}", 1, "ends before it begins"},
    {"a{x}", 1, "is written"},
    {"a{,3}", 1, "is written"},
    {"[z-a]", 1, "ends before it begins"},
    {"[a-\\d]", 3, "from one character to another"},
    {"[[:alpha:]]", 1, "[:alpha:]"},
    {"a\\", 1, "nothing follows"},
    {"[a\\", 2, "nothing follows"},
    {"(a)\\1", 3, "refer back"},
    {"\\bword", 0, "word boundaries"},
    {"\\pL", 0, "properties"},
    {"\\q", 0, "no meaning"},
    {"\\\xC3\xA9", 0, "needs no \\"},
    {"\\x4", 0, "two hexadecimal digits"},
    {"\\x{110000}", 0, "no character"},
    {"\\x{D800}", 0, "no character"},
    {"\\u0041", 0, "braces"},
    {"a(?=b)", 1, "look ahead"},
    {"a(?!b)", 1, "look ahead"},
    {"(?<=a)b", 0, "look behind"},
    {"(?<!a)b", 0, "look behind"},
    {"(?P<n>a)", 0, "no names"},
    {"(?<n>a)", 0, "no names"},
    {"(?i)a", 0, "ignore case"},
    {"(?>a)", 0, "atomic"},
    {"a\xFF", 1, "UTF-8"},
    {"[\xFF]", 1, "UTF-8"},
};

static void names_the_fault(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof faulties / sizeof *faulties; i++) {
        seg_arena arena = {0};
        seg_automaton automaton;
        seg_automaton_fault fault = {0};
        if (seg_automaton_make(&arena, text_of(faulties[i].pattern), false, &automaton, &fault))
            fail_msg("/%s/ should be at fault", faulties[i].pattern);
        if (fault.offset != faulties[i].offset || !strstr(fault.reason, faulties[i].says))
            fail_msg("/%s/: at %u: %s", faulties[i].pattern, fault.offset, fault.reason);
        seg_arena_release(&arena);
    }
}

/* ---- Limits ----------------------------------------------------------------------------------------- */

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void stops_at_its_limits(void **state) {
    (void)state;
    static const char *const patterns[] = {
        "((a|aa)*){1000}{1000}", "(((a|aa)*){1000}){1000}", "((((){1000}){1000}){1000}){1000}",
        "(((x{1000}){1000}){1000}){1000}", "(a|b)*a(a|b){20}", "[01]*1[01]{13}$", ".{1000}",
        ".*.{500}x.{500}",
        "(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)(.*)[^a]{30}$", "(((a*)*)*){1000}", "(((a?){1000}){1000}b)",
        "\\w{1000}.{1000}\\w{1000}",
        "(a{0,1000}){0,1000}", "([^x]{1,1000}y){1,1000}$", "(((((a{2,}){2,}){2,}){2,}){100,}){100,}",
    };
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        for (int ignore_case = 0; ignore_case < 2; ignore_case++) {
            seg_arena arena = {0};
            seg_automaton automaton;
            seg_automaton_fault fault = {0};
            double begin = seconds();
            bool made = seg_automaton_make(&arena, text_of(patterns[i]), ignore_case, &automaton, &fault);
            double took = seconds() - begin;
            if (took > 10) fail_msg("/%s/ took %.1f s", patterns[i], took);
            if (made) assert_true(automaton.states <= SEG_AUTOMATON_STATE_LIMIT);
            else assert_non_null(fault.reason);
            assert_false(arena.failed);
            seg_arena_release(&arena);
        }
    }
}

static void refuses_depth_and_length(void **state) {
    (void)state;
    char text[SEG_AUTOMATON_PATTERN_LIMIT + 2];
    seg_arena arena = {0};
    seg_automaton automaton;
    seg_automaton_fault fault = {0};
    memset(text, '(', 101);
    memset(text + 101, ')', 101);
    assert_true(seg_automaton_make(&arena, (seg_text){text + 1, 200}, false, &automaton, &fault));
    assert_false(seg_automaton_make(&arena, (seg_text){text, 202}, false, &automaton, &fault));
    assert_int_equal(fault.offset, 100);
    assert_non_null(strstr(fault.reason, "100 deep"));
    memset(text, '(', sizeof text - 1);
    assert_false(seg_automaton_make(&arena, (seg_text){text, sizeof text - 2}, false, &automaton, &fault));
    memset(text, 'a', sizeof text - 1);
    assert_false(seg_automaton_make(&arena, (seg_text){text, sizeof text - 1}, false, &automaton, &fault));
    assert_non_null(strstr(fault.reason, "longer than 4,096 bytes"));
    assert_false(seg_automaton_make(&arena, (seg_text){text, sizeof text - 2}, false, &automaton, &fault));
    assert_non_null(strstr(fault.reason, "more than 4,096 states"));
    assert_true(seg_automaton_make(&arena, (seg_text){text, 4094}, false, &automaton, &fault));
    assert_int_equal(automaton.states, 4096); /* 0 .. 4094 characters matched, and the dead state */
    seg_arena_release(&arena);
}

/* Patterns on which a backtracking matcher takes exponential time, on a long text. */
static void reads_each_byte_once(void **state) {
    (void)state;
    static const char *const patterns[] = {
        "^(a+)+$", "^([a-zA-Z]+)*$", "^(a|aa)+$", "^(a|a?)+$", "^(.*a){11}$", "^(([a-z])+.)+[A-Z]([a-z])+$",
        "(x+x+)+y", "^(\\w+\\s?)*$", "((a{0,5}){0,5})*[c]", "(.*)*b$", "^(a*)*b",
    };
    static char text[1 << 20];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '!';
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        seg_arena arena = {0};
        seg_automaton automaton;
        seg_automaton_fault fault = {0};
        if (!seg_automaton_make(&arena, text_of(patterns[i]), false, &automaton, &fault))
            fail_msg("/%s/: %s", patterns[i], fault.reason);
        double begin = seconds();
        (void)seg_automaton_accepts(&automaton, (seg_text){text, sizeof text});
        assert_true(seconds() - begin < 2);
        seg_arena_release(&arena);
    }
}

/* ---- Form ------------------------------------------------------------------------------------------- */

static void is_least(void **state) {
    (void)state;
    static const struct { const char *pattern; uint16_t states, classes; } forms[] = {
        {"", 2, 1},            /* dead, accepting start */
        {"a", 3, 2},           /* dead, start, done */
        {"^a", 3, 2},
        {"^a$", 3, 2},
        {"a|aa|aaa", 3, 2},    /* the same as a */
        {"^(a|b|c)$", 3, 2},   /* a, b and c are one class */
        {"^(aa|ab|ba|bb)$", 4, 2},
        {"[^\\x00-\\x{10FFFF}]", 2, 1}, /* nothing */
        {"^[01]*$", 2, 2},
        {"(a|b)*c|(a|ab)*c", 3, 2},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        seg_arena arena = {0};
        seg_automaton automaton;
        seg_automaton_fault fault = {0};
        assert_true(seg_automaton_make(&arena, text_of(forms[i].pattern), false, &automaton, &fault));
        if (automaton.states != forms[i].states || automaton.classes != forms[i].classes)
            fail_msg("/%s/: %u states, %u classes", forms[i].pattern, automaton.states, automaton.classes);
        for (uint32_t c = 0; c < automaton.classes; c++) assert_int_equal(automaton.table[c], 0);
        assert_int_equal(automaton.accepting[0], 0);
        seg_arena_release(&arena);
    }
}

/* ---- RE2 -------------------------------------------------------------------------------------------- */

static uint64_t random_next(uint64_t *seed) { /* splitmix64 */
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static uint32_t pick(uint64_t *seed, uint32_t count) { return (uint32_t)(random_next(seed) % count); }

typedef struct writing {
    char bytes[512];
    size_t size;
} writing;

static void put(writing *w, const char *text) {
    size_t size = strlen(text);
    if (w->size + size > sizeof w->bytes) return;
    memcpy(w->bytes + w->size, text, size);
    w->size += size;
}

static void put_pattern(writing *w, uint64_t *seed, int depth) {
    static const char *const atoms[] = {
        "a", "b", "ab", ".", "k", "s", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "[ab]",
        "[^a]", "[a-k]",
        "[^\xC3\xA9]", "[\xC3\xA0-\xE2\x82\xAC]", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S",
        "[\\w-]", "[^\\s\\d]",
        "[^\\W_]", "^", "$", "\\.", "\\x41", "[\xCE\xB1-\xCF\x89]", "\xCF\x83", "[\\x{80}-\\x{10FFFF}]", "()",
        "\\x{10FFFF}", "[\\n.]", "\\A", "\\z", "\xC3\x9F", "[A-Z\\d]",
    };
    static const char *const repeats[] = {"*",    "+",   "?",  "{2}", "{1,3}", "{0,2}",
                                          "{2,}", "{0}", "*?", "+?",  "??",    "{0,}"};
    uint32_t parts = 1 + pick(seed, 4);
    for (uint32_t i = 0; i < parts; i++) {
        if (i > 0 && pick(seed, 5) == 0) put(w, "|");
        if (depth > 0 && pick(seed, 3) == 0) {
            put(w, pick(seed, 2) ? "(" : "(?:");
            put_pattern(w, seed, depth - 1);
            put(w, ")");
        } else {
            put(w, atoms[pick(seed, sizeof atoms / sizeof *atoms)]);
        }
        if (pick(seed, 3) == 0) put(w, repeats[pick(seed, sizeof repeats / sizeof *repeats)]);
    }
}

static void put_text(writing *w, uint64_t *seed) {
    static const char *const pieces[] = {
        "a", "b", "A", "B", "k", "K", "s", "S", "\xC3\xA9", "\xC3\x89", "\xE2\x82\xAC",
        "\xF0\x9F\x98\x80", " ", "\n",
        "7", "_", "-", ".", "\xE2\x84\xAA", "\xC5\xBF", "\xCF\x82", "\xCF\x83", "\xCE\xA3", "ab",
        "\xF4\x8F\xBF\xBF",
        "\xC3\x9F", "\xE1\xBA\x9E", "\xEF\xBF\xBD", "\xC2\x80",
    };
    uint32_t count = pick(seed, 9);
    for (uint32_t i = 0; i < count; i++) put(w, pieces[pick(seed, sizeof pieces / sizeof *pieces)]);
}

static void agrees_with_re2(void **state) {
    (void)state;
    uint64_t seed = 20260301;
    uint32_t compared = 0, refused = 0;
    for (uint32_t i = 0; i < 6000; i++) {
        writing pattern = {0};
        put_pattern(&pattern, &seed, 3);
        bool ignore_case = pick(&seed, 2) == 0;
        re2_face *re2 = re2_face_new(pattern.bytes, pattern.size, ignore_case);
        seg_arena arena = {0};
        seg_automaton automaton;
        seg_automaton_fault fault = {0};
        seg_text source = {pattern.bytes, pattern.size};
        bool made = seg_automaton_make(&arena, source, ignore_case, &automaton, &fault);
        if (!made) {
            refused++;
            /* Both refuse, or it is one of our limits. */
            if (re2 && !strstr(fault.reason, "4,096 states") && !strstr(fault.reason, "too large"))
                fail_msg("/%.*s/: only RE2 takes it: %s", (int)pattern.size, pattern.bytes, fault.reason);
        } else if (!re2) {
            fail_msg("/%.*s/: RE2 refuses it", (int)pattern.size, pattern.bytes);
        }
        for (uint32_t k = 0; made && k < 60; k++) {
            writing text = {0};
            put_text(&text, &seed);
            bool theirs = re2_face_accepts(re2, text.bytes, text.size);
            bool ours = seg_automaton_accepts(&automaton, (seg_text){text.bytes, text.size});
            if (theirs != ours)
                fail_msg("/%.*s/%s on \"%.*s\": RE2 says %d", (int)pattern.size, pattern.bytes,
                         ignore_case ? "i" : "", (int)text.size, text.bytes, theirs);
            compared++;
        }
        if (re2) re2_face_free(re2);
        seg_arena_release(&arena);
    }
    print_message("%u texts agree, %u patterns refused\n", compared, refused);
    assert_true(compared > 200000 && refused < 1000);
}

static size_t put_code_point(uint32_t c, char out[4]) {
    size_t size = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = size - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
    out[0] = (char)(lead[size] | c);
    return size;
}

/* Every character in classes that cut through all sizes of UTF-8. */
static void agrees_with_re2_on_every_character(void **state) {
    (void)state;
    static const char *const patterns[] = {
        "^.$", "^[^a]$", "^[\\x{7F}-\\x{80}\\x{7FF}-\\x{800}\\x{D7FF}\\x{E000}\\x{FFFF}-\\x{10000}]$",
        "^[\\x{123}-\\x{1234}\\x{12345}-\\x{102345}]$",
        "^[^\\x{123}-\\x{1234}\\x{12345}-\\x{102345}]$", "^\\W$",
    };
    for (size_t i = 0; i < 2 * (sizeof patterns / sizeof *patterns); i++) {
        const char *pattern = patterns[i / 2];
        re2_face *re2 = re2_face_new(pattern, strlen(pattern), i % 2);
        seg_arena arena = {0};
        seg_automaton automaton;
        seg_automaton_fault fault = {0};
        assert_non_null(re2);
        assert_true(seg_automaton_make(&arena, text_of(pattern), i % 2, &automaton, &fault));
        for (uint32_t c = 0; c <= 0x10FFFF; c++) {
            if (c >= 0xD800 && c <= 0xDFFF) continue;
            char text[4];
            size_t size = put_code_point(c, text);
            bool theirs = re2_face_accepts(re2, text, size);
            if (theirs != seg_automaton_accepts(&automaton, (seg_text){text, size}))
                fail_msg("/%s/ on U+%04X: RE2 says %d", pattern, c, theirs);
        }
        re2_face_free(re2);
        seg_arena_release(&arena);
    }
}

/* Every character against itself and its neighbours without case. Unicode grows: characters that one of
 * the two does not know yet may differ, and they are few. */
static void agrees_with_re2_on_case(void **state) {
    (void)state;
    uint32_t differ = 0;
    for (uint32_t block = 0; block < 0x20000; block += block < 0x3000 ? 64 : 256) {
        if (block >= 0xD800 && block < 0xE000) continue;
        char pattern[64];
        uint32_t end = block + (block < 0x3000 ? 31 : 127);
        int size = snprintf(pattern, sizeof pattern, "^[\\x{%X}-\\x{%X}]$", block, end);
        re2_face *re2 = re2_face_new(pattern, (size_t)size, true);
        seg_arena arena = {0};
        seg_automaton automaton;
        seg_automaton_fault fault = {0};
        assert_non_null(re2);
        assert_true(seg_automaton_make(&arena, (seg_text){pattern, (size_t)size}, true, &automaton, &fault));
        for (uint32_t c = 0; c < 0x1F000; c += c < 0x600 || c / 64 == block / 64 ? 1 : 7 + (c >> 12)) {
            if (c >= 0xD800 && c <= 0xDFFF) continue;
            char text[4];
            size_t text_size = put_code_point(c, text);
            bool theirs = re2_face_accepts(re2, text, text_size);
            if (theirs != seg_automaton_accepts(&automaton, (seg_text){text, text_size})) {
                print_message("%s differs on U+%04X\n", pattern, c);
                differ++;
            }
        }
        re2_face_free(re2);
        seg_arena_release(&arena);
    }
    assert_true(differ < 8);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(knows_the_answers),
        cmocka_unit_test(names_the_fault),
        cmocka_unit_test(stops_at_its_limits),
        cmocka_unit_test(refuses_depth_and_length),
        cmocka_unit_test(reads_each_byte_once),
        cmocka_unit_test(is_least),
        cmocka_unit_test(agrees_with_re2),
        cmocka_unit_test(agrees_with_re2_on_every_character),
        cmocka_unit_test(agrees_with_re2_on_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
