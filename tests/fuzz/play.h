/* play.h - facts by chance, put through an image. */
#ifndef SEG_FUZZ_PLAY_H
#define SEG_FUZZ_PLAY_H

#include <seg.h>

#include "dice.h"

typedef enum play_trust {
    PLAY_HOSTILE, /* the image or the state was tampered with: anything may come out, nothing may break */
    PLAY_SOUND    /* both are the library's own: what it says must agree with itself */
} play_trust;

/* Starts from `bytes`, a state that seg_state_check took, or from a fresh one (NULL). */
void play(const seg_image *image, const seg_allocator *allocator, const void *bytes, size_t size_bytes,
          dice *d, play_trust trust);
/* The state that sound play leaves; the caller frees it with the allocator. */
seg_state play_keep(const seg_image *image, const seg_allocator *allocator, dice *d);

#endif
