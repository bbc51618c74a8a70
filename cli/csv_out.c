#include "csv_out.h"

#include <engine.h>
void seg_csv_write_text(FILE *file, seg_text text) {
    bool quote = text.size_bytes == 0;
    for (size_t i = 0; i < text.size_bytes; i++)
        if (text.bytes[i] == ',' || text.bytes[i] == '"' || text.bytes[i] == '\n' || text.bytes[i] == '\r')
            quote = true;
    if (quote) fputc('"', file);
    for (size_t i = 0; i < text.size_bytes; i++) {
        if (text.bytes[i] == '"') fputc('"', file);
        fputc(text.bytes[i], file);
    }
    if (quote) fputc('"', file);
}

void seg_csv_out_text(seg_text text) { seg_csv_write_text(stdout, text); }

void seg_csv_out_instant(int64_t instant) {
    char text[25];
    seg_instant_format(instant, text);
    fputs(text, stdout);
}
