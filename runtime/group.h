/* group.h - who shares a value with the profile. The machine knows one profile only: the host counts the
 * others (seg_vm_group_with). */
#ifndef SEG_GROUP_H
#define SEG_GROUP_H

#include "vm.h"

/* How many others a tally counts in the group of a value. */
int64_t seg_group_fellows(seg_vm *vm, uint32_t tally, int64_t value, int64_t *holds);
/* Does the program ask about groups, through others too? */
static inline bool seg_group_is_asked(const seg_image *image, uint32_t program) {
    return image->grouped_programs[program] == 1;
}

#endif
