/*
 * http_cc.c - Cache-Control and Pragma
 *
 * Pure. RFC 9111, sections 1.2.2, 4.2.1, 5.2 and 5.4; RFC 5861; RFC 8246.
 * Directives are rows of one table; a name that has none is passed over.
 */
#include "store/http_cc.h"

#include <string.h>

enum takes {
    FLAG,      /* an argument changes nothing */
    FIELDS,    /* with an argument it concerns the named fields alone */
    SECONDS,   /* delta-seconds */
    MAX_STALE, /* delta-seconds, or none for "any age" */
};

struct directive {
    const char *name;
    enum takes takes;
    size_t offset; /* in struct lcc_cc: a bool, or int64_t seconds */
    size_t fields; /* the bool set when there is an argument */
};

#define AT(member) offsetof(struct lcc_cc, member)

/* clang-format off */
static const struct directive directives[] = {
    {"no-store",               FLAG,      AT(no_store),                 0},
    {"no-cache",               FIELDS,    AT(no_cache),                 AT(no_cache_fields)},
    {"private",                FIELDS,    AT(private_),                 AT(private_fields)},
    {"public",                 FLAG,      AT(public_),                  0},
    {"must-revalidate",        FLAG,      AT(must_revalidate),          0},
    {"must-understand",        FLAG,      AT(must_understand),          0},
    {"immutable",              FLAG,      AT(immutable),                0},
    {"no-transform",           FLAG,      AT(no_transform),             0},
    {"only-if-cached",         FLAG,      AT(only_if_cached),           0},
    {"max-age",                SECONDS,   AT(max_age_s),                0},
    {"s-maxage",               SECONDS,   AT(s_maxage_s),               0},
    {"min-fresh",              SECONDS,   AT(min_fresh_s),              0},
    {"max-stale",              MAX_STALE, AT(max_stale_s),              0},
    {"stale-if-error",         SECONDS,   AT(stale_if_error_s),         0},
    {"stale-while-revalidate", SECONDS,   AT(stale_while_revalidate_s), 0},
};
/* clang-format on */

static const struct directive *find_directive(struct lcc_span name)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(directives); i++) {
        if (lcc_span_equal_nocase(name, lcc_span_str(directives[i].name))) {
            return &directives[i];
        }
    }
    return NULL;
}

/* Senders must not quote the number, recipients should take both (5.2). */
static struct lcc_span without_quotes(struct lcc_span text)
{
    const char *at = text.data;

    if (text.size >= 2 && at[0] == '"' && at[text.size - 1] == '"') {
        return lcc_span_of(at + 1, text.size - 2);
    }
    return text;
}

/* Anything but digits counts as 0: stale is the safe side (4.2.1). */
static int64_t delta_seconds(struct lcc_span text)
{
    text = without_quotes(text);
    const char *at = text.data;
    int64_t seconds = 0;

    for (size_t i = 0; i < text.size; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return 0;
        }
        seconds = seconds * 10 + (at[i] - '0');
        if (seconds > LCC_DELTA_MAX_S) {
            seconds = LCC_DELTA_MAX_S;
        }
    }
    return seconds;
}

static void set_flag(struct lcc_cc *cc, size_t offset)
{
    *(bool *)((char *)cc + offset) = true;
}

/* Of a directive given twice the first counts (4.2.1). */
static void set_seconds(struct lcc_cc *cc, size_t offset, int64_t seconds)
{
    int64_t *place = (int64_t *)(void *)((char *)cc + offset);

    if (*place == LCC_CC_ABSENT) {
        *place = seconds;
    }
}

static void apply(struct lcc_cc *cc, const struct directive *directive,
                  bool has_argument, struct lcc_span argument)
{
    switch (directive->takes) {
    case FLAG:
        set_flag(cc, directive->offset);
        break;
    case FIELDS:
        set_flag(cc, has_argument ? directive->fields : directive->offset);
        break;
    case SECONDS:
        set_seconds(cc, directive->offset, delta_seconds(argument));
        break;
    case MAX_STALE:
        set_seconds(cc, directive->offset,
                    has_argument ? delta_seconds(argument) : LCC_CC_ANY);
        break;
    }
}

static void read_directive(struct lcc_cc *cc, struct lcc_span element)
{
    const char *at = element.data;
    const char *equals = memchr(at, '=', element.size);
    size_t length = equals ? (size_t)(equals - at) : element.size;
    struct lcc_span argument = LCC_SPAN_EMPTY;

    if (equals) {
        argument = lcc_span_of(equals + 1, element.size - length - 1);
    }
    const struct directive *directive =
        find_directive(lcc_span_trim(lcc_span_of(at, length)));
    if (directive) {
        apply(cc, directive, equals != NULL, argument);
    }
}

static void read_pragma(struct lcc_cc *cc, struct lcc_span value)
{
    struct lcc_span element;

    while (lcc_list_next(&value, &element)) {
        if (lcc_span_equal_nocase(element, lcc_span_str("no-cache"))) {
            cc->no_cache = true;
        }
    }
}

struct lcc_cc lcc_http_cc_parse(const struct lcc_fields *fields)
{
    const struct lcc_span name = lcc_span_str("Cache-Control");
    const struct lcc_span pragma = lcc_span_str("Pragma");
    const struct lcc_field *field = NULL;
    struct lcc_cc cc = {
        .max_age_s = LCC_CC_ABSENT,
        .s_maxage_s = LCC_CC_ABSENT,
        .min_fresh_s = LCC_CC_ABSENT,
        .max_stale_s = LCC_CC_ABSENT,
        .stale_if_error_s = LCC_CC_ABSENT,
        .stale_while_revalidate_s = LCC_CC_ABSENT,
    };

    while ((field = lcc_fields_next(fields, name, field)) != NULL) {
        struct lcc_span value = field->value;
        struct lcc_span element;

        cc.present = true;
        while (lcc_list_next(&value, &element)) {
            read_directive(&cc, element);
        }
    }
    while (!cc.present &&
           (field = lcc_fields_next(fields, pragma, field)) != NULL) {
        read_pragma(&cc, field->value);
    }
    return cc;
}
