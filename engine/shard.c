#include "shard.h"

#include <signal.h>
#include <string.h>

#include "fault.h"
#include "heap.h"

enum { BOX_NOTES = 4096 };

/* ---- What it notes down ---------------------------------------------------------------------------- */

/* Hands the box over that is filled, once the other was read. */
static void hand_over(seg_shard *shard) {
    seg_notebox *box = &shard->boxes[shard->filling];
    if (!box->count) return;
    pthread_mutex_lock(&shard->gate->mutex);
    while (shard->full) pthread_cond_wait(&shard->woken, &shard->gate->mutex);
    shard->full = box;
    pthread_cond_signal(&shard->gate->told);
    pthread_mutex_unlock(&shard->gate->mutex);
    shard->filling ^= 1;
    box = &shard->boxes[shard->filling];
    box->count = box->text_bytes = 0;
}

static seg_note *note(seg_shard *shard, seg_text text) {
    seg_notebox *box = &shard->boxes[shard->filling];
    if (box->count == BOX_NOTES) {
        hand_over(shard);
        box = &shard->boxes[shard->filling];
    }
    size_t bytes;
    if (__builtin_add_overflow(box->text_bytes, text.size_bytes, &bytes) ||
        !seg_heap_grow(shard->allocator, &box->texts, &box->text_capacity, bytes, 1)) {
        shard->status = SEG_E_MEMORY;
        return NULL;
    }
    if (text.size_bytes) memcpy(box->texts + box->text_bytes, text.bytes, text.size_bytes);
    seg_note *added = &box->notes[box->count++];
    *added = (seg_note){.now = shard->engine->now, .text = box->text_bytes, .text_bytes = text.size_bytes};
    box->text_bytes = bytes;
    return added;
}

static void note_change(void *user, const seg_engine_change *change) {
    seg_shard *shard = user;
    seg_note *added = note(shard, change->profile);
    if (!added) return;
    added->number = shard->engine->passes ? SEG_BY_TIME : shard->numbers[shard->done + shard->applied];
    added->change = change->change;
    added->message_id = change->message_id;
}

static void note_refusal(seg_shard *shard, seg_status status) {
    seg_note *added = note(shard, (seg_text){shard->error.message, strlen(shard->error.message)});
    if (!added) return;
    added->number = shard->numbers[shard->done];
    added->refused = status;
}

/* ---- Its work -------------------------------------------------------------------------------------- */

static void work_off(seg_shard *shard) {
    seg_engine *engine = shard->engine;
    while (shard->done < shard->count && shard->status == SEG_OK) {
        shard->error.message[0] = 0;
        seg_status status =
            seg_engine_take_all(engine, shard->records + shard->done, shard->instants + shard->done,
                                shard->count - shard->done, &shard->applied, &shard->error);
        shard->done += shard->applied;
        shard->applied = 0;
        bool refused = status == SEG_E_USAGE || status == SEG_E_TIME || status == SEG_E_FACT;
        if (refused)
            note_refusal(shard, status);
        else if (status != SEG_OK)
            shard->status = status;
        shard->done += refused;
    }
    if (shard->status == SEG_OK) {
        seg_status status = seg_engine_pass(engine, shard->before, shard->now, &shard->error);
        if (status != SEG_OK) shard->status = status;
    }
    hand_over(shard);
}

static void *live(void *user) {
    seg_shard *shard = user;
    pthread_mutex_lock(&shard->gate->mutex);
    for (;;) {
        while (!shard->works && !shard->ends) pthread_cond_wait(&shard->woken, &shard->gate->mutex);
        if (!shard->works) break;
        pthread_mutex_unlock(&shard->gate->mutex);
        work_off(shard);
        pthread_mutex_lock(&shard->gate->mutex);
        shard->works = false;
        pthread_cond_signal(&shard->gate->told);
    }
    pthread_mutex_unlock(&shard->gate->mutex);
    return NULL;
}

/* ---- Making and freeing ---------------------------------------------------------------------------- */

/* A signal is for the host's own threads. */
static bool make_thread(seg_shard *shard) {
    sigset_t all, old;
    sigfillset(&all);
    if (pthread_cond_init(&shard->woken, NULL) != 0) return false;
    pthread_sigmask(SIG_SETMASK, &all, &old);
    shard->has_thread = pthread_create(&shard->thread, NULL, live, shard) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    if (!shard->has_thread) pthread_cond_destroy(&shard->woken);
    return shard->has_thread;
}

seg_status seg_shard_start(seg_shard *shard, seg_shard_gate *gate, const seg_image *image,
                           const seg_engine_options *options, seg_error *error) {
    *shard = (seg_shard){.gate = gate, .allocator = options->allocator};
    for (int i = 0; i < 2; i++) {
        shard->boxes[i].notes = seg_heap_zeroed(shard->allocator, BOX_NOTES, sizeof(seg_note));
        if (!shard->boxes[i].notes) return seg_fault_memory(error);
    }
    seg_engine_options own = *options;
    own.on_change = note_change;
    own.user = shard;
    seg_status status = seg_engine_new(&shard->engine, image, &own, error);
    if (status != SEG_OK) return status;
    return make_thread(shard) ? SEG_OK : seg_fault(error, SEG_E_LIMIT, "a thread cannot be made");
}

void seg_shard_free(seg_shard *shard) {
    if (shard->has_thread) {
        pthread_mutex_lock(&shard->gate->mutex);
        shard->ends = true;
        pthread_cond_signal(&shard->woken);
        pthread_mutex_unlock(&shard->gate->mutex);
        while (seg_shard_peek(shard)) seg_shard_next(shard); /* nobody wants to know any more */
        pthread_join(shard->thread, NULL);
        pthread_cond_destroy(&shard->woken);
    }
    const seg_allocator *allocator = shard->allocator;
    for (int i = 0; i < 2; i++) {
        seg_notebox *box = &shard->boxes[i];
        seg_heap_free(allocator, box->notes, BOX_NOTES, sizeof *box->notes);
        seg_heap_free(allocator, box->texts, box->text_capacity, 1);
    }
    seg_heap_free(allocator, shard->records, shard->record_capacity, sizeof *shard->records);
    seg_heap_free(allocator, shard->instants, shard->instant_capacity, sizeof *shard->instants);
    seg_heap_free(allocator, shard->numbers, shard->number_capacity, sizeof *shard->numbers);
    seg_engine_free(shard->engine);
}

/* ---- For the one who asks -------------------------------------------------------------------------- */

bool seg_shard_give(seg_shard *shard, const seg_record *record, int64_t instant, uint64_t number) {
    size_t need = shard->count + 1;
    if (!seg_heap_grow(shard->allocator, &shard->records, &shard->record_capacity, need,
                       sizeof *shard->records) ||
        !seg_heap_grow(shard->allocator, &shard->instants, &shard->instant_capacity, need,
                       sizeof *shard->instants) ||
        !seg_heap_grow(shard->allocator, &shard->numbers, &shard->number_capacity, need,
                       sizeof *shard->numbers))
        return false;
    shard->records[shard->count] = *record;
    shard->instants[shard->count] = instant;
    shard->numbers[shard->count++] = number;
    return true;
}

void seg_shard_go(seg_shard *shard, int64_t before, int64_t now) {
    shard->before = before;
    shard->now = now;
    shard->done = shard->applied = 0;
    shard->rests = false;
    pthread_mutex_lock(&shard->gate->mutex);
    shard->works = true;
    pthread_cond_signal(&shard->woken);
    pthread_mutex_unlock(&shard->gate->mutex);
}

const seg_note *seg_shard_peek(seg_shard *shard) {
    if (shard->reading) return &shard->reading->notes[shard->read];
    if (shard->rests) return NULL;
    pthread_mutex_lock(&shard->gate->mutex);
    while (!shard->full && shard->works) pthread_cond_wait(&shard->gate->told, &shard->gate->mutex);
    shard->reading = shard->full;
    pthread_mutex_unlock(&shard->gate->mutex);
    shard->read = 0;
    shard->rests = !shard->reading;
    return shard->reading ? &shard->reading->notes[0] : NULL;
}

void seg_shard_next(seg_shard *shard) {
    if (++shard->read < shard->reading->count) return;
    shard->reading = NULL;
    pthread_mutex_lock(&shard->gate->mutex);
    shard->full = NULL;
    pthread_cond_signal(&shard->woken);
    pthread_mutex_unlock(&shard->gate->mutex);
}

seg_text seg_shard_text(const seg_shard *shard, const seg_note *note) {
    return (seg_text){shard->reading->texts + note->text, note->text_bytes};
}
