/* model_json.cc - the reader of models; its C face is model.h. */
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <string_view>

#include <simdjson.h>

#include "model.h"

namespace dom = simdjson::dom;

namespace {

/* A place in the file, in words: `trees[3].yes`. */
struct place {
    char text[192] = "";
    size_t length = 0;
};

struct reader {
    seg_arena *arena;
    seg_model *model;
    char *message;
    size_t message_bytes;
    place at;
    seg_model_input *inputs;
    seg_model_node *nodes;
    uint32_t node_room;
};

__attribute__((format(printf, 2, 3))) bool refuse(reader &r, const char *format, ...) {
    size_t used = 0;
    if (r.at.length > 0) {
        int length = snprintf(r.message, r.message_bytes, "%s: ", r.at.text);
        used = length < 0 ? 0 : size_t(length);
    }
    va_list arguments;
    va_start(arguments, format);
    if (used < r.message_bytes) vsnprintf(r.message + used, r.message_bytes - used, format, arguments);
    va_end(arguments);
    return false;
}

/* Goes into a part of the place at hand; leave() with what it gave goes out again. */
size_t enter(reader &r, std::string_view key) {
    size_t before = r.at.length, room = sizeof r.at.text - before;
    int shown = key.size() > 60 ? 60 : int(key.size());
    int length = snprintf(r.at.text + before, room, "%s%.*s", before > 0 ? "." : "", shown, key.data());
    if (length > 0 && size_t(length) < room) r.at.length += size_t(length);
    r.at.text[r.at.length] = 0;
    return before;
}

size_t enter(reader &r, size_t index) {
    size_t before = r.at.length, room = sizeof r.at.text - before;
    int length = snprintf(r.at.text + before, room, "[%zu]", index);
    if (length > 0 && size_t(length) < room) r.at.length += size_t(length);
    r.at.text[r.at.length] = 0;
    return before;
}

void leave(reader &r, size_t before) {
    r.at.length = before;
    r.at.text[before] = 0;
}

bool take_number(reader &r, dom::element value, double *out) {
    if (!value.is_number()) return refuse(r, "a number is needed here");
    *out = double(value) + 0.0; /* never -0.0 */
    return true;
}

bool take_text(reader &r, dom::element value, std::string_view *out) {
    return value.get(*out) == simdjson::SUCCESS || refuse(r, "a text is needed here");
}

bool is_name(std::string_view text) {
    if (text.empty() || text.size() > 128) return false;
    for (size_t i = 0; i < text.size(); i++) {
        char c = text[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
        if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
    }
    return true;
}

uint32_t find_input(const reader &r, std::string_view name) {
    for (uint32_t i = 0; i < r.model->input_count; i++) {
        const seg_text &known = r.inputs[i].name;
        if (name == std::string_view(known.bytes, known.size_bytes)) return i;
    }
    return SEG_NONE;
}

bool unknown_input(reader &r, std::string_view name) {
    int shown = name.size() > 60 ? 60 : int(name.size());
    return refuse(r, "\"%.*s\" is not one of the \"inputs\"", shown, name.data());
}

bool unknown_key(reader &r, std::string_view key, const char *known) {
    int shown = key.size() > 60 ? 60 : int(key.size());
    return refuse(r, "\"%.*s\" is not known here: %s", shown, key.data(), known);
}

/* ---- Inputs ---- */

bool take_input(reader &r, dom::element value) {
    seg_model_input input = {};
    std::string_view name;
    if (value.is_object()) {
        bool named = false;
        for (auto field : dom::object(value)) {
            size_t outer = enter(r, field.key);
            bool missing = field.key == "missing";
            if (!missing && field.key != "name") {
                leave(r, outer);
                return unknown_key(r, field.key, "an input has a \"name\" and perhaps \"missing\"");
            }
            if ((missing && input.has_stand_in) || (!missing && named))
                return refuse(r, "this is there twice");
            if (missing ? !take_number(r, field.value, &input.stand_in) : !take_text(r, field.value, &name))
                return false;
            input.has_stand_in = input.has_stand_in || missing;
            named = named || !missing;
            leave(r, outer);
        }
        if (!named) return refuse(r, "an input has a \"name\"");
    } else if (value.get(name) != simdjson::SUCCESS) {
        return refuse(r, "an input is a name, or {\"name\": …, \"missing\": …}");
    }
    if (!is_name(name)) return refuse(r, "a name has letters, digits and _, and begins with no digit");
    if (find_input(r, name) != SEG_NONE)
        return refuse(r, "the input \"%.*s\" is there twice", int(name.size()), name.data());
    const char *bytes = seg_arena_copy(r.arena, name.data(), name.size());
    if (!bytes) return false;
    input.name = {bytes, name.size()};
    r.inputs[r.model->input_count++] = input;
    return true;
}

bool take_inputs(reader &r, dom::element value) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS || list.size() == 0)
        return refuse(r, "a list of names is needed here: [\"visits_30d\"]");
    if (list.size() > SEG_MODEL_INPUT_LIMIT)
        return refuse(r, "a model has at most %u inputs", SEG_MODEL_INPUT_LIMIT);
    r.inputs = static_cast<seg_model_input *>(
        seg_arena_take_array(r.arena, SEG_MODEL_INPUT_LIMIT, sizeof(seg_model_input)));
    if (!r.inputs) return false;
    r.model->inputs = r.inputs;
    size_t index = 0;
    for (dom::element one : list) {
        size_t outer = enter(r, index++);
        if (!take_input(r, one)) return false;
        leave(r, outer);
    }
    return true;
}

bool take_coefficients(reader &r, dom::element value) {
    dom::object terms;
    if (value.get(terms) != simdjson::SUCCESS)
        return refuse(r, "a number for each input is needed here: {\"visits_30d\": -0.2}");
    for (auto term : terms) {
        uint32_t input = find_input(r, term.key);
        if (input == SEG_NONE) return unknown_input(r, term.key);
        size_t outer = enter(r, term.key);
        if (r.inputs[input].has_coefficient) return refuse(r, "this is there twice");
        if (!take_number(r, term.value, &r.inputs[input].coefficient)) return false;
        r.inputs[input].has_coefficient = r.inputs[input].is_needed = true;
        leave(r, outer);
    }
    return true;
}

/* ---- Trees ---- */

/* A place for one more node; SEG_NONE: told, or memory is short. */
uint32_t add_node(reader &r) {
    uint32_t count = r.model->node_count;
    if (count == SEG_MODEL_NODE_LIMIT) {
        refuse(r, "a model has at most %u tests and leaves", SEG_MODEL_NODE_LIMIT);
        return SEG_NONE;
    }
    if (count == r.node_room) {
        uint32_t room = count == 0 ? 64 : count * 2;
        auto *nodes = static_cast<seg_model_node *>(seg_arena_take_array(r.arena, room, sizeof *r.nodes));
        if (!nodes) return SEG_NONE;
        if (count > 0) memcpy(nodes, r.nodes, count * sizeof *nodes);
        r.nodes = nodes;
        r.node_room = room;
    }
    r.nodes[count] = {};
    r.nodes[count].input = SEG_NONE;
    return r.model->node_count++;
}

struct test_keys {
    dom::element yes, no;
    bool has_yes = false, has_no = false, has_limit = false, has_input = false, has_way = false;
};

bool take_way(reader &r, dom::element value, seg_model_node *node) {
    std::string_view way;
    if (!take_text(r, value, &way)) return false;
    if (way != "yes" && way != "no") return refuse(r, "\"yes\" or \"no\" is needed here");
    node->missing = way == "yes" ? SEG_MODEL_YES : SEG_MODEL_NO;
    return true;
}

bool take_test_key(reader &r, std::string_view key, dom::element value, seg_model_node *node,
                   test_keys *keys) {
    bool *seen = key == "yes"                 ? &keys->has_yes
                 : key == "no"                ? &keys->has_no
                 : key == "missing"           ? &keys->has_way
                 : key == "input"             ? &keys->has_input
                 : key == "lt" || key == "le" ? &keys->has_limit
                                              : nullptr;
    if (!seen)
        return unknown_key(r, key, "a test has \"input\", \"lt\" or \"le\", \"yes\", \"no\", \"missing\"");
    size_t outer = enter(r, key);
    if (*seen) return refuse(r, key == "lt" || key == "le" ? "a test has one limit" : "this is there twice");
    *seen = true;
    std::string_view name;
    if (key == "yes") {
        keys->yes = value;
    } else if (key == "no") {
        keys->no = value;
    } else if (key == "missing") {
        if (!take_way(r, value, node)) return false;
    } else if (key == "input") {
        if (!take_text(r, value, &name)) return false;
        node->input = find_input(r, name);
        if (node->input == SEG_NONE) return unknown_input(r, name);
    } else {
        node->or_equal = key == "le";
        if (!take_number(r, value, &node->value)) return false;
    }
    leave(r, outer);
    return true;
}

/* Reads a leaf or a test with what is below it: at most SEG_MODEL_DEPTH_LIMIT deep. */
uint32_t take_node(reader &r, dom::element value, uint32_t depth) {
    uint32_t number = add_node(r);
    if (number == SEG_NONE) return SEG_NONE;
    dom::object fields;
    if (value.get(fields) != simdjson::SUCCESS) {
        if (!value.is_number()) {
            refuse(r, "a tree is a number, or a test {\"input\": …, \"lt\": …, \"yes\": …, \"no\": …}");
            return SEG_NONE;
        }
        take_number(r, value, &r.nodes[number].value);
        return number;
    }
    if (depth == SEG_MODEL_DEPTH_LIMIT) {
        refuse(r, "a tree is at most %u tests deep", SEG_MODEL_DEPTH_LIMIT);
        return SEG_NONE;
    }
    seg_model_node node = {};
    test_keys keys;
    for (auto field : fields)
        if (!take_test_key(r, field.key, field.value, &node, &keys)) return SEG_NONE;
    if (!keys.has_input || !keys.has_limit || !keys.has_yes || !keys.has_no) {
        refuse(r, "a test has \"input\", \"lt\" or \"le\", \"yes\" and \"no\"");
        return SEG_NONE;
    }
    if (node.missing == SEG_MODEL_UNSAID) r.inputs[node.input].is_needed = true;
    size_t outer = enter(r, "yes");
    node.yes = take_node(r, keys.yes, depth + 1);
    if (node.yes == SEG_NONE) return SEG_NONE;
    leave(r, outer);
    enter(r, "no");
    node.no = take_node(r, keys.no, depth + 1);
    if (node.no == SEG_NONE) return SEG_NONE;
    leave(r, outer);
    r.nodes[number] = node;
    return number;
}

bool take_trees(reader &r, dom::element value) {
    dom::array list;
    if (value.get(list) != simdjson::SUCCESS || list.size() == 0)
        return refuse(r, "a list of trees is needed here");
    if (list.size() > SEG_MODEL_NODE_LIMIT)
        return refuse(r, "a model has at most %u tests and leaves", SEG_MODEL_NODE_LIMIT);
    auto *trees = static_cast<uint32_t *>(seg_arena_take_array(r.arena, list.size(), sizeof(uint32_t)));
    if (!trees) return false;
    r.model->trees = trees;
    for (dom::element one : list) {
        size_t outer = enter(r, size_t(r.model->tree_count));
        uint32_t root = take_node(r, one, 0);
        if (root == SEG_NONE) return false;
        trees[r.model->tree_count++] = root;
        leave(r, outer);
    }
    return true;
}

/* ---- The whole ---- */

/* One of two words. */
bool take_choice(reader &r, dom::element value, const char *no, const char *yes, bool *out) {
    std::string_view word;
    if (!take_text(r, value, &word)) return false;
    *out = word == yes;
    return *out || word == no || refuse(r, "\"%s\" or \"%s\" is needed here", no, yes);
}

bool take_part(reader &r, std::string_view key, dom::element value) {
    std::string_view text;
    if (key == "about") return take_text(r, value, &text);
    if (key == "format")
        return take_text(r, value, &text) &&
               (text == "seg-model-1" || refuse(r, "\"seg-model-1\" is needed here"));
    if (key == "inputs") return take_inputs(r, value);
    if (key == "intercept") return take_number(r, value, &r.model->intercept);
    if (key == "coefficients") return take_coefficients(r, value);
    if (key == "trees") return take_trees(r, value);
    if (key == "combine") return take_choice(r, value, "sum", "mean", &r.model->averages);
    return take_choice(r, value, "identity", "logistic", &r.model->logistic);
}

/* The parts in the order in which they are read: what names inputs comes behind them. */
bool take_model(reader &r, dom::object file) {
    static const char *const parts[] = {"format",       "about", "inputs",  "intercept",
                                        "coefficients", "trees", "combine", "link"};
    for (auto field : file) {
        bool known = false;
        for (const char *part : parts) known = known || field.key == part;
        if (!known)
            return unknown_key(r, field.key,
                               "a model has \"format\", \"about\", \"inputs\", \"intercept\", "
                               "\"coefficients\", \"trees\", \"combine\" and \"link\"");
    }
    for (const char *part : parts) {
        uint32_t count = 0;
        for (auto field : file) {
            if (field.key != part) continue;
            size_t outer = enter(r, field.key);
            if (count++ > 0) return refuse(r, "this is there twice");
            if (!take_part(r, field.key, field.value)) return false;
            leave(r, outer);
        }
        bool is_needed = strcmp(part, "format") == 0 || strcmp(part, "inputs") == 0;
        if (count == 0 && is_needed) return refuse(r, "\"%s\" is not there", part);
    }
    for (uint32_t i = 0; i < r.model->input_count; i++)
        if (r.inputs[i].has_coefficient) return true;
    return r.model->tree_count > 0 || refuse(r, "there are neither \"coefficients\" nor \"trees\"");
}

} // namespace

bool seg_model_read(seg_arena *arena, seg_text bytes, seg_model *out, char *message, size_t message_bytes) {
    *out = {};
    message[0] = 0;
    reader r = {arena, out, message, message_bytes, {}, nullptr, nullptr, 0};
    dom::parser parser(SEG_MODEL_BYTES_LIMIT);
    dom::element root;
    auto error = parser.parse(bytes.bytes, bytes.size_bytes).get(root);
    if (error == simdjson::MEMALLOC) {
        arena->failed = true;
        return false;
    }
    if (error != simdjson::SUCCESS) return refuse(r, "this is not JSON: %s", simdjson::error_message(error));
    dom::object file;
    if (root.get(file) != simdjson::SUCCESS) return refuse(r, "a model is a JSON object");
    bool done = take_model(r, file);
    out->nodes = r.nodes;
    return done && !arena->failed;
}
