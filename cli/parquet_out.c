#include "parquet_out.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "duckdb.h"
#include "interrupt.h"
#include "output.h"

typedef struct members { /* what DuckDB reads row by row, as a table function */
    const seg_answer *answer;
    const seg_choice *choice;
    const seg_workspace *workspace;
    seg_text *ids; /* of all profiles, in their order; borrowed */
    size_t id_count, id_room;
    bool no_memory;
    uint64_t *bits;   /* who is in the segment at hand */
    uint32_t segment; /* its place in the choice */
    bool has_bits;
    size_t word; /* of the bits; those of the word that are still to come: */
    uint64_t rest;
    uint64_t written;
} members;

static void keep_id(void *user, seg_text id) {
    members *m = user;
    if (m->id_count == m->id_room && !m->no_memory) {
        size_t room = m->id_room ? m->id_room * 2 : 1024;
        seg_text *larger = reallocarray(m->ids, room, sizeof *larger);
        m->no_memory = !larger;
        if (larger) m->ids = larger, m->id_room = room;
    }
    if (!m->no_memory) m->ids[m->id_count++] = id;
}

static int take_profiles(members *m) {
    seg_status status = seg_answer_profiles(m->answer, keep_id, m);
    if (status) return seg_say_status("cannot list the profiles", status, NULL);
    m->bits = m->no_memory ? NULL : calloc(m->id_count / 64 + 1, sizeof *m->bits);
    return m->bits ? SEG_EXIT_GOOD : seg_say_memory();
}

/* ---- What DuckDB calls ----------------------------------------------------------------------- */

static void name_columns(void *info) {
    const seg_duckdb_functions *call = seg_duckdb_call();
    void *type = call->create_logical_type(SEG_DUCKDB_VARCHAR);
    call->bind_add_result_column(info, "segment", type);
    call->bind_add_result_column(info, "profile", type);
    call->destroy_logical_type(&type);
}

static void start(void *info) { (void)info; }

/* The next member; false: there is none, or *status says why not. */
static bool next_member(members *m, size_t *profile, seg_status *status) {
    size_t words = (m->id_count + 63) / 64;
    for (; m->segment < m->choice->count; m->segment++, m->has_bits = false) {
        if (!m->has_bits) {
            *status = seg_answer_bits(m->answer, m->choice->segments[m->segment], m->bits);
            if (*status) return false;
            m->has_bits = true;
            m->word = 0;
            m->rest = m->bits[0];
        }
        while (!m->rest && ++m->word < words) m->rest = m->bits[m->word];
        if (!m->rest) continue;
        *profile = m->word * 64 + (size_t)__builtin_ctzll(m->rest);
        m->rest &= m->rest - 1;
        return true;
    }
    return false;
}

static void give_rows(void *info, void *chunk) {
    const seg_duckdb_functions *call = seg_duckdb_call();
    members *m = call->function_get_extra_info(info);
    void *segments = call->data_chunk_get_vector(chunk, 0), *profiles = call->data_chunk_get_vector(chunk, 1);
    uint64_t most = call->vector_size(), count = 0;
    size_t profile;
    seg_status status = SEG_OK;
    while (count < most && next_member(m, &profile, &status)) {
        seg_text name = seg_choice_info(m->choice, m->workspace, m->segment).name, id = m->ids[profile];
        call->vector_assign_string_element_len(segments, count, name.bytes, name.size_bytes);
        call->vector_assign_string_element_len(profiles, count++, id.bytes, id.size_bytes);
    }
    if (seg_interrupt_came()) call->function_set_error(info, "stopped");
    if (status) call->function_set_error(info, "cannot list the members");
    m->written += count;
    call->data_chunk_set_size(chunk, count);
}

/* ---- The file -------------------------------------------------------------------------------- */

/* Lets DuckDB write the rows to its one file. */
static int copy_rows(seg_duckdb *duckdb, members *m) {
    const seg_duckdb_functions *call = duckdb->call;
    void *function = call->create_table_function();
    call->table_function_set_name(function, "seg_members");
    call->table_function_set_extra_info(function, m, NULL);
    call->table_function_set_bind(function, name_columns);
    call->table_function_set_init(function, start);
    call->table_function_set_function(function, give_rows);
    bool is_good = call->register_table_function(duckdb->connection, function) == 0;
    call->destroy_table_function(&function);
    char *sql = NULL;
    if (asprintf(&sql, "COPY (SELECT * FROM seg_members()) TO '%s' (FORMAT parquet, USE_TMP_FILE false)",
                 duckdb->path) < 0)
        return seg_say_memory();
    seg_duckdb_result result = {0};
    is_good = is_good && seg_duckdb_run(duckdb, sql, &result);
    free(sql);
    int code = SEG_EXIT_GOOD;
    if (seg_interrupt_came())
        code = SEG_EXIT_INTERRUPT;
    else if (!is_good)
        code = seg_duckdb_say(duckdb, call->result_error(&result));
    call->destroy_result(&result);
    return code;
}

/* The bytes of a file in memory, under a name. */
static int keep_file(int descriptor, const char *path, size_t *size_bytes) {
    struct stat about;
    if (fstat(descriptor, &about) != 0 || about.st_size <= 0) {
        seg_say("cannot write %s: %s.", path, strerror(errno));
        return SEG_EXIT_MACHINE;
    }
    *size_bytes = (size_t)about.st_size;
    void *bytes = mmap(NULL, *size_bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes == MAP_FAILED) return seg_say_memory();
    int code = seg_file_replace(path, bytes, *size_bytes);
    munmap(bytes, *size_bytes);
    return code;
}

int seg_parquet_members_write(const char *path, const seg_answer *answer, const seg_choice *choice,
                              const seg_workspace *workspace) {
    int descriptor = memfd_create("members", MFD_CLOEXEC);
    if (descriptor < 0) {
        seg_say("cannot write %s: %s.", path, strerror(errno));
        return SEG_EXIT_MACHINE;
    }
    members m = {.answer = answer, .choice = choice, .workspace = workspace};
    seg_duckdb duckdb = {0};
    size_t size_bytes = 0;
    int code = take_profiles(&m);
    if (!code) code = seg_duckdb_open(&duckdb, descriptor, path);
    if (!code) code = copy_rows(&duckdb, &m);
    seg_duckdb_close(&duckdb);
    if (!code) code = keep_file(descriptor, path, &size_bytes);
    char count[64], size[64];
    if (!code)
        printf("%s: %s, %s\n", path, seg_count_noun(m.written, "member", count),
               seg_count_noun(size_bytes, "byte", size));
    close(descriptor);
    free(m.ids);
    free(m.bits);
    return code;
}
