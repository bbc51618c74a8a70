#include "workspace_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../compiler/segc.h"

static void show(void *user, const char *bytes, size_t size) {
    (void)user;
    print_error("%.*s", (int)size, bytes);
}

static seg_image *image_of(const char *source, bool explain) {
    seg_unit *unit;
    seg_image *image;
    const uint8_t *bytes;
    size_t size;
    assert_int_equal(seg_unit_new(&unit, NULL), SEG_OK);
    assert_int_equal(seg_unit_add(unit, "facts.seg", source, strlen(source)), SEG_OK);
    assert_int_equal(seg_unit_check(unit), SEG_OK);
    if (seg_unit_errors(unit)) seg_unit_diagnostics(unit, false, false, show, NULL);
    assert_int_equal(seg_unit_errors(unit), 0);
    assert_int_equal(seg_unit_image(unit, explain, &bytes, &size), SEG_OK);
    assert_int_equal(seg_image_load(&image, bytes, size, NULL, NULL), SEG_OK);
    seg_unit_free(unit);
    return image;
}

seg_image *seg_image_of_workspace(const char *source) { return image_of(source, false); }
seg_image *seg_explaining_image_of_workspace(const char *source) { return image_of(source, true); }
