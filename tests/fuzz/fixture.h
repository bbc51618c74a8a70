/* fixture.h - workspaces that targets use whose input is not source text. */
#ifndef SEG_FUZZ_FIXTURE_H
#define SEG_FUZZ_FIXTURE_H

#include <seg.h>

/* Number of workspaces, and their images' bytes: compiled once, and kept until the program ends. */
enum { FIXTURE_COUNT = 6 };
seg_text fixture_image_bytes(uint32_t index);
const char *fixture_source(uint32_t index);
/* A file that they name in `in list`. */
#define FIXTURE_LIST "vip.csv"
extern const char fixture_list[];
/* And one that `model` names. */
#define FIXTURE_MODEL "churn.json"
extern const char fixture_model[];
/* Binds the functions of the library "fix" that the image asks for. False: others are not bound, or do not
 * fit; then no VM is to be had. */
bool fixture_bind(seg_image *image);
extern const seg_native_table fixture_natives;
/* The same, loaded. Workspace 0 has a bit of everything. */
const seg_image *fixture_image(uint32_t index);

#endif
