/*
 * test_json.c - the JSON writer (RFC 8259)
 */
#include "tools/json.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct text_case {
    const char *name;
    const char *text;
    size_t size; /* 0: strlen */
    const char *want;
};

static const struct text_case texts[] = {
    {"plain", "a b", 0, "\"a b\""},
    {"quote and backslash, section 7", "\"\\", 0, "\"\\\"\\\\\""},
    {"control characters, section 7", "\n\x01\x7f", 0,
     "\"\\u000a\\u0001\\u007f\""},
    {"NUL", "a\0b", 3, "\"a\\u0000b\""},
    {"two, three and four bytes", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", 0,
     "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""},
    {"stray continuation", "\x80z", 0, "\"\\ufffdz\""},
    {"cut short", "\xe2\x82", 0, "\"\\ufffd\\ufffd\""},
    {"overlong", "\xc0\xaf", 0, "\"\\ufffd\\ufffd\""},
    {"overlong, three bytes", "\xe0\x80\x80", 0, "\"\\ufffd\\ufffd\\ufffd\""},
    {"surrogate", "\xed\xa0\x80", 0, "\"\\ufffd\\ufffd\\ufffd\""},
    {"past the last character", "\xf4\x90\x80\x80", 0,
     "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
    {"empty", "", 0, "\"\""},
};

Test(json, texts_are_escaped_and_always_valid)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(texts); i++) {
        const struct text_case *c = &texts[i];
        char *got = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&got, &size);
        struct json json = json_to(out);

        json_text(&json, NULL,
                  lcc_span_of(c->text, c->size ? c->size : strlen(c->text)));
        fclose(out);
        cr_expect_str_eq(got, c->want, "%s: %s", c->name, got);
        free(got);
    }
}

Test(json, objects_and_arrays_have_their_commas)
{
    char *got = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&got, &size);
    struct json json = json_to(out);

    json_open(&json, NULL, '{');
    json_int(&json, "a", -1);
    json_open(&json, "list", '[');
    json_uint(&json, NULL, UINT64_MAX);
    json_bool(&json, NULL, true);
    json_close(&json, ']');
    json_open(&json, "none", '{');
    json_close(&json, '}');
    json_time(&json, "t", 0);
    json_time(&json, "never", INT64_MAX);
    json_null(&json, "n");
    json_close(&json, '}');
    fclose(out);
    cr_expect_str_eq(got,
                     "{\n  \"a\": -1,\n  \"list\": [\n"
                     "    18446744073709551615,\n    true\n  ],\n"
                     "  \"none\": {},\n"
                     "  \"t\": \"1970-01-01T00:00:00Z\",\n"
                     "  \"never\": null,\n  \"n\": null\n}\n",
                     "%s", got);
    free(got);
}
