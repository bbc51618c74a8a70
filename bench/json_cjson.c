/* json_cjson.c - a line of J1 through cJSON: a tree, and a look at each member of it. */
#include <string.h>

#include <cjson/cJSON.h>

#include "json_peer.h"

static bool is_named(const cJSON *member, const char *name) { return strcmp(member->string, name) == 0; }

static bool add_property(const cJSON *member, json_sums *sums) {
    if (is_named(member, "amount") || is_named(member, "quantity")) {
        sums->numbers += member->valuedouble;
        return cJSON_IsNumber(member);
    }
    if (is_named(member, "category") || is_named(member, "page")) {
        if (!cJSON_IsString(member)) return false;
        sums->text_bytes += strlen(member->valuestring);
    }
    return true;
}

static bool add_member(const cJSON *member, json_sums *sums) {
    if (is_named(member, "properties")) {
        for (const cJSON *each = member->child; each; each = each->next)
            if (!add_property(each, sums)) return false;
        return cJSON_IsObject(member);
    }
    if (!cJSON_IsString(member)) return false;
    if (is_named(member, "userId"))
        sums->id_bytes += strlen(member->valuestring);
    else if (is_named(member, "messageId"))
        sums->message_bytes += strlen(member->valuestring);
    return true;
}

bool json_peer_line(const char *line, size_t size, json_sums *sums) {
    cJSON *root = cJSON_ParseWithLength(line, size);
    bool is_good = cJSON_IsObject(root);
    if (is_good)
        for (const cJSON *each = root->child; each && is_good; each = each->next)
            is_good = add_member(each, sums);
    cJSON_Delete(root);
    sums->records++;
    return is_good;
}
