/* oracle_scores.c - models, as docs/models.md says them. */
#include <stdlib.h>

#include "meaning.h"

static double logistic(double x) {
    double a = fabs(x) > 700 ? 700 : fabs(x), factorial = 1;
    double k = floor(a * 1.4426950408889634 + 0.5);
    double r = a - k * 0.693147180369123816490;
    r = r - k * 1.90821492927058770002e-10;
    for (int n = 1; n <= 13; n++) factorial *= n;
    double sum = -1 / factorial;
    for (int n = 12; n >= 0; n--) {
        factorial /= n + 1;
        double term = (n % 2 == 0 ? 1 : -1) / factorial;
        sum = sum * r;
        sum = sum + term;
    }
    double e = ldexp(sum, -(int)k);
    return x < 0 ? e / (1 + e) : 1 / (1 + e);
}

static double tree_value(look *l, const seg_model *model, uint32_t number, const answer *inputs) {
    const seg_model_node *place = &model->nodes[number];
    while (place->input != SEG_NONE) {
        answer x = inputs[place->input];
        bool yes = place->or_equal ? x.f <= place->value : x.f < place->value;
        if (!x.known && place->missing == SEG_MODEL_UNSAID) l->oracle->unsound++;
        if (!x.known) yes = place->missing == SEG_MODEL_YES;
        place = &model->nodes[yes ? place->yes : place->no];
    }
    return place->value;
}

answer seg_oracle_model(look *l, const node *n) {
    const seg_model *model = l->oracle->rules->models[n->rule->index];
    answer inputs[SEG_MODEL_INPUT_LIMIT];
    const node *given = n->operands[0];
    for (uint32_t i = 0; i < model->input_count; i++, given = given->operands[1])
        inputs[i] = seg_oracle_evaluate(l, given->operands[0]);
    double score = model->intercept, trees = 0;
    for (uint32_t i = 0; i < model->input_count; i++) {
        if (!model->inputs[i].has_coefficient) continue;
        if (!inputs[i].known) l->oracle->unsound++;
        score = tame(score + tame(inputs[i].f * model->inputs[i].coefficient));
    }
    for (uint32_t i = 0; i < model->tree_count; i++)
        trees = tame(trees + tree_value(l, model, model->trees[i], inputs));
    if (model->averages && model->tree_count > 0) trees = tame(trees / model->tree_count);
    score = tame(score + trees);
    return real(model->logistic ? logistic(score) : score);
}

/* ---- Functions of the host, once more -------------------- */

/* A whole number that a function gave, held at the ends of its type. */
static answer held(__int128 value, __int128 least, __int128 most) {
    return whole((int64_t)(value < least ? least : value > most ? most : value));
}

answer seg_oracle_native(look *l, const node *n) {
    seg_text name = l->oracle->rules->natives[n->rule->index].name;
    answer given[3] = {{0}};
    const node *next = n->operands[0];
    for (uint32_t i = 0; i < 3 && next != NULL; i++, next = next->operands[1]) {
        given[i] = seg_oracle_evaluate(l, next->operands[0]);
        if (!given[i].known) l->oracle->unsound++;
    }
    switch (name.bytes[3]) { /* nf_… */
    case 'b': return real(tame(given[0].f * 0.5) + given[1].f);
    case 's': return given[1].f == 0 ? missing() : real(given[0].f / given[1].f);
    case 'o': return whole((given[0].i & 1) == 1);
    case 'c': return given[given[0].i != 0 ? 1 : 2];
    default: return held((__int128)given[0].i + given[1].i, SEG_TIME_MIN, SEG_TIME_MAX);
    }
}
