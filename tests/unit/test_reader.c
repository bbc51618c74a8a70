/* Readers: what lines of JSON and rows of CSV become, and how what is wrong with them is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../engine/engine.h"
#include "workspace_image.h"

static const char workspace[] =
    "timezone \"Europe/Berlin\"\n"
    "profile { email: text?  opted_out: bool = false  plan: free | trial | pro = free\n"
    "  signed_up_at: time  born_on: date?  tags: set of text  tz: timezone?  score: float? }\n"
    "event orders from \"Order Completed\" { order_id: text, amount: decimal(2), seats: int?,\n"
    "  weight: float?,"
    "  status: paid | refunded = paid, gift: bool?, at: time?, due: date?, wait: duration?,\n"
    "  labels: set of text, note: text? }\n"
    "event items from each \"products\" of \"Order Completed\" { sku: text, price: decimal(2)?,\n"
    "  tags: set of text }\n"
    "event gifts from each \"gifts\" of \"Box Sent\" { sku: text }\n"
    "event visits from \"Page Viewed\" { page: text }\n"
    "event trips from \"Trip\" { miles: int, price: decimal(2)?, fare: decimal(1)? }\n"
    "columns trips from \"trips*.csv\" { profile = \"Rider Id\", time = when, id = ref, price = 1_250.50 }\n"
    "columns profile from \"people.csv\" { profile = user, plan = tier }\n"
    "columns visits from \"people.csv\" { profile = user, time = 2026-01-02, page = landing }\n"
    "segment buyers: any orders(30d)\n";

/* ---- What comes out of a reader, as text --------------------------------------------------------- */

typedef struct story { /* a line per record and per refusal */
    char *text;
    size_t size, capacity;
    uint64_t refused;
} story;

static seg_image *image;

static void tell(story *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void tell(story *s, const char *format, ...) {
    if (s->capacity - s->size < 4096) {
        s->capacity = s->capacity * 2 + 8192;
        s->text = realloc(s->text, s->capacity);
        assert_non_null(s->text);
    }
    va_list list;
    va_start(list, format);
    int length = vsnprintf(s->text + s->size, s->capacity - s->size, format, list);
    va_end(list);
    assert_true(length >= 0 && (size_t)length < s->capacity - s->size);
    s->size += (size_t)length;
}

static void tell_text(story *s, seg_text text) {
    for (size_t i = 0; i < text.size_bytes; i++) {
        unsigned char byte = (unsigned char)text.bytes[i];
        if (byte < 0x20 || byte == 0x7F) tell(s, "<%02x>", byte);
        else tell(s, "%c", byte);
    }
}

static void tell_value(story *s, const seg_field_info *field, const seg_value *value) {
    tell(s, " ");
    tell_text(s, field->name);
    tell(s, "=");
    char instant[25];
    if (!value->known) {
        tell(s, "null");
        return;
    }
    switch (field->type) {
    case SEG_FLOAT: tell(s, "%.17g", value->as.f); break;
    case SEG_TEXT:
    case SEG_ZONE: tell_text(s, value->as.text); break;
    case SEG_ENUM: tell_text(s, seg_image_enum_name(image, field, (uint32_t)value->as.i)); break;
    case SEG_TIME:
        seg_instant_format(value->as.i, instant);
        tell(s, "%s", instant);
        break;
    case SEG_SET:
        for (size_t i = 0; i < value->as.set.count; i++) {
            tell(s, i ? "," : "");
            tell_text(s, value->as.set.items[i]);
        }
        break;
    default: tell(s, "%lld", (long long)value->as.i); break;
    }
}

static void tell_record(story *s, const seg_record *record) {
    static const char *const kinds[] = {"track", "identify", "alias", "delete"};
    char instant[25];
    seg_instant_format(record->time, instant);
    tell(s, "%llu %s ", (unsigned long long)record->line, kinds[record->kind]);
    tell_text(s, record->profile);
    if (record->previous.size_bytes) tell(s, " was ");
    tell_text(s, record->previous);
    tell(s, " %s", instant);
    if (record->message_id.size_bytes) tell(s, " #");
    tell_text(s, record->message_id);
    seg_event_info event;
    seg_field_info field;
    if (record->kind == SEG_RECORD_TRACK) {
        assert_int_equal(seg_image_event(image, record->event, &event), SEG_OK);
        tell(s, " ");
        tell_text(s, event.name);
        for (uint32_t i = 0; i < event.field_count; i++) {
            seg_image_event_field(image, record->event, i, &field);
            if (record->fields[i].known) tell_value(s, &field, &record->fields[i]);
        }
    }
    for (size_t i = 0; record->kind == SEG_RECORD_IDENTIFY && i < record->setting_count; i++) {
        seg_image_attribute(image, record->settings[i].attribute, &field);
        tell_value(s, &field, &record->settings[i].value);
    }
    tell(s, "\n");
}

static void on_refusal(void *user, const seg_refusal *refusal) {
    story *s = user;
    s->refused++;
    for (const char *c = refusal->reason; *c; c++) assert_true((unsigned char)*c >= 0x20 && *c != 0x7F);
    tell(s, "%llu !%s\n", (unsigned long long)refusal->line, refusal->reason);
}

/* Everything that the reader has; the reader is closed after it. */
static void tell_all(story *s, seg_reader *reader) {
    const seg_record *record;
    seg_error error = {0};
    uint64_t records = 0;
    for (;;) {
        seg_status status = seg_reader_next(reader, &record, &error);
        if (status != SEG_OK) {
            tell(s, "error %d %s\n", status, error.message);
            break;
        }
        if (!record) break;
        records++;
        tell_record(s, record);
    }
    seg_reader_counters counters;
    seg_reader_counters_get(reader, &counters);
    assert_int_equal(counters.records, records);
    assert_int_equal(counters.refused, s->refused);
    if (counters.skipped) tell(s, "skipped %llu\n", (unsigned long long)counters.skipped);
    seg_reader_close(reader);
}

static story read_bytes(const char *name, const char *bytes, size_t size) {
    story s = {0};
    tell(&s, "%s", "");
    seg_reader *reader;
    seg_error error = {0};
    char *exact = malloc(size + 1); /* so that a sanitizer sees a read beyond the end */
    assert_non_null(exact);
    if (size) memcpy(exact, bytes, size);
    assert_int_equal(seg_reader_open_bytes(&reader, image, name, exact, size, on_refusal, &s, &error),
                     SEG_OK);
    tell_all(&s, reader);
    free(exact);
    return s;
}

static void expect(const char *name, const char *bytes, size_t size, const char *expected) {
    story s = read_bytes(name, bytes, size);
    if (strcmp(s.text, expected) != 0) print_error("of: %.300s\n", bytes);
    assert_string_equal(s.text, expected);
    free(s.text);
}

static int open_image(void **state) {
    (void)state;
    image = seg_image_of_workspace(workspace);
    return 0;
}

static int close_image(void **state) {
    (void)state;
    seg_image_free(image);
    return 0;
}

/* ---- Lines of JSON ------------------------------------------------------------------------------- */

#define AT "\"timestamp\":\"2026-04-16T10:00:00Z\""
#define HEAD "{\"type\":\"track\",\"userId\":\"ada\"," AT ",\"event\":\"Order Completed\",\"properties\":"
#define TRACK(properties) HEAD "{\"order_id\":\"1\",\"amount\":1" properties "}}"
#define TRAITS(traits) "{\"type\":\"identify\",\"userId\":\"ada\"," AT ",\"traits\":{" traits "}}"
#define WHEN(timestamp) "{\"type\":\"delete\",\"userId\":\"ada\",\"timestamp\":" timestamp "}"
#define WHO(members) "{\"type\":\"delete\"," AT members "}"
#define ORDER "1 track ada 2026-04-16T10:00:00.000Z orders order_id=1 amount=100"
#define ADA "1 identify ada 2026-04-16T10:00:00.000Z"

typedef struct line_case {
    const char *line, *expected;
} line_case;

static const line_case records[] = {
    {TRACK(""), ORDER},
    {"  " TRACK(" ") " \t\r", ORDER},
    {"{\"properties\":{\"amount\":2,\"order_id\":\"x\"},\"event\":\"Order Completed\"," AT
     ",\"messageId\":\"m1\",\"userId\":\"ada\",\"type\":\"track\"}",
     "1 track ada 2026-04-16T10:00:00.000Z #m1 orders order_id=x amount=200"},
    {"{\"\\u0074ype\":\"tr\\u0061ck\",\"userId\":\"\\u00e9\\ud83d\\ude00\\\"\\/\"," AT
     ",\"event\":\"Page Viewed\",\"properties\":{\"p\\u0061ge\":\"a\\n\\u0000b\"}}",
     "1 track \xC3\xA9\xF0\x9F\x98\x80\"/ 2026-04-16T10:00:00.000Z visits page=a<0a><00>b"},
    {TRACK(",\"seats\":3"), ORDER " seats=3"},
    {TRACK(",\"seats\":3.0"), ORDER " seats=3"},
    {TRACK(",\"seats\":30e-1"), ORDER " seats=3"},
    {TRACK(",\"seats\":3E+0"), ORDER " seats=3"},
    {TRACK(",\"seats\":-0"), ORDER " seats=0"},
    {TRACK(",\"seats\":0e999999999999999999999"), ORDER " seats=0"},
    {TRACK(",\"seats\":9223372036854775807"), ORDER " seats=9223372036854775807"},
    {TRACK(",\"seats\":-9223372036854775807"), ORDER " seats=-9223372036854775807"},
    {TRACK(",\"seats\":9223372036854775807.000"), ORDER " seats=9223372036854775807"},
    {TRACK(",\"seats\":1e18"), ORDER " seats=1000000000000000000"},
    {TRACK(",\"seats\":null"), ORDER},
    {HEAD "{\"order_id\":\"1\",\"amount\":15.3}}",
     "1 track ada 2026-04-16T10:00:00.000Z orders order_id=1 amount=1530"},
    {HEAD "{\"order_id\":\"\",\"amount\":-15.3000}}",
     "1 track ada 2026-04-16T10:00:00.000Z orders order_id= amount=-1530"},
    {HEAD "{\"order_id\":\"1\",\"amount\":92233720368547758.07}}",
     "1 track ada 2026-04-16T10:00:00.000Z orders order_id=1 amount=9223372036854775807"},
    {TRACK(",\"weight\":0.1"), ORDER " weight=0.10000000000000001"},
    {TRACK(",\"weight\":-0.0"), ORDER " weight=0"},
    {TRACK(",\"weight\":1e-400"), ORDER " weight=0"},
    {TRACK(",\"weight\":1.7976931348623157e308"), ORDER " weight=1.7976931348623157e+308"},
    {TRACK(",\"weight\":12"), ORDER " weight=12"},
    {TRACK(",\"status\":\"refunded\",\"gift\":true"), ORDER " status=refunded gift=1"},
    {TRACK(",\"at\":\"2026-03-01\""), ORDER " at=2026-02-28T23:00:00.000Z"},
    {TRACK(",\"due\":\"2024-02-29\""), ORDER " due=19782"},
    {TRACK(",\"wait\":\"1h30m\""), ORDER " wait=5400000"},
    {TRACK(",\"labels\":[\"b\",\"a\",\"b\"]"), ORDER " labels=b,a,b"},
    {TRACK(",\"labels\":[]"), ORDER " labels="},
    {TRACK(",\"other\":{\"deep\":[1,{\"x\":[]}]},\"list\":[[],{}]"), ORDER},
    {"{\"context\":{\"a\":[true,false,null,-1.5e3,\"\\ud83d\\ude00\"]},\"integrations\":{}," AT
     ",\"type\":\"delete\",\"userId\":1234567890123456789012}",
     "1 delete 1234567890123456789012 2026-04-16T10:00:00.000Z"},
    {WHO(",\"userId\":null,\"anonymousId\":\"x\""), "1 delete x 2026-04-16T10:00:00.000Z"},
    {WHO(",\"userId\":\"\",\"anonymousId\":7"), "1 delete 7 2026-04-16T10:00:00.000Z"},
    {"{\"type\":\"alias\",\"userId\":\"b\",\"previousId\":\"a\"," AT "}",
     "1 alias b was a 2026-04-16T10:00:00.000Z"},
    {TRAITS(""), ADA},
    {TRAITS("\"email\":\"a@b.c\",\"opted_out\":true,\"plan\":\"pro\""),
     ADA " email=a@b.c opted_out=1 plan=pro"},
    {TRAITS("\"email\":null,\"tags\":[\"x\"],\"unknown\":1"), ADA " email=null tags=x"},
    {TRAITS("\"tz\":\"Europe/Berlin\",\"born_on\":\"1990-12-31\",\"score\":1"),
     ADA " tz=Europe/Berlin born_on=7669 score=1"},
    {WHEN("\"2026-04-16\""), "1 delete ada 2026-04-15T22:00:00.000Z"},
    {"{\"type\":\"track\",\"event\":\"Unheard Of\"}", "skipped 1"},
    {"{\"type\":\"page\",\"name\":\"Home\"}", "skipped 1"},
    {"", ""},
    {" \t ", ""},
};

static void test_records(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        char expected[512];
        snprintf(expected, sizeof expected, "%s%s", records[i].expected, *records[i].expected ? "\n" : "");
        expect("x.ndjson", records[i].line, strlen(records[i].line), expected);
    }
}

static const line_case refusals[] = {
    /* Not JSON. */
    {"{", "an object that is not closed, or something behind it"},
    {"}", "not a JSON object"},
    {"[]", "not a JSON object"},
    {"null", "not a JSON object"},
    {"\"text\"", "not a JSON object"},
    {"1", "not a JSON object"},
    {"{} {}", "something follows the JSON object"},
    {"{}}", "something follows the JSON object"},
    {"{},{}", "something follows the JSON object"},
    {"{}[]", "an object that is not closed, or something behind it"},
    {"{\"a\":1,}", "not valid JSON"},
    {"{,}", "not valid JSON"},
    {"{\"a\"}", "not valid JSON"},
    {"{\"a\":}", "neither a value nor true, false or null"},
    {"{a:1}", "not valid JSON"},
    {"{'a':1}", "not valid JSON"},
    {"{\"a\":01}", "not a JSON number"},
    {"{\"a\":1.}", "not a JSON number"},
    {"{\"a\":.5}", "neither a value nor true, false or null"},
    {"{\"a\":+1}", "neither a value nor true, false or null"},
    {"{\"a\":-}", "not a JSON number"},
    {"{\"a\":1e}", "not a JSON number"},
    {"{\"a\":0x10}", "not a JSON number"},
    {"{\"a\":NaN}", "neither a value nor true, false or null"},
    {"{\"a\":Infinity}", "neither a value nor true, false or null"},
    {"{\"a\":tru}", "neither a value nor true, false or null"},
    {"{\"a\":trueish}", "neither a value nor true, false or null"},
    {"{\"a\":1 2}", "not valid JSON"},
    {"{\"a\":\"x\"\"y\"}", "not valid JSON"},
    {"{\"a\":\"x}", "a text without its closing quote"},
    {"{\"a\":\"\\x\"}", "a wrong escape in a text"},
    {"{\"a\":\"\\u12g4\"}", "a wrong escape in a text"},
    {"{\"a\":\"\\ud800\"}", "a wrong escape in a text"},
    {"{\"a\":\"\\ud800\\u0041\"}", "a wrong escape in a text"},
    {"{\"a\":\"\\ud800\\ud800\"}", "a wrong escape in a text"},
    {"{\"a\":\"\\udc00\"}", "a wrong escape in a text"},
    {"{\"\\ud800\":1}", "a wrong escape in a text"},
    {"{\"a\":\"tab\there\"}", "a control character inside a text"},
    {"{\"a\":[\"\\ud800\"]}", "a wrong escape in a text"},
    {"{\"a\":[1,]}", "neither a value nor true, false or null"},
    {"{\"a\":[1 2]}", "not valid JSON"},
    {"{\"a\":[}", "not valid JSON"},
    {"{\"a\":[1}}", "not valid JSON"},
    {"{\"a\":{\"b\" 1}}", "not valid JSON"},
    {"{\"a\":{\"b\":1,}}", "not valid JSON"},
    {"{\"a\":{1:2}}", "not valid JSON"},
    {"{\"a\":[nul]}", "neither a value nor true, false or null"},
    {"{\"a\":[01]}", "not a JSON number"},
    {"{\"a\":\"\xFF\"}", "not valid UTF-8"},
    {"{\"a\":\"\xC0\x80\"}", "not valid UTF-8"},
    {"{\"a\":\"\xED\xA0\x80\"}", "not valid UTF-8"},
    {"{\"a\":\"\xF4\x90\x80\x80\"}", "not valid UTF-8"},
    {"{\"a\":\"\xE2\x82\"}", "not valid UTF-8"},
    {"\xFF\xFE{\"a\":1}", "not valid UTF-8"},
    {"\\\"{}", "not a JSON object"},
    /* Not a record. */
    {"{}", "type: missing"},
    {"{\"type\":null}", "type: missing"},
    {"{\"type\":1}", "type: not a text"},
    {"{\"type\":\"trac\xE2\x80\xAEk\\u001b[2J\"}",
     "type: \"trac\\u{202e}k\\u{1b}[2J\" is none of track, identify, group, alias, delete"},
    {"{\"type\":\"track\"}", "event: missing"},
    {"{\"type\":\"track\",\"event\":7}", "event: not a text"},
    {"{\"type\":\"track\",\"type\":\"track\"}", "type: given twice"},
    {WHO(""), "userId: missing, and no anonymousId"},
    {WHO(",\"userId\":\"\""), "userId: missing, and no anonymousId"},
    {WHO(",\"userId\":true"), "userId: neither a text nor a number"},
    {WHO(",\"userId\":{}"), "userId: neither a text nor a number"},
    {WHO(",\"userId\":\"a\\nb\""), "userId: a control character in an id"},
    {WHO(",\"userId\":\"a\\u0000\""), "userId: a control character in an id"},
    {WHO(",\"userId\":\"a\",\"messageId\":[]"), "messageId: neither a text nor a number"},
    {"{\"type\":\"alias\",\"userId\":\"a\"," AT "}", "previousId: missing"},
    {"{\"type\":\"delete\",\"userId\":\"a\"}", "timestamp: missing"},
    {WHEN("null"), "timestamp: missing"},
    {WHEN("false"), "timestamp: not a text like \"2026-04-16T10:00:00Z\""},
    {WHEN("1492000000"), "timestamp: 1492000000 is a number; write a time as 2026-04-16T10:00:00Z"},
    {WHEN("\"1492000000123\""), "timestamp: 1492000000123 is a number; write a time as 2026-04-16T10:00:00Z"},
    {WHEN("\"yesterday\""), "timestamp: \"yesterday\" is not a time like 2026-04-16T10:00:00Z"},
    {WHEN("\"2016-12-31T23:59:60Z\""),
     "timestamp: \"2016-12-31T23:59:60Z\" is not a time like 2026-04-16T10:00:00Z"},
    {WHEN("\"10000-01-01T00:00:00Z\""),
     "timestamp: \"10000-01-01T00:00:00Z\" is not a time like 2026-04-16T10:00:00Z"},
    {"{\"type\":\"identify\",\"userId\":\"a\"," AT ",\"traits\":[]}", "traits: not an object"},
    /* Fields. */
    {HEAD "{\"amount\":1}}", "order_id: missing"},
    {HEAD "{\"order_id\":\"1\"}}", "amount: missing"},
    {HEAD "{\"order_id\":\"1\",\"amount\":null}}", "amount: must have a value"},
    {HEAD "{\"order_id\":\"1\",\"amount\":15.305}}", "amount: 15.305 has more than 2 decimals"},
    {HEAD "{\"order_id\":\"1\",\"amount\":1e-3}}", "amount: 1e-3 has more than 2 decimals"},
    {HEAD "{\"order_id\":\"1\",\"amount\":92233720368547758.08}}",
     "amount: 92233720368547758.08 is out of range"},
    {HEAD "{\"order_id\":\"1\",\"amount\":1e999999999999}}", "amount: 1e999999999999 is out of range"},
    {HEAD "{\"order_id\":\"1\",\"amount\":\"1\"}}", "amount: \"1\" is a text, not a number"},
    {HEAD "{\"order_id\":12,\"amount\":1}}", "order_id: 12 is a number, not a text"},
    {HEAD "{\"order_id\":true,\"amount\":1}}", "order_id: true is true or false, not a text"},
    {HEAD "{\"order_id\":\"1\",\"order_id\":\"1\",\"amount\":1}}", "order_id: given twice"},
    {HEAD "{\"order_id\":\"1\",\"amount\":1},\"properties\":{}}", "properties: given twice"},
    {TRACK(",\"seats\":3.5"), "seats: 3.5 is not a whole number"},
    {TRACK(",\"seats\":-9223372036854775808"), "seats: -9223372036854775808 is out of range"},
    {TRACK(",\"seats\":[3]"), "seats: this is a list, not a whole number"},
    {TRACK(",\"weight\":1e400"), "weight: 1e400 is out of range"},
    {TRACK(",\"gift\":\"yes\""), "gift: \"yes\" is a text, not true or false"},
    {TRACK(",\"gift\":1"), "gift: 1 is a number, not true or false"},
    {TRACK(",\"status\":\"lost\""), "status: \"lost\" is none of paid, refunded"},
    {TRACK(",\"status\":1"), "status: 1 is a number, not one of its values as a text"},
    {TRACK(",\"at\":1492000000"), "at: 1492000000 is a number, not a time like \"2026-04-16T10:00:00Z\""},
    {TRACK(",\"due\":\"2023-02-29\""), "due: \"2023-02-29\" is not a date like 2026-04-16"},
    {TRACK(",\"wait\":\"30 days\""), "wait: \"30 days\" is not a duration like 30d or 1h30m"},
    {TRACK(",\"wait\":\"\""), "wait: \"\" is not a duration like 30d or 1h30m"},
    {TRACK(",\"wait\":\"99999999999999999d\""),
     "wait: \"99999999999999999d\" is not a duration like 30d or 1h30m"},
    {TRACK(",\"labels\":\"a\""), "labels: \"a\" is a text, not a list of texts"},
    {TRACK(",\"labels\":[\"a\",1]"), "labels: 1 is a number, not a list of texts"},
    {TRACK(",\"labels\":[[]]"), "labels: this is a list, not a list of texts"},
    {TRACK(",\"labels\":{}"), "labels: this is an object, not a list of texts"},
    {TRAITS("\"plan\":\"gold\""), "plan: \"gold\" is none of free, trial, pro"},
    {TRAITS("\"signed_up_at\":null"), "signed_up_at: must have a value"},
    {TRAITS("\"email\":\"a\",\"email\":\"b\""), "email: given twice"},
    {TRAITS("\"tz\":\"\""), "tz: \"\" is not the name of a time zone"},
};

/* A refusal leaves its neighbours as they are. */
static void test_refusals(void **state) {
    (void)state;
    static const char good[] = WHEN("\"2026-04-16T10:00Z\"");
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        char text[2048], expected[2048];
        snprintf(text, sizeof text, "%s\n%s\n%s", good, refusals[i].line, good);
        snprintf(expected, sizeof expected,
                 "1 delete ada 2026-04-16T10:00:00.000Z\n2 !%s\n3 delete ada 2026-04-16T10:00:00.000Z\n",
                 refusals[i].expected);
        expect("x.jsonl", text, strlen(text), expected);
    }
}

typedef struct place {
    uint64_t line;
    size_t offset;
    const char *file;
} place;

/* ---- Elements of lists --------------------------------------------------------------------------- */

#define ITEM "1 track ada 2026-04-16T10:00:00.000Z"
#define LIST(list) "{\"type\":\"track\",\"userId\":\"ada\"," AT ",\"messageId\":\"m1\"," \
    "\"event\":\"Order Completed\",\"properties\":{\"order_id\":\"1\",\"amount\":1,\"products\":" list "}}"
#define GIFTS(list) \
    "{\"type\":\"track\",\"userId\":\"ada\"," AT ",\"event\":\"Box Sent\",\"properties\":" list "}"
#define BEHIND(rest, event) \
    "{\"type\":\"track\",\"properties\":{\"order_id\":\"\\u00e9\"," rest "},\"userId\":\"ada\"," AT \
    ",\"event\":\"" event "\"}"
#define WHOLE ITEM " #m1 orders order_id=1 amount=100\n"

static void test_elements(void **state) {
    (void)state;
    static const line_case lines[] = {
        {LIST("[]"), WHOLE},
        {LIST("null"), WHOLE},
        {LIST("[{\"sku\":\"a\",\"price\":2,\"more\":{\"x\":[1]}},{\"tags\":[\"t\",\"u\"],\"sku\":\"b\"}]"),
         WHOLE ITEM " #m1/0 items sku=a price=200\n" ITEM " #m1/1 items sku=b tags=t,u\n"},
        {LIST("[{\"sku\":\"a\"},7,{\"price\":1},{\"sku\":\"d\"}]"),
         WHOLE ITEM " #m1/0 items sku=a\n1 !products: an element that is no object\n1 !sku: missing\n" ITEM
                    " #m1/3 items sku=d\n"},
        {LIST("{\"sku\":\"a\"}"), WHOLE "1 !products: not a list\n"},
        {LIST("[{\"sku\":[\"a\"]},{\"sku\":\"b\",\"tags\":[[\"x\"]]}]"),
         WHOLE "1 !sku: this is a list, not a text\n1 !tags: this is a list, not a list of texts\n"},
        {GIFTS("{\"gifts\":[{\"sku\":\"a\"}]}"), ITEM " gifts sku=a\n"},
        {GIFTS("{}"), "skipped 1\n"},
        {GIFTS("{\"gifts\":[]}"), "skipped 1\n"},
        {GIFTS("[]"), "1 !properties: not an object\n"},
        /* A name of the other events of the source is none of this one's. */
        {LIST("[{\"sku\":\"a\",\"amount\":\"x\",\"order_id\":1}]"), WHOLE ITEM " #m1/0 items sku=a\n"},
        /* The event's name may come last, also with escapes before it. */
        {BEHIND("\"amount\":1", "Order Completed"), ITEM " orders order_id=\u00e9 amount=100\n"},
        {BEHIND("\"amount\":1,\"products\":[{\"sku\":\"\\n\"}]", "Order\\u0020Completed"),
         ITEM " orders order_id=\u00e9 amount=100\n" ITEM " items sku=<0a>\n"},
        {BEHIND("\"amount\":true", "Order Completed"), "1 !amount: true is true or false, not a number\n"},
        {BEHIND("\"amount\":true", "Unheard Of"), "skipped 1\n"},
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        expect("e.ndjson", lines[i].line, strlen(lines[i].line), lines[i].expected);
}

static void keep_place(void *user, const seg_refusal *refusal) {
    place *p = user;
    assert_string_equal(refusal->file, "dir/x.ndjson");
    p->line = refusal->line;
    p->offset = refusal->offset;
}

static void test_places(void **state) {
    (void)state;
    static const struct {
        const char *line;
        size_t offset;
    } cases[] = {{"{\"a\":\"ok\xFF\"}", 8}, {"{\"a\":[1,{\"b\":tru}]}", 13}, {"{\"type\":\"x\"}", 8},
                 {"{} {}", 3}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[128];
        int size = snprintf(text, sizeof text, "\n\n%s\n", cases[i].line);
        place p = {0};
        seg_reader *reader;
        const seg_record *record;
        assert_int_equal(seg_reader_open_bytes(&reader, image, "dir/x.ndjson", text, (size_t)size, keep_place,
                                               &p, NULL),
                         SEG_OK);
        assert_int_equal(seg_reader_next(reader, &record, NULL), SEG_OK);
        assert_null(record);
        assert_int_equal(p.line, 3);
        assert_int_equal(p.offset, cases[i].offset);
        seg_reader_close(reader);
    }
}

/* ---- Hostile bytes ------------------------------------------------------------------------------- */

static void test_marks_and_zeros(void **state) {
    (void)state;
#define GOOD WHEN("\"2026-04-16T10:00Z\"")
#define TOLD " delete ada 2026-04-16T10:00:00.000Z\n"
    static const char mark[] = "\xEF\xBB\xBF" GOOD "\r\n\xEF\xBB\xBF" GOOD "\n" GOOD;
    expect("x.ndjson", mark, sizeof mark - 1, "1" TOLD "2 !not a JSON object\n3" TOLD);
    static const char zeros[] = "{\0}\n{\"a\":\"\0\"}\n\0\n" GOOD "\0\n" GOOD;
    expect("x.ndjson", zeros, sizeof zeros - 1,
           "1 !not valid JSON\n2 !a control character inside a text\n3 !not a JSON object\n"
           "4 !an object that is not closed, or something behind it\n5" TOLD);
    expect("x.ndjson", "", 0, "");
    expect("x.ndjson", "\xEF\xBB\xBF", 3, "");
    expect("x.ndjson", "\n\n\n", 3, "");
}

static char *repeat(const char *before, const char *piece, size_t times, const char *after, size_t *size) {
    size_t first = strlen(before), each = strlen(piece), last = strlen(after);
    *size = first + each * times + last;
    char *text = malloc(*size + 1);
    assert_non_null(text);
    memcpy(text, before, first);
    for (size_t i = 0; i < times; i++) memcpy(text + first + i * each, piece, each);
    memcpy(text + first + each * times, after, last + 1);
    return text;
}

static void test_nesting(void **state) {
    (void)state;
    static const struct {
        const char *before, *piece, *after, *expected;
    } cases[] = {
        {"{\"a\":", "[", "}\n" GOOD, "1 !nested too deeply\n2" TOLD},
        {"", "[", "\n" GOOD, "1 !not a JSON object\n2" TOLD},
        {"", "{\"a\":", "\n" GOOD, "1 !an object that is not closed, or something behind it\n2" TOLD},
        {"{\"type\":\"x\",\"properties\":", "{\"properties\":", "}\n" GOOD, "1 !nested too deeply\n2" TOLD},
        {"", "}", "\n" GOOD, "1 !not a JSON object\n2" TOLD},
        {"{", "]", "}\n" GOOD, "1 !not valid JSON\n2" TOLD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size;
        size_t times = strlen(cases[i].piece) > 8 ? 70000 : 100000; /* within the line limit */
        char *text = repeat(cases[i].before, cases[i].piece, times, cases[i].after, &size);
        expect("x.ndjson", text, size, cases[i].expected);
        free(text);
    }
    size_t opened, closed;
    char *open = repeat("{\"a\":", "[", 100000, "", &opened), *close = repeat("", "]", 100000, "}", &closed);
    char *whole = malloc(opened + closed + 1);
    assert_non_null(whole);
    memcpy(whole, open, opened);
    memcpy(whole + opened, close, closed + 1);
    expect("x.ndjson", whole, opened + closed, "1 !nested too deeply\n");
    free(open);
    free(close);
    free(whole);
    char *deep = repeat("{" AT ",\"type\":\"delete\",\"userId\":\"ada\",\"a\":", "[", 60, "1", &opened);
    char *end = repeat("", "]", 60, "}", &closed);
    whole = malloc(opened + closed + 1);
    assert_non_null(whole);
    memcpy(whole, deep, opened);
    memcpy(whole + opened, end, closed + 1);
    expect("x.ndjson", whole, opened + closed, "1" TOLD);
    free(deep);
    free(end);
    free(whole);
}

static void test_line_limit(void **state) {
    (void)state;
    for (size_t limit = 60; limit < 70; limit++) {
        size_t size;
        char *text = repeat("{\"a\":\"", "x", 58, "\"}\n" GOOD "\n", &size); /* 66 bytes, then 64 */
        assert_int_equal(strlen(GOOD), 64);
        story s = {0};
        seg_reader *reader;
        assert_int_equal(seg_reader_open_bytes(&reader, image, "x.ndjson", text, size, on_refusal, &s, NULL),
                         SEG_OK);
        seg_reader_limit_line(reader, limit);
        tell_all(&s, reader);
        char expected[128];
        snprintf(expected, sizeof expected, "1 !longer than %zu bytes\n2 !longer than %zu bytes\n", limit,
                 limit);
        if (limit >= 64)
            snprintf(expected, sizeof expected, "1 !longer than %zu bytes\n2" TOLD, limit);
        if (limit >= 66) snprintf(expected, sizeof expected, "1 !type: missing\n2" TOLD);
        assert_string_equal(s.text, expected);
        free(s.text);
        free(text);
    }
}

/* Bytes are changed at random: whatever becomes of the line, its neighbours stay. */
static void test_mutations(void **state) {
    (void)state;
    uint64_t random = 88172645463325252u;
    static const char *const lines[] = {
        TRACK(",\"labels\":[\"a\",\"\\u00e9\"],\"other\":{\"x\":[1,\"y\",{}]}"),
                                        TRAITS("\"email\":\"a\",\"tags\":[\"x\"]")};
    for (int round = 0; round < 20000; round++) {
        char text[1024];
        int size = snprintf(text, sizeof text, GOOD "\n%s\n" GOOD "\n", lines[round % 2]);
        size_t first = sizeof GOOD, last = (size_t)size - sizeof GOOD - 1;
        for (int change = 0; change < 1 + round % 4; change++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            static const char likely[] = "{}[]\",:\\ \t01.eE-tfn\x80\xC3\xFF";
            size_t at = first + random % (last - first);
            text[at] = random >> 60 ? likely[(random >> 32) % (sizeof likely)] : (char)(random >> 40);
            if (text[at] == '\n') text[at] = ' ';
        }
        story s = read_bytes("x.ndjson", text, (size_t)size);
        assert_memory_equal(s.text, "1" TOLD, sizeof TOLD);
        assert_non_null(strstr(s.text, "\n3" TOLD));
        free(s.text);
    }
}

/* ---- CSV ----------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *text, *expected;
} sheets[] = {
    /* Without a map: the names of the columns say it all. */
    {"a.csv",
     "type,userId,anonymousId,previousId,messageId,event,timestamp,"
     "order_id,amount,seats,gift,labels,status,email\r\n"
     "track,ada,,,m1,Order Completed,2026-04-16T10:00Z,7,15.30,3.0,YES,a;b;,refunded,no\r\n"
     ",,x,,,Page Viewed,2026-04-16T10:00Z,,,,,,,\r\n"
     ",bo,,,,,2026-04-16T10:00Z,,,,,,,b@c\r\n"
     "alias,bo,,x,,,2026-04-16T10:00Z,,,,,,,\r\n"
     "delete,bo,,,,,2026-04-16T10:00Z,,,,,,,\r\n"
     ",bo,,,,Unheard,,,,,,,,\r\n"
     "bad,bo,,,,,2026-04-16T10:00Z,,,,,,,\r\n"
     "track,bo,,,,,2026-04-16T10:00Z,,,,,,,\r\n"
     ",,,,,,2026-04-16T10:00Z,,,,,,,\r\n"
     ",bo,,,,,,,,,,,,\r\n"
     ",bo,,,,Order Completed,2026-04-16T10:00Z,7,,,,,,\r\n"
     ",bo,,,,Order Completed,2026-04-16T10:00Z,7,1.005,,,,,\r\n"
     ",bo,,,,Order Completed,1700000000,7,1,,,,,\r\n"
     ",bo,,,,Order Completed,2026-04-16T10:00Z,7,1,x,,,,\r\n"
     ",bo,,,,Order Completed,2026-04-16T10:00Z,7,1,,2,,,",
     "2 track ada 2026-04-16T10:00:00.000Z #m1 orders order_id=7 amount=1530 seats=3 status=refunded gift=1 "
     "labels=a,b\n"
     "3 !page: missing\n"
     "4 identify bo 2026-04-16T10:00:00.000Z email=b@c\n"
     "5 alias bo was x 2026-04-16T10:00:00.000Z\n"
     "6 delete bo 2026-04-16T10:00:00.000Z\n"
     "8 !type: none of track, identify, alias, delete\n"
     "9 !event: missing\n"
     "10 !userId: missing, and no anonymousId\n"
     "11 !timestamp: missing\n"
     "12 !amount: must have a value\n"
     "13 !amount: \"1.005\" has more than 2 decimals\n"
     "14 !timestamp: 1700000000 is a number; write a time as 2026-04-16T10:00:00Z\n"
     "15 !seats: \"x\" is not a number\n"
     "16 !gift: \"2\" is not true or false\n"
     "skipped 1\n"},
    /* RFC 4180. */
    {"q.csv",
     "\xEF\xBB\xBFuserId,timestamp,email\n"
     "a,2026-04-16T10:00Z,\"say \"\"hi\"\", you\"\n"
     "\n"
     "b,2026-04-16T10:00Z,\"two\r\nlines\n\"\n"
     "c,2026-04-16T10:00Z, spaced \n"
     "d,2026-04-16T10:00Z,\"\"\n"
     "e,2026-04-16T10:00Z\n"
     "f,2026-04-16T10:00Z,x,y\n"
     "g,2026-04-16T10:00Z,un\"quoted\n"
     "h,2026-04-16T10:00Z,\"x\"y\n"
     "i,2026-04-16T10:00Z,x\ry\n"
     "j,2026-04-16T10:00Z,\xFF\n"
     "k,2026-04-16T10:00Z,k\n"
     "l,2026-04-16T10:00Z,\"never\nclosed\n",
     "2 identify a 2026-04-16T10:00:00.000Z email=say \"hi\", you\n"
     "4 identify b 2026-04-16T10:00:00.000Z email=two<0d><0a>lines<0a>\n"
     "7 identify c 2026-04-16T10:00:00.000Z email= spaced \n"
     "8 identify d 2026-04-16T10:00:00.000Z email=\n"
     "9 !2 fields, but the header has 3\n"
     "10 !4 fields, but the header has 3\n"
     "11 !a quote that does not enclose the whole field\n"
     "12 !a quote that does not enclose the whole field\n"
     "13 !a carriage return that does not end the line\n"
     "14 !not valid UTF-8\n"
     "15 identify k 2026-04-16T10:00:00.000Z email=k\n"
     "16 !a quote that is never closed\n"},
    {"n.csv", "a,b\n1,2\n",
     "1 !column \"userId\" is not in the header, and no columns map fits the file's name\n"},
    {"n.csv", "userId,b\n1,2\n",
     "1 !column \"timestamp\" is not in the header, and no columns map fits the file's name\n"},
    {"n.csv", "userId,timestamp,userId\n1,2,3\n", "1 !column \"userId\" stands twice in the header\n"},
    {"n.csv", "\"userId\n", "1 !a quote that is never closed\n"},
    {"n.csv", "", ""},
    {"n.csv", "userId,timestamp\n", ""},
    /* A map: an id, a time, a messageId, a constant, a field by its own name, one that is absent. */
    {"trips-2026.csv",
     "ref,Rider Id,when,miles,extra\nr1,ada,2026-04-16 12:00,7.0,x\n,bo,2026-04-16,8,\nr3,,2026-04-16,8,\n",
     "2 track ada 2026-04-16T10:00:00.000Z #r1 trips miles=7 price=125050\n"
     "3 track bo 2026-04-15T22:00:00.000Z trips miles=8 price=125050\n"
     "4 !profile: missing\n"},
    {"trips.csv", "Rider Id,when,ref\nada,2026-04-16,\n", "1 !column \"miles\" is not in the header\n"},
    {"trips.csv", "Rider Id,when,miles\nada,2026-04-16,\n", "1 !column \"ref\" is not in the header\n"},
    {"dir/trips.csv", "Rider Id,when,ref,miles,fare\nada,yesterday,,1,\nada,,,1,\nada,2026-04-16,,1,2.25\n",
     "2 !time: \"yesterday\" is not a time like 2026-04-16T10:00:00Z\n"
     "3 !time: missing\n"
     "4 !fare: \"2.25\" has more than 1 decimal\n"},
    /* Two maps of one file: each row makes two records; attributes without a time hold from the beginning. */
    {"people.csv", "user,tier,landing,email\nada,pro,/home,\nbo,gold,/x,b@c\n",
     "2 identify ada 0001-01-01T00:00:00.000Z plan=pro email=null\n"
     "2 track ada 2026-01-01T23:00:00.000Z visits page=/home\n"
     "3 !plan: \"gold\" is none of free, trial, pro\n"
     "3 track bo 2026-01-01T23:00:00.000Z visits page=/x\n"},
};

static void test_sheets(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof sheets / sizeof *sheets; i++)
        expect(sheets[i].name, sheets[i].text, strlen(sheets[i].text), sheets[i].expected);
    static const char zero[] = "userId,timestamp,email\na,2026-04-16T10:00Z,\0\n";
    expect("z.csv", zero, sizeof zero - 1, "2 !a zero byte\n");
}

static void test_row_limit(void **state) {
    (void)state;
    size_t size;
    char *text = repeat("userId,timestamp,email\na,2026-04-16T10:00Z,\"", "xxxxxxx\n", 1000,
                        "\nb,2026-04-16T10:00Z,b\n", &size);
    story s = {0};
    seg_reader *reader;
    assert_int_equal(seg_reader_open_bytes(&reader, image, "x.csv", text, size, on_refusal, &s, NULL),
                     SEG_OK);
    seg_reader_limit_line(reader, 1024);
    tell_all(&s, reader);
    assert_non_null(strstr(s.text, "2 !a row longer than the limit: a quote that is not closed?\n"));
    assert_non_null(strstr(s.text, "identify b 2026-04-16T10:00:00.000Z email=b\n"));
    free(s.text);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),    cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_elements),   cmocka_unit_test(test_places),
        cmocka_unit_test(test_marks_and_zeros),
        cmocka_unit_test(test_nesting),    cmocka_unit_test(test_line_limit),
        cmocka_unit_test(test_mutations),  cmocka_unit_test(test_sheets),
        cmocka_unit_test(test_row_limit),
    };
    return cmocka_run_group_tests(tests, open_image, close_image);
}
