/* fact.h - facts on their way in: are they what their declaration says, and as words. */
#ifndef SEG_FACT_H
#define SEG_FACT_H

#include "vm.h"

/* Checks the values of a fact (record `number` of EVENTS) and its time. SEG_E_FACT, SEG_E_TIME. */
seg_status seg_fact_check(const seg_image *image, uint32_t number, const seg_fact *fact, seg_error *error);
/* The word of a field: itself, the hash of a text, the hash of a set's members; SEG_MISSING. */
int64_t seg_fact_word(seg_vm *vm, uint32_t field);
/* Number of members of a set field; 0 if missing. */
int64_t seg_fact_set_size(seg_vm *vm, uint32_t field);
/* Tests of a text or set field: false if it is missing. */
bool seg_fact_contains(const seg_vm *vm, uint32_t field, uint32_t text);
bool seg_fact_starts(const seg_vm *vm, uint32_t field, uint32_t text);
bool seg_fact_ends(const seg_vm *vm, uint32_t field, uint32_t text);
bool seg_fact_has(const seg_vm *vm, uint32_t field, uint32_t text);
/* The bucket of a text field for a text as salt; SEG_MISSING. */
int64_t seg_fact_bucket(const seg_vm *vm, uint32_t field, uint32_t text);
bool seg_fact_matches(const seg_vm *vm, uint32_t field, uint32_t automaton);

#endif
