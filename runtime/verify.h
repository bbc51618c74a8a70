/* verify.h - the proof that an image may be run without checks. */
#ifndef SEG_VERIFY_H
#define SEG_VERIFY_H

#include "view.h"

/* Header and sections of image->bytes (8-byte aligned): magic, format, size, checksum, bounds, order, zero
 * padding. Gives counts. SEG_E_IMAGE, SEG_E_VERSION. */
seg_status seg_image_verify_frame(seg_image *image, seg_error *error);
/* Every record, reference and instruction, once the sections' pointers are set. Takes time linear in the
 * image's size, whatever its bytes. SEG_E_IMAGE, SEG_E_MEMORY. */
seg_status seg_image_verify(const seg_image *image, seg_error *error);

#endif
