/*
 * http_cc.c - Cache-Control and Pragma
 *
 * Pure. RFC 9111, sections 1.2.2, 4.2.1, 5.2 and 5.4; RFC 5861; RFC 8246.
 * Directives are rows of one table; a name that has none is passed over.
 *
 * What is not written by the grammar is read to the safe side, as section
 * 4.2.1 encourages: white space around "=", ";" in the place of ",", a quote
 * that nobody closes. There a directive that forbids still counts, one that
 * allows does not, and seconds are the ones that lead to the origin.
 */
#include "store/http_cc.h"

#include <string.h>

enum takes {
    FORBIDS,   /* an argument changes nothing */
    ALLOWS,    /* the same, passed over where it is not well-formed */
    FIELDS,    /* with an argument it concerns the named fields alone */
    SECONDS,   /* delta-seconds; 0 for what is no number */
    MIN_FRESH, /* delta-seconds; the most for what is no number */
    MAX_STALE, /* delta-seconds, or none for "any age" */
};

struct directive {
    const char *name;
    enum takes takes;
    size_t offset; /* in struct lcc_cc: a bool, or int64_t seconds */
    size_t fields; /* the bool set when there is an argument */
};

/* What stands between two commas. */
struct element {
    struct lcc_span name;
    struct lcc_span argument;
    bool has_argument;
    bool malformed;
};

#define AT(member) offsetof(struct lcc_cc, member)

/* clang-format off */
static const struct directive directives[] = {
    {"no-store",               FORBIDS,   AT(no_store),                 0},
    {"no-cache",               FIELDS,    AT(no_cache),                 AT(no_cache_fields)},
    {"private",                FIELDS,    AT(private_),                 AT(private_fields)},
    {"public",                 ALLOWS,    AT(public_),                  0},
    {"must-revalidate",        FORBIDS,   AT(must_revalidate),          0},
    {"must-understand",        ALLOWS,    AT(must_understand),          0},
    {"immutable",              ALLOWS,    AT(immutable),                0},
    {"no-transform",           FORBIDS,   AT(no_transform),             0},
    {"only-if-cached",         ALLOWS,    AT(only_if_cached),           0},
    {"max-age",                SECONDS,   AT(max_age_s),                0},
    {"s-maxage",               SECONDS,   AT(s_maxage_s),               0},
    {"min-fresh",              MIN_FRESH, AT(min_fresh_s),              0},
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

/* LCC_CC_ABSENT for what is no number. */
static int64_t delta_seconds(const struct element *element)
{
    struct lcc_span text = without_quotes(element->argument);
    bool quoted = text.size < element->argument.size;
    const char *at = text.data;
    int64_t seconds = 0;

    if (element->malformed || text.size == 0) {
        return LCC_CC_ABSENT;
    }
    for (size_t i = 0; i < text.size; i++) {
        /* A quoted pair stands for its second byte (RFC 9110, 5.6.4). */
        if (quoted && at[i] == '\\' && i + 1 < text.size) {
            i++;
        }
        if (at[i] < '0' || at[i] > '9') {
            return LCC_CC_ABSENT;
        }
        seconds = seconds * 10 + (at[i] - '0');
        if (seconds > LCC_DELTA_MAX_S) {
            seconds = LCC_DELTA_MAX_S;
        }
    }
    return seconds;
}

/* Anything but digits counts as what leads to the origin (4.2.1). */
static int64_t seconds_or(const struct element *element, int64_t otherwise)
{
    int64_t seconds = delta_seconds(element);

    return seconds == LCC_CC_ABSENT ? otherwise : seconds;
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
                  const struct element *element)
{
    bool any_age = !element->has_argument && !element->malformed;

    switch (directive->takes) {
    case FORBIDS:
        set_flag(cc, directive->offset);
        break;
    case ALLOWS:
        if (!element->malformed) {
            set_flag(cc, directive->offset);
        }
        break;
    case FIELDS:
        set_flag(cc,
                 element->has_argument ? directive->fields : directive->offset);
        break;
    case SECONDS:
        set_seconds(cc, directive->offset, seconds_or(element, 0));
        break;
    case MIN_FRESH:
        set_seconds(cc, directive->offset,
                    seconds_or(element, LCC_DELTA_MAX_S));
        break;
    case MAX_STALE:
        set_seconds(cc, directive->offset,
                    any_age ? LCC_CC_ANY : seconds_or(element, 0));
        break;
    }
}

/* --- splitting ----------------------------------------------------------- */

/* A folded line (RFC 9112, section 5.2) leaves its line end in a value. */
static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct lcc_span trim(const char *from, const char *to)
{
    while (from < to && is_space(*from)) {
        from++;
    }
    while (to > from && is_space(to[-1])) {
        to--;
    }
    return lcc_span_of(from, (size_t)(to - from));
}

/* Behind the quote that closes the one at @at, or NULL. */
static const char *quoted_end(const char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\' && at + 1 < end) {
            at++;
        } else if (*at == '"') {
            return at + 1;
        }
    }
    return NULL;
}

struct splitter {
    const char *at;
    const char *end;
    bool malformed; /* from here on to the end of the line */
};

/* The separator that ends the directive at @s->at, or the end. A quote opens
 * right behind "=" only: elsewhere it must not hide what follows. */
static const char *directive_end(struct splitter *s, bool *ret_malformed)
{
    const char *at = s->at;

    while (at < s->end && *at != ',' && *at != ';') {
        if (*at == '"' && at > s->at && at[-1] == '=') {
            const char *behind = quoted_end(at, s->end);
            if (behind) {
                at = behind;
                continue;
            }
            s->malformed = true;
        }
        at++;
    }
    *ret_malformed = s->malformed || (at < s->end && *at == ';');
    if (at < s->end && *at == ';') {
        s->malformed = true;
    }
    return at;
}

static struct element element_of(struct lcc_span text, bool malformed)
{
    const char *from = text.data;
    const char *end = from + text.size;
    const char *equals = memchr(from, '=', text.size);
    struct element element = {.malformed = malformed};

    if (!equals) {
        element.name = text;
        return element;
    }
    element.name = trim(from, equals);
    element.argument = trim(equals + 1, end);
    element.has_argument = true;
    /* The trimmed end belongs to no white space around "=". */
    if (element.name.size != (size_t)(equals - from) ||
        element.argument.size != (size_t)(end - equals) - 1) {
        element.malformed = true;
    }
    return element;
}

static void read_line(struct lcc_cc *cc, struct lcc_span value)
{
    const char *from = value.size ? value.data : "";
    struct splitter s = {from, from + value.size, false};

    while (s.at < s.end) {
        bool malformed;
        const char *stop = directive_end(&s, &malformed);
        struct lcc_span text = trim(s.at, stop);
        s.at = stop < s.end ? stop + 1 : stop;
        if (text.size == 0) {
            continue;
        }
        struct element element = element_of(text, malformed);
        const struct directive *directive = find_directive(element.name);
        if (directive) {
            apply(cc, directive, &element);
        }
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
        cc.present = true;
        read_line(&cc, field->value);
    }
    while (!cc.present &&
           (field = lcc_fields_next(fields, pragma, field)) != NULL) {
        read_pragma(&cc, field->value);
    }
    return cc;
}
