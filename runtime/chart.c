/* chart.c - see chart.h. */
#include "chart.h"

#include "base/arena.h"
#include "logic.h"

/* Larger programs are run: charts must not take more memory than the code that they are made of. */
enum { QUESTIONS = 48, LEVELS = 6, STEPS = 4096 };

typedef struct seg_course { /* the machine where it waits for a leaf's answer */
    uint32_t depth;         /* of the last level */
    uint32_t program;       /* the leaf's */
    seg_level levels[LEVELS];
} seg_course;

typedef struct seg_survey {
    const seg_image *image;
    uint32_t count, steps;
    seg_course courses[QUESTIONS];
    seg_question questions[QUESTIONS];
} seg_survey;

typedef enum seg_halt { HALT_ASKS, HALT_YES, HALT_NO, HALT_FAILS } seg_halt;

static bool enter(const seg_image *image, seg_course *course, uint32_t depth, uint32_t program) {
    if (depth >= LEVELS || image->programs[program].registers > SEG_LOGIC_REGISTERS) return false;
    course->depth = depth;
    course->levels[depth] = (seg_level){.at = image->code + image->programs[program].code.first};
    return true;
}

/* Goes on to the next leaf or to the verdict. The register that the leaf's answer goes to is 0 meanwhile, so
 * that courses that will be the same are the same. */
static seg_halt go_on(seg_survey *survey, seg_course *course) {
    const seg_image *image = survey->image;
    while (survey->steps++ < STEPS) {
        seg_level *level = &course->levels[course->depth];
        int64_t *r = level->registers;
        const seg_ins *at = level->at++;
        if (seg_logic_step(level, at)) continue;
        switch (at->op) {
        case SEG_OP_RET: {
            int64_t word = r[at->a];
            if (course->depth == 0) return word ? HALT_YES : HALT_NO;
            level = &course->levels[--course->depth];
            level->registers[level->at[-1].a] = word;
            break;
        }
        case SEG_OP_MEMBER: /* the profile is there when a chart is asked */
        case SEG_OP_CALL:
            if (image->leaves[at->c].kind != SEG_LEAF_NONE) {
                course->program = at->c;
                r[at->a] = 0;
                return HALT_ASKS;
            }
            if (!enter(image, course, course->depth + 1, at->c)) return HALT_FAILS;
            break;
        default: return HALT_FAILS; /* more than logic */
        }
    }
    return HALT_FAILS;
}

static bool is_same(const seg_course *a, const seg_course *b) {
    return a->program == b->program && a->depth == b->depth &&
           memcmp(a->levels, b->levels, (a->depth + 1) * sizeof *a->levels) == 0;
}

static seg_question question_of(const seg_image *image, uint32_t program) {
    const seg_leaf *leaf = &image->leaves[program];
    seg_question question = {.program = program};
    if (!leaf->pin_at) return question;
    bool is_turned;
    question.term = seg_term_of(leaf, &is_turned);
    question.is_turned = is_turned;
    if (leaf->kind == SEG_LEAF_REACHED)
        question.asks = SEG_ASKS_REACHED;
    else if (question.term.word_count == 0)
        question.asks = SEG_ASKS_RANGE;
    return question;
}

/* Where the course leads: a question's number, or a verdict. */
static bool place(seg_survey *survey, seg_course *course, uint16_t *out) {
    seg_halt halt = go_on(survey, course);
    if (halt == HALT_YES || halt == HALT_NO) {
        *out = halt == HALT_YES ? SEG_CHART_YES : SEG_CHART_NO;
        return true;
    }
    if (halt == HALT_FAILS) return false;
    uint32_t i = 0;
    while (i < survey->count && !is_same(&survey->courses[i], course)) i++;
    if (i == QUESTIONS) return false;
    if (i == survey->count) {
        survey->courses[survey->count] = *course;
        survey->questions[survey->count++] = question_of(survey->image, course->program);
    }
    *out = (uint16_t)i;
    return true;
}

static bool answer(seg_survey *survey, uint32_t question, int64_t word, uint16_t *out) {
    seg_course course = survey->courses[question];
    seg_level *level = &course.levels[course.depth];
    level->registers[level->at[-1].a] = word;
    return place(survey, &course, out);
}

/* A term that says the opposite of its leaf leads the other way. */
static void turn(seg_question *question) {
    if (question->asks == SEG_ASKS_LEAF || !question->is_turned) return;
    uint16_t yes = question->no;
    question->no = question->yes;
    question->yes = yes;
}

/* Finds all questions of a program. A word counts as true or false only: whatever else it is used for fails.
 */
static bool find(seg_survey *survey, uint32_t program) {
    seg_course course = {0};
    uint16_t first;
    survey->count = survey->steps = 0;
    if (!enter(survey->image, &course, 0, program) || !place(survey, &course, &first)) return false;
    for (uint32_t i = 0; i < survey->count; i++)
        if (!answer(survey, i, 0, &survey->questions[i].no) ||
            !answer(survey, i, 1, &survey->questions[i].yes))
            return false;
    for (uint32_t i = 0; i < survey->count; i++) turn(&survey->questions[i]);
    return survey->count > 0;
}

static bool has_table(const seg_image *image, uint32_t segment) {
    return image->truths[segment].first < image->truths[segment].end;
}

bool seg_charts_derive(seg_image *image) {
    if (image->segment_count == 0) return true;
    size_t charts_size = (size_t)image->segment_count * sizeof *image->charts;
    image->charts = seg_resize(image->allocator, NULL, 0, charts_size);
    if (!image->charts) return false;
    memset(image->charts, 0, charts_size);
    seg_survey *survey = seg_resize(image->allocator, NULL, 0, sizeof *survey);
    if (!survey) return false;
    survey->image = image;
    for (uint32_t i = 0; i < image->segment_count; i++)
        if (!has_table(image, i) && find(survey, image->segments[i].program))
            image->question_count += survey->count;
    size_t size = image->question_count * sizeof *image->questions;
    image->questions = size ? seg_resize(image->allocator, NULL, 0, size) : NULL;
    seg_question *next = image->questions;
    for (uint32_t i = 0; next && i < image->segment_count; i++) {
        if (has_table(image, i) || !find(survey, image->segments[i].program)) continue;
        memcpy(next, survey->questions, survey->count * sizeof *next);
        image->charts[i].first = next;
        next += survey->count;
    }
    seg_resize(image->allocator, survey, sizeof *survey, 0);
    return size == 0 || image->questions;
}

void seg_charts_free(seg_image *image) {
    if (image->charts)
        seg_resize(image->allocator, image->charts, (size_t)image->segment_count * sizeof *image->charts, 0);
    if (image->questions)
        seg_resize(image->allocator, image->questions, image->question_count * sizeof *image->questions, 0);
}

/* Whether so many milliseconds have gone by since an instant, as seg_calendar_shift counts them. */
static bool has_reached(int64_t instant, int64_t length_ms, int64_t at) {
    int64_t latest;
    if (instant == SEG_MISSING) return false;
    if (__builtin_sub_overflow(at, length_ms, &latest)) return length_ms < 0;
    return (instant < SEG_TIME_MIN   ? SEG_TIME_MIN
            : instant > SEG_TIME_MAX ? SEG_TIME_MAX
                                     : instant) <= latest;
}

bool seg_chart_ask(seg_vm *vm, const seg_chart *chart, const uint8_t *state, int64_t at, bool *verdict) {
    int64_t holds = SEG_NEVER, word;
    uint32_t place = 0;
    vm->state = state;
    vm->now = at;
    do {
        const seg_question *question = &chart->first[place];
        if (question->asks == SEG_ASKS_RANGE)
            word = seg_term_lies(&question->term, seg_term_word(&question->term, state));
        else if (question->asks == SEG_ASKS_REACHED)
            word = has_reached(seg_term_word(&question->term, state), (int64_t)question->term.low, at);
        else if (!seg_leaf_run(vm, &vm->image->leaves[question->program], &word, &holds))
            return false;
        if (word != 0) /* a branch: what comes next is fetched while this one is still on its way */
            place = question->yes;
        else
            place = question->no;
    } while (place < SEG_CHART_NO);
    SEG_METER(vm, instructions, 1); /* counting questions would cost a twentieth */
    *verdict = place == SEG_CHART_YES;
    return true;
}
