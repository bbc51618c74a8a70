/* Does each scenario again and again, with the first request for memory failing, then the second one,
 * and so on, until it comes through without reaching the one that fails. Each time it must end cleanly:
 * with SEG_E_MEMORY or with the very result that it has otherwise, and with all memory given back.
 *
 *   faults [NAME]      NAME: only the scenarios whose name begins so */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario.h"

#if defined __SANITIZE_ADDRESS__
#define HAS_ASAN 1
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif

#ifdef HAS_ASAN
#include <sanitizer/lsan_interface.h>
static bool leaks(void) { return __lsan_do_recoverable_leak_check() != 0; }
#else
static bool leaks(void) { return false; }
#endif

enum { N_LIMIT = 100000 };
static unsigned long passed, failed;

uint64_t mix(uint64_t sum, const void *bytes, size_t size_bytes) { /* FNV-1a, Fowler, Noll, Vo */
    const uint8_t *at = bytes;
    if (sum == 0) sum = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < size_bytes; i++) sum = (sum ^ at[i]) * UINT64_C(1099511628211);
    return sum;
}

static const char *complaint_about(const outcome *out, const outcome *wanted, bool happened) {
    if (out->complaint) return out->complaint;
    if (out->status && !happened) return "it failed, but nothing was missing";
    if (!out->status && out->result != wanted->result) return "it says that all is well, but it is not";
    if (shortage_live_bytes() != 0) return "memory was not given back";
    return NULL;
}

static void report(const scenario *s, shortage_mode mode, uint64_t n, const outcome *out,
                   const char *complaint) {
    failed++;
    printf("FAILED %s, request %" PRIu64 "%s fails: %s (status %d)\n", s->name, n,
           mode == SHORTAGE_ONCE ? "" : " and all after it", complaint, (int)out->status);
}

static void sweep(const scenario *s, shortage_mode mode, const outcome *wanted) {
    for (uint64_t n = 1; n < N_LIMIT; n++) {
        outcome out = {0};
        shortage_begin(n, mode);
        s->run(mode, &out);
        bool happened = shortage_end();
        const char *complaint = complaint_about(&out, wanted, happened);
        if (complaint) report(s, mode, n, &out, complaint);
        else passed++;
        if (shortage_live_bytes() != 0 || !happened) break;
    }
    if (leaks()) {
        failed++;
        printf("FAILED %s leaks\n", s->name);
    }
}

static void run_all(const scenario *scenarios, const char *prefix) {
    for (const scenario *s = scenarios; s->name; s++) {
        if (strncmp(s->name, prefix, strlen(prefix)) != 0) continue;
        unsigned long before = passed;
        outcome wanted = {0};
        shortage_begin(0, SHORTAGE_ONCE);
        s->run(SHORTAGE_ONCE, &wanted); /* also warms up what libraries keep for good */
        shortage_end();
        const char *complaint = complaint_about(&wanted, &wanted, false);
        if (complaint) {
            report(s, SHORTAGE_ONCE, 0, &wanted, complaint);
            continue;
        }
        sweep(s, SHORTAGE_ONCE, &wanted);
        sweep(s, SHORTAGE_FOREVER, &wanted);
        printf("%s: %lu passed\n", s->name, passed - before);
    }
}

int main(int count, char **words) {
    const char *prefix = count > 1 ? words[1] : "";
    run_all(compile_scenarios, prefix);
    run_all(state_scenarios, prefix);
    run_all(engine_scenarios, prefix);
    printf("%lu passed, %lu failed\n", passed, failed);
    return failed != 0;
}
