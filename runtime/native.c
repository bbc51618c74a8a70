/* native.c - see native.h. Only ffi_call is used, with an interface that was prepared when the function was
 * bound: closures would need memory that can be written and run. */
#include "native.h"

#include <ffi.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "error.h"
#include "value.h"

struct seg_native_call {
    ffi_cif interface;
    ffi_type *types[SEG_NATIVE_ARGUMENTS];
    seg_native_fn function; /* NULL: not bound */
};

typedef union cell { /* as C passes it */
    int64_t i;
    double f;
    bool b;
    ffi_arg widened; /* a result that is smaller than a word comes back as one */
} cell;

static const char *const type_names[] = {
    [SEG_BOOL] = "bool", [SEG_INT] = "int",   [SEG_FLOAT] = "float",
    [SEG_TIME] = "time", [SEG_DATE] = "date", [SEG_DURATION] = "duration"};

bool seg_native_type_fits(uint8_t type) {
    return type < sizeof type_names / sizeof *type_names && type_names[type] != NULL;
}

void seg_native_signature(const seg_image_native_record *native, char *out, size_t size_bytes) {
    size_t at = (size_t)snprintf(out, size_bytes, "%s%s(", type_names[native->result],
                                 native->is_optional ? "?" : "");
    for (uint32_t i = 0; i < native->argument_count && at < size_bytes; i++)
        at += (size_t)snprintf(out + at, size_bytes - at, "%s%s", i > 0 ? ", " : "",
                               type_names[native->arguments[i]]);
    if (at < size_bytes) snprintf(out + at, size_bytes - at, ")");
}

/* ---- binding ----------------------------------------------------------------------------------------- */

static size_t calls_bytes(const seg_image *image) {
    return (size_t)image->counts[SEG_SECTION_NATIVES] * sizeof(seg_native_call);
}

bool seg_natives_new(seg_image *image) {
    if (calls_bytes(image) == 0) return true;
    image->calls = seg_resize(image->allocator, NULL, 0, calls_bytes(image));
    if (!image->calls) return false;
    memset(image->calls, 0, calls_bytes(image));
    return true;
}

void seg_natives_free(seg_image *image) {
    if (image->calls) seg_resize(image->allocator, image->calls, calls_bytes(image), 0);
    image->calls = NULL;
}

uint32_t seg_natives_unbound(const seg_image *image) {
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_NATIVES]; i++)
        if (!image->calls[i].function) return i;
    return SEG_NONE;
}

/* Blanks do not count. */
static bool same_signature(const char *a, const char *b) {
    for (;; a++, b++) {
        a += strspn(a, " ");
        b += strspn(b, " ");
        if (*a != *b) return false;
        if (*a == 0) return true;
    }
}

static bool is_text(seg_text text, const char *terminated) {
    return strlen(terminated) == text.size_bytes && memcmp(terminated, text.bytes, text.size_bytes) == 0;
}

static const seg_native_entry *find_entry(const seg_native_table *table, seg_text name) {
    for (uint32_t i = 0; i < table->count; i++)
        if (table->entries[i].name && is_text(name, table->entries[i].name)) return &table->entries[i];
    return NULL;
}

static ffi_type *ffi_type_of(uint8_t type) {
    return type == SEG_FLOAT ? &ffi_type_double : type == SEG_BOOL ? &ffi_type_uint8 : &ffi_type_sint64;
}

static seg_status bind(seg_image *image, uint32_t number, const seg_native_table *table, seg_error *error) {
    const seg_image_native_record *native = &image->natives[number];
    seg_text library = seg_view_text(image, native->library), name = seg_view_text(image, native->name);
    int library_length = library.size_bytes < 40 ? (int)library.size_bytes : 40;
    int name_length = name.size_bytes < 40 ? (int)name.size_bytes : 40;
    char wanted[200];
    seg_native_signature(native, wanted, sizeof wanted);
    const seg_native_entry *entry = find_entry(table, name);
    if (!entry || !entry->function || !entry->signature)
        return seg_error_set(error, SEG_E_NATIVE, number, "the library \"%.*s\" has no function %.*s",
                             library_length, library.bytes, name_length, name.bytes);
    if (!same_signature(wanted, entry->signature))
        return seg_error_set(error, SEG_E_NATIVE, number, "%.*s of \"%.*s\" is %.60s, and the rules want %s",
                             name_length, name.bytes, library_length, library.bytes, entry->signature,
                             wanted);
    seg_native_call *call = &image->calls[number];
    for (uint32_t i = 0; i < native->argument_count; i++) call->types[i] = ffi_type_of(native->arguments[i]);
    if (ffi_prep_cif(&call->interface, FFI_DEFAULT_ABI, native->argument_count, ffi_type_of(native->result),
                     call->types) != FFI_OK)
        return seg_error_set(error, SEG_E_NATIVE, number, "%.*s cannot be called on this machine",
                             name_length, name.bytes);
    call->function = entry->function;
    return SEG_OK;
}

seg_status seg_image_bind(seg_image *image, const char *library, const seg_native_table *table,
                          seg_error *error) {
    if (table->abi != SEG_NATIVE_ABI)
        return seg_error_set(error, SEG_E_NATIVE, 0, "the library \"%.40s\" has functions of ABI %u, not %u",
                             library, table->abi, SEG_NATIVE_ABI);
    seg_status status = SEG_OK;
    for (uint32_t i = 0; i < image->counts[SEG_SECTION_NATIVES] && !status; i++)
        if (is_text(seg_view_text(image, image->natives[i].library), library))
            status = bind(image, i, table, error);
    return status;
}

seg_status seg_image_native(const seg_image *image, uint32_t native, seg_native_info *out) {
    if (native >= image->counts[SEG_SECTION_NATIVES]) return SEG_E_USAGE;
    const seg_image_native_record *record = &image->natives[native];
    *out = (seg_native_info){.library = seg_view_text(image, record->library),
                             .name = seg_view_text(image, record->name),
                             .is_bound = image->calls[native].function != NULL};
    seg_native_signature(record, out->signature, sizeof out->signature);
    return SEG_OK;
}

/* ---- calling ------------------------------------------------------------------------------------------- */

static int64_t fault(seg_vm *vm, int64_t word) {
    vm->counters.arithmetic_faults++;
    return word;
}

static int64_t float_result(seg_vm *vm, const seg_image_native_record *native, double value) {
    if (__builtin_isfinite(value)) return seg_float_word(value);
    if (__builtin_isnan(value)) return native->is_optional ? SEG_MISSING : fault(vm, 0);
    return fault(vm, seg_float_word(value > 0 ? __DBL_MAX__ : -__DBL_MAX__));
}

static int64_t whole_result(seg_vm *vm, const seg_image_native_record *native, int64_t value) {
    if (value == SEG_MISSING && native->is_optional) return SEG_MISSING;
    int64_t least = -INT64_MAX, most = INT64_MAX;
    if (native->result == SEG_TIME) {
        least = SEG_TIME_MIN;
        most = SEG_TIME_MAX;
    } else if (native->result == SEG_DATE) {
        least = SEG_TIME_MIN / INT64_C(86400000);
        most = SEG_TIME_MAX / INT64_C(86400000);
    }
    return value < least ? fault(vm, least) : value > most ? fault(vm, most) : value;
}

int64_t seg_native_run(seg_vm *vm, uint32_t number, const int64_t *arguments) {
    const seg_image_native_record *native = &vm->image->natives[number];
    seg_native_call *call = &vm->image->calls[number];
    cell cells[SEG_NATIVE_ARGUMENTS], result = {.i = 0};
    void *places[SEG_NATIVE_ARGUMENTS];
    for (uint32_t i = 0; i < native->argument_count; i++) {
        if (arguments[i] == SEG_MISSING) return SEG_MISSING;
        if (native->arguments[i] == SEG_FLOAT)
            cells[i].f = seg_word_float(arguments[i]);
        else if (native->arguments[i] == SEG_BOOL)
            cells[i].b = arguments[i] != 0;
        else
            cells[i].i = arguments[i];
        places[i] = &cells[i];
    }
    ffi_call(&call->interface, call->function, &result, places);
    if (native->result == SEG_FLOAT) return float_result(vm, native, result.f);
    if (native->result == SEG_BOOL) return (uint8_t)result.widened != 0;
    return whole_result(vm, native, result.i);
}
