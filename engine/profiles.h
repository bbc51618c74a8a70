/* profiles.h - all profiles by id.
 *
 * Every id that was ever named has a place, numbered from 0, which it keeps. Ids that belong to one
 * person lead to one of them, its root, which has the state. Ids are hashed with a seed of the process,
 * so that nobody can choose them to collide; nothing that comes out depends on the seed. */
#ifndef SEG_ENGINE_PROFILES_H
#define SEG_ENGINE_PROFILES_H

#include <seg.h>

typedef struct seg_profile {
    const char *id; /* kept once, until the table is freed */
    uint32_t id_bytes;
    uint32_t kin;    /* what most have not; SEG_NONE: it is alone, never erased, and has facts up to now */
    int64_t armed;   /* its entry in the calendar that counts, or SEG_NEVER */
    seg_state state; /* bytes NULL: has no facts; only roots have some */
} seg_profile;

typedef struct seg_kin {
    uint32_t parent;   /* merged into this one; SEG_NONE: a root */
    uint32_t ring;     /* the ids of one person in a circle; itself when alone */
    int64_t erased_at; /* facts up to this instant are erased; INT64_MIN: none are */
    int64_t born;      /* it exists from then, when it has facts; INT64_MIN: at once */
} seg_kin;

typedef struct seg_profile_slot {
    uint32_t hash;    /* half of the id's: it spares a look at most other profiles */
    uint32_t profile; /* SEG_NONE: free */
} seg_profile_slot;

typedef struct seg_id_block seg_id_block;

enum { SEG_PROFILE_BLOCK = 2048 };

typedef struct seg_profiles {
    const seg_allocator *allocator;
    uint64_t seed;
    seg_profile **blocks; /* of SEG_PROFILE_BLOCK each: a profile never moves */
    size_t count, block_count, block_capacity;
    seg_kin *kin; /* of the few that were merged or erased, or began in the future */
    size_t kin_count, kin_capacity;
    seg_profile_slot *slots;
    size_t slot_count; /* a power of two */
    seg_id_block *ids;
} seg_profiles;

/* The allocator must outlive it. */
void seg_profiles_init(seg_profiles *profiles, const seg_allocator *allocator, uint64_t seed);
/* Frees the table; the states are the engine's. */
void seg_profiles_free(seg_profiles *profiles);

uint32_t seg_profiles_find(const seg_profiles *profiles, seg_text id); /* or SEG_NONE */
/* Finds it or makes a place for it. SEG_NONE: no memory. */
uint32_t seg_profiles_intern(seg_profiles *profiles, seg_text id);

static inline seg_profile *seg_profile_at(const seg_profiles *profiles, size_t profile) {
    return &profiles->blocks[profile / SEG_PROFILE_BLOCK][profile % SEG_PROFILE_BLOCK];
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
/* Room to note who `count` profiles are to others, and when they are born. False: no memory. */
bool seg_profiles_reserve_kin(seg_profiles *profiles, size_t count);
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
void seg_profile_expect(const seg_profile *profile);
void seg_profile_expect_state(const seg_profile *profile);

static inline seg_text seg_profile_id(const seg_profile *profile) {
    return (seg_text){profile->id, profile->id_bytes};
}

#endif
