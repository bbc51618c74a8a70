/* profiles.h - all profiles by id.
 *
 * Every id that was ever named has a place, numbered from 0, which it keeps. Ids that belong to one
 * person lead to one of them, its root, which has the state. Ids are hashed with a seed of the process,
 * so that nobody can choose them to collide; nothing that comes out depends on the seed. */
#ifndef SEG_ENGINE_PROFILES_H
#define SEG_ENGINE_PROFILES_H

#include <seg.h>
#include <string.h>

typedef struct seg_profile {
    int64_t armed;  /* its entry in the calendar that counts, or SEG_NEVER */
    uint32_t id;    /* where its id is kept; see seg_profiles_id */
    uint32_t place; /* of its state on the shelves; SEG_PROFILE_KIN | the number of its kin; SEG_NONE: it has
                     * no facts */
} seg_profile;

enum { SEG_PROFILE_BLOCK = 2048, SEG_ID_UNIT_BYTES = 4, SEG_ID_BLOCK_BYTES = 32 << 10 };
#define SEG_PROFILE_KIN (UINT32_C(1) << 31)

typedef struct seg_kin { /* what most have not: others of the person, an erasure, a large state */
    uint32_t parent;     /* merged into this one; SEG_NONE: a root */
    uint32_t ring;       /* the ids of one person in a circle; itself when alone */
    int64_t erased_at;   /* facts up to this instant are erased; INT64_MIN: none are */
    int64_t born;        /* it exists from then, when it has facts; INT64_MIN: at once */
    uint8_t *bytes;      /* its state when that stands on no shelf, or NULL */
    size_t capacity_bytes;
    uint32_t place; /* of its state on the shelves, or SEG_NONE */
} seg_kin;

typedef struct seg_profile_slot {
    uint32_t hash;    /* half of the id's: it spares a look at most other profiles */
    uint32_t profile; /* SEG_NONE: free */
} seg_profile_slot;

typedef struct seg_id_block {
    char *bytes;
    size_t size_bytes;
} seg_id_block;

typedef struct seg_profiles {
    const seg_allocator *allocator;
    uint64_t seed;
    seg_profile **blocks; /* of SEG_PROFILE_BLOCK each: a profile never moves */
    size_t count, block_count, block_capacity;
    seg_kin *kin; /* of the few that have some */
    size_t kin_count, kin_capacity;
    seg_profile_slot *slots;
    size_t slot_count; /* a power of two */
    seg_id_block *ids;
    size_t id_block_count, id_block_capacity, id_used; /* units of the last block */
} seg_profiles;

/* The allocator must outlive it. */
void seg_profiles_init(seg_profiles *profiles, const seg_allocator *allocator, uint64_t seed);
/* Frees the table; the states are the engine's. */
void seg_profiles_free(seg_profiles *profiles);

uint32_t seg_profiles_find(const seg_profiles *profiles, seg_text id); /* or SEG_NONE */
/* Finds it or makes a place for it. SEG_NONE: no memory. */
uint32_t seg_profiles_intern(seg_profiles *profiles, seg_text id);
/* What is known of an id beforehand: its hash, and whose it may be, or SEG_NONE. */
typedef struct seg_id_hint {
    uint32_t hash, guess;
} seg_id_hint;
uint32_t seg_profiles_intern_hinted(seg_profiles *profiles, seg_text id, seg_id_hint hint);

static inline seg_profile *seg_profile_at(const seg_profiles *profiles, size_t profile) {
    return &profiles->blocks[profile / SEG_PROFILE_BLOCK][profile % SEG_PROFILE_BLOCK];
}

/* Where an id is kept: behind its size. */
static inline const char *seg_profiles_id_at(const seg_profiles *profiles, size_t profile) {
    const uint32_t units = SEG_ID_BLOCK_BYTES / SEG_ID_UNIT_BYTES;
    uint32_t id = seg_profile_at(profiles, profile)->id;
    return profiles->ids[id / units].bytes + id % units * SEG_ID_UNIT_BYTES;
}
/* Kept once, until the table is freed. */
static inline seg_text seg_profiles_id(const seg_profiles *profiles, size_t profile) {
    const char *at = seg_profiles_id_at(profiles, profile);
    uint32_t size = (uint8_t)*at++;
    if (size < UINT8_MAX) return (seg_text){at, size};
    memcpy(&size, at, sizeof size); /* a long one */
    return (seg_text){at + sizeof size, size};
}

/* What most profiles have not; NULL: this one has not either. */
static inline seg_kin *seg_profiles_kin(const seg_profiles *profiles, uint32_t profile) {
    uint32_t place = seg_profile_at(profiles, profile)->place;
    bool is_kin = place != SEG_NONE && place & SEG_PROFILE_KIN;
    return is_kin ? &profiles->kin[place & ~SEG_PROFILE_KIN] : NULL;
}
/* Its own: there is room for that, or it has some. */
seg_kin *seg_profiles_make_kin(seg_profiles *profiles, uint32_t profile);
/* The place of its state on the shelves; SEG_NONE: its state stands by itself, or it has no facts. */
static inline uint32_t seg_profiles_place(const seg_profiles *profiles, uint32_t profile) {
    const seg_kin *kin = seg_profiles_kin(profiles, profile);
    return kin ? kin->place : seg_profile_at(profiles, profile)->place;
}
/* Notes it. */
void seg_profiles_put(seg_profiles *profiles, uint32_t profile, uint32_t place);
/* Whether it has a state. */
static inline bool seg_profiles_live(const seg_profiles *profiles, uint32_t profile) {
    const seg_kin *kin = seg_profiles_kin(profiles, profile);
    return seg_profiles_place(profiles, profile) != SEG_NONE || (kin && kin->bytes);
}

/* The profile that an id leads to. */
uint32_t seg_profiles_root(seg_profiles *profiles, uint32_t profile);
/* Until when its facts are erased; INT64_MIN: none are. */
int64_t seg_profiles_erased_at(const seg_profiles *profiles, uint32_t profile);
/* The time of the earliest fact, if that was in the future when it came: from then on the profile exists.
 * INT64_MIN: since it has facts. */
int64_t seg_profiles_born(const seg_profiles *profiles, uint32_t profile);
/* Notes it. Room was reserved, unless it is INT64_MIN, or was noted before. */
void seg_profiles_bear(seg_profiles *profiles, uint32_t profile, int64_t born);
/* The next of the ids of one person, in a circle; itself when it is alone. */
uint32_t seg_profiles_next_of_person(const seg_profiles *profiles, uint32_t profile);
bool seg_profiles_grow_kin(seg_profiles *profiles, size_t count);
/* Room for `count` profiles to get kin. False: no memory. */
static inline bool seg_profiles_reserve_kin(seg_profiles *profiles, size_t count) {
    return count <= profiles->kin_capacity - profiles->kin_count || seg_profiles_grow_kin(profiles, count);
}
/* Root `from` and all that lead to it lead to root `into` from now on. Room was reserved for both. */
void seg_profiles_join(seg_profiles *profiles, uint32_t into, uint32_t from);
/* Every id that leads to the root stands alone from now on, and remembers until when its facts are erased.
 * Room was reserved for the root. */
void seg_profiles_part(seg_profiles *profiles, uint32_t root, int64_t erased_at);

/* The way to a profile's state, in steps that can be taken before it is needed: each asks for the memory that
 * the next one reads. Hints only: another profile may be guessed. */
uint32_t seg_profiles_hash(const seg_profiles *profiles, seg_text id);
void seg_profiles_expect(const seg_profiles *profiles, uint32_t hash);
uint32_t seg_profiles_guess(const seg_profiles *profiles, uint32_t hash); /* SEG_NONE: nobody */
/* The profile's record; then its id. */
static inline void seg_profiles_expect_profile(const seg_profiles *profiles, uint32_t profile) {
    __builtin_prefetch(seg_profile_at(profiles, profile), 1);
}
static inline void seg_profiles_expect_id(const seg_profiles *profiles, uint32_t profile) {
    __builtin_prefetch(seg_profiles_id_at(profiles, profile));
}

#endif
