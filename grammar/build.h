/* build.h - the nodes of the tree, one call for each rule of the grammar.
 *
 * Every function gives NULL when memory is short (parser->arena->failed says so at the end) and takes
 * NULL for a part that is absent or could not be made. A "list" is a node without meaning whose
 * children are moved elsewhere by the rule that contains it. */
#ifndef SEG_BUILD_H
#define SEG_BUILD_H

#include "parse.h"

void seg_build_item(seg_parser *parser, seg_node *item); /* appends to the workspace */
seg_node *seg_build_error(seg_parser *parser, seg_span span);
seg_node *seg_build_leaf(seg_parser *parser, seg_node_kind kind, seg_span span);
seg_node *seg_build_one(seg_parser *parser, seg_node_kind kind, seg_span span, seg_node *a);
seg_node *seg_build_two(seg_parser *parser, seg_node_kind kind, seg_span span, seg_node_op op, seg_node *a,
                        seg_node *b);
seg_node *seg_build_three(seg_parser *parser, seg_node_kind kind, seg_span span, seg_node *a, seg_node *b,
                          seg_node *c);
seg_node *seg_build_negated(seg_node *node);
/* Marks a test as one that is blind to case, if it is. */
seg_node *seg_build_caseless(seg_node *node, bool ignoring);
seg_node *seg_build_version(seg_node *node); /* a test on versions */
seg_node *seg_build_text_test(seg_parser *parser, seg_span span, seg_node_op op, seg_node *a, seg_node *b,
                              bool ignoring);
seg_node *seg_build_optional(seg_node *type, seg_span span);
seg_node *seg_build_parentheses(seg_node *node, seg_span span);

/* Appends `node` to `list`, which is made when it is NULL. */
seg_node *seg_build_list(seg_parser *parser, seg_span span, seg_node *list, seg_node *node);
/* A node with the children of `list`, which is gone then, as it is wherever it is given to another function.
 */
seg_node *seg_build_adopt(seg_parser *parser, seg_node_kind kind, seg_span span, seg_node *list);
/* A node with the name of the NAME node `name`, and one child or the children of `list`. */
seg_node *seg_build_named(seg_parser *parser, seg_node_kind kind, seg_span span, const seg_node *name,
                          seg_node *child);
seg_node *seg_build_named_adopt(seg_parser *parser, seg_node_kind kind, seg_span span, const seg_node *name,
                                seg_node *list);
/* `and` and `or` over two or more operands: a balanced tree, so that a long rule is not a deep one. */
seg_node *seg_build_chain(seg_parser *parser, seg_node_kind kind, seg_node *list);

/* Tokens. The leaf of a token with a value: a literal, or a NAME. */
seg_node *seg_build_token(seg_parser *parser, const seg_token *token);
/* The NAME that a word of the language is where it stands. */
seg_node *seg_build_word(seg_parser *parser, seg_span span);
/* A node with the text of a leaf. */
seg_node *seg_build_text(seg_parser *parser, seg_node_kind kind, seg_span span, seg_span text_span,
                         const seg_node *text);
seg_node *seg_build_boolean(seg_parser *parser, seg_span span, bool value);
seg_node *seg_build_minus(seg_parser *parser, seg_span span, seg_node *digits); /* NUMBER with a minus */

/* Declarations. */
seg_node *seg_build_undocumented(seg_parser *parser, const seg_node *head, seg_node *declaration);
seg_node *seg_build_rule(seg_parser *parser, seg_span span, seg_node *name, seg_node *title, seg_node *family,
                         seg_node *rule);
/* A family: `values` is what seg_build_values made of its title, the name behind `for` and the list. */
seg_node *seg_build_values(seg_parser *parser, seg_span span, seg_node *title, seg_node *name,
                           seg_node *list);
seg_node *seg_build_family(seg_parser *parser, seg_span span, seg_node *name, seg_node *parameters,
                           seg_node *values, seg_node *rule);
seg_node *seg_build_except(seg_parser *parser, seg_span span, seg_node *rule, seg_node *exceptions);
/* A segment as it is asked for; `stage` or `value` or both are NULL. */
seg_node *seg_build_segment_name(seg_parser *parser, seg_span span, const seg_node *name,
                                 const seg_node *stage, seg_node *value);
seg_node *seg_build_stage(seg_node *stage, seg_span span, seg_node *condition);
seg_node *seg_build_stages(seg_parser *parser, seg_span span, const seg_node *name, seg_node *title,
                           seg_node *stages, seg_node *last);
seg_node *seg_build_segment(seg_parser *parser, seg_span span, seg_node *head, seg_node *rule);
/* from each "list" of "source" */
seg_node *seg_build_elements(seg_parser *parser, seg_span span, const seg_node *list, seg_node *source);
seg_node *seg_build_event(seg_parser *parser, seg_span span, const seg_node *name, seg_node *source,
                          seg_node *fields);
seg_node *seg_build_define(seg_parser *parser, seg_span span, const seg_node *name, seg_node *parameters,
                           seg_node *body);
seg_node *seg_build_model(seg_parser *parser, seg_span span, const seg_node *name, seg_node *file,
                          seg_node *inputs);
seg_node *seg_build_native(seg_parser *parser, seg_span span, const seg_node *name, seg_node *parameters,
                           seg_node *type, seg_node *library);
seg_node *seg_build_columns(seg_parser *parser, seg_span span, const seg_node *name, seg_node *file,
                            seg_node *columns);
seg_node *seg_build_test(seg_parser *parser, seg_span span, seg_span title_span, const seg_node *title,
                         seg_node *steps);
seg_node *seg_build_attribute(seg_parser *parser, seg_span span, const seg_node *name, seg_node *type,
                              seg_node *value, seg_node *history);
seg_node *seg_build_type(seg_parser *parser, seg_span span, seg_node *name, seg_node *scale);
seg_node *seg_build_set(seg_parser *parser, seg_span span, const seg_node *element);
seg_node *seg_build_enum(seg_parser *parser, seg_span span, seg_node *values);

/* `subjects`: a SUBJECTS node; `what`: the condition, the other SUBJECTS, or NULL. */
seg_node *seg_build_policy(seg_parser *parser, seg_span span, const seg_node *name, seg_node *title,
                           seg_node_op op, seg_node *subjects, seg_node *what);
seg_node *seg_build_placed(seg_node *node, seg_span span); /* the node, now from `span` */

/* Steps of a test. */
seg_node *seg_build_step(seg_parser *parser, seg_span span, seg_node *instant, const seg_node *name,
                         seg_node *settings);
seg_node *seg_build_identified(seg_parser *parser, seg_span span, const seg_node *name, const seg_node *id,
                               seg_node *settings);
seg_node *seg_build_other(seg_parser *parser, seg_span span, const seg_node *id, seg_node *instant,
                          const seg_node *name, seg_node *settings);
seg_node *seg_build_expectations(seg_parser *parser, seg_span span, seg_node *instant,
                                 seg_node *expectations);
seg_node *seg_build_in_file(seg_parser *parser, seg_span span, const seg_node *word, seg_span file_span,
                            const seg_node *file);
seg_node *seg_build_change(seg_parser *parser, seg_span span, bool exits, seg_node *segment,
                           seg_node *instant);
/* `segment` is an IN_SEGMENT node, which becomes one of `kind`. */
seg_node *seg_build_segment_test(seg_node_kind kind, seg_span span, seg_node *segment, bool negated);

seg_node *seg_build_refresh(seg_parser *parser, seg_span span, const seg_node *how, seg_node *list);
/* Which of the `fellows` are asked about: segment may be NULL. */
seg_node *seg_build_fellows(seg_span span, seg_node_op op, seg_node *fellows, seg_node *segment);
/* top 10% of `crowd` by `key`; crowd may be NULL. */
seg_node *seg_build_top(seg_parser *parser, seg_span span, bool bottom, seg_node *amount, seg_node *crowd,
                        seg_node *key);
seg_node *seg_build_held(seg_parser *parser, seg_span span, seg_span test_span, seg_node *segment,
                         seg_node *length);
seg_node *seg_build_latch(seg_parser *parser, seg_span span, seg_node *enter, seg_node *leave, seg_node *stay,
                          seg_node *cooldown);

/* Calls. `where` may be NULL; then a NONE node closes the arguments. */
seg_node *seg_build_where(seg_parser *parser, seg_span span, seg_node *arguments, seg_node *where);
seg_node *seg_build_call(seg_parser *parser, seg_span span, seg_node *name, seg_node *arguments);
seg_node *seg_build_frequent(seg_parser *parser, seg_span span, seg_span words, bool most,
                             seg_node *arguments);
seg_node *seg_build_gap(seg_parser *parser, seg_span span, seg_span words, const seg_node *which,
                        seg_node *arguments);
seg_node *seg_build_active_days(seg_parser *parser, seg_span span, seg_span words, const seg_node *unit,
                                seg_node *arguments);

/* Pairs and sequences. `within` and `same` are lists; `where` and they may be NULL. */
seg_node *seg_build_pair(seg_parser *parser, seg_span span, seg_node_op op, const seg_node *name,
                         seg_node *where, seg_node *within, seg_node *same);
seg_node *seg_build_paired(seg_parser *parser, seg_span span, seg_node *window, seg_node *pairs);
seg_node *seg_build_derived(seg_parser *parser, seg_span span, const seg_node *name, seg_node *chain,
                            seg_node *whole);
seg_node *seg_build_sessions(seg_parser *parser, seg_span span, const seg_node *name, seg_node *of,
                             seg_node *where, seg_node *gap);
/* Parts of time, and windows of the calendar; `count` may be NULL. */
seg_node *seg_build_part(seg_parser *parser, seg_span span, seg_span word_span, const seg_node *word,
                         seg_node *subject);
seg_node *seg_build_calendar(seg_parser *parser, seg_span span, seg_node_op op, const seg_node *count,
                             const seg_node *unit);
/* Of the fiscal year: the part `fiscal year of x`, and a NAME `fiscal year` for a unit. */
seg_node *seg_build_fiscal_part(seg_parser *parser, seg_span span, seg_span words, const seg_node *word,
                                seg_node *subject);
seg_node *seg_build_fiscal(seg_parser *parser, seg_span span, seg_node *unit);

/* Slips that are understood: each gives its diagnostic and the node that was meant. */
seg_node *seg_build_assign(seg_parser *parser, seg_span span, seg_span sign, seg_node *a,
                           seg_node *b); /* a = b */
seg_node *seg_build_is_what(seg_parser *parser, seg_span span, seg_span words, seg_node *a, bool negated,
                            seg_node *word);
seg_node *seg_build_quoted_call(seg_parser *parser, seg_span span, seg_node *text, seg_node *arguments);
seg_node *seg_build_quoted_pattern(seg_parser *parser, seg_node *text); /* matches "..." */
seg_node *seg_build_spaced_duration(seg_parser *parser, seg_span span, const seg_node *count,
                                    const seg_node *unit);

#endif
