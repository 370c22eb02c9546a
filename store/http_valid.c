/*
 * http_valid.c - conditions: those we send, those the program sent
 *
 * Pure. RFC 9111, sections 4.3.1, 4.3.2, 4.3.4 and 4.3.5; RFC 9110, section 13.
 * Header lines are rewritten in http_valid_merge.c.
 */
#include "store/http_valid.h"

#include "store/http_date.h"

#include <errno.h>
#include <string.h>

static bool is_time(int64_t when_s)
{
    return when_s != LCC_TIME_ABSENT && when_s != LCC_TIME_INVALID;
}

static bool tag_of(const struct lcc_response *response, struct lcc_etag *ret)
{
    const struct lcc_field *field = lcc_fields_find(&response->fields, "ETag");

    return field && lcc_etag_parse(field->value, ret);
}

/* --- asking ------------------------------------------------------------- */

struct lcc_valid_ask lcc_valid_ask_again(const struct lcc_valid_ask *ask)
{
    return (struct lcc_valid_ask){
        .if_none_match = lcc_buf_again(&ask->if_none_match, LCC_ETAGS_READ_MAX),
        .if_modified_since =
            lcc_buf_again(&ask->if_modified_since, LCC_VALID_DATE_MAX),
    };
}

void lcc_valid_ask_done(struct lcc_valid_ask *ask)
{
    lcc_buf_done(&ask->if_none_match);
    lcc_buf_done(&ask->if_modified_since);
}

bool lcc_valid_is_tagged(const struct lcc_response *response)
{
    struct lcc_etag tag;

    return tag_of(response, &tag);
}

/* Conditions count for what would be a 2xx without them (13.2.1). */
static bool is_success(const struct lcc_response *response)
{
    return response->status / 100 == 2;
}

bool lcc_valid_offers(const struct lcc_response *stored)
{
    struct lcc_buf list = LCC_BUF_INIT(LCC_ETAGS_BYTES_MAX);
    const struct lcc_field *tag = lcc_fields_find(&stored->fields, "ETag");
    bool offers = is_success(stored) && is_time(stored->last_modified_s);

    if (!offers && is_success(stored) && tag) {
        offers = !lcc_etags_add(&list, tag->value) && list.size;
        lcc_buf_done(&list);
    }
    return offers;
}

/* Ours, behind the program's own. Each tag once. */
static int put_tags(const struct lcc_fields *own, struct lcc_span tags,
                    struct lcc_valid_ask *ask)
{
    const struct lcc_span name = lcc_span_str("If-None-Match");
    size_t size;
    int r = lcc_fields_join(own, name, &ask->if_none_match);

    if (r || lcc_etag_is_any(lcc_buf_span(&ask->if_none_match))) {
        return r;
    }
    size = ask->if_none_match.size;
    if (size && tags.size) {
        r = lcc_buf_append_str(&ask->if_none_match, ", ");
    }
    if (!r) {
        r = lcc_buf_append(&ask->if_none_match, tags);
    }
    ask->ours = tags.size > 0;
    return r;
}

static bool is_single(struct lcc_span tags)
{
    struct lcc_etag tag;
    size_t count = 0;

    while (lcc_etag_next(&tags, &tag)) {
        count++;
    }
    return count <= 1;
}

/* The text as it came: some servers compare it as such (13.1.3). */
static int put_date(const struct lcc_fields *own,
                    const struct lcc_response *selected, struct lcc_span tags,
                    struct lcc_valid_ask *ask)
{
    const struct lcc_field *field =
        selected && is_time(selected->last_modified_s)
            ? lcc_fields_find(&selected->fields, "Last-Modified")
            : NULL;

    if (field && is_single(tags) && !lcc_fields_find(own, "If-None-Match")) {
        ask->ours = true;
        return lcc_buf_append(&ask->if_modified_since, field->value);
    }
    return lcc_fields_join(own, lcc_span_str("If-Modified-Since"),
                           &ask->if_modified_since);
}

int lcc_valid_compose(const struct lcc_fields *own, struct lcc_span tags,
                      const struct lcc_response *selected,
                      struct lcc_valid_ask *ask)
{
    int r;

    if (lcc_fields_find(own, "If-Match") ||
        lcc_fields_find(own, "If-Unmodified-Since")) {
        tags = LCC_SPAN_EMPTY;
        selected = NULL;
    }
    r = put_tags(own, tags, ask);
    return r ? r : put_date(own, selected, tags, ask);
}

/* --- what came back ----------------------------------------------------- */

bool lcc_valid_selects(const struct lcc_response *fresh,
                       const struct lcc_response *stored, bool single)
{
    struct lcc_etag theirs;
    struct lcc_etag ours;
    bool tagged = tag_of(fresh, &theirs);
    bool has_tag = tag_of(stored, &ours);

    if (tagged && has_tag) {
        /* A stored strong tag stands for bytes, a weak one for meaning. */
        return ours.weak ? lcc_etag_same_weak(&theirs, &ours)
                         : lcc_etag_same_strong(&theirs, &ours);
    }
    if (is_time(fresh->last_modified_s) && is_time(stored->last_modified_s)) {
        return fresh->last_modified_s == stored->last_modified_s;
    }
    return single && !(tagged && !is_time(stored->last_modified_s));
}

static bool same_text(const struct lcc_response *head,
                      const struct lcc_response *stored, const char *name,
                      bool absent_is_same)
{
    const struct lcc_field *fresh = lcc_fields_find(&head->fields, name);
    const struct lcc_field *old = lcc_fields_find(&stored->fields, name);

    if (!fresh || (!old && absent_is_same)) {
        return true;
    }
    return old && lcc_span_equal(fresh->value, old->value);
}

enum lcc_head_verdict lcc_valid_head(const struct lcc_response *head,
                                     const struct lcc_response *stored)
{
    if (head->status != 200 || stored->status != 200) {
        return LCC_HEAD_SILENT;
    }
    /* A GET that was sent in chunks announced no length. */
    return same_text(head, stored, "ETag", false) &&
                   same_text(head, stored, "Last-Modified", false) &&
                   same_text(head, stored, "Content-Length", true)
               ? LCC_HEAD_FRESHENS
               : LCC_HEAD_INVALIDATES;
}

/* --- a program's own conditions ------------------------------------------*/

static const char *const conditions[] = {
    "If-Match",
    "If-Unmodified-Since",
    "If-None-Match",
    "If-Modified-Since",
};

bool lcc_valid_is_read(struct lcc_span method)
{
    return lcc_span_equal(method, lcc_span_str("GET")) ||
           lcc_span_equal(method, lcc_span_str("HEAD"));
}

bool lcc_valid_is_conditional(const struct lcc_fields *own)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(conditions); i++) {
        if (lcc_fields_find(own, conditions[i])) {
            return true;
        }
    }
    return false;
}

/* Do any of the field's lines name the tag? "*" names all that exist. */
static bool names_tag(const struct lcc_fields *own, const char *name,
                      const struct lcc_etag *tag, bool strong)
{
    const struct lcc_span text = lcc_span_str(name);
    const struct lcc_field *field = NULL;

    while ((field = lcc_fields_next(own, text, field)) != NULL) {
        struct lcc_span rest = field->value;
        struct lcc_etag named;

        if (lcc_etag_is_any(field->value)) {
            return true;
        }
        while (tag && lcc_etag_next(&rest, &named)) {
            if (strong ? lcc_etag_same_strong(&named, tag)
                       : lcc_etag_same_weak(&named, tag)) {
                return true;
            }
        }
    }
    return false;
}

/* One date; two lines, or what is no date, is none (13.1.3, 13.1.4). */
static bool date_of(const struct lcc_fields *own, const char *name,
                    int64_t now_s, int64_t *ret)
{
    const struct lcc_span text = lcc_span_str(name);
    const struct lcc_field *field = lcc_fields_next(own, text, NULL);

    return field && !lcc_fields_next(own, text, field) &&
           lcc_http_date_parse(field->value, now_s, ret);
}

static int64_t modified_at(const struct lcc_response *stored)
{
    if (is_time(stored->last_modified_s)) {
        return stored->last_modified_s;
    }
    return is_time(stored->date_s) ? stored->date_s : stored->response_time_s;
}

/* Steps 1 and 2: false is 412. */
static bool may_go_on(const struct lcc_fields *own,
                      const struct lcc_response *stored,
                      const struct lcc_etag *tag)
{
    int64_t since_s;

    if (lcc_fields_find(own, "If-Match")) {
        return names_tag(own, "If-Match", tag, true);
    }
    return !date_of(own, "If-Unmodified-Since", stored->response_time_s,
                    &since_s) ||
           modified_at(stored) <= since_s;
}

/* Steps 3 and 4: true where the program has what is stored already. */
static bool is_known(const struct lcc_fields *own,
                     const struct lcc_response *stored,
                     const struct lcc_etag *tag, bool reads)
{
    int64_t since_s;

    if (lcc_fields_find(own, "If-None-Match")) {
        return names_tag(own, "If-None-Match", tag, false);
    }
    return reads &&
           date_of(own, "If-Modified-Since", stored->response_time_s,
                   &since_s) &&
           modified_at(stored) <= since_s;
}

enum lcc_condition lcc_valid_judge(struct lcc_span method,
                                   const struct lcc_fields *own,
                                   const struct lcc_response *stored)
{
    const bool reads = lcc_valid_is_read(method);
    struct lcc_etag tag;
    const struct lcc_etag *its = tag_of(stored, &tag) ? &tag : NULL;

    if (!is_success(stored)) {
        return LCC_CONDITION_PROCEED;
    }
    if (!may_go_on(own, stored, its)) {
        return LCC_CONDITION_FAILED;
    }
    if (!is_known(own, stored, its, reads)) {
        return LCC_CONDITION_PROCEED;
    }
    return reads ? LCC_CONDITION_NOT_MODIFIED : LCC_CONDITION_FAILED;
}

bool lcc_valid_is_own(const struct lcc_fields *own,
                      const struct lcc_response *fresh)
{
    struct lcc_etag tag;

    if (lcc_fields_find(own, "If-None-Match") && tag_of(fresh, &tag)) {
        return names_tag(own, "If-None-Match", &tag, false);
    }
    return lcc_fields_find(own, "If-None-Match") ||
           lcc_fields_find(own, "If-Modified-Since");
}
