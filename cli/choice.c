#include "choice.h"

#include <stdlib.h>
#include <string.h>

#include "output.h"

static seg_segment_info info_of(const seg_image *image, uint32_t segment) {
    seg_segment_info info = {0};
    seg_image_segment(image, segment, &info);
    return info;
}

static int by_name(const void *a, const void *b, void *image) {
    seg_text x = info_of(image, *(const uint32_t *)a).name, y = info_of(image, *(const uint32_t *)b).name;
    size_t least = x.size_bytes < y.size_bytes ? x.size_bytes : y.size_bytes;
    int order = least ? memcmp(x.bytes, y.bytes, least) : 0;
    return order ? order : (x.size_bytes > y.size_bytes) - (x.size_bytes < y.size_bytes);
}

/* Whether a segment is `group.stage` or `group(value)`. */
static bool is_of(seg_text segment, const char *group) {
    size_t length = strlen(group);
    return segment.size_bytes > length && length > 0 && memcmp(segment.bytes, group, length) == 0 &&
           (segment.bytes[length] == '.' || segment.bytes[length] == '(');
}

static void add(seg_choice *choice, uint32_t segment, uint32_t most) {
    for (uint32_t i = 0; i < choice->count; i++)
        if (choice->segments[i] == segment) return;
    if (choice->count < most) choice->segments[choice->count++] = segment;
}

int seg_choice_make(seg_choice *choice, const seg_workspace *workspace, const seg_arguments *arguments) {
    *choice = (seg_choice){0};
    seg_image_info info;
    seg_image_describe(workspace->image, &info);
    uint32_t most = info.segment_count;
    choice->segments = calloc((size_t)most + 1, sizeof *choice->segments);
    if (!choice->segments) return seg_say_memory();
    const char *name;
    for (size_t i = 0; (name = seg_arguments_nth(arguments, SEG_OPTION_SEGMENT, i)); i++) {
        bool found = false;
        if (seg_image_find_segment(workspace->image, seg_text_from(name)) == SEG_NONE) {
            for (uint32_t s = 0; s < most; s++) {
                if (!is_of(info_of(workspace->image, s).name, name)) continue;
                add(choice, s, most);
                found = true;
            }
        }
        uint32_t segment = 0;
        if (found) continue;
        int code = seg_workspace_segment(workspace, name, &segment);
        if (code) return code;
        add(choice, segment, most);
    }
    if (seg_arguments_has(arguments, SEG_OPTION_SEGMENT)) return SEG_EXIT_GOOD;
    for (uint32_t s = 0; s < most; s++) add(choice, s, most);
    qsort_r(choice->segments, choice->count, sizeof *choice->segments, by_name, workspace->image);
    return SEG_EXIT_GOOD;
}

void seg_choice_free(seg_choice *choice) {
    free(choice->segments);
    *choice = (seg_choice){0};
}

seg_segment_info seg_choice_info(const seg_choice *choice, const seg_workspace *workspace, uint32_t nth) {
    return info_of(workspace->image, choice->segments[nth]);
}

seg_text seg_segment_title(const seg_segment_info *segment) {
    bool same = segment->title.size_bytes == segment->name.size_bytes &&
                memcmp(segment->title.bytes, segment->name.bytes, segment->name.size_bytes) == 0;
    const seg_text none = {0};
    return same ? none : segment->title;
}
