/*
 * json.h - writing JSON (RFC 8259) to a stream
 *
 * Commas, indentation and escaping are done here; the caller opens and closes
 * objects and arrays in pairs. A key is NULL inside an array and at the top.
 */
#ifndef LCC_TOOL_JSON_H
#define LCC_TOOL_JSON_H

#include "store/bytes.h"

#include <stdio.h>

enum { JSON_DEPTH_MAX = 8 };

struct json {
    FILE *out;
    unsigned int depth;
    bool has_items[JSON_DEPTH_MAX + 1];
};

static inline struct json json_to(FILE *out)
{
    return (struct json){.out = out};
}

void json_open(struct json *json, const char *key, char bracket);
/* @bracket is the closing one; a line end follows the outermost. */
void json_close(struct json *json, char bracket);
/* Bytes that are no UTF-8 become U+FFFD. */
void json_text(struct json *json, const char *key, struct lcc_span text);
void json_string(struct json *json, const char *key, const char *text);
void json_int(struct json *json, const char *key, int64_t value);
void json_uint(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);
/* "2026-01-31T12:00:00Z"; null for INT64_MAX, that is never. */
void json_time(struct json *json, const char *key, int64_t when_s);

#endif
