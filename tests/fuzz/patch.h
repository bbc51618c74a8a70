/* patch.h - changes to bytes, chosen by bytes: a short input reaches deep into a valid block, and stays
 * good when the block's layout moves on. */
#ifndef SEG_FUZZ_PATCH_H
#define SEG_FUZZ_PATCH_H

#include "dice.h"

/* Changes some of bytes[0 .. size_bytes). */
void patch_bytes(uint8_t *bytes, size_t size_bytes, dice *d);

#endif
