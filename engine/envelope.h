/* envelope.h - records in the form of the Segment specification, one JSON object per line. */
#ifndef SEG_ENGINE_ENVELOPE_H
#define SEG_ENGINE_ENVELOPE_H

#include "draft.h"

/* Reads one line into the draft. *taken says what became of it. Errors: SEG_E_MEMORY. */
seg_status seg_envelope_read(seg_draft *draft, seg_jsonl *json, seg_text line, uint64_t line_number,
                             seg_taken *taken);

#endif
