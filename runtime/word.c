/* word.c - opcodes over single words, for constants and for the words of rows. */
#include "arithmetic.h"
#include "batch.h"
#include "calendar.h"
#include "logistic.h"
#include "turn.h"

static int64_t float_op(seg_batch *batch, uint8_t op, int64_t a, int64_t b) {
    if (op == SEG_OP_DIVF && b == 0) return SEG_MISSING;
    if (a == SEG_MISSING || b == SEG_MISSING) return SEG_MISSING;
    double x = seg_word_float(a), y = seg_word_float(b), value;
    switch (op) {
    case SEG_OP_ADDF: value = x + y; break;
    case SEG_OP_SUBF: value = x - y; break;
    case SEG_OP_MULF: value = x * y; break;
    default: value = x / y; break;
    }
    return seg_word_of_float(value, &batch->faults);
}

static int64_t calendar_op(const seg_batch *batch, const seg_node *op, int64_t a, int64_t b) {
    const seg_image *image = batch->image;
    switch (op->op) {
    case SEG_OP_ZONE: return seg_calendar_find_zone(image, a);
    case SEG_OP_PART_NOW:
        return seg_calendar_part(image, seg_calendar_zone(image, a), (seg_part)op->imm, batch->now);
    case SEG_OP_PART_IN: {
        uint32_t zone = seg_calendar_zone(image, a);
        return seg_turn_has(image, op->c, seg_calendar_part(image, zone, (seg_part)op->imm, batch->now));
    }
    default: break;
    }
    if (a == SEG_MISSING) return SEG_MISSING;
    switch (op->op) {
    case SEG_OP_DATE_MONTHS: return seg_calendar_date_months(a, op->imm);
    case SEG_OP_DATE_OF: return seg_calendar_date(image, op->c, a);
    case SEG_OP_DATE_START: return seg_calendar_date_start(image, op->c, a);
    case SEG_OP_HOUR_OF: return seg_calendar_hour(image, op->c, a);
    case SEG_OP_WEEKDAY_OF: return seg_calendar_weekday(image, op->c, a);
    case SEG_OP_DATE_PART: return seg_calendar_date_part((seg_part)op->imm, a);
    default: return seg_calendar_part(image, seg_calendar_zone(image, b), (seg_part)op->imm, a); /* PART */
    }
}

int64_t seg_word_op(seg_batch *batch, const seg_node *op, int64_t a, int64_t b) {
    switch (op->op) {
    case SEG_OP_ADD: return seg_word_add(a, b, &batch->faults);
    case SEG_OP_SUB: return seg_word_subtract(a, b, &batch->faults);
    case SEG_OP_MUL: return seg_word_multiply(a, b, &batch->faults);
    case SEG_OP_MULI: return seg_word_multiply(a, op->imm, &batch->faults);
    case SEG_OP_NEG: return a == SEG_MISSING ? SEG_MISSING : -a;
    case SEG_OP_DIVQ: return seg_word_ratio(a, b);
    case SEG_OP_ITOF: return seg_word_ratio(a, op->imm);
    case SEG_OP_NEGF: return a == SEG_MISSING ? SEG_MISSING : seg_float_word(-seg_word_float(a));
    case SEG_OP_LOGISTIC:
        return a == SEG_MISSING ? SEG_MISSING : seg_float_word(seg_logistic(seg_word_float(a)));
    case SEG_OP_ADDF:
    case SEG_OP_SUBF:
    case SEG_OP_MULF:
    case SEG_OP_DIVF: return float_op(batch, op->op, a, b);
    default: return calendar_op(batch, op, a, b);
    }
}

bool seg_word_reached(const seg_batch *batch, int64_t instant, int32_t months, int64_t ms) {
    return instant != SEG_MISSING && batch->now >= seg_calendar_shift(batch->image, instant, months, ms);
}
