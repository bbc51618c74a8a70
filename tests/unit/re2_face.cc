#include "re2_face.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wconversion"
#include <re2/re2.h>
#pragma GCC diagnostic pop

struct re2_face {
    re2_face(const char *pattern, size_t size_bytes, const RE2::Options &options)
        : re2(re2::StringPiece(pattern, size_bytes), options) {}
    RE2 re2;
};

re2_face *re2_face_new(const char *pattern, size_t size_bytes, bool ignore_case) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_case_sensitive(!ignore_case);
    options.set_max_mem(INT64_C(64) << 20);
    auto *face = new re2_face(pattern, size_bytes, options);
    if (face->re2.ok()) return face;
    delete face;
    return nullptr;
}

bool re2_face_accepts(const re2_face *face, const char *text, size_t size_bytes) {
    return RE2::PartialMatch(re2::StringPiece(text, size_bytes), face->re2);
}

void re2_face_free(re2_face *face) { delete face; }
