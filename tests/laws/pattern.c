#include "pattern.h"

#include <stdlib.h>
#include <string.h>

typedef struct places { /* in the text, between its bytes */
    bool at[SEG_ORACLE_TEXT_LIMIT + 1];
} places;

typedef struct matcher {
    seg_text pattern, text;
    size_t here; /* in the pattern */
    bool ignore_case;
} matcher;

static places choice(matcher *m, places from);

static bool more(const matcher *m, char c) {
    return m->here < m->pattern.size_bytes && m->pattern.bytes[m->here] == c;
}

static uint32_t code_point(seg_text text, size_t *at) {
    unsigned char first = (unsigned char)text.bytes[(*at)++];
    if (first < 0x80)
        return first;
    uint32_t point = first & (first < 0xE0 ? 0x1Fu : first < 0xF0 ? 0x0Fu : 0x07u);
    for (int left = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3; left > 0 && *at < text.size_bytes; left--)
        point = point << 6 | ((unsigned char)text.bytes[(*at)++] & 0x3Fu);
    return point;
}

static uint32_t lower(uint32_t point) {
    return point >= 'A' && point <= 'Z' ? point + 32 : point;
}

static bool in_named(char name, uint32_t point) {
    bool digit = point >= '0' && point <= '9';
    if (name == 'd')
        return digit;
    if (name == 'w')
        return digit || point == '_' || (lower(point) >= 'a' && lower(point) <= 'z');
    return point == ' ' || (point >= '\t' && point <= '\r' && point != '\v');
}

/* Is the character one that the class, escape or character at m->here stands for? Goes behind it. */
static bool fits(matcher *m, uint32_t point) {
    uint32_t wanted = code_point(m->pattern, &m->here);
    if (wanted == '.')
        return point != '\n';
    if (wanted == '\\') {
        char name = m->pattern.bytes[m->here++];
        return name == 'd' || name == 'w' || name == 's' ? in_named(name, point)
                                                         : point == (unsigned char)name;
    }
    if (wanted != '[')
        return point == wanted || (m->ignore_case && lower(point) == lower(wanted));
    bool negated = more(m, '^'), found = false;
    if (negated)
        m->here++;
    while (!more(m, ']')) {
        uint32_t first = code_point(m->pattern, &m->here), last = first;
        if (more(m, '-')) {
            m->here++;
            last = code_point(m->pattern, &m->here);
        }
        found = found || (point >= first && point <= last);
        if (m->ignore_case && lower(point) >= 'a' && lower(point) <= 'z')
            found = found || (lower(point) >= first && lower(point) <= last) ||
                    (lower(point) - 32 >= first && lower(point) - 32 <= last);
    }
    m->here++;
    return found != negated;
}

static places atom(matcher *m, places from) {
    places to = {{false}};
    if (more(m, '(')) {
        m->here++;
        if (more(m, '?'))
            m->here += 2; /* (?: */
        to = choice(m, from);
        m->here++;
        return to;
    }
    if (more(m, '^') || more(m, '$')) {
        size_t only = m->pattern.bytes[m->here++] == '^' ? 0 : m->text.size_bytes;
        to.at[only] = from.at[only];
        return to;
    }
    size_t start = m->here, behind = start;
    for (size_t at = 0; at <= m->text.size_bytes; at++) {
        size_t next = at;
        m->here = start;
        bool fit = fits(m, at < m->text.size_bytes ? code_point(m->text, &next) : 0);
        behind = m->here;
        if (fit && at < m->text.size_bytes && from.at[at])
            to.at[next] = true;
    }
    m->here = behind;
    return to;
}

static bool join(places *into, const places *other) {
    bool changed = false;
    for (size_t at = 0; at <= SEG_ORACLE_TEXT_LIMIT; at++) {
        changed = changed || (other->at[at] && !into->at[at]);
        into->at[at] = into->at[at] || other->at[at];
    }
    return changed;
}

static void bounds(matcher *m, uint32_t *min, uint32_t *max) {
    char c = m->here < m->pattern.size_bytes ? m->pattern.bytes[m->here] : 'x';
    *min = c == '*' || c == '?' ? 0 : 1;
    *max = c == '*' || c == '+' ? UINT32_MAX : 1;
    if (c == '*' || c == '+' || c == '?')
        m->here++;
    if (c != '{')
        return;
    char *end;
    *min = *max = (uint32_t)strtoul(m->pattern.bytes + m->here + 1, &end, 10);
    if (*end == ',')
        *max = end[1] == '}' ? UINT32_MAX : (uint32_t)strtoul(end + 1, &end, 10);
    while (m->pattern.bytes[m->here] != '}')
        m->here++;
    m->here++;
}

static places repeated(matcher *m, places from) {
    size_t start = m->here;
    places once = atom(m, from), to = from;
    uint32_t min, max;
    bounds(m, &min, &max);
    size_t behind = m->here;
    if (min == 1 && max == 1)
        return once;
    for (uint32_t i = 0; i < min; i++) {
        m->here = start;
        to = atom(m, to);
    }
    for (uint32_t i = min; i < max; i++) {
        m->here = start;
        places further = atom(m, to);
        if (!join(&to, &further))
            break;
    }
    m->here = behind;
    return to;
}

static places choice(matcher *m, places from) {
    places all = {{false}};
    for (;;) {
        places to = from;
        while (m->here < m->pattern.size_bytes && !more(m, '|') && !more(m, ')'))
            to = repeated(m, to);
        join(&all, &to);
        if (!more(m, '|'))
            return all;
        m->here++;
    }
}

bool seg_oracle_matches(seg_text pattern, bool ignore_case, seg_text text) {
    if (text.size_bytes > SEG_ORACLE_TEXT_LIMIT)
        abort(); /* the histories have no such text */
    matcher m = {.pattern = pattern, .text = text, .ignore_case = ignore_case};
    places from = {{false}};
    for (size_t at = 0; at <= text.size_bytes; at++)
        from.at[at] = at == text.size_bytes || ((unsigned char)text.bytes[at] & 0xC0) != 0x80;
    places to = choice(&m, from);
    for (size_t at = 0; at <= text.size_bytes; at++) {
        if (to.at[at])
            return true;
    }
    return false;
}
