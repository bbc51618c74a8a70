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
    uint32_t count, steps_taken;
    seg_course courses[QUESTIONS]; /* of each question */
    uint16_t yes[QUESTIONS], no[QUESTIONS];
    seg_step steps[SEG_STEPS];
    seg_node nodes[SEG_STEPS];
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
    while (survey->steps_taken++ < STEPS) {
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
            if (seg_leaf_of(image, at->c)->kind != SEG_LEAF_NONE) {
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

/* Where the course leads: a question's number, or a verdict. */
static bool place(seg_survey *survey, seg_course *course, uint16_t *out) {
    seg_halt halt = go_on(survey, course);
    if (halt == HALT_YES || halt == HALT_NO) {
        *out = halt == HALT_YES ? SEG_NODE_YES : SEG_NODE_NO;
        return true;
    }
    if (halt == HALT_FAILS) return false;
    uint32_t i = 0;
    while (i < survey->count && !is_same(&survey->courses[i], course)) i++;
    if (i == QUESTIONS) return false;
    if (i == survey->count) {
        survey->courses[survey->count] = *course;
        survey->count++;
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

/* Finds all questions of a program. A word counts as true or false only: whatever else it is used for fails.
 */
static bool find(seg_survey *survey, uint32_t program) {
    seg_course course = {0};
    uint16_t first;
    const seg_image *image = survey->image;
    survey->count = survey->steps_taken = 0;
    if (seg_leaf_of(image, program)->kind != SEG_LEAF_NONE) { /* it is its only question */
        survey->courses[survey->count++].program = program;
        survey->yes[0] = SEG_NODE_YES;
        survey->no[0] = SEG_NODE_NO;
        return true;
    }
    if (!enter(image, &course, 0, program) || !place(survey, &course, &first)) return false;
    for (uint32_t i = 0; i < survey->count; i++)
        if (!answer(survey, i, 0, &survey->no[i]) || !answer(survey, i, 1, &survey->yes[i])) return false;
    return survey->count > 0;
}

static bool is_of_ranges(const seg_leaf *leaf) {
    return leaf->pin_at && (leaf->kind != SEG_LEAF_REACHED ||
                            (leaf->constant >= -SEG_NODE_REACH_MS && leaf->constant <= SEG_NODE_REACH_MS));
}

/* Steps for all questions: twice, because where a question begins is known only then. 0: too many. */
static uint32_t list_steps(seg_survey *survey) {
    uint16_t begins[QUESTIONS] = {0};
    uint32_t total = 0;
    for (int pass = 0; pass < 2; pass++) {
        total = 0;
        for (uint32_t i = 0; i < survey->count; i++) {
            uint32_t program = survey->courses[i].program, room = SEG_STEPS - total, taken = 1;
            const seg_leaf *leaf = seg_leaf_of(survey->image, program);
            uint16_t yes = survey->yes[i], no = survey->no[i];
            if (yes < survey->count) yes = begins[yes];
            if (no < survey->count) no = begins[no];
            if (room == 0) return 0;
            if (is_of_ranges(leaf))
                taken = seg_steps_of_leaf(&survey->steps[total], room, leaf, total, yes, no);
            else
                survey->steps[total] = (seg_step){.low = program, .yes = yes, .no = no};
            if (taken == 0) return 0;
            begins[i] = (uint16_t)total;
            total += taken;
        }
    }
    return total;
}

/* The chart of a segment in survey->nodes: how many. 0: it has none. */
static uint32_t draw(seg_survey *survey, uint32_t segment) {
    if (!find(survey, survey->image->segments[segment].program)) return 0;
    uint32_t count = list_steps(survey);
    return count ? seg_nodes_pack(survey->nodes, survey->steps, count) : 0;
}

/* Nodes begin where a line of a processor's cache does. */
static seg_node *make_nodes(seg_image *image, uint32_t count) {
    image->nodes_bytes = (count + UINT64_C(1)) * sizeof(seg_node);
    image->nodes = seg_resize(image->allocator, NULL, 0, image->nodes_bytes);
    uintptr_t at = (uintptr_t)image->nodes;
    return image->nodes ? (seg_node *)(void *)((char *)image->nodes + (-at & (sizeof(seg_node) - 1))) : NULL;
}

bool seg_charts_derive(seg_image *image) {
    static const seg_node none = {.code = SEG_NODE_NONE};
    if (image->segment_count == 0) return true;
    image->charts = seg_resize(image->allocator, NULL, 0, image->segment_count * sizeof *image->charts);
    seg_survey *survey = image->charts ? seg_resize(image->allocator, NULL, 0, sizeof *survey) : NULL;
    if (!survey) return false;
    survey->image = image;
    uint32_t count = 0;
    for (uint32_t i = 0; i < image->segment_count; i++) count += draw(survey, i);
    seg_node *next = make_nodes(image, count);
    for (uint32_t i = 0; next && i < image->segment_count; i++) {
        uint32_t drawn = draw(survey, i);
        image->charts[i] = drawn ? next : &none;
        memcpy(next, survey->nodes, drawn * sizeof *next);
        next += drawn;
    }
    seg_resize(image->allocator, survey, sizeof *survey, 0);
    return next;
}

void seg_charts_free(seg_image *image) {
    if (image->charts)
        seg_resize(image->allocator, image->charts, image->segment_count * sizeof *image->charts, 0);
    if (image->nodes) seg_resize(image->allocator, image->nodes, image->nodes_bytes, 0);
}

bool seg_chart_ask(seg_vm *vm, const seg_node *first, const uint8_t *state, int64_t at, bool *verdict) {
    int64_t holds = SEG_NEVER, word;
    vm->state = state;
    vm->now = at;
    uint32_t place = seg_chart_walk(first, 0, state, at);
    while (place < SEG_NODE_NO) {
        const seg_node *node = &first[place];
        if (!seg_leaf_run(vm, seg_leaf_of(vm->image, node->low[0]), &word, &holds)) return false;
        place = seg_chart_walk(first, node->ways[word != 0], state, at);
    }
    *verdict = place == SEG_NODE_YES;
    return true;
}
