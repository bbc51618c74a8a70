/* timers.h - the calendar of deadlines: when which profile must be looked at next.
 *
 * Entries lie in buckets by the highest group of six bits in which their deadline differs from the
 * calendar's present, the farther the coarser; a bucket is spread over finer ones when its time comes, so
 * that an entry moves a few times at most, and always between the ends of lists. In a bucket 32 bits of a
 * deadline are noted, because the higher ones are the bucket's; of the farthest, those that are years ahead,
 * the lowest bits are left out, so that they come a little early. A bucket of few entries is
 * not spread: they and what comes among them are a heap. Nothing is taken out
 * early: an entry that no longer counts is for the user to pass over, who also has the calendar swept when
 * there are many of them. */
#ifndef SEG_ENGINE_TIMERS_H
#define SEG_ENGINE_TIMERS_H

#include <seg.h>

enum { SEG_TIMER_LEVELS = 11, SEG_TIMER_BUCKETS = 64 };

typedef struct seg_timer {
    int64_t deadline;
    uint32_t profile;
} seg_timer;

typedef struct seg_timer_chunk seg_timer_chunk;

/* Hears of entries a while before they come: first that they are not far, then that they are near. Some are
 * told of more than once, some not at all. */
typedef void (*seg_timer_near_fn)(void *user, const seg_timer *entry, bool is_near);

/* Of some entries, those that still count move to the front; returns how many. Equal entries are asked about
 * before the kept ones of them are told of: so of equal ones one can be kept. */
typedef size_t (*seg_timer_keep_fn)(void *user, seg_timer *entries, size_t count);
typedef void (*seg_timer_kept_fn)(void *user, const seg_timer *entries, size_t count);

typedef struct seg_timers {
    const seg_allocator *allocator;
    uint64_t present;                 /* of the calendar, with the sign bit turned; no entry is before it */
    size_t count;                     /* entries, those that no longer count included */
    uint64_t taken[SEG_TIMER_LEVELS]; /* bit per bucket: has entries */
    seg_timer_chunk *buckets[SEG_TIMER_LEVELS][SEG_TIMER_BUCKETS];
    seg_timer_chunk *spare;
    size_t spare_count;
    uint64_t until;  /* entries up to it are near, with the sign bit turned */
    seg_timer *near; /* a heap */
    size_t near_count, near_capacity;
    seg_timer *due;
    size_t due_capacity;
    seg_timer_near_fn on_near; /* NULL: nobody wants to know */
    void *user;
} seg_timers;

void seg_timers_init(seg_timers *timers, const seg_allocator *allocator);
void seg_timers_free(seg_timers *timers);

/* Adds an entry; it says afterwards when it will come, which may be before its deadline: then it is to be
 * added anew. A deadline before the calendar's present comes at once. False: no memory. */
bool seg_timers_add(seg_timers *timers, seg_timer *entry);
/* Takes out all entries of the earliest deadline, if that is before `before`; *count is 0 if not. They are
 * borrowed until the next call. False: no memory, nothing is lost. Afterwards the calendar's present is at
 * most `before` - 1: entries may be added for later instants only. */
bool seg_timers_next(seg_timers *timers, int64_t before, seg_timer **due, size_t *count);
/* Takes out what `keep` does not keep. Allocates nothing. */
void seg_timers_sweep(seg_timers *timers, seg_timer_keep_fn keep, seg_timer_kept_fn kept);

#endif
