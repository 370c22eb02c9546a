/*
 * settings_lists.c - values that are lists: names, globs, methods, URL rules
 * and codes
 *
 * Pure. A new list replaces the old one only when it has been read in full.
 */
#include "store/settings_parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CODE_FIRST = 200, CODE_LAST = 599 };

/* --- lists --------------------------------------------------------------- */

void lcc_list_done(struct lcc_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i]);
    }
    free(list->items);
    *list = (struct lcc_list){NULL, 0};
}

void lcc_url_ttls_done(struct lcc_url_ttls *rules)
{
    for (size_t i = 0; i < rules->count; i++) {
        free(rules->items[i].pattern);
        if (rules->items[i].regex) {
            regfree(rules->items[i].regex);
            free(rules->items[i].regex);
        }
    }
    free(rules->items);
    *rules = (struct lcc_url_ttls){NULL, 0};
}

/*
 * Where the element ends. In a "re:" element a comma inside brackets or
 * braces belongs to the pattern: re:/v[0-9]{1,2}/=1d is one element.
 */
static size_t element_size(struct lcc_span rest, bool regex)
{
    const char *at = rest.data;
    char inside = '\0';

    for (size_t i = 0; i < rest.size; i++) {
        if (regex && at[i] == '\\' && !inside) {
            i++;
        } else if (inside && at[i] == inside) {
            inside = '\0';
        } else if (regex && !inside && (at[i] == '[' || at[i] == '{')) {
            inside = at[i] == '[' ? ']' : '}';
        } else if (at[i] == ',' && !inside) {
            return i;
        }
    }
    return rest.size;
}

static bool is_regex(struct lcc_span text)
{
    return text.size >= 3 && memcmp(text.data, "re:", 3) == 0;
}

/* The next element, trimmed; empty ones are passed over. */
static bool next_element(struct lcc_span *rest, struct lcc_span *ret)
{
    while (rest->size > 0) {
        const char *from = rest->data;
        size_t size = element_size(*rest, is_regex(lcc_span_trim(*rest)));
        size_t used = size < rest->size ? size + 1 : size;

        *ret = lcc_span_trim(lcc_span_of(from, size));
        *rest = lcc_span_of(from + used, rest->size - used);
        if (ret->size > 0) {
            return true;
        }
    }
    return false;
}

static char *copy_of(struct lcc_span text)
{
    return strndup(text.data, text.size);
}

/* Printable and without white space or quotes. */
static bool is_word(struct lcc_span text)
{
    const unsigned char *at = text.data;

    for (size_t i = 0; i < text.size; i++) {
        if (at[i] <= ' ' || at[i] >= 127 || at[i] == '"') {
            return false;
        }
    }
    return text.size > 0;
}

typedef bool (*takes_fn)(struct lcc_span element);

static int fill_list(struct lcc_parse *p, takes_fn takes, struct lcc_list *list)
{
    struct lcc_span rest = p->value;
    struct lcc_span element;

    list->items = calloc(LCC_SETTING_LIST_MAX, sizeof(*list->items));
    if (!list->items) {
        return -ENOMEM;
    }
    while (next_element(&rest, &element)) {
        if (!takes(element) || list->count == LCC_SETTING_LIST_MAX) {
            p->bad = element;
            return LCC_SETTING_BAD;
        }
        char *copy = copy_of(element);
        if (!copy) {
            return -ENOMEM;
        }
        list->items[list->count++] = copy;
    }
    return 0;
}

static int parse_list(struct lcc_parse *p, takes_fn takes, struct lcc_list *ret)
{
    struct lcc_list list = {NULL, 0};
    int result = fill_list(p, takes, &list);

    if (result) {
        lcc_list_done(&list);
        return result;
    }
    lcc_list_done(ret);
    *ret = list;
    return 0;
}

int lcc_parse_names(struct lcc_parse *p)
{
    return parse_list(p, is_word, p->place);
}

int lcc_parse_globs(struct lcc_parse *p)
{
    return parse_list(p, is_word, p->place);
}

static bool is_method(struct lcc_span element)
{
    static const char *const methods[] = {"GET", "HEAD", "POST", "QUERY"};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(methods); i++) {
        if (lcc_span_equal_nocase(element, lcc_span_str(methods[i]))) {
            return true;
        }
    }
    return false;
}

int lcc_parse_methods(struct lcc_parse *p)
{
    struct lcc_list *methods = p->place;
    struct lcc_list list = {NULL, 0};
    int result = parse_list(p, is_method, &list);

    if (!result && list.count == 0) {
        result = LCC_SETTING_BAD;
    }
    if (result) {
        lcc_list_done(&list);
        return result;
    }
    for (size_t i = 0; i < list.count; i++) {
        for (char *c = list.items[i]; *c; c++) {
            *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
        }
    }
    lcc_list_done(methods);
    *methods = list;
    return 0;
}

/* --- URL rules ----------------------------------------------------------- */

/* What one character, read after @before, may multiply the work by. */
static unsigned long work_of(const char *at, char before)
{
    bool nested = before && strchr(")*+?}", before) != NULL;

    if (*at == '+' || (nested && (*at == '*' || *at == '?'))) {
        return 2;
    }
    if (*at != '{' && *at != ',') {
        return 1;
    }
    unsigned long bound = strtoul(at + 1, NULL, 10);
    return bound > LCC_REGEX_COST_MAX ? LCC_REGEX_COST_MAX + 1
           : bound > 1                ? bound
                                      : 1;
}

/*
 * regcomp(3) copies what is repeated, so that x{1,100}{1,100} and x++++++++++
 * take memory without end, and x********** time. Back-references, which GNU
 * adds to extended patterns, take time when they are matched.
 */
static bool is_bounded_regex(const char *pattern)
{
    unsigned long cost = strlen(pattern);
    char before = '\0';

    if (cost > LCC_REGEX_MAX) {
        return false;
    }
    for (const char *at = pattern; *at; at++) {
        if (*at == '\\' && at[1] >= '0' && at[1] <= '9') {
            return false;
        }
        if (*at == '\\' && at[1]) {
            at++;
            before = '\\';
            continue;
        }
        cost *= work_of(at, before);
        if (cost > LCC_REGEX_COST_MAX) {
            return false;
        }
        before = *at;
    }
    return true;
}

static int compile(const char *pattern, regex_t **ret)
{
    if (!is_bounded_regex(pattern)) {
        return LCC_SETTING_BAD;
    }
    regex_t *regex = calloc(1, sizeof(*regex));
    if (!regex) {
        return -ENOMEM;
    }
    int failed = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB);
    if (failed) {
        free(regex);
        return failed == REG_ESPACE ? -ENOMEM : LCC_SETTING_BAD;
    }
    *ret = regex;
    return 0;
}

static bool parse_rule_ttl(struct lcc_span text, int64_t *ret)
{
    text = lcc_span_trim(text);
    if (lcc_span_equal(text, lcc_span_str("no-store"))) {
        *ret = LCC_TTL_NO_STORE;
        return true;
    }
    return lcc_duration_parse(text, ret);
}

/* "pattern=ttl": the last "=" parts them, a query may have others. */
static int parse_rule(struct lcc_span element, struct lcc_url_ttl *rule)
{
    const char *from = element.data;
    const char *equals = memrchr(from, '=', element.size);

    if (!equals) {
        return LCC_SETTING_BAD;
    }
    size_t size = (size_t)(equals - from);
    struct lcc_span pattern = lcc_span_trim(lcc_span_of(from, size));
    struct lcc_span ttl = lcc_span_of(equals + 1, element.size - size - 1);
    if (!parse_rule_ttl(ttl, &rule->ttl_s) || !is_word(pattern)) {
        return LCC_SETTING_BAD;
    }
    rule->pattern = copy_of(pattern);
    if (!rule->pattern) {
        return -ENOMEM;
    }
    return is_regex(pattern)
               ? compile(rule->pattern + strlen("re:"), &rule->regex)
               : 0;
}

static int fill_rules(struct lcc_parse *p, struct lcc_url_ttls *rules)
{
    struct lcc_span rest = p->value;
    struct lcc_span element;

    rules->items = calloc(LCC_SETTING_LIST_MAX, sizeof(*rules->items));
    if (!rules->items) {
        return -ENOMEM;
    }
    while (next_element(&rest, &element)) {
        p->bad = element;
        if (rules->count == LCC_SETTING_LIST_MAX) {
            return LCC_SETTING_BAD;
        }
        int result = parse_rule(element, &rules->items[rules->count++]);
        if (result) {
            return result;
        }
    }
    return 0;
}

int lcc_parse_url_ttls(struct lcc_parse *p)
{
    struct lcc_url_ttls *place = p->place;
    struct lcc_url_ttls rules = {NULL, 0};
    int result = fill_rules(p, &rules);

    if (result) {
        lcc_url_ttls_done(&rules);
        return result;
    }
    lcc_url_ttls_done(place);
    *place = rules;
    return 0;
}

/* --- codes --------------------------------------------------------------- */

static bool parse_code(struct lcc_span element, int *ret)
{
    const char *at = element.data;
    int code = 0;

    if (element.size != 3) {
        return false;
    }
    for (size_t i = 0; i < element.size; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        code = code * 10 + (at[i] - '0');
    }
    *ret = code;
    return code >= CODE_FIRST && code <= CODE_LAST;
}

int lcc_parse_codes(struct lcc_parse *p)
{
    struct lcc_codes *place = p->place;
    struct lcc_codes codes = {0};
    struct lcc_span rest = p->value;
    struct lcc_span element;
    int code;

    while (next_element(&rest, &element)) {
        if (lcc_span_equal(element, lcc_span_str("all"))) {
            codes.all = true;
        } else if (parse_code(element, &code)) {
            codes.bits[code / 64] |= UINT64_C(1) << (code % 64);
        } else {
            p->bad = element;
            return LCC_SETTING_BAD;
        }
        codes.set = true;
    }
    if (!codes.set) {
        return LCC_SETTING_BAD;
    }
    *place = codes;
    return 0;
}
