/* unit.h - one workspace in memory, as its parts inside the compiler see it. */
#ifndef SEG_UNIT_H
#define SEG_UNIT_H

#include "compile.h"

typedef struct seg_unit_library {
    const char *name;
    const seg_native_table *table;
} seg_unit_library;

struct seg_unit {
    const seg_allocator *host;
    seg_allocator watch;          /* the host's, noting when it has no more: see seg_unit_verdict */
    const seg_allocator *allocator; /* &watch, of everything but the unit itself */
    bool memory_short;
    seg_arena arena; /* of the sources, the params, and the lists of both */
    size_t source_count, source_room;
    const seg_source **sources;
    size_t param_count, param_room;
    seg_param_value *params;
    size_t file_count, file_room;
    seg_list_file *files; /* for lists */
    size_t library_count, library_room;
    seg_unit_library *libraries; /* of native functions, for tests */
    uint32_t named_count;
    const char **named;   /* files that the sources name; of the compilation */
    bool checked;
    seg_compilation compilation;
    seg_buffer images[2];   /* plain, and for explanation; empty until asked for */
    seg_image *test_image;  /* of the tests, made by the first */
    seg_vm *test_vm, *other_vm; /* of its profile, and of those whom it asks about */
    seg_buffer test_text;   /* the explanation of the last test */
};

/* What a step that ended with `status` comes to. Whatever a part made of it when memory ran short (a
 * fault of the rules, a limit), the caller learns that it was memory. */
seg_status seg_unit_verdict(seg_unit *unit, seg_status status);

#endif
