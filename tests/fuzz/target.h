/* target.h - what every fuzz target has: the entry that libFuzzer or driver.c calls, and how it says
 * that something is wrong. */
#ifndef SEG_FUZZ_TARGET_H
#define SEG_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size_bytes);

/* Prints and aborts unless the condition holds, in every build. */
#define FUZZ_CHECK(condition) \
    do { \
        if (!(condition)) fuzz_fail(__FILE__, __LINE__, #condition); \
    } while (0)
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

#endif
