/*
 * json.c - writing JSON (RFC 8259)
 */
#include "tools/json.h"

#include <assert.h>
#include <inttypes.h>
#include <time.h>

enum { JSON_TIME_SIZE = 64 };

/*
 * How many bytes the UTF-8 sequence at the front has (RFC 3629, section 4);
 * 0 when there is none: a stray or missing continuation, an overlong form, a
 * surrogate, or past U+10FFFF.
 */
static size_t utf8_size(const unsigned char *at, size_t size)
{
    static const struct {
        unsigned char first, last, second_first, second_last;
        size_t size;
    } forms[] = {
        {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
        {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(forms); i++) {
        if (at[0] < forms[i].first || at[0] > forms[i].last) {
            continue;
        }
        if (forms[i].size > size) {
            return 0;
        }
        for (size_t j = 1; j < forms[i].size; j++) {
            const unsigned char low = j == 1 ? forms[i].second_first : 0x80;
            const unsigned char high = j == 1 ? forms[i].second_last : 0xbf;
            if (at[j] < low || at[j] > high) {
                return 0;
            }
        }
        return forms[i].size;
    }
    return 0;
}

static void write_quoted(FILE *out, struct lcc_span text)
{
    const unsigned char *at = text.data;
    size_t left = text.size;

    fputc('"', out);
    while (left > 0) {
        const size_t size = utf8_size(at, left);

        if (size == 0) {
            fputs("\\ufffd", out);
        } else if (*at == '"' || *at == '\\') {
            fprintf(out, "\\%c", *at);
        } else if (*at < 0x20 || *at == 0x7f) {
            fprintf(out, "\\u%04x", *at);
        } else {
            fwrite(at, 1, size, out);
        }
        at += size ? size : 1;
        left -= size ? size : 1;
    }
    fputc('"', out);
}

static void indent(struct json *json)
{
    for (unsigned int i = 0; i < json->depth; i++) {
        fputs("  ", json->out);
    }
}

/* Comma, line, key: what stands before every value. */
static void begin_value(struct json *json, const char *key)
{
    if (json->has_items[json->depth]) {
        fputc(',', json->out);
    }
    if (json->depth > 0) {
        fputc('\n', json->out);
        indent(json);
    }
    json->has_items[json->depth] = true;
    if (key) {
        write_quoted(json->out, lcc_span_str(key));
        fputs(": ", json->out);
    }
}

void json_open(struct json *json, const char *key, char bracket)
{
    assert(json->depth < JSON_DEPTH_MAX);
    begin_value(json, key);
    fputc(bracket, json->out);
    json->depth++;
    json->has_items[json->depth] = false;
}

void json_close(struct json *json, char bracket)
{
    assert(json->depth > 0);
    const bool had_items = json->has_items[json->depth];

    json->depth--;
    if (had_items) {
        fputc('\n', json->out);
        indent(json);
    }
    fputc(bracket, json->out);
    if (json->depth == 0) {
        fputc('\n', json->out);
    }
}

void json_text(struct json *json, const char *key, struct lcc_span text)
{
    begin_value(json, key);
    write_quoted(json->out, text);
}

void json_string(struct json *json, const char *key, const char *text)
{
    json_text(json, key, lcc_span_str(text));
}

void json_int(struct json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    fprintf(json->out, "%" PRId64, value);
}

void json_uint(struct json *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    fprintf(json->out, "%" PRIu64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
    begin_value(json, key);
    fputs(value ? "true" : "false", json->out);
}

void json_null(struct json *json, const char *key)
{
    begin_value(json, key);
    fputs("null", json->out);
}

void json_time(struct json *json, const char *key, int64_t when_s)
{
    char text[JSON_TIME_SIZE];
    struct tm parts;
    const time_t when = (time_t)when_s;

    if (when_s == INT64_MAX || !gmtime_r(&when, &parts) ||
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0) {
        json_null(json, key);
        return;
    }
    json_string(json, key, text);
}
