/* seg.y - the grammar of Seg. Actions build nodes, one call each (build.h); what happens when a
 * source does not fit the grammar stands in parse.c. Two parsers are made of it: parser.c corrects its
 * lookahead (LAC), so that it can say what would fit, and quick.c does not.
 *
 * Recovery: every bracket, and every declaration, has a place for `oops`. Its action skips to where
 * reading can go on and, when a bracket was never closed, supplies the closing one. So no list that
 * holds an `oops` may begin with an empty rule: the parser would have to reduce it first. */

%define api.pure full
%define api.location.type {seg_span}
%define api.prefix {seg_yy}
%define api.token.prefix {SEG_TOKEN_}
%define parse.error custom
%define parse.lac full
%define parse.trace false
%param {seg_parser *parser}
%expect 0

%code requires {
#include "parse.h"
}
%code {
#include "build.h"

#define YYMAXDEPTH 10000
/* Most reductions are of one part, in the chain from a name to a condition. */
#define YYLLOC_DEFAULT(CURRENT, RHS, N) \
    ((CURRENT) = (N) == 1 ? YYRHSLOC(RHS, 1) \
                 : (N)    ? seg_span_join(YYRHSLOC(RHS, 1), YYRHSLOC(RHS, N)) \
                          : (seg_span){YYRHSLOC(RHS, 0).source, YYRHSLOC(RHS, 0).end, YYRHSLOC(RHS, 0).end})
#define RESYNC() \
    do { \
        yyerrok; \
        if (!parser->exact) YYABORT; \
        if (!seg_parse_resync(parser, &yychar, &yylval.node, &yylloc)) YYABORT; \
    } while (0)

static int yylex(YYSTYPE *value, seg_span *span, seg_parser *parser) {
    return seg_parse_next(parser, &value->node, span);
}
static void yyerror(const seg_span *span, seg_parser *parser, const char *message);
}

%union {
    seg_node *node; /* of a token: its leaf, if it has a value; see seg_parse_next */
    seg_node_op op;
    bool ignoring;
}

%initial-action { @$ = (seg_span){parser->source, 0, 0}; }

%token END 0 "the end of the file"
/* declarations: words that parse.c takes for names wherever a declaration cannot begin */
%token <node> TIMEZONE "timezone" DUPLICATES "duplicates" WEEK "week" FISCAL "fiscal" REFRESH "refresh" GROUP "group" PROFILE "profile" EVENT "event" EVENTS "events"
               DEFINE "define" PARAM "param" COLUMNS "columns" MODEL "model" NATIVE "native" SEGMENT "segment" STAGES "stages"
               POLICY "policy" TEST "test"
/* words that are never names */
%token <node> AND "and" OR "or" NOT "not" IN "in" IF "if" THEN "then" ELSE "else" ANY "any" NO "no"
               WHERE "where" IS "is" BETWEEN "between" CONTAINS "contains" MATCHES "matches"
               TRUE "true" FALSE "false" EVER "ever" SINCE "since" WITHIN "within"
/* words that are names elsewhere */
%token <node> FROM "from" TO "to" AGO "ago" AHEAD "ahead" OF "of" ALL "all" NONE "none" STARTS "starts"
               ENDS "ends" WITH "with" MISSING "missing" KNOWN "known" LAST "last" NEXT "next"
               MORE "more" LESS "less" THAN "than" ACTIVE "active" DAYS "days" SET "set"
               THIS "this" CALENDAR "calendar" COMPLETE "complete" HISTORY "history" EXCEPT "except" FOR "for"
               WHEN "when" FOLLOWED "followed" PRECEDED "preceded"
               BY "by" SAME "same" SESSIONS "sessions" GAP "gap" AT "at" AS "as" ENTER "enter" EXIT "exit"
               STAY "stay" LEAST "least" COOLDOWN "cooldown" HALF "half" LIFE "life" SOME "some" EACH "each"
               COUNT "count" IGNORING "ignoring" CASE "case" MOD "mod" FUNCTION "function" VERSION "version"
               MOST "most" FREQUENT "frequent" TOP "top" BOTTOM "bottom" ENTERS "enters" EXITS "exits"
%token <node> NAME "a name" NUMBER "a number" PERCENT "a percentage" STRING "a text" DURATION "a duration"
               DATE "a date" TIME "a time" CLOCK "a time of day" PATTERN "a pattern" DOC "a ## line" COMMENT "a comment"
/* words that parse.c tells apart by what stands around them */
%token <node> PART "a part of time" UNIT "a unit of the calendar" FISCAL_UNIT "a unit of the fiscal year"
               IN_ZONE "in a zone"
               SEGMENTS "segments" TAGGED "tagged" OWNED "owned" IMPLY "imply" EXCLUDE "exclude" ARE "are"
               DISJOINT "disjoint"
%token <node> EVERY "every" OTHER "other" MEMBER "member" AMONG "`in` and a segment"
%token <node> EQ "==" NE "!=" LT "<" LE "<=" GT ">" GE ">=" ASSIGN "=" PLUS "+" MINUS "-" STAR "*"
               SLASH "/" COALESCE "??" QUESTION "?" LPAREN "(" RPAREN ")" LBRACKET "[" RBRACKET "]"
               LBRACE "{" RBRACE "}" COLON ":" COMMA "," DOT "." BAR "|" MARK "@"

/* `in vip for 7d` goes on, also where `for` could follow a value */
%precedence SEGMENT_ALONE
%precedence FOR
/* `count of` begins a count, also where `of` could follow a value named `count` */
%precedence COUNT_ALONE
%precedence OF

%type <node> item declaration head mark annotation constants constant constant_list name segment_rest
%type <node> family rule exceptions segment stages_rest stages stage stage_name title
%type <node> policy_rest subjects
%type <node> inputs input attribute_block attributes attribute attribute_core type type_core values default history
%type <node> event_source event_names parameters parameter columns column column_value steps step instant settings_block
%type <node> settings setting setting_core setting_value expectations expectation literal
%type <node> body stay cooldown expr or_chain or_operand disjunction and_chain and_operand conjunction negation
%type <node> test sum addition add_operand product factor
%type <node> clocks clock ranked amount crowd fellows
%type <node> paired pairs pair link chain pair_where pair_within pair_same names coalescence unary negative
%type <node> primary composed part part_subject calendar unit fiscal zone point call args arg_list arg plain_window list expr_list oops pattern
%type <ignoring> ignoring
%type <op> comparison ago_word additive multiplicative set_word order_word

%%

workspace: %empty | items;
items: item { seg_build_item(parser, $item); }
     | items item { seg_build_item(parser, $item); };

item: declaration
    | head declaration { $$ = seg_build_undocumented(parser, $head, $declaration); }
    | SEGMENT segment_rest[rest] { $$ = seg_build_segment(parser, @$, NULL, $rest); }
    | head SEGMENT segment_rest[rest] { $$ = seg_build_segment(parser, @$, $head, $rest); }
    | STAGES stages_rest[rest] { $$ = seg_build_segment(parser, @$, NULL, $rest); }
    | head STAGES stages_rest[rest] { $$ = seg_build_segment(parser, @$, $head, $rest); }
    | head oops { $$ = $oops; }
    | oops;

oops: error { RESYNC(); $$ = seg_build_error(parser, @$); };

/* ---- Declarations ---- */

declaration
    : TIMEZONE STRING[zone] { $$ = seg_build_text(parser, SEG_NODE_TIMEZONE, @$, @zone, $zone); }
    | TIMEZONE oops { $$ = $oops; }
    | DUPLICATES WITHIN DURATION[span]
        { $$ = seg_build_one(parser, SEG_NODE_DUPLICATES, @$, $span); }
    | DUPLICATES oops { $$ = $oops; }
    | DUPLICATES WITHIN oops { $$ = $oops; }
    | WEEK STARTS NAME[day] { $$ = seg_build_text(parser, SEG_NODE_WEEK, @$, @day, $day); }
    | WEEK STARTS oops { $$ = $oops; }
    | FISCAL NAME STARTS NAME[month] { $$ = seg_build_text(parser, SEG_NODE_FISCAL, @$, @month, $month); }
    | FISCAL NAME STARTS oops { $$ = $oops; }
    | FISCAL NAME oops { $$ = $oops; }
    | REFRESH NAME[how] AT clocks
        { $$ = seg_build_refresh(parser, @$, $how, $clocks); }
    | REFRESH NAME[how] DURATION[span]
        { $$ = seg_build_refresh(parser, @$, $how, seg_build_list(parser, @span, NULL, $span)); }
    | REFRESH oops { $$ = $oops; }
    | REFRESH NAME oops { $$ = $oops; }
    | REFRESH NAME AT oops { $$ = $oops; }
    | GROUP NAME[self] BY name
        { $$ = seg_build_named(parser, SEG_NODE_GROUP, @$, $self, $name); }
    | GROUP oops { $$ = $oops; }
    | GROUP NAME oops { $$ = $oops; }
    | GROUP NAME BY oops { $$ = $oops; }
    | PROFILE attribute_block[block] { $$ = seg_build_adopt(parser, SEG_NODE_PROFILE, @$, $block); }
    | PROFILE oops { $$ = $oops; }
    | EVENT oops { $$ = $oops; }
    | EVENT name oops { $$ = seg_build_event(parser, @$, $name, $oops, NULL); }
    | EVENT name FROM oops { $$ = seg_build_event(parser, @$, $name, $oops, NULL); }
    | EVENT name FROM event_source[source] { $$ = seg_build_event(parser, @$, $name, $source, NULL); }
    | EVENT name FROM event_source[source] attribute_block[block]
        { $$ = seg_build_event(parser, @$, $name, $source, $block); }
    | EVENT name FROM EACH oops { $$ = seg_build_event(parser, @$, $name, $oops, NULL); }
    | EVENT name FROM EACH STRING oops { $$ = seg_build_event(parser, @$, $name, $oops, NULL); }
    | EVENT name FROM EACH STRING OF oops { $$ = seg_build_event(parser, @$, $name, $oops, NULL); }
    | EVENT name ASSIGN oops { $$ = seg_build_event(parser, @$, $name, $oops, NULL); }
    | EVENT name ASSIGN chain { $$ = seg_build_derived(parser, @$, $name, $chain, NULL); }
    | EVENT name ASSIGN chain ALL WITHIN sum { $$ = seg_build_derived(parser, @$, $name, $chain, $sum); }
    | EVENT name ASSIGN SESSIONS OF name[of] pair_where[where] WITH GAP sum
        { $$ = seg_build_sessions(parser, @$, $2, $of, $where, $sum); }
    | EVENTS oops { $$ = $oops; }
    | EVENTS name oops { $$ = seg_build_named(parser, SEG_NODE_EVENTS, @$, $name, $oops); }
    | EVENTS name ASSIGN oops { $$ = seg_build_named(parser, SEG_NODE_EVENTS, @$, $name, $oops); }
    | EVENTS name ASSIGN event_names[names]
        { $$ = seg_build_named_adopt(parser, SEG_NODE_EVENTS, @$, $name, $names); }
    | DEFINE oops { $$ = $oops; }
    | DEFINE name oops { $$ = seg_build_define(parser, @$, $name, NULL, $oops); }
    | DEFINE name ASSIGN oops { $$ = seg_build_define(parser, @$, $name, NULL, $oops); }
    | DEFINE name ASSIGN arg { $$ = seg_build_define(parser, @$, $name, NULL, $arg); }
    | DEFINE name ASSIGN paired { $$ = seg_build_define(parser, @$, $name, NULL, $paired); }
    | DEFINE name LPAREN parameters RPAREN oops
        { $$ = seg_build_define(parser, @$, $name, $parameters, $oops); }
    | DEFINE name LPAREN parameters RPAREN ASSIGN oops
        { $$ = seg_build_define(parser, @$, $name, $parameters, $oops); }
    | DEFINE name LPAREN parameters RPAREN ASSIGN arg
        { $$ = seg_build_define(parser, @$, $name, $parameters, $arg); }
    | DEFINE name LPAREN parameters RPAREN ASSIGN paired
        { $$ = seg_build_define(parser, @$, $name, $parameters, $paired); }
    | PARAM oops { $$ = $oops; }
    | PARAM name oops { $$ = seg_build_named(parser, SEG_NODE_PARAM, @$, $name, $oops); }
    | PARAM name ASSIGN oops { $$ = seg_build_named(parser, SEG_NODE_PARAM, @$, $name, $oops); }
    | PARAM name ASSIGN literal { $$ = seg_build_named(parser, SEG_NODE_PARAM, @$, $name, $literal); }
    | COLUMNS oops { $$ = $oops; }
    | COLUMNS name oops { $$ = $oops; }
    | COLUMNS name FROM oops { $$ = $oops; }
    | COLUMNS name FROM STRING[file] oops { $$ = $oops; }
    | COLUMNS name FROM STRING[file] LBRACE RBRACE
        { $$ = seg_build_columns(parser, @$, $name, $file, NULL); }
    | COLUMNS name FROM STRING[file] LBRACE columns RBRACE
        { $$ = seg_build_columns(parser, @$, $name, $file, $columns); }
    | MODEL oops { $$ = $oops; }
    | MODEL name oops { $$ = seg_build_model(parser, @$, $name, $oops, NULL); }
    | MODEL name FROM oops { $$ = seg_build_model(parser, @$, $name, $oops, NULL); }
    | MODEL name FROM STRING[file]
        { $$ = seg_build_model(parser, @$, $name, $file, NULL); }
    | MODEL name FROM STRING[file] LBRACE RBRACE
        { $$ = seg_build_model(parser, @$, $name, $file, NULL); }
    | MODEL name FROM STRING[file] LBRACE inputs RBRACE
        { $$ = seg_build_model(parser, @$, $name, $file, $inputs); }
    | MODEL name FROM STRING[file] LBRACE inputs COMMA RBRACE
        { $$ = seg_build_model(parser, @$, $name, $file, $inputs); }
    | POLICY policy_rest[rest] { $$ = seg_build_placed($rest, @$); }
    | NATIVE oops { $$ = $oops; }
    | NATIVE FUNCTION oops { $$ = $oops; }
    | NATIVE FUNCTION name oops { $$ = seg_build_native(parser, @$, $name, NULL, NULL, $oops); }
    | NATIVE FUNCTION name LPAREN parameters RPAREN oops
        { $$ = seg_build_native(parser, @$, $name, $parameters, NULL, $oops); }
    | NATIVE FUNCTION name LPAREN parameters RPAREN COLON type FROM oops
        { $$ = seg_build_native(parser, @$, $name, $parameters, $type, $oops); }
    | NATIVE FUNCTION name LPAREN parameters RPAREN COLON type FROM STRING[library]
        { $$ = seg_build_native(parser, @$, $name, $parameters, $type, $library); }
    | TEST oops { $$ = $oops; }
    | TEST STRING oops { $$ = $oops; }
    | TEST STRING[title] LBRACE RBRACE { $$ = seg_build_test(parser, @$, @title, $title, NULL); }
    | TEST STRING[title] LBRACE steps RBRACE { $$ = seg_build_test(parser, @$, @title, $title, $steps); }
    ;

clocks: clock { $$ = seg_build_list(parser, @$, NULL, $clock); }
      | clocks COMMA clock { $$ = seg_build_list(parser, @$, $1, $clock); };
clock: CLOCK;

segment_rest
    : name COLON rule { $$ = seg_build_rule(parser, @$, $name, NULL, NULL, $rule); }
    | name STRING[title] COLON rule { $$ = seg_build_rule(parser, @$, $name, $title, NULL, $rule); }
    | name LPAREN parameters RPAREN family COLON rule
        { $$ = seg_build_family(parser, @$, $name, $parameters, $family, $rule); }
    | oops
    | name oops { $$ = seg_build_rule(parser, @$, $name, NULL, NULL, $oops); }
    | name COLON oops { $$ = seg_build_rule(parser, @$, $name, NULL, NULL, $oops); }
    | name STRING[title] oops { $$ = seg_build_rule(parser, @$, $name, $title, NULL, $oops); }
    | name STRING[title] COLON oops { $$ = seg_build_rule(parser, @$, $name, $title, NULL, $oops); }
    | name LPAREN parameters RPAREN oops
        { $$ = seg_build_family(parser, @$, $name, $parameters, NULL, $oops); }
    | name LPAREN parameters RPAREN family COLON oops
        { $$ = seg_build_family(parser, @$, $name, $parameters, $family, $oops); }
    ;
family: FOR name IN list { $$ = seg_build_values(parser, @$, NULL, $name, $list); }
      | STRING[title] FOR name IN list { $$ = seg_build_values(parser, @$, $title, $name, $list); };
rule: body
    | body EXCEPT exceptions { $$ = seg_build_except(parser, @$, $body, $exceptions); };
exceptions: segment { $$ = seg_build_list(parser, @$, NULL, $segment); }
          | exceptions COMMA segment { $$ = seg_build_list(parser, @$, $1, $segment); };

/* What `in` asks for: a segment, a stage, a segment of a family. */
segment: name { $$ = seg_build_segment_name(parser, @$, $name, NULL, NULL); }
       | name[group] DOT name[stage] { $$ = seg_build_segment_name(parser, @$, $group, $stage, NULL); }
       | name LPAREN constant RPAREN { $$ = seg_build_segment_name(parser, @$, $name, NULL, $constant); }
       | name LPAREN oops RPAREN { $$ = $oops; };

stages_rest
    : name title COLON stages COMMA ELSE stage_name[last]
        { $$ = seg_build_stages(parser, @$, $name, $title, $stages, $last); }
    | oops
    | name oops { $$ = $oops; }
    | name title COLON oops { $$ = $oops; }
    | name title COLON stages COMMA oops { $$ = $oops; }
    | name title COLON stages COMMA ELSE oops { $$ = $oops; }
    ;
title: %empty { $$ = NULL; } | STRING;
stages: stage { $$ = seg_build_list(parser, @$, NULL, $stage); }
      | stages COMMA stage { $$ = seg_build_list(parser, @$, $1, $stage); };
stage: stage_name WHEN expr { $$ = seg_build_stage($stage_name, @$, $expr); };
stage_name: name title { $$ = seg_build_named(parser, SEG_NODE_STAGE, @$, $name, $title); };

body: expr
    | ENTER WHEN expr[a] EXIT WHEN expr[b] stay cooldown
        { $$ = seg_build_latch(parser, @$, $a, $b, $stay, $cooldown); };
stay: %empty { $$ = NULL; } | STAY AT LEAST primary[length] { $$ = $length; };
cooldown: %empty { $$ = NULL; } | COOLDOWN primary[length] { $$ = $length; };

/* What every member of some segments must be. */
policy_rest
    : name title COLON subjects IMPLY expr
        { $$ = seg_build_policy(parser, @$, $name, $title, SEG_NODE_OP_IMPLY, $subjects, $expr); }
    | name title COLON subjects EXCLUDE exceptions[others]
        { $$ = seg_build_policy(parser, @$, $name, $title, SEG_NODE_OP_EXCLUDE, $subjects,
              seg_build_adopt(parser, SEG_NODE_SUBJECTS, @others, $others)); }
    | name title COLON subjects ARE DISJOINT
        { $$ = seg_build_policy(parser, @$, $name, $title, SEG_NODE_OP_DISJOINT, $subjects, NULL); }
    | oops
    | name oops { $$ = $oops; }
    | name title COLON oops { $$ = $oops; }
    | name title COLON subjects IMPLY oops { $$ = $oops; }
    | name title COLON subjects EXCLUDE oops { $$ = $oops; }
    ;
subjects: SEGMENTS exceptions { $$ = seg_build_adopt(parser, SEG_NODE_SUBJECTS, @$, $exceptions); }
        | SEGMENTS TAGGED constant
            { $$ = seg_build_two(parser, SEG_NODE_SUBJECTS, @$, SEG_NODE_OP_TAGGED, $constant, NULL); }
        | SEGMENTS OWNED BY constant
            { $$ = seg_build_two(parser, SEG_NODE_SUBJECTS, @$, SEG_NODE_OP_OWNED, $constant, NULL); }
        | ALL SEGMENTS { $$ = seg_build_two(parser, SEG_NODE_SUBJECTS, @$, SEG_NODE_OP_ALL_OF, NULL, NULL); };

head: mark { $$ = seg_build_list(parser, @$, NULL, $mark); }
    | head mark { $$ = seg_build_list(parser, @$, $1, $mark); };
mark: DOC[line] { $$ = seg_build_text(parser, SEG_NODE_DOC, @$, @$, $line); }
    | annotation;
annotation
    : MARK name { $$ = seg_build_named(parser, SEG_NODE_ANNOTATION, @$, $name, NULL); }
    | MARK name LPAREN constants RPAREN
        { $$ = seg_build_named_adopt(parser, SEG_NODE_ANNOTATION, @$, $name, $constants); }
    | MARK name LPAREN oops RPAREN { $$ = seg_build_named(parser, SEG_NODE_ANNOTATION, @$, $name, $oops); };
constants: constant { $$ = seg_build_list(parser, @$, NULL, $constant); }
         | constants COMMA constant { $$ = seg_build_list(parser, @$, $1, $constant); };
constant: literal | name;

event_source: STRING
            | EACH STRING[elements] OF STRING[source]
                { $$ = seg_build_elements(parser, @$, $elements, $source); };
event_names: name { $$ = seg_build_list(parser, @$, NULL, $name); }
           | event_names BAR name { $$ = seg_build_list(parser, @$, $1, $name); };
parameters: parameter { $$ = seg_build_list(parser, @$, NULL, $parameter); }
          | parameters COMMA parameter { $$ = seg_build_list(parser, @$, $1, $parameter); }
          | oops { $$ = seg_build_list(parser, @$, NULL, $oops); };
parameter: name[self] COLON name[kind]
        { $$ = seg_build_named(parser, SEG_NODE_PARAMETER, @$, $self, $kind); };

/* ---- Events made of events ---- */

chain: link { $$ = seg_build_list(parser, @$, NULL, $link); }
     | chain THEN link { $$ = seg_build_list(parser, @$, $1, $link); };
link: name alias pair_where[where] pair_within[within] pair_same[same]
        { $$ = seg_build_pair(parser, @$, SEG_NODE_OP_NONE, $name, $where, $within, $same); }
    | NO name alias pair_where[where] pair_within[within] pair_same[same]
        { $$ = seg_build_negated(seg_build_pair(parser, @$, SEG_NODE_OP_NONE, $name, $where, $within,
              $same)); };
alias: %empty | NAME;
pairs: pair { $$ = seg_build_list(parser, @$, NULL, $pair); }
     | pairs pair { $$ = seg_build_list(parser, @$, $1, $pair); };
pair: order_word[op] BY name pair_where[where] pair_within[within] pair_same[same]
        { $$ = seg_build_pair(parser, @$, $op, $name, $where, $within, $same); }
    | NOT order_word[op] BY name pair_where[where] pair_within[within] pair_same[same]
        { $$ = seg_build_negated(seg_build_pair(parser, @$, $op, $name, $where, $within, $same)); };
order_word: FOLLOWED { $$ = SEG_NODE_OP_FOLLOWED; } | PRECEDED { $$ = SEG_NODE_OP_PRECEDED; };
pair_where: %empty { $$ = NULL; }
          | LPAREN WHERE expr RPAREN { $$ = seg_build_one(parser, SEG_NODE_WHERE, @$, $expr); }
          | LPAREN oops RPAREN { $$ = $oops; };
pair_within: %empty { $$ = NULL; }
           | WITHIN sum { $$ = seg_build_list(parser, @$, NULL, $sum); }
           | WITHIN sum[a] TO sum[b]
        { $$ = seg_build_list(parser, @$, seg_build_list(parser, @a, NULL, $a), $b); };
pair_same: %empty { $$ = NULL; } | WITH SAME names { $$ = $names; };
names: name { $$ = seg_build_list(parser, @$, NULL, $name); }
     | names COMMA name { $$ = seg_build_list(parser, @$, $1, $name); };

/* ---- Attributes and fields ---- */

attribute_block: LBRACE RBRACE { $$ = seg_build_list(parser, @$, NULL, NULL); }
               | LBRACE attributes RBRACE { $$ = $attributes; };
attributes: attribute { $$ = seg_build_list(parser, @$, NULL, $attribute); }
          | attributes attribute { $$ = seg_build_list(parser, @$, $1, $attribute); };
attribute: attribute_core | attribute_core COMMA | oops | oops COMMA;
attribute_core: name COLON type default history
        { $$ = seg_build_attribute(parser, @$, $name, $type, $default, $history); };
default: %empty { $$ = NULL; } | ASSIGN constant { $$ = $constant; };
history: %empty { $$ = NULL; } | HISTORY DURATION[length] { $$ = $length; };
type: type_core | type_core QUESTION { $$ = seg_build_optional($1, @$); };
type_core
    : name { $$ = seg_build_type(parser, @$, $name, NULL); }
    | name LPAREN NUMBER[scale] RPAREN
        { $$ = seg_build_type(parser, @$, $name, $scale); }
    | name LPAREN oops RPAREN { $$ = seg_build_type(parser, @$, $name, $oops); }
    | SET OF name { $$ = seg_build_set(parser, @$, $name); }
    | values { $$ = seg_build_enum(parser, @$, $values); };
values: name[first] BAR name[second]
        { $$ = seg_build_list(parser, @$, seg_build_list(parser, @first, NULL, $first), $second); }
      | values BAR name { $$ = seg_build_list(parser, @$, $1, $name); };

/* ---- Columns ---- */

columns: column { $$ = seg_build_list(parser, @$, NULL, $column); }
       | columns column { $$ = seg_build_list(parser, @$, $1, $column); };
column: column_value | column_value COMMA | oops | oops COMMA;
column_value: name ASSIGN constant { $$ = seg_build_named(parser, SEG_NODE_COLUMN, @$, $name, $constant); };

/* ---- Inputs of a model ---- */

inputs: input { $$ = seg_build_list(parser, @$, NULL, $input); }
      | inputs COMMA input { $$ = seg_build_list(parser, @$, $1, $input); };
input: name ASSIGN expr { $$ = seg_build_named(parser, SEG_NODE_INPUT, @$, $name, $expr); }
     | oops;

/* ---- Scenario tests ---- */

steps: step { $$ = seg_build_list(parser, @$, NULL, $step); }
     | steps step { $$ = seg_build_list(parser, @$, $1, $step); };
step: name STRING[id] settings_block[block] { $$ = seg_build_identified(parser, @$, $name, $id, $block); }
    | name settings_block[block] { $$ = seg_build_step(parser, @$, NULL, $name, $block); }
    | instant name { $$ = seg_build_step(parser, @$, $instant, $name, NULL); }
    | instant name settings_block[block] { $$ = seg_build_step(parser, @$, $instant, $name, $block); }
    | instant STRING[id] name { $$ = seg_build_other(parser, @$, $id, $instant, $name, NULL); }
    | instant STRING[id] name settings_block[block]
        { $$ = seg_build_other(parser, @$, $id, $instant, $name, $block); }
    | AT instant COLON expectations { $$ = seg_build_expectations(parser, @$, $instant, $expectations); }
    | ENTERS segment AT instant { $$ = seg_build_change(parser, @$, false, $segment, $instant); }
    | EXITS segment AT instant { $$ = seg_build_change(parser, @$, true, $segment, $instant); }
    | oops;
instant: DATE | TIME;
expectations: expectation { $$ = seg_build_list(parser, @$, NULL, $expectation); }
            | expectations COMMA expectation { $$ = seg_build_list(parser, @$, $1, $expectation); };
expectation: IN segment { $$ = seg_build_segment_test(SEG_NODE_EXPECT, @$, $segment, false); }
           | NOT IN segment { $$ = seg_build_segment_test(SEG_NODE_EXPECT, @$, $segment, true); };
settings_block: LBRACE RBRACE { $$ = seg_build_list(parser, @$, NULL, NULL); }
              | LBRACE settings RBRACE { $$ = $settings; };
settings: setting { $$ = seg_build_list(parser, @$, NULL, $setting); }
        | settings setting { $$ = seg_build_list(parser, @$, $1, $setting); };
setting: setting_core | setting_core COMMA | oops | oops COMMA;
setting_core: name COLON setting_value[value]
        { $$ = seg_build_named(parser, SEG_NODE_SETTING, @$, $name, $value); };
setting_value: constant | constant_list;
constant_list: LBRACKET RBRACKET { $$ = seg_build_adopt(parser, SEG_NODE_LIST, @$, NULL); }
             | LBRACKET constants RBRACKET { $$ = seg_build_adopt(parser, SEG_NODE_LIST, @$, $constants); }
             | LBRACKET oops RBRACKET { $$ = $oops; };

/* ---- Conditions and values ----
 * What binds tighter may stand wherever what binds less may. Each place names all that may stand there, instead
 * of one reduction for each level: most operands are a name or a number, and would pass through them all. */

expr: IF expr[test] THEN expr[yes] ELSE expr[no]
        { $$ = seg_build_three(parser, SEG_NODE_IF, @$, $test, $yes, $no); }
    | FOR SOME name COLON expr { $$ = seg_build_named(parser, SEG_NODE_FOR_SOME, @$, $name, $5); }
    | FOR EACH name COLON expr { $$ = seg_build_named(parser, SEG_NODE_FOR_EACH, @$, $name, $5); }
    | sum | test | negation | conjunction | disjunction;
disjunction: or_chain { $$ = seg_build_chain(parser, SEG_NODE_OR, $1); };
or_chain: or_operand[left] OR or_operand[right]
        { $$ = seg_build_list(parser, @$, seg_build_list(parser, @left, NULL, $left), $right); }
        | or_chain OR or_operand { $$ = seg_build_list(parser, @$, $1, $or_operand); };
or_operand: sum | test | negation | conjunction;
conjunction: and_chain { $$ = seg_build_chain(parser, SEG_NODE_AND, $1); };
and_chain: and_operand[left] AND and_operand[right]
        { $$ = seg_build_list(parser, @$, seg_build_list(parser, @left, NULL, $left), $right); }
         | and_chain AND and_operand { $$ = seg_build_list(parser, @$, $1, $and_operand); };
and_operand: sum | test | negation;
negation: NOT and_operand[inner] { $$ = seg_build_one(parser, SEG_NODE_NOT, @$, $inner); };

test: sum[a] comparison[op] sum[b] ignoring[case]
        { $$ = seg_build_caseless(seg_build_two(parser, SEG_NODE_COMPARE, @$, $op, $a, $b), $case); }
    | sum[a] ASSIGN[sign] sum[b] { $$ = seg_build_assign(parser, @$, @sign, $a, $b); }
    | sum[a] IN list ignoring[case]
        { $$ = seg_build_caseless(seg_build_two(parser, SEG_NODE_IN_LIST, @$, SEG_NODE_OP_NONE, $a, $list), $case); }
    | sum[a] NOT IN list ignoring[case]
        { $$ = seg_build_negated(seg_build_caseless(seg_build_two(parser, SEG_NODE_IN_LIST, @$, SEG_NODE_OP_NONE,
              $a, $list), $case)); }
    | sum[a] BETWEEN sum[b] AND sum[c] { $$ = seg_build_three(parser, SEG_NODE_BETWEEN, @$, $a, $b, $c); }
    | sum[a] NOT BETWEEN sum[b] AND sum[c]
        { $$ = seg_build_negated(seg_build_three(parser, SEG_NODE_BETWEEN, @$, $a, $b, $c)); }
    | sum[a] VERSION comparison[op] sum[b]
        { $$ = seg_build_version(seg_build_two(parser, SEG_NODE_COMPARE, @$, $op, $a, $b)); }
    | sum[a] VERSION BETWEEN sum[b] AND sum[c]
        { $$ = seg_build_version(seg_build_three(parser, SEG_NODE_BETWEEN, @$, $a, $b, $c)); }
    | sum[a] VERSION NOT BETWEEN sum[b] AND sum[c]
        { $$ = seg_build_version(seg_build_negated(seg_build_three(parser, SEG_NODE_BETWEEN, @$, $a, $b, $c))); }
    | sum[a] CONTAINS sum[b] ignoring[case]
        { $$ = seg_build_text_test(parser, @$, SEG_NODE_OP_CONTAINS, $a, $b, $case); }
    | sum[a] NOT CONTAINS sum[b] ignoring[case]
        { $$ = seg_build_negated(seg_build_text_test(parser, @$, SEG_NODE_OP_CONTAINS, $a, $b, $case)); }
    | sum[a] STARTS WITH sum[b] ignoring[case]
        { $$ = seg_build_text_test(parser, @$, SEG_NODE_OP_STARTS_WITH, $a, $b, $case); }
    | sum[a] NOT STARTS WITH sum[b] ignoring[case]
        { $$ = seg_build_negated(seg_build_text_test(parser, @$, SEG_NODE_OP_STARTS_WITH, $a, $b, $case)); }
    | sum[a] ENDS WITH sum[b] ignoring[case]
        { $$ = seg_build_text_test(parser, @$, SEG_NODE_OP_ENDS_WITH, $a, $b, $case); }
    | sum[a] NOT ENDS WITH sum[b] ignoring[case]
        { $$ = seg_build_negated(seg_build_text_test(parser, @$, SEG_NODE_OP_ENDS_WITH, $a, $b, $case)); }
    | sum[a] MATCHES pattern
        { $$ = seg_build_two(parser, SEG_NODE_TEXT_TEST, @$, SEG_NODE_OP_MATCHES, $a, $pattern); }
    | sum[a] NOT MATCHES pattern
        { $$ = seg_build_negated(seg_build_two(parser, SEG_NODE_TEXT_TEST, @$, SEG_NODE_OP_MATCHES, $a,
              $pattern)); }
    | sum[a] set_word[op] OF list { $$ = seg_build_two(parser, SEG_NODE_SET_TEST, @$, $op, $a, $list); }
    | sum[a] IS MISSING { $$ = seg_build_one(parser, SEG_NODE_IS_MISSING, @$, $a); }
    | sum[a] IS KNOWN { $$ = seg_build_one(parser, SEG_NODE_IS_KNOWN, @$, $a); }
    | sum[a] IS[is] NOT MISSING[word]
        { $$ = seg_build_is_what(parser, @$, seg_span_join(@is, @word), $a, true,
              seg_build_word(parser, @word)); }
    | sum[a] IS[is] NOT KNOWN[word]
        { $$ = seg_build_is_what(parser, @$, seg_span_join(@is, @word), $a, true,
              seg_build_word(parser, @word)); }
    | sum[a] IS[is] NOT NAME[word]
        { $$ = seg_build_is_what(parser, @$, seg_span_join(@is, @word), $a, true, $word); }
    | sum[a] IS[is] NAME[word]
        { $$ = seg_build_is_what(parser, @$, seg_span_join(@is, @word), $a, false, $word); }
    | sum[a] WITHIN LAST sum[b]
        { $$ = seg_build_two(parser, SEG_NODE_WITHIN_LAST, @$, SEG_NODE_OP_NONE, $a, $b); }
    | sum[a] WITHIN NEXT sum[b]
        { $$ = seg_build_two(parser, SEG_NODE_WITHIN_NEXT, @$, SEG_NODE_OP_NONE, $a, $b); }
    | sum[a] NOT WITHIN LAST sum[b]
        { $$ = seg_build_negated(seg_build_two(parser, SEG_NODE_WITHIN_LAST, @$, SEG_NODE_OP_NONE, $a, $b)); }
    | sum[a] NOT WITHIN NEXT sum[b]
        { $$ = seg_build_negated(seg_build_two(parser, SEG_NODE_WITHIN_NEXT, @$, SEG_NODE_OP_NONE, $a, $b)); }
    | sum[a] ago_word[op] THAN sum[b] AGO { $$ = seg_build_two(parser, SEG_NODE_AGO, @$, $op, $a, $b); }
    | ranked
    | sum[a] ago_word[op] THAN sum[b] AHEAD { $$ = seg_build_two(parser, SEG_NODE_AHEAD, @$, $op, $a, $b); }
    ;
ignoring: %empty { $$ = false; } | IGNORING CASE { $$ = true; };
comparison: EQ { $$ = SEG_NODE_OP_EQ; } | NE { $$ = SEG_NODE_OP_NE; } | LT { $$ = SEG_NODE_OP_LT; }
          | LE { $$ = SEG_NODE_OP_LE; } | GT { $$ = SEG_NODE_OP_GT; } | GE { $$ = SEG_NODE_OP_GE; };
ranked: TOP amount crowd BY sum { $$ = seg_build_top(parser, @$, false, $amount, $crowd, $sum); }
      | BOTTOM amount crowd BY sum { $$ = seg_build_top(parser, @$, true, $amount, $crowd, $sum); };
amount: NUMBER | PERCENT | NAME;
crowd: %empty { $$ = NULL; }
     | OF segment { $$ = seg_build_segment_test(SEG_NODE_IN_SEGMENT, @segment, $segment, false); };
set_word: ANY { $$ = SEG_NODE_OP_ANY_OF; } | ALL { $$ = SEG_NODE_OP_ALL_OF; }
        | NONE { $$ = SEG_NODE_OP_NONE_OF; };
ago_word: MORE { $$ = SEG_NODE_OP_MORE; } | LESS { $$ = SEG_NODE_OP_LESS; };
pattern: PATTERN | STRING[text] { $$ = seg_build_quoted_pattern(parser, $text); };

sum: part_subject | composed | negative | coalescence | product | addition;
addition: sum[a] additive[op] add_operand[b] { $$ = seg_build_two(parser, SEG_NODE_ARITHMETIC, @$, $op, $a, $b); };
add_operand: part_subject | composed | negative | coalescence | product;
additive: PLUS { $$ = SEG_NODE_OP_ADD; } | MINUS { $$ = SEG_NODE_OP_SUB; };
product: add_operand[a] multiplicative[op] factor[b]
        { $$ = seg_build_two(parser, SEG_NODE_ARITHMETIC, @$, $op, $a, $b); };
factor: part_subject | composed | negative | coalescence;
multiplicative: STAR { $$ = SEG_NODE_OP_MUL; } | SLASH { $$ = SEG_NODE_OP_DIV; }
              | MOD { $$ = SEG_NODE_OP_MOD; };
coalescence: unary[a] COALESCE factor[b]
        { $$ = seg_build_two(parser, SEG_NODE_COALESCE, @$, SEG_NODE_OP_NONE, $a, $b); };
unary: part_subject | composed | negative;
negative: MINUS unary[inner] { $$ = seg_build_one(parser, SEG_NODE_NEGATE, @$, $inner); };

/* `hour of last(orders) in tz`: the zone belongs to the outermost part. */
primary: part_subject | composed;
composed
    : part
    | part IN_ZONE zone { $$ = seg_build_two(parser, SEG_NODE_IN_ZONE, @$, SEG_NODE_OP_NONE, $part, $zone); }
    | call IN_ZONE zone { $$ = seg_build_two(parser, SEG_NODE_IN_ZONE, @$, SEG_NODE_OP_NONE, $call, $zone); }
    | IN name STRING[file] { $$ = seg_build_in_file(parser, @$, $name, @file, $file); }
    | IN segment %prec SEGMENT_ALONE
        { $$ = seg_build_segment_test(SEG_NODE_IN_SEGMENT, @$, $segment, false); }
    | IN[in] segment FOR primary[length]
        { $$ = seg_build_held(parser, @$, seg_span_join(@in, @segment), $segment, $length); }
    | ANY fellows AMONG segment { $$ = seg_build_fellows(@$, SEG_NODE_OP_ANY_OF, $fellows, $segment); }
    | NO fellows AMONG segment { $$ = seg_build_fellows(@$, SEG_NODE_OP_NONE_OF, $fellows, $segment); }
    | EVERY fellows AMONG segment { $$ = seg_build_fellows(@$, SEG_NODE_OP_ALL_OF, $fellows, $segment); }
    | COUNT OF fellows { $$ = seg_build_fellows(@$, SEG_NODE_OP_NONE, $fellows, NULL); }
    | COUNT OF fellows AMONG segment { $$ = seg_build_fellows(@$, SEG_NODE_OP_NONE, $fellows, $segment); }
    ;
/* Who shares a value with the profile, perhaps without itself. */
fellows: NAME[group] MEMBER { $$ = seg_build_text(parser, SEG_NODE_FELLOWS, @$, @group, $group); }
       | OTHER NAME[group] MEMBER
        { $$ = seg_build_negated(seg_build_text(parser, SEG_NODE_FELLOWS, @$, @group, $group)); };
part: PART[word] OF part_subject[subject] { $$ = seg_build_part(parser, @$, @word, $word, $subject); }
    | PART[word] OF part[subject] { $$ = seg_build_part(parser, @$, @word, $word, $subject); }
    | FISCAL_UNIT PART[word] OF part_subject[subject]
        { $$ = seg_build_fiscal_part(parser, @$, seg_span_join(@1, @word), $word, $subject); };
part_subject
    : NUMBER
    | PERCENT
    | NUMBER[count] NAME[unit] { $$ = seg_build_spaced_duration(parser, @$, $count, $unit); }
    | NUMBER[count] DAYS[unit]
        { $$ = seg_build_spaced_duration(parser, @$, $count, seg_build_word(parser, @unit)); }
    | STRING
    | TRUE { $$ = seg_build_boolean(parser, @$, true); }
    | FALSE { $$ = seg_build_boolean(parser, @$, false); }
    | DURATION
    | instant
    | name
    | name[event] DOT name[field]
        { $$ = seg_build_two(parser, SEG_NODE_MEMBER, @$, SEG_NODE_OP_NONE, $event, $field); }
    | call
    | LPAREN expr RPAREN { $$ = seg_build_parentheses($expr, @$); }
    | LPAREN oops RPAREN { $$ = $oops; }
    | list
    | ANY call { $$ = seg_build_one(parser, SEG_NODE_ANY, @$, $call); }
    | NO call { $$ = seg_build_one(parser, SEG_NODE_NO, @$, $call); }
    | LPAREN expr AS OF sum[length] AGO RPAREN
        { $$ = seg_build_two(parser, SEG_NODE_AS_OF, @$, SEG_NODE_OP_NONE, $expr, $length); }
    | COUNT OF name WHERE part_subject[condition]
        { $$ = seg_build_named(parser, SEG_NODE_COUNT_OF, @$, $name, $condition); }
    | MOST FREQUENT LPAREN args RPAREN
        { $$ = seg_build_frequent(parser, @$, seg_span_join(@1, @2), true, $args); }
    | LEAST FREQUENT LPAREN args RPAREN
        { $$ = seg_build_frequent(parser, @$, seg_span_join(@1, @2), false, $args); }
    | ACTIVE unit LPAREN args RPAREN { $$ = seg_build_active_days(parser, @$, seg_span_join(@1, @2), $unit, $args); }
    | NAME GAP LPAREN args RPAREN { $$ = seg_build_gap(parser, @$, seg_span_join(@1, @2), $1, $args); }
    | ACTIVE unit LPAREN oops RPAREN
        { $$ = seg_build_active_days(parser, @$, seg_span_join(@1, @2), $unit,
              seg_build_list(parser, @oops, NULL, $oops)); }
    ;
call: name LPAREN args RPAREN { $$ = seg_build_call(parser, @$, $name, $args); }
    | name LPAREN oops RPAREN
        { $$ = seg_build_call(parser, @$, $name, seg_build_list(parser, @oops, NULL, $oops)); }
    | STRING[text] LPAREN args RPAREN { $$ = seg_build_quoted_call(parser, @$, $text, $args); }
    | STRING[text] LPAREN oops RPAREN
        { $$ = seg_build_quoted_call(parser, @$, $text, seg_build_list(parser, @oops, NULL, $oops)); };
args: arg_list { $$ = seg_build_where(parser, @$, $1, NULL); }
    | arg_list WHERE[where] expr { $$ = seg_build_where(parser, seg_span_join(@where, @expr), $1, $expr); }
    | paired { $$ = seg_build_where(parser, @$, seg_build_list(parser, @$, NULL, $paired), NULL); }
    | paired WHERE[where] expr
        { $$ = seg_build_where(parser, seg_span_join(@where, @expr),
              seg_build_list(parser, @paired, NULL, $paired), $expr); }
    | arg_list COMMA paired
        { $$ = seg_build_where(parser, @$, seg_build_list(parser, @$, $1, $paired), NULL); }
    | arg_list COMMA paired WHERE[where] expr
        { $$ = seg_build_where(parser, seg_span_join(@where, @expr),
              seg_build_list(parser, seg_span_join(@1, @paired), $1, $paired), $expr); };
paired: sum pairs { $$ = seg_build_paired(parser, @$, $sum, $pairs); }
      | plain_window pairs { $$ = seg_build_paired(parser, @$, $1, $pairs); };
arg_list: arg { $$ = seg_build_list(parser, @$, NULL, $arg); }
        | arg_list COMMA arg { $$ = seg_build_list(parser, @$, $1, $arg); };
arg: expr
   | plain_window
   | HALF LIFE sum { $$ = seg_build_one(parser, SEG_NODE_HALF_LIFE, @$, $sum); }
   | sum[points] FOR expr
        { $$ = seg_build_two(parser, SEG_NODE_POINTS, @$, SEG_NODE_OP_NONE, $points, $expr); };
plain_window
   : EVER { $$ = seg_build_leaf(parser, SEG_NODE_EVER, @$); }
   | sum[a] TO sum[b] AGO { $$ = seg_build_two(parser, SEG_NODE_AGO_RANGE, @$, SEG_NODE_OP_NONE, $a, $b); }
   | calendar
   | calendar IN_ZONE zone
        { $$ = seg_build_two(parser, SEG_NODE_IN_ZONE, @$, SEG_NODE_OP_NONE, $calendar, $zone); }
   | name IN_ZONE zone { $$ = seg_build_two(parser, SEG_NODE_IN_ZONE, @$, SEG_NODE_OP_NONE, $name, $zone); }
   | FROM point[a] TO point[b]
        { $$ = seg_build_two(parser, SEG_NODE_FROM_TO, @$, SEG_NODE_OP_NONE, $a, $b); }
   | SINCE sum { $$ = seg_build_one(parser, SEG_NODE_SINCE, @$, $sum); }
   | WITHIN sum[a] OF sum[b]
        { $$ = seg_build_two(parser, SEG_NODE_WITHIN_OF, @$, SEG_NODE_OP_NONE, $a, $b); }
   | LAST NUMBER[count]
        { $$ = seg_build_one(parser, SEG_NODE_LAST_FEW, @$, $count); }
   | LAST NAME[count] { $$ = seg_build_one(parser, SEG_NODE_LAST_FEW, @$, $count); };
calendar: THIS unit { $$ = seg_build_calendar(parser, @$, SEG_NODE_OP_THIS, NULL, $unit); }
        | LAST UNIT[unit]
            { $$ = seg_build_calendar(parser, @$, SEG_NODE_OP_LAST, NULL, $unit); }
        | LAST fiscal { $$ = seg_build_calendar(parser, @$, SEG_NODE_OP_LAST, NULL, $fiscal); }
        | NUMBER[count] fiscal { $$ = seg_build_calendar(parser, @$, SEG_NODE_OP_CALENDAR, $count, $fiscal); }
        | LAST NUMBER[count] COMPLETE unit
            { $$ = seg_build_calendar(parser, @$, SEG_NODE_OP_COMPLETE, $count, $unit); }
        | NUMBER[count] CALENDAR unit
            { $$ = seg_build_calendar(parser, @$, SEG_NODE_OP_CALENDAR, $count, $unit); };
unit: NAME | DAYS { $$ = seg_build_word(parser, @1); } | fiscal;
fiscal: FISCAL_UNIT NAME[unit] { $$ = seg_build_fiscal(parser, @$, $unit); };
zone: name | STRING;
point: instant | NAME;
list: LBRACKET RBRACKET { $$ = seg_build_adopt(parser, SEG_NODE_LIST, @$, NULL); }
    | LBRACKET expr_list RBRACKET { $$ = seg_build_adopt(parser, SEG_NODE_LIST, @$, $2); }
    | LBRACKET oops RBRACKET { $$ = $oops; };
expr_list: expr { $$ = seg_build_list(parser, @$, NULL, $expr); }
         | expr_list COMMA expr { $$ = seg_build_list(parser, @$, $1, $expr); };

literal: NUMBER
       | PERCENT
       | MINUS NUMBER[digits] { $$ = seg_build_minus(parser, @$, $digits); }
       | STRING
       | TRUE { $$ = seg_build_boolean(parser, @$, true); }
       | FALSE { $$ = seg_build_boolean(parser, @$, false); }
       | DURATION
       | instant;

name: NAME
    | FROM { $$ = seg_build_word(parser, @1); } | TO { $$ = seg_build_word(parser, @1); }
    | AGO { $$ = seg_build_word(parser, @1); } | AHEAD { $$ = seg_build_word(parser, @1); }
    | OF { $$ = seg_build_word(parser, @1); } | ALL { $$ = seg_build_word(parser, @1); }
    | NONE { $$ = seg_build_word(parser, @1); } | STARTS { $$ = seg_build_word(parser, @1); }
    | ENDS { $$ = seg_build_word(parser, @1); } | WITH { $$ = seg_build_word(parser, @1); }
    | MISSING { $$ = seg_build_word(parser, @1); } | KNOWN { $$ = seg_build_word(parser, @1); }
    | LAST { $$ = seg_build_word(parser, @1); } | NEXT { $$ = seg_build_word(parser, @1); }
    | MORE { $$ = seg_build_word(parser, @1); } | LESS { $$ = seg_build_word(parser, @1); }
    | THAN { $$ = seg_build_word(parser, @1); } | ACTIVE { $$ = seg_build_word(parser, @1); }
    | DAYS { $$ = seg_build_word(parser, @1); } | EXCEPT { $$ = seg_build_word(parser, @1); }
    | FOR { $$ = seg_build_word(parser, @1); } | WHEN { $$ = seg_build_word(parser, @1); }
    | FOLLOWED { $$ = seg_build_word(parser, @1); } | PRECEDED { $$ = seg_build_word(parser, @1); }
    | FUNCTION { $$ = seg_build_word(parser, @1); } | VERSION { $$ = seg_build_word(parser, @1); }
    | BY { $$ = seg_build_word(parser, @1); } | SAME { $$ = seg_build_word(parser, @1); }
    | SESSIONS { $$ = seg_build_word(parser, @1); } | GAP { $$ = seg_build_word(parser, @1); }
    | AT { $$ = seg_build_word(parser, @1); }
    | AS { $$ = seg_build_word(parser, @1); } | ENTER { $$ = seg_build_word(parser, @1); }
    | EXIT { $$ = seg_build_word(parser, @1); } | STAY { $$ = seg_build_word(parser, @1); }
    | HALF { $$ = seg_build_word(parser, @1); } | LIFE { $$ = seg_build_word(parser, @1); }
    | LEAST { $$ = seg_build_word(parser, @1); } | COOLDOWN { $$ = seg_build_word(parser, @1); }
    | THIS { $$ = seg_build_word(parser, @1); } | CALENDAR { $$ = seg_build_word(parser, @1); }
    | COMPLETE { $$ = seg_build_word(parser, @1); }
    | SOME { $$ = seg_build_word(parser, @1); } | EACH { $$ = seg_build_word(parser, @1); }
    | IGNORING { $$ = seg_build_word(parser, @1); } | CASE { $$ = seg_build_word(parser, @1); }
    | TOP { $$ = seg_build_word(parser, @1); } | BOTTOM { $$ = seg_build_word(parser, @1); }
    | MOD { $$ = seg_build_word(parser, @1); }
    | MOST { $$ = seg_build_word(parser, @1); } | FREQUENT { $$ = seg_build_word(parser, @1); }
    | COUNT %prec COUNT_ALONE { $$ = seg_build_word(parser, @1); }
    | ENTERS { $$ = seg_build_word(parser, @1); } | EXITS { $$ = seg_build_word(parser, @1); };

%%

static int yyreport_syntax_error(const yypcontext_t *context, seg_parser *parser) {
    if (!parser->exact) return YYENOMEM; /* gives up */
    yysymbol_kind_t kinds[YYNTOKENS];
    const char *names[YYNTOKENS];
    int count = yypcontext_expected_tokens(context, kinds, YYNTOKENS);
    for (int i = 0; i < count; i++) names[i] = yysymbol_name(kinds[i]);
    seg_parse_report(parser, names, count > 0 ? (uint32_t)count : 0);
    return count < 0 ? count : 0;
}

/* Bison calls it only when its stack is full: everything else goes through the function above. */
static void yyerror(const seg_span *span, seg_parser *parser, const char *message) {
    (void)message;
    seg_parse_too_deep(parser, *span);
}
