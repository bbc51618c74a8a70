/* digest.h - XXH64 once more, written from its description: what samples are made of. */
#ifndef SEG_TESTS_DIGEST_H
#define SEG_TESTS_DIGEST_H

#include "../../runtime/seg.h"

uint64_t seg_digest(seg_text text, uint64_t seed);

#endif
