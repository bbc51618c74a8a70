/* json_jansson.c - a line of J1 through jansson: a tree, and the members that are needed by their names. */
#include <jansson.h>

#include "json_peer.h"

static size_t text_bytes(const json_t *object, const char *name) {
    return json_string_length(json_object_get(object, name));
}

bool json_peer_line(const char *line, size_t size, json_sums *sums) {
    json_t *root = json_loadb(line, size, 0, NULL);
    const json_t *properties = json_object_get(root, "properties");
    bool is_good = json_is_object(properties);
    sums->records++;
    sums->id_bytes += text_bytes(root, "userId");
    sums->message_bytes += text_bytes(root, "messageId");
    sums->text_bytes += text_bytes(properties, "category") + text_bytes(properties, "page");
    sums->numbers += json_number_value(json_object_get(properties, "amount")) +
                     json_number_value(json_object_get(properties, "quantity"));
    json_decref(root);
    return is_good;
}
