/* escape.h - texts of JSON without their escapes. */
#ifndef SEG_ENGINE_ESCAPE_H
#define SEG_ENGINE_ESCAPE_H

#include <seg.h>

/* Undoes the escapes of `raw`, which stood between quotes, into `out`: room for as many bytes. The end of
 * what was written; NULL: an escape that JSON does not have, or half a pair of surrogates. */
char *seg_escape_undo(seg_text raw, char *out);

#endif
