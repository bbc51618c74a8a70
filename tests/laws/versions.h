/* versions.h - the oracle's own reading of versions: in parts, one after the other. */
#ifndef SEG_TESTS_VERSIONS_H
#define SEG_TESTS_VERSIONS_H

#include "../../grammar/tree.h"
#include "../../runtime/seg.h"

/* What a test with this op says of the text: false of one that is no version. `bound` is a version. */
bool seg_oracle_version(uint32_t op, seg_text text, seg_text bound);

#endif
