/* Models: the reader takes what docs/models.md describes and nothing else; the logistic function is exact to
 * the bit, and close to the true one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/model.h"
#include "../../runtime/logistic.h"

#define HEAD "{\"format\": \"seg-model-1\", \"inputs\": [\"a\", \"b\"], "

static bool read_text(seg_arena *arena, const char *text, seg_model *model, char message[400]) {
    return seg_model_read(arena, (seg_text){text, strlen(text)}, model, message, 400);
}

static void refused_files_say_where(void **state) {
    (void)state;
    static const struct {
        const char *text, *message; /* how the message begins */
    } files[] = {
        {"", "this is not JSON"},
        {"{", "this is not JSON"},
        {HEAD "\"trees\": [1e999]}", "this is not JSON"},
        {"\xFF", "this is not JSON"},
        {"[1]", "a model is a JSON object"},
        {"{}", "\"format\" is not there"},
        {"{\"format\": 1}", "format: a text is needed"},
        {"{\"format\": \"seg-model-2\"}", "format: \"seg-model-1\" is needed"},
        {"{\"format\": \"seg-model-1\"}", "\"inputs\" is not there"},
        {"{\"format\": \"seg-model-1\", \"inputs\": []}", "inputs: a list of names"},
        {"{\"format\": \"seg-model-1\", \"inputs\": [\"1a\"]}", "inputs[0]: a name has letters"},
        {"{\"format\": \"seg-model-1\", \"inputs\": [\"a\", \"a\"]}",
         "inputs[1]: the input \"a\" is there twice"},
        {"{\"format\": \"seg-model-1\", \"inputs\": [{\"missing\": 1}]}",
         "inputs[0]: an input has a \"name\""},
        {"{\"format\": \"seg-model-1\", \"inputs\": [{\"name\": \"a\", \"name\": \"b\"}]}",
         "inputs[0].name: this is there twice"},
        {"{\"format\": \"seg-model-1\", \"inputs\": [{\"name\": \"a\", \"missing\": null}]}",
         "inputs[0].missing: a number"},
        {"{\"format\": \"seg-model-1\", \"inputs\": [{\"nam\": \"a\"}]}", "inputs[0]: \"nam\" is not known"},
        {HEAD "\"coefficients\": {}}", "there are neither"},
        {HEAD "\"coefficients\": {\"c\": 1}}", "coefficients: \"c\" is not one of"},
        {HEAD "\"coefficients\": {\"a\": true}}", "coefficients.a: a number"},
        {HEAD "\"coefficients\": [1]}", "coefficients: a number for each"},
        {HEAD "\"trees\": []}", "trees: a list of trees"},
        {HEAD "\"trees\": [1, []]}", "trees[1]: a tree is a number, or a test"},
        {HEAD "\"trees\": [{\"input\": \"a\"}]}", "trees[0]: a test has"},
        {HEAD "\"trees\": [{\"input\": \"a\", \"lt\": 1, \"le\": 2}]}", "trees[0].le: a test has one limit"},
        {HEAD "\"trees\": [{\"input\": \"a\", \"lt\": 1, \"yes\": 1, \"no\": {\"input\": 3}}]}",
         "trees[0].no.input: a text"},
        {HEAD "\"trees\": [{\"input\": \"a\", \"lt\": 1, \"yes\": 1, \"no\": 2, \"missing\": \"left\"}]}",
         "trees[0].missing: \"yes\" or \"no\""},
        {HEAD "\"trees\": [{\"input\": \"a\", \"eq\": 1}]}", "trees[0]: \"eq\" is not known"},
        {HEAD "\"trees\": [1], \"combine\": \"product\"}", "combine: \"sum\" or \"mean\""},
        {HEAD "\"trees\": [1], \"link\": \"log\"}", "link: \"identity\" or \"logistic\""},
        {HEAD "\"trees\": [1], \"trees\": [2]}", "trees: this is there twice"},
        {HEAD "\"tree\": [1]}", "\"tree\" is not known"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        seg_arena arena = {0};
        seg_model model;
        char message[400];
        assert_false(read_text(&arena, files[i].text, &model, message));
        assert_false(arena.failed);
        if (strncmp(message, files[i].message, strlen(files[i].message)) != 0)
            fail_msg("%s\ngave: %s", files[i].text, message);
        seg_arena_release(&arena);
    }
}

static void a_model_is_read(void **state) {
    (void)state;
    seg_arena arena = {0};
    seg_model model;
    char message[400];
    assert_true(
        read_text(&arena,
                  "{\"link\": \"logistic\", \"coefficients\": {\"b\": -2}, \"trees\": [{\"input\": \"a\", "
                  "\"le\": 7, \"missing\": \"no\", \"yes\": 1, \"no\": 2.5}, -0.0], \"intercept\": 3, "
                  "\"combine\": \"mean\", \"inputs\": [\"a\", {\"name\": \"b\", \"missing\": 4}], "
                  "\"about\": \"x\", \"format\": \"seg-model-1\"}",
                  &model, message));
    assert_true(model.logistic && model.averages && model.intercept == 3);
    assert_int_equal(model.input_count, 2);
    assert_false(model.inputs[0].is_needed || model.inputs[0].has_coefficient);
    assert_true(model.inputs[1].has_coefficient && model.inputs[1].coefficient == -2);
    assert_true(model.inputs[1].has_stand_in && model.inputs[1].stand_in == 4);
    assert_int_equal(model.tree_count, 2);
    const seg_model_node *root = &model.nodes[model.trees[0]];
    assert_true(root->input == 0 && root->or_equal && root->value == 7 && root->missing == SEG_MODEL_NO);
    assert_true(model.nodes[root->yes].value == 1 && model.nodes[root->no].value == 2.5);
    assert_false(signbit(model.nodes[model.trees[1]].value));
    seg_arena_release(&arena);
}

/* A tree of `depth` tests below each other. */
static void depth_has_a_limit(void **state) {
    (void)state;
    static const char test[] = "{\"input\": \"a\", \"lt\": 1, \"yes\": 1, \"no\": ";
    for (size_t depth = SEG_MODEL_DEPTH_LIMIT; depth <= 100000; depth = depth * 2 + 1) {
        size_t room = sizeof HEAD + 20 + depth * sizeof test;
        char *text = malloc(room), *at = text, message[400];
        assert_non_null(text);
        at += sprintf(at, HEAD "\"trees\": [");
        for (size_t i = 0; i < depth; i++) at += sprintf(at, "%s", test);
        *at++ = '0';
        for (size_t i = 0; i < depth; i++) *at++ = '}';
        sprintf(at, "]}");
        seg_arena arena = {0};
        seg_model model;
        assert_int_equal(read_text(&arena, text, &model, message), depth == SEG_MODEL_DEPTH_LIMIT);
        assert_false(arena.failed);
        seg_arena_release(&arena);
        free(text);
    }
}

static void nodes_have_a_limit(void **state) {
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        size_t count = SEG_MODEL_NODE_LIMIT + more;
        char *text = malloc(sizeof HEAD + 20 + 2 * count), *at = text, message[400];
        assert_non_null(text);
        at += sprintf(at, HEAD "\"trees\": [0");
        for (size_t i = 1; i < count; i++) at += sprintf(at, ",1");
        sprintf(at, "]}");
        seg_arena arena = {0};
        seg_model model;
        assert_int_equal(read_text(&arena, text, &model, message), more == 0);
        seg_arena_release(&arena);
        free(text);
    }
}

static uint64_t bits_of(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* The same bits on every machine: worked out step by step from docs/models.md, with exact fractions. */
static void logistic_has_these_bits(void **state) {
    (void)state;
    static const struct {
        double x;
        uint64_t bits;
    } known[] = {
        {0.0, UINT64_C(0x3fe0000000000000)},
        {1.0, UINT64_C(0x3fe764d4f5d5a2bd)},
        {-1.0, UINT64_C(0x3fd136561454ba86)},
        {0.1, UINT64_C(0x3fe0cca12729afb8)},
        {-0.1, UINT64_C(0x3fde66bdb1aca090)},
        {0.5249791874789399, UINT64_C(0x3fe41b205b97b90a)},
        {2.5, UINT64_C(0x3fed9291ddb596f8)},
        {-3.75, UINT64_C(0x3f978761313f2259)},
        {10.0, UINT64_C(0x3fefffa0cb346f89)},
        {-10.0, UINT64_C(0x3f07cd32e41dd95f)},
        {0.6931471805599453, UINT64_C(0x3fe5555555555555)},
        {-0.34657359027997264, UINT64_C(0x3fda827999fcef32)},
        {20.123456789, UINT64_C(0x3fefffffff059e22)},
        {-36.7, UINT64_C(0x3ca0998b04bdd18f)},
        {-100.25, UINT64_C(0x36e4acd31e167ebb)},
        {-699.5, UINT64_C(0x00dc89c2e339b392)},
        {-745.0, UINT64_C(0x00d14f2b0fb9307f)},
        {1e-300, UINT64_C(0x3fe0000000000000)},
        {37.0, UINT64_C(0x3ff0000000000000)},
        {5e-324, UINT64_C(0x3fe0000000000000)},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        assert_int_equal(bits_of(seg_logistic(known[i].x)), known[i].bits);
}

static void logistic_is_close(void **state) {
    (void)state;
    double last = 0;
    for (double x = -699; x <= 60; x += 0x1.8p-6) {
        double found = seg_logistic(x);
        long double wanted = 1.0L / (1.0L + expl(-(long double)x));
        double unit = nextafter((double)wanted, 2) - (double)wanted;
        assert_true(fabsl((long double)found - wanted) <= 4 * (long double)unit);
        assert_true(found >= last);
        last = found;
    }
    assert_true(seg_logistic(0) == 0.5);
    assert_true(seg_logistic(1e308) == 1 && seg_logistic(-1e308) > 0);
    assert_true(seg_logistic(-1e308) == seg_logistic(-700));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused_files_say_where), cmocka_unit_test(a_model_is_read),
        cmocka_unit_test(depth_has_a_limit),       cmocka_unit_test(nodes_have_a_limit),
        cmocka_unit_test(logistic_has_these_bits), cmocka_unit_test(logistic_is_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
