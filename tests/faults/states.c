/* Scenarios of the VM: images, VMs, and facts applied to states. A call that fails must leave the state
 * byte for byte as it was, and must not have reported anything. */
#include <stdlib.h>
#include <string.h>

#include "../fuzz/fixture.h"
#include "scenario.h"

#define START_MS INT64_C(1772323200000) /* 2026-03-01 */
#define HOUR_MS INT64_C(3600000)
enum { FIELD_ROOM = 16, FACT_COUNT = 60 };

static void load(shortage_mode mode, outcome *out) {
    for (uint32_t i = 0; i < FIXTURE_COUNT && !out->status; i++) {
        seg_text bytes = fixture_image_bytes(i);
        seg_image *image = NULL;
        seg_image_info info;
        TRY(out, mode, seg_image_load(&image, bytes.bytes, bytes.size_bytes, &shortage_allocator, NULL));
        if (!out->status) {
            seg_image_describe(image, &info);
            out->result = mix(out->result, &info.layout, sizeof info.layout);
        }
        seg_image_free(image);
    }
}

static void make_vm(shortage_mode mode, outcome *out) {
    seg_vm *vm = NULL;
    seg_state state = {0};
    TRY(out, mode, seg_vm_new(&vm, fixture_image(0), &shortage_allocator, NULL));
    if (!out->status) TRY(out, mode, seg_state_init(vm, &state));
    if (!out->status) out->result = mix(0, state.bytes, state.size_bytes);
    if (vm) seg_state_free(vm, &state);
    seg_vm_free(vm);
}

/* ---- Facts -------------------------------------------------------------------------------------------- */

typedef struct person {
    const seg_image *image;
    seg_vm *vm;
    seg_state states[2];
    outcome *out;
    uint64_t changes; /* checksum of what was reported */
    seg_value fields[FIELD_ROOM];
} person;

static void on_changes(void *user, const seg_change *changes, size_t count) {
    person *p = user;
    for (const seg_change *change = changes; change < changes + count; change++) {
        p->changes = mix(p->changes, &change->segment, sizeof change->segment);
        p->changes = mix(p->changes, &change->at, sizeof change->at);
        p->changes = mix(p->changes, &change->entered, sizeof change->entered);
    }
}

/* A value that fits the field, by the number of the fact. */
static seg_value value_for(const seg_field_info *field, uint32_t n) {
    static const char *const words[] = {"/pricing/x", "promo-7", "a@b.org", "skincare"};
    static const seg_text tags[] = {{"vip", 3}, {"x", 1}};
    seg_value value = {.known = true};
    const char *word = words[n % 4];
    switch (field->type) {
    case SEG_FLOAT: value.as.f = 0.25 * n; break;
    case SEG_TEXT: value.as.text = (seg_text){word, strlen(word)}; break;
    case SEG_ZONE: value.as.text = (seg_text){"Europe/Berlin", 13}; break;
    case SEG_SET:
        value.as.set.items = tags;
        value.as.set.count = n % 3;
        break;
    case SEG_BOOL: value.as.i = n % 2; break;
    case SEG_ENUM: value.as.i = n % field->enum_count; break;
    case SEG_TIME: value.as.i = START_MS + n * HOUR_MS; break;
    case SEG_DATE: value.as.i = 20000 + n; break;
    default: value.as.i = 1000 * n; break;
    }
    return value;
}

static seg_event event_for(person *p, uint32_t n) {
    seg_image_info info;
    seg_event_info event;
    seg_image_describe(p->image, &info);
    uint32_t number = n % info.event_count;
    (void)seg_image_event(p->image, number, &event);
    for (uint32_t i = 0; i < event.field_count && i < FIELD_ROOM; i++) {
        seg_field_info field;
        (void)seg_image_event_field(p->image, number, i, &field);
        p->fields[i] = value_for(&field, n);
    }
    int64_t late = n % 7 == 3 ? 50 * HOUR_MS : n % 11 == 5 ? -30 * HOUR_MS : 0;
    return (seg_event){.event = number,
                       .time = START_MS + n * HOUR_MS - late,
                       .tie = n,
                       .message = n % 5 ? n : 0,
                       .fields = p->fields};
}

/* The n-th call of the scenario, always the same one. */
static seg_status call(person *p, uint32_t n) {
    seg_sink sink = {.on_changes = on_changes, .user = p};
    seg_state *state = &p->states[n % 13 == 12];
    int64_t now = START_MS + n * HOUR_MS;
    seg_image_info info;
    seg_image_describe(p->image, &info);
    if (n == FACT_COUNT / 2) return seg_merge(p->vm, &p->states[0], &p->states[1], now, sink);
    if (n == FACT_COUNT - 2) return seg_erase(p->vm, &p->states[1], now, SEG_CAUSE_ERASE, sink);
    if (n % 10 == 9) return seg_state_compact(p->vm, state);
    if (n % 10 == 8) return seg_settle(p->vm, state, now, SEG_CAUSE_TIME, sink);
    if (n % 10 == 7) return seg_advance(p->vm, state, now + 5, sink);
    if (n % 3 == 1 && info.attribute_count > 0) {
        uint32_t attribute = n % info.attribute_count;
        seg_field_info field;
        (void)seg_image_attribute(p->image, attribute, &field);
        seg_value value = value_for(&field, n);
        return seg_apply_attribute(p->vm, state, attribute, &value, now, 0, n, now, sink, NULL, NULL);
    }
    seg_event event = event_for(p, n);
    if (n % 10 == 6) return seg_put_event(p->vm, state, &event, now, NULL, NULL);
    return seg_apply_event(p->vm, state, &event, now, sink, NULL, NULL);
}

static uint8_t *copy_of(const uint8_t *bytes, size_t size_bytes) {
    uint8_t *copy = __real_malloc(size_bytes); /* this one does not run short */
    if (!copy) abort();
    memcpy(copy, bytes, size_bytes);
    return copy;
}

/* The call, and what it must leave alone when it fails. */
static seg_status careful_call(person *p, uint32_t n) {
    uint8_t *before[2];
    size_t sizes[2];
    uint64_t changes = p->changes;
    for (int i = 0; i < 2; i++) {
        sizes[i] = p->states[i].size_bytes;
        before[i] = copy_of(p->states[i].bytes, sizes[i]);
    }
    seg_status status = call(p, n);
    for (int i = 0; i < 2; i++) {
        bool same = p->states[i].size_bytes == sizes[i];
        same = same && memcmp(p->states[i].bytes, before[i], sizes[i]) == 0;
        if (status && !same) p->out->complaint = "a call that failed has changed the state";
        free(before[i]);
    }
    if (status && p->changes != changes) p->out->complaint = "a call that failed has reported changes";
    return status;
}

static void apply_facts_of(const seg_image *image, shortage_mode mode, outcome *out) {
    person p = {.image = image, .out = out};
    TRY(out, mode, seg_vm_new(&p.vm, image, &shortage_allocator, NULL));
    for (int i = 0; i < 2 && !out->status; i++) {
        TRY(out, mode, seg_state_init(p.vm, &p.states[i]));
        if (!out->status) TRY(out, mode, seg_state_identify(p.vm, &p.states[i], (seg_text){"vip", 3}));
    }
    for (uint32_t n = 0; n < FACT_COUNT && !out->status && !out->complaint; n++)
        TRY(out, mode, careful_call(&p, n));
    for (int i = 0; i < 2 && !out->status && !out->complaint; i++) {
        TRY(out, mode, seg_state_compact(p.vm, &p.states[i]));
        if (!out->status) out->result = mix(out->result, p.states[i].bytes, p.states[i].size_bytes);
    }
    out->result = mix(out->result, &p.changes, sizeof p.changes);
    for (int i = 0; i < 2 && p.vm; i++) seg_state_free(p.vm, &p.states[i]);
    seg_vm_free(p.vm);
}

static void apply_facts(shortage_mode mode, outcome *out) {
    for (uint32_t i = 0; i < FIXTURE_COUNT && !out->status && !out->complaint; i++)
        apply_facts_of(fixture_image(i), mode, out);
}

const scenario state_scenarios[] = {
    {"load images", load}, {"make a VM", make_vm}, {"apply facts", apply_facts}, {NULL, NULL},
};
