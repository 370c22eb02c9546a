/*
 * plan_fields.c - the fields that libcurl would send
 *
 * Owns User-Agent, Accept, Accept-Encoding, TE, Referer, Content-Type, Cookie
 * and the lines of HTTPHEADER, with libcurl's two special forms: "Name:" takes
 * a field out, "Name;" sends it empty (CURLOPT_HTTPHEADER manual page). Vary
 * reads them from the plan; those that are not in plan_neutral.def go into the
 * key.
 */
#include "shim/plan_parts.h"

#include "store/http_date.h"
#include "store/http_vary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *const neutral[] = {
#define LCC_NEUTRAL(name) name,
#include "shim/plan_neutral.def"
#undef LCC_NEUTRAL
};

static bool is_neutral(struct lcc_span name)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(neutral); i++) {
        if (lcc_span_equal_nocase(name, lcc_span_str(neutral[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_named(const struct lcc_list *names, struct lcc_span name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (lcc_span_equal_nocase(name, lcc_span_str(names->items[i]))) {
            return true;
        }
    }
    return false;
}

const char *lcc_plan_custom(const struct lcc_shadow *shadow, const char *name)
{
    size_t size = strlen(name);
    const struct curl_slist *line = lcc_shadow_list(shadow, LCC_OPT_HTTPHEADER);

    for (size_t n = 0; line && n < LCC_PLAN_LIST_MAX; line = line->next, n++) {
        if (line->data && !strncasecmp(line->data, name, size) &&
            (line->data[size] == ':' || line->data[size] == ';')) {
            return line->data + size + 1;
        }
    }
    return NULL;
}

/* A line end in a value would begin a field that nobody has looked at. */
static bool has_line_end(const char *text)
{
    return text[strcspn(text, "\r\n")] != '\0';
}

static int add(struct lcc_plan_work *work, struct lcc_span name,
               struct lcc_span value)
{
    int r = lcc_buf_put_span(&work->plan->fields, name);

    return r < 0 ? r : lcc_buf_put_span(&work->plan->fields, value);
}

/* A field that libcurl makes of an option, unless HTTPHEADER has its say. */
static int add_own(struct lcc_plan_work *work, const char *name,
                   const char *value)
{
    if (!value || !value[0] || lcc_plan_custom(work->shadow, name)) {
        return 0;
    }
    if (has_line_end(value)) {
        return LCC_REASON_OPTION;
    }
    return add(work, lcc_span_str(name), lcc_span_str(value));
}

int lcc_plan_add_own(struct lcc_plan_work *work, const char *name,
                     const char *value)
{
    return add_own(work, name, value);
}

/* ACCEPT_ENCODING "" names all that this libcurl was built with. */
static const char *all_encodings(const struct lcc_real *real, char *out,
                                 size_t size)
{
    const curl_version_info_data *info = real->version_info(CURLVERSION_NOW);
    bool brotli = info && info->features & CURL_VERSION_BROTLI;
    bool zstd = info && info->features & CURL_VERSION_ZSTD;
    bool libz = info && info->features & CURL_VERSION_LIBZ;

    snprintf(out, size, "%s%s%s", libz ? ", deflate, gzip" : "",
             brotli ? ", br" : "", zstd ? ", zstd" : "");
    return out[0] ? out + 2 : "identity";
}

static int time_condition(struct lcc_plan_work *work)
{
    const struct lcc_shadow *shadow = work->shadow;
    char date[LCC_HTTP_DATE_SIZE];

    if (lcc_shadow_long(shadow, LCC_OPT_TIMECONDITION) !=
        CURL_TIMECOND_IFMODSINCE) {
        return 0;
    }
    lcc_http_date_format(lcc_shadow_off(shadow, LCC_OPT_TIMEVALUE_LARGE), date);
    return add_own(work, "If-Modified-Since", date);
}

static int own_fields(struct lcc_plan_work *work)
{
    const struct lcc_shadow *shadow = work->shadow;
    const char *encoding = lcc_shadow_string(shadow, LCC_OPT_ACCEPT_ENCODING);
    char all[64];
    int r = add_own(work, "User-Agent",
                    lcc_shadow_string(shadow, LCC_OPT_USERAGENT));

    if (encoding && !encoding[0]) {
        encoding = all_encodings(work->real, all, sizeof(all));
    }
    if (r == 0) {
        r = add_own(work, "Accept", "*/*");
    }
    if (r == 0 && lcc_shadow_long(shadow, LCC_OPT_TRANSFER_ENCODING)) {
        r = add_own(work, "TE", "gzip");
    }
    if (r == 0) {
        r = add_own(work, "Accept-Encoding", encoding);
    }
    if (r == 0) {
        r = add_own(work, "Referer",
                    lcc_shadow_string(shadow, LCC_OPT_REFERER));
    }
    if (r == 0) {
        r = lcc_plan_range_field(work);
    }
    if (r == 0 && shadow->method == LCC_METHOD_POST) {
        r = add_own(work, "Content-Type", "application/x-www-form-urlencoded");
    }
    return r == 0 ? time_condition(work) : r;
}

/* Engine's pairs first, then those of the option, as libcurl joins them. */
static int cookie_field(struct lcc_plan_work *work)
{
    struct lcc_buf *cookies = &work->parts->cookies;
    const char *given = lcc_shadow_string(work->shadow, LCC_OPT_COOKIE);
    int r = 0;

    if (given && has_line_end(given)) {
        return LCC_REASON_OPTION;
    }
    if (given && !lcc_plan_custom(work->shadow, "Cookie")) {
        r = lcc_buf_printf(cookies, "%s%s", cookies->size ? "; " : "", given);
    }
    if (r == 0 && cookies->size) {
        r = add(work, lcc_span_str("Cookie"), lcc_buf_span(cookies));
    }
    return r;
}

static int key_field(struct lcc_plan_work *work, struct lcc_span name,
                     struct lcc_span value, uint8_t form)
{
    struct lcc_buf *key = lcc_plan_is_of_body(work, name) ? &work->parts->body
                                                          : &work->parts->key;
    int r = lcc_buf_put_u16(key, LCC_TAG_FIELD);
    size_t at;

    if (r == 0) {
        r = lcc_buf_put_u8(key, form);
    }
    if (r == 0) {
        r = lcc_buf_put_span(key, name);
    }
    if (r < 0) {
        return r;
    }
    at = key->size - name.size;
    for (; at < key->size; at++) {
        if (key->data[at] >= 'A' && key->data[at] <= 'Z') {
            key->data[at] = (uint8_t)(key->data[at] | 0x20);
        }
    }
    return lcc_buf_put_span(key, value);
}

enum line_form {
    LINE_FIELD = 1, /* Name: value */
    LINE_EMPTY,     /* Name; (in the key as a field without a value) */
    LINE_REMOVED,   /* Name: */
    LINE_NONE,      /* nothing is sent for it */
};

/* What libcurl makes of one line of HTTPHEADER. */
static enum line_form read_line(const char *line, struct lcc_span *name,
                                struct lcc_span *value)
{
    const char *end = strchr(line, ':');
    bool colon = end != NULL;

    if (!end) {
        end = strchr(line, ';');
    }
    if (!end || end == line) {
        return LINE_NONE;
    }
    *name = lcc_span_of(line, (size_t)(end - line));
    *value = lcc_span_of(end + 1, strlen(end + 1));
    *value = lcc_span_trim(*value);
    if (colon) {
        return value->size ? LINE_FIELD : LINE_REMOVED;
    }
    return value->size ? LINE_NONE : LINE_EMPTY;
}

static int custom_line(struct lcc_plan_work *work, const char *line)
{
    struct lcc_span name = LCC_SPAN_EMPTY;
    struct lcc_span value = LCC_SPAN_EMPTY;
    enum line_form form = read_line(line, &name, &value);

    if (has_line_end(line)) {
        return LCC_REASON_OPTION;
    }
    if (form == LINE_NONE) {
        return 0;
    }
    return form == LINE_REMOVED ? 0 : add(work, name, value);
}

static int custom_fields(struct lcc_plan_work *work)
{
    const struct curl_slist *line =
        lcc_shadow_list(work->shadow, LCC_OPT_HTTPHEADER);
    int r = 0;

    for (size_t n = 0; line && r == 0; line = line->next, n++) {
        if (n == LCC_PLAN_LIST_MAX) {
            return LCC_REASON_OPTION;
        }
        r = line->data ? custom_line(work, line->data) : 0;
    }
    return r;
}

int lcc_plan_header_lines(const struct lcc_plan_work *work, struct lcc_buf *out)
{
    const struct curl_slist *line =
        lcc_shadow_list(work->shadow, LCC_OPT_HTTPHEADER);
    int r = 0;

    for (size_t n = 0; line && r == 0; line = line->next, n++) {
        if (n == LCC_PLAN_LIST_MAX) {
            return LCC_REASON_OPTION;
        }
        r = lcc_buf_put_span(out, lcc_span_str(line->data));
    }
    return r;
}

/* By name without case; of one name what is sent before what is removed. */
static int compare_lines(const void *left, const void *right)
{
    const struct lcc_field *a = left;
    const struct lcc_field *b = right;
    size_t size = a->name.size < b->name.size ? a->name.size : b->name.size;
    int order = strncasecmp(a->name.data, b->name.data, size);

    if (order == 0) {
        order = (a->name.size > b->name.size) - (a->name.size < b->name.size);
    }
    return order ? order : (a->value.size == 0) - (b->value.size == 0);
}

/* The names of HTTPHEADER that are not neutral, in order; without a value
 * those that a line takes out. */
static int collect_unknown(struct lcc_plan_work *work, struct lcc_fields *ret)
{
    const struct curl_slist *line =
        lcc_shadow_list(work->shadow, LCC_OPT_HTTPHEADER);
    int r = 0;

    for (size_t n = 0; line && n < LCC_PLAN_LIST_MAX && r == 0;
         line = line->next, n++) {
        struct lcc_span name;
        struct lcc_span value;
        enum line_form form =
            line->data ? read_line(line->data, &name, &value) : LINE_NONE;

        if (form != LINE_NONE && !is_neutral(name)) {
            r = lcc_fields_add(ret, name,
                               form == LINE_REMOVED ? LCC_SPAN_EMPTY : name);
        }
    }
    if (r == 0 && ret->count) {
        qsort(ret->list, ret->count, sizeof(ret->list[0]), compare_lines);
    }
    return r;
}

/* All lines of a name as one, spelled as the selection by Vary compares them:
 * requests that differ in no more than that are the same request. */
static int key_normal(struct lcc_plan_work *work, struct lcc_span name)
{
    struct lcc_buf value = LCC_BUF_INIT(LCC_VARY_VALUE_MAX);
    int r = lcc_vary_normal(&work->plan->request.fields, name, &value);

    if (r == 0) {
        r = key_field(work, name, lcc_buf_span(&value), LINE_FIELD);
    }
    lcc_buf_done(&value);
    return r;
}

/* A removal counts too: "Authorization:" keeps a login from being sent. */
static int key_unknown(struct lcc_plan_work *work)
{
    struct lcc_fields unknown = LCC_FIELDS_INIT;
    int r = collect_unknown(work, &unknown);

    for (size_t i = 0; i < unknown.count && r == 0; i++) {
        const struct lcc_field *line = &unknown.list[i];

        if (i > 0 && compare_lines(line - 1, line) == 0) {
            continue;
        }
        r = line->value.size == 0
                ? key_field(work, line->name, LCC_SPAN_EMPTY, LINE_REMOVED)
                : key_normal(work, line->name);
    }
    lcc_fields_done(&unknown);
    return r;
}

/*
 * Neutral fields that belong into the key all the same: those that the user
 * names in CURLCACHE_MATCH_HEADERS, and Accept-Encoding where the program
 * gets the bytes as they were sent. A server that packs them and forgets Vary
 * is common, and what is packed cannot be read by who did not ask for it.
 */
static bool is_wanted(const struct lcc_plan_work *work, struct lcc_span name)
{
    if (!is_neutral(name)) {
        return false; /* it is there already */
    }
    return is_named(&work->policy->match_headers, name) ||
           (!work->plan->decodes &&
            lcc_span_equal_nocase(name, lcc_span_str("Accept-Encoding")));
}

static int key_wanted(struct lcc_plan_work *work)
{
    const struct lcc_fields *fields = &work->plan->request.fields;
    int r = 0;

    for (size_t i = 0; i < fields->count && r == 0; i++) {
        const struct lcc_field *field = &fields->list[i];

        if (is_wanted(work, field->name) &&
            field == lcc_fields_next(fields, field->name, NULL)) {
            r = key_normal(work, field->name);
        }
    }
    return r;
}

/* The bytes stand still now, so that spans may point at them. */
static int point_at(struct lcc_plan *plan)
{
    struct lcc_span rest = lcc_buf_span(&plan->fields);
    struct lcc_span name;
    struct lcc_span value;
    int r = 0;

    while (r == 0 && lcc_take_span(&rest, &name) &&
           lcc_take_span(&rest, &value)) {
        r = lcc_fields_add(&plan->request.fields, name, value);
    }
    return r;
}

int lcc_plan_fields(struct lcc_plan_work *work)
{
    int r = own_fields(work);

    if (r == 0) {
        r = cookie_field(work);
    }
    if (r == 0) {
        r = custom_fields(work);
    }
    if (r == 0) {
        r = point_at(work->plan);
    }
    if (r == 0) {
        r = key_unknown(work);
    }
    if (r == 0) {
        r = key_wanted(work);
    }
    return r == -EFBIG || r == -E2BIG ? LCC_REASON_OPTION : r;
}
