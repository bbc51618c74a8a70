/* native.h - the host's C functions that programs call, through libffi. */
#ifndef SEG_NATIVE_H
#define SEG_NATIVE_H

#include "vm.h"

/* How the functions of an image are called: one for each record of NATIVES. */
typedef struct seg_native_call seg_native_call;

/* Room for them, of which none is bound; NULL: there are none, or (false) memory is short. */
bool seg_natives_new(seg_image *image);
void seg_natives_free(seg_image *image);
/* The first that is not bound, or SEG_NONE. */
uint32_t seg_natives_unbound(const seg_image *image);

/* Whether a type may be handed to a native function, and come back from it. */
bool seg_native_type_fits(uint8_t type);
/* "float(float, int)": written into `out`, at most size_bytes with the NUL. */
void seg_native_signature(const seg_image_native_record *native, char *out, size_t size_bytes);

/* Calls it with the words in arguments[]. One of them missing: the result is, and nothing is called. */
int64_t seg_native_run(seg_vm *vm, uint32_t native, const int64_t *arguments);

#endif
