#include "zone.h"

#include <cctz/civil_time.h>
#include <cctz/time_zone.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

using instant = cctz::time_point<cctz::seconds>;
constexpr int64_t first_second = -2208988800; /* 1900-01-01 */
constexpr int64_t end_second = 4102444800;    /* 2100-01-01 */

/* CCTZ would also open absolute paths and "file:" names. */
bool is_plain(seg_text name) {
    if (name.size_bytes == 0 || name.size_bytes > 64 || name.bytes[0] == '/') return false;
    for (size_t i = 0; i < name.size_bytes; i++) {
        char c = name.bytes[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool other = (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-' || c == '/';
        if (!letter && !(other && i > 0)) return false;
    }
    return true;
}

bool load(seg_text name, cctz::time_zone *zone) {
    if (!is_plain(name)) return false;
    return cctz::load_time_zone(std::string(name.bytes, name.size_bytes), zone);
}

/* Debian's tz files carry no version themselves; tzdata.zi begins with "# version 2026a". */
void read_version(const cctz::time_zone &zone, char version[32]) {
    std::string own = zone.version();
    if (!own.empty()) {
        std::snprintf(version, 32, "%s", own.c_str());
        return;
    }
    std::snprintf(version, 32, "unknown");
    std::FILE *file = std::fopen("/usr/share/zoneinfo/tzdata.zi", "re");
    if (file == nullptr) return;
    char found[32];
    if (std::fscanf(file, "# version %31[0-9a-zA-Z.-]", found) == 1) std::snprintf(version, 32, "%s", found);
    std::fclose(file);
}

} // namespace

extern "C" bool seg_zone_exists(seg_text name) {
    try {
        cctz::time_zone zone;
        return load(name, &zone);
    } catch (...) {
        return false;
    }
}

extern "C" bool seg_zone_read(seg_text name, int32_t *first_offset_s, char version[32],
                              seg_zone_offset_fn add, void *user) {
    try {
        cctz::time_zone zone;
        if (!load(name, &zone)) return false;
        read_version(zone, version);
        instant at{cctz::seconds(first_second)};
        int32_t offset = zone.lookup(at).offset;
        *first_offset_s = offset;
        cctz::time_zone::civil_transition change;
        while (zone.next_transition(at, &change)) {
            at = zone.lookup(change.to).trans;
            int64_t second = at.time_since_epoch().count();
            if (second >= end_second) break;
            int32_t next = zone.lookup(at).offset;
            if (next == offset) continue; /* only its abbreviation or its name changed */
            if (!add(user, second * 1000, next)) return false;
            offset = next;
        }
        return true;
    } catch (...) {
        return false;
    }
}

extern "C" void seg_zone_each(seg_zone_name_fn offer, void *user) {
    offer(user, seg_text{"UTC", 3});
    std::FILE *file = std::fopen("/usr/share/zoneinfo/zone1970.tab", "re");
    if (file == nullptr) return;
    char line[512], name[65];
    while (std::fgets(line, sizeof line, file) != nullptr)
        if (line[0] != '#' && std::sscanf(line, "%*s %*s %64s", name) == 1)
            offer(user, seg_text{name, std::strlen(name)});
    std::fclose(file);
}

/* tzdata.zi holds zones as "Z name ..." and links as "L target name". */
extern "C" void seg_zone_every(seg_zone_name_fn offer, void *user) {
    offer(user, seg_text{"UTC", 3});
    std::FILE *file = std::fopen("/usr/share/zoneinfo/tzdata.zi", "re");
    if (file == nullptr) return;
    char line[512], name[65];
    while (std::fgets(line, sizeof line, file) != nullptr)
        if (std::sscanf(line, "Z %64s", name) == 1 || std::sscanf(line, "L %*s %64s", name) == 1)
            offer(user, seg_text{name, std::strlen(name)});
    std::fclose(file);
}
