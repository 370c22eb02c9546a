/*
 * cookie_date.c - dates of cookies (RFC 6265, section 5.1.1)
 *
 * Servers write more forms than HTTP allows, "Wed, 09-Jun-2021 10:18:14 GMT"
 * above all. Without locale. A zone other than GMT is doubt.
 */
#include <string.h>
#include <strings.h>

#include "shim/cookie_line.h"

struct parts {
    int day;
    int month; /* 1..12 */
    int year;
    int hour, minute, second;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Digits at the front of *text, taken; -1 when there are none or too many. */
static int take_digits(struct lcc_span *text, size_t most)
{
    const char *at = text->data;
    size_t i = 0;
    int number = 0;

    while (i < text->size && i <= most && is_digit(at[i])) {
        number = number * 10 + (at[i] - '0');
        i++;
    }
    if (!i || i > most) {
        return -1;
    }
    *text = lcc_span_of(at + i, text->size - i);
    return number;
}

static bool take_colon(struct lcc_span *text)
{
    const char *at = text->data;

    if (!text->size || *at != ':') {
        return false;
    }
    *text = lcc_span_of(at + 1, text->size - 1);
    return true;
}

static bool read_time(struct lcc_span token, struct parts *ret)
{
    ret->hour = take_digits(&token, 2);
    if (ret->hour < 0 || !take_colon(&token)) {
        return false;
    }
    ret->minute = take_digits(&token, 2);
    if (ret->minute < 0) {
        return false;
    }
    ret->second = take_colon(&token) ? take_digits(&token, 2) : 0;
    return ret->second >= 0 && !token.size;
}

static int month_of(struct lcc_span word)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";

    for (int i = 0; word.size == 3 && i < 12; i++) {
        if (strncasecmp(word.data, names + 3 * i, 3) == 0) {
            return i + 1;
        }
    }
    return 0;
}

static bool is_neutral_word(struct lcc_span word)
{
    static const char *const names[] = {
        "gmt",       "utc",      "sun",    "mon",     "tue",    "wed",
        "thu",       "fri",      "sat",    "sunday",  "monday", "tuesday",
        "wednesday", "thursday", "friday", "saturday"};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(names); i++) {
        if (lcc_span_equal_nocase(word, lcc_span_str(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool read_number(struct lcc_span token, struct parts *ret)
{
    size_t size = token.size;
    int number = take_digits(&token, 4);

    if (number < 0 || token.size) {
        return false;
    }
    if (!ret->day && size <= 2) {
        ret->day = number;
        return number >= 1 && number <= 31;
    }
    if (ret->year) {
        return false;
    }
    /* libcurl's window for two digits: 1971 to 2070 */
    ret->year = size > 2 ? number : number + (number > 70 ? 1900 : 2000);
    return true;
}

static bool read_token(struct lcc_span token, struct parts *ret)
{
    const char *at = token.data;

    if (is_letter(*at)) {
        int month = month_of(token);

        if (!month) {
            return is_neutral_word(token);
        }
        ret->month = month;
        return true;
    }
    return memchr(at, ':', token.size) ? read_time(token, ret)
                                       : read_number(token, ret);
}

static bool next_token(struct lcc_span *rest, struct lcc_span *ret)
{
    const char *at = rest->data;
    size_t i = 0;
    size_t from;

    while (i < rest->size && strchr(" \t,-", at[i])) {
        i++;
    }
    from = i;
    while (i < rest->size && !strchr(" \t,-", at[i])) {
        i++;
    }
    *ret = lcc_span_of(at + from, i - from);
    *rest = lcc_span_of(at + i, rest->size - i);
    return ret->size != 0;
}

/* Days since 1970-01-01 in the Gregorian calendar. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400;
    int64_t of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year -
           719468;
}

/* Could libcurl make a date of what we cannot read? It looks for the name of
 * a month, or for eight digits in a row. */
static bool looks_like_date(struct lcc_span text)
{
    const char *at = text.data;
    size_t digits = 0;

    for (size_t i = 0; i < text.size; i++) {
        digits = is_digit(at[i]) ? digits + 1 : 0;
        if (digits == 8 ||
            (text.size - i >= 3 && month_of(lcc_span_of(at + i, 3)))) {
            return true;
        }
    }
    return false;
}

static bool is_possible(const struct parts *parts)
{
    return parts->day && parts->month && parts->year >= 1583 &&
           parts->hour <= 23 && parts->minute <= 59 && parts->second <= 60;
}

int lcc_cookie_date(struct lcc_span text, int64_t *ret)
{
    struct lcc_span rest = text;
    struct parts parts = {0};
    struct lcc_span token;
    bool good = true;

    while (good && next_token(&rest, &token)) {
        good = read_token(token, &parts);
    }
    if (!good || !is_possible(&parts)) {
        return looks_like_date(text) ? LCC_COOKIE_DATE_DOUBT
                                     : LCC_COOKIE_DATE_NONE;
    }
    *ret = days_of(parts.year, parts.month, parts.day) * 86400 +
           parts.hour * 3600 + parts.minute * 60 + parts.second;
    return 0;
}
