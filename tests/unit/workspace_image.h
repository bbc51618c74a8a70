/* workspace_image.h - an image of the text of a workspace, for tests that need no more of the compiler. */
#ifndef SEG_TESTS_WORKSPACE_IMAGE_H
#define SEG_TESTS_WORKSPACE_IMAGE_H

#include "../../runtime/seg.h"

/* The caller frees it with seg_image_free. A fault of the rules fails the test, and is shown. */
seg_image *seg_image_of_workspace(const char *source);
seg_image *seg_explaining_image_of_workspace(const char *source); /* the same, with probes */

#endif
