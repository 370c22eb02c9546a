/*
 * draw.h - messages, policies and moments drawn at random
 *
 * What is drawn is written as text, so that the parsers take part; whoever
 * reckons what must follow looks at the draw, not at what they made of it.
 */
#ifndef LCC_TESTS_UNIT_DRAW_H
#define LCC_TESTS_UNIT_DRAW_H

#include "store/http_date.h"
#include "store/policy.h"
#include "tests/unit/message.h"

enum { HEAD_SIZE = 1024 };
#define NONE (-1) /* a number that is not drawn */

/* --- drawing ------------------------------------------------------------- */

struct dice {
    uint64_t state;
};

static inline uint64_t roll(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static inline bool one_in(struct dice *dice, uint64_t count)
{
    return roll(dice) % count == 0;
}

/* NONE most of the time, else a number of seconds, small ones more often. */
static inline int64_t seconds(struct dice *dice, uint64_t one_in_count)
{
    static const int64_t most[] = {1, 3, 60, 120, 5000, 200000, 4000000000};

    if (!one_in(dice, one_in_count)) {
        return NONE;
    }
    int64_t limit = most[roll(dice) % LCC_ARRAY_SIZE(most)];
    return (int64_t)(roll(dice) % (uint64_t)limit);
}

struct draw {
    /* the response */
    int status;
    int64_t max_age_s, swr_s, sie_s, age_s;
    bool has_date, has_expires, expires_is_text, has_modified;
    int64_t date_s, expires_s, modified_s;
    bool no_store, no_cache, no_cache_field, must_revalidate, must_understand;
    bool public_, cookie, tag, vary_any;
    int64_t asked_s, arrived_s, now_s;
    /* the request */
    bool wants_no_cache, wants_no_store, wants_only_cached;
    int64_t wants_max_age_s, wants_min_fresh_s, wants_max_stale_s;
    int64_t wants_sie_s;
    bool wants_any_stale;
    /* the policy */
    struct lcc_policy policy;
};

static inline int draw_status(struct dice *dice)
{
    static const int codes[] = {200, 200, 200, 200, 203, 204, 206,
                                299, 301, 302, 304, 308, 401, 404,
                                410, 429, 500, 503, 599, 999};

    return codes[roll(dice) % LCC_ARRAY_SIZE(codes)];
}

/* Around the time of arrival, on both sides. */
static inline int64_t near_arrival(struct dice *dice, const struct draw *d)
{
    int64_t away = seconds(dice, 1);

    return one_in(dice, 2) ? d->arrived_s - away : d->arrived_s + away;
}

static inline void draw_response(struct dice *dice, struct draw *d)
{
    d->status = draw_status(dice);
    d->arrived_s = MESSAGE_NOW_S + (int64_t)(roll(dice) % 1000);
    d->asked_s = d->arrived_s - (one_in(dice, 3) ? seconds(dice, 1) % 100 : 0);
    d->now_s = one_in(dice, 10) ? d->arrived_s - seconds(dice, 1)
                                : d->arrived_s + seconds(dice, 1);
    d->max_age_s = seconds(dice, 2);
    d->swr_s = seconds(dice, 4);
    d->sie_s = seconds(dice, 4);
    d->age_s = seconds(dice, 4);
    d->has_date = !one_in(dice, 4);
    d->date_s = one_in(dice, 2) ? d->arrived_s : near_arrival(dice, d);
    d->has_expires = one_in(dice, 3);
    d->expires_is_text = one_in(dice, 8);
    d->expires_s = near_arrival(dice, d);
    d->has_modified = one_in(dice, 3);
    d->modified_s = near_arrival(dice, d);
    d->no_store = one_in(dice, 10);
    d->no_cache = one_in(dice, 10);
    d->no_cache_field = one_in(dice, 20);
    d->must_revalidate = one_in(dice, 6);
    d->must_understand = one_in(dice, 8);
    d->public_ = one_in(dice, 8);
    d->cookie = one_in(dice, 8);
    d->tag = one_in(dice, 3);
    d->vary_any = one_in(dice, 20);
}

static inline void draw_request(struct dice *dice, struct draw *d)
{
    d->wants_no_cache = one_in(dice, 20);
    d->wants_no_store = one_in(dice, 20);
    d->wants_only_cached = one_in(dice, 12);
    d->wants_max_age_s = seconds(dice, 5);
    d->wants_min_fresh_s = seconds(dice, 6);
    d->wants_max_stale_s = seconds(dice, 4);
    d->wants_any_stale = one_in(dice, 20);
    d->wants_sie_s = seconds(dice, 8);
}

static inline int64_t unset_or(int64_t value)
{
    return value == NONE ? LCC_TTL_UNSET : value;
}

static inline void draw_policy(struct dice *dice, struct draw *d)
{
    static char get[] = "GET";
    static char *methods[] = {get};
    static const enum lcc_mode modes[] = {
        LCC_MODE_NORMAL, LCC_MODE_NORMAL,  LCC_MODE_NORMAL, LCC_MODE_NORMAL,
        LCC_MODE_NORMAL, LCC_MODE_REFRESH, LCC_MODE_RECACHE};

    d->policy = (struct lcc_policy){
        .ttl_s = one_in(dice, 20) ? LCC_TTL_NEVER : unset_or(seconds(dice, 4)),
        .fallback_ttl_s = one_in(dice, 2) ? 0 : seconds(dice, 1),
        .stale_if_error_s = unset_or(seconds(dice, 5)),
        .stale_while_revalidate_s = unset_or(seconds(dice, 5)),
        .always_revalidate = one_in(dice, 20),
        .cache_control = (enum lcc_cache_control)(roll(dice) % 3),
        .mode = modes[roll(dice) % LCC_ARRAY_SIZE(modes)],
        .methods = {methods, 1},
        .codes = {.set = one_in(dice, 10), .all = one_in(dice, 2)},
    };
}

static inline struct draw draw(struct dice *dice)
{
    struct draw d = {0};

    draw_response(dice, &d);
    draw_request(dice, &d);
    draw_policy(dice, &d);
    return d;
}

/* --- writing ------------------------------------------------------------- */

struct text {
    char bytes[HEAD_SIZE];
    size_t size;
};

static inline void put(struct text *text, const char *words)
{
    size_t size = strlen(words);

    cr_assert_lt(text->size + size, sizeof(text->bytes));
    memcpy(text->bytes + text->size, words, size + 1);
    text->size += size;
}

static inline void put_if(struct text *text, bool wanted, const char *words)
{
    if (wanted) {
        put(text, words);
    }
}

static inline void put_number(struct text *text, const char *before,
                              int64_t number)
{
    char digits[24];
    char *at = digits + sizeof(digits);

    if (number == NONE) {
        return;
    }
    *--at = '\0';
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    put(text, before);
    put(text, at);
}

static inline void put_date(struct text *text, bool wanted, const char *name,
                            int64_t when_s)
{
    char date[LCC_HTTP_DATE_SIZE];

    if (wanted) {
        lcc_http_date_format(when_s, date);
        put(text, name);
        put(text, date);
        put(text, "\n");
    }
}

static inline void write_response(const struct draw *d, struct text *text)
{
    text->size = 0;
    put_number(text, "HTTP/1.1 ", d->status);
    put(text, " x\nCache-Control: ext=\"no-store, max-age=1\"");
    put_number(text, ",max-age=", d->max_age_s);
    put_number(text, ", stale-while-revalidate=", d->swr_s);
    put_number(text, " , STALE-if-error=", d->sie_s);
    put_if(text, d->no_cache_field, ", no-cache=\"x\"");
    put(text, "\n");
    put_number(text, "Age: ", d->age_s);
    put(text, "\n");
    put_date(text, d->has_date, "Date: ", d->date_s);
    put_if(text, d->has_expires && d->expires_is_text, "Expires: soon\n");
    put_date(text, d->has_expires && !d->expires_is_text,
             "Expires: ", d->expires_s);
    put_date(text, d->has_modified, "Last-Modified: ", d->modified_s);
    put(text, "cache-control: private");
    put_if(text, d->no_store, ", No-Store");
    put_if(text, d->no_cache, ", no-cache");
    put_if(text, d->must_revalidate, ", must-revalidate");
    put_if(text, d->must_understand, ", must-understand");
    put_if(text, d->public_, ", public");
    put(text, "\n");
    put_if(text, d->cookie, "Set-Cookie: a=b\n");
    put_if(text, d->tag, "ETag: \"t\"\n");
    put_if(text, d->vary_any, "Vary: a, *\n");
}

static inline void write_request(const struct draw *d, struct text *text)
{
    text->size = 0;
    put(text, "Cache-Control: x=y");
    put_if(text, d->wants_no_cache, ", no-cache");
    put_if(text, d->wants_no_store, ", no-store");
    put_if(text, d->wants_only_cached, ", only-if-cached");
    put_number(text, ", max-age=", d->wants_max_age_s);
    put_number(text, ", min-fresh=", d->wants_min_fresh_s);
    put_if(text, d->wants_any_stale, ", max-stale");
    put_number(text, ", max-stale=", d->wants_max_stale_s);
    put_number(text, ", stale-if-error=", d->wants_sie_s);
    put(text, "\n");
}

#endif
