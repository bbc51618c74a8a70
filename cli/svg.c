#include "svg.h"

#include <stdio.h>
#include <stdlib.h>

#include "output.h"

const char *seg_svg_colour(uint32_t number) {
    /* after Okabe and Ito */
    static const char *const colours[SEG_SVG_COLOURS] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                         "#56b4e9", "#e69f00", "#8a6d3b", "#4d4d4d"};
    return colours[number % SEG_SVG_COLOURS];
}

bool seg_svg_text(seg_text text, size_t most) {
    char *shown = seg_text_show(text, most);
    if (!shown) return false;
    for (const char *c = shown; *c; c++) {
        if (*c == '&')
            fputs("&amp;", stdout);
        else if (*c == '<')
            fputs("&lt;", stdout);
        else if (*c == '>')
            fputs("&gt;", stdout);
        else if (*c == '"')
            fputs("&quot;", stdout);
        else
            putchar(*c);
    }
    free(shown);
    return true;
}

void seg_svg_begin(unsigned height, const char *heading, const char *note) {
    printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"%d\" height=\"%u\" "
           "role=\"img\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\" font-size=\"13\">\n",
           SEG_SVG_WIDTH, height, SEG_SVG_WIDTH, height);
    printf("<title>%s</title>\n<style>\n", heading);
    fputs(".grid{stroke:#e3e3e3}.axis{stroke:#888}\n"
          ".number,.from{text-anchor:end}.number,.date{fill:#666}.date{text-anchor:middle}\n"
          ".line{fill:none;stroke-width:2;stroke-linejoin:round}.ribbon{fill-opacity:.4}\n"
          ".name,.chart,.from{font-weight:600}.head{font-size:18px;font-weight:600}.note{fill:#666}\n"
          "</style>\n",
          stdout);
    printf("<rect width=\"%d\" height=\"%u\" fill=\"#fff\"/>\n", SEG_SVG_WIDTH, height);
    printf("<text x=\"20\" y=\"28\" class=\"head\">%s</text>\n", heading);
    printf("<text x=\"20\" y=\"48\" class=\"note\">%s</text>\n", note);
}

void seg_svg_end(void) { puts("</svg>"); }
