/*
 * cookie_line.c - reading Set-Cookie, writing a cookie file's line
 */
#include "shim/cookie_line.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

enum {
    LINE_MAX_BYTES = 5000, /* libcurl's limits, lib/cookie.h */
    PAIR_MAX_BYTES = 4096,
    HOST_MAX_BYTES = 256,
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static struct lcc_span trim_blanks(struct lcc_span text)
{
    const char *at = text.data;

    while (text.size && is_blank(at[text.size - 1])) {
        text.size--;
    }
    while (text.size && is_blank(*at)) {
        at++;
        text.size--;
    }
    return lcc_span_of(at, text.size);
}

static bool is_word(struct lcc_span text, const char *word)
{
    return lcc_span_equal_nocase(text, lcc_span_str(word));
}

/* One `what=this` of the value. */
struct pair {
    struct lcc_span name;
    struct lcc_span value;
    bool assigned; /* the name is followed by "=" at once */
};

static bool next_pair(struct lcc_span *rest, struct pair *ret)
{
    const char *from = rest->data;
    const char *end = from + rest->size;
    const char *stop;
    const char *at;

    while (from < end && is_blank(*from)) {
        from++;
    }
    if (from >= end) {
        return false;
    }
    stop = memchr(from, ';', (size_t)(end - from));
    stop = stop ? stop : end;
    at = from;
    while (at < stop && *at != '=' && *at != '\t') {
        at++;
    }
    ret->assigned = at < stop && *at == '=';
    ret->name = trim_blanks(lcc_span_of(from, (size_t)(at - from)));
    while (at < stop && is_blank(*at)) {
        at++;
    }
    ret->value = LCC_SPAN_EMPTY;
    if (at < stop && *at == '=') {
        at++;
        ret->value = trim_blanks(lcc_span_of(at, (size_t)(stop - at)));
    }
    from = stop < end ? stop + 1 : end;
    *rest = lcc_span_of(from, (size_t)(end - from));
    return true;
}

/* Control characters, which libcurl has refused since 7.84. */
static bool has_control(struct lcc_span text)
{
    const unsigned char *at = text.data;

    for (size_t i = 0; i < text.size; i++) {
        if ((at[i] < ' ' && at[i] != '\t') || at[i] == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool take_name(const struct pair *pair, struct lcc_cookie *ret)
{
    ret->name = pair->name;
    ret->value = pair->value;
    return pair->assigned && !has_control(pair->name) &&
           !has_control(pair->value);
}

static bool is_address(const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];

    return inet_pton(AF_INET, host, bytes) == 1 ||
           inet_pton(AF_INET6, host, bytes) == 1;
}

/* A domain without a dot inside it would be a whole top level. */
static bool is_top_level(struct lcc_span domain)
{
    const char *text = domain.data;
    const char *dot = memchr(text, '.', domain.size);

    return !is_word(domain, "localhost") &&
           (!dot || dot + 1 == text + domain.size);
}

/* Is @host the domain, or below it (RFC 6265, section 5.1.3)? */
static bool tail_matches(struct lcc_span domain, const char *host)
{
    size_t size = strlen(host);

    if (size < domain.size ||
        strncasecmp(host + size - domain.size, domain.data, domain.size)) {
        return false;
    }
    return size == domain.size || host[size - domain.size - 1] == '.';
}

static bool take_domain(struct lcc_span domain,
                        const struct lcc_cookie_origin *origin,
                        struct lcc_cookie *ret)
{
    bool address = is_address(origin->host);

    if (((const char *)domain.data)[0] == '.') {
        domain = lcc_span_of((const char *)domain.data + 1, domain.size - 1);
    }
    if (!origin->suffix_list && is_top_level(domain)) {
        return false;
    }
    if (address ? !lcc_span_equal(domain, lcc_span_str(origin->host))
                : !tail_matches(domain, origin->host)) {
        return false;
    }
    ret->domain = domain;
    ret->tail_match = !address;
    return true;
}

/* Delta seconds from the time of storing. */
static int64_t max_age(struct lcc_span text, int64_t stored_s)
{
    const char *at = text.data;
    int64_t seconds = 0;
    size_t i = text.size && at[0] == '"' ? 1 : 0;
    size_t first = i;

    for (; i < text.size && at[i] >= '0' && at[i] <= '9'; i++) {
        if (__builtin_mul_overflow(seconds, 10, &seconds) ||
            __builtin_add_overflow(seconds, at[i] - '0', &seconds)) {
            return INT64_MAX;
        }
    }
    return i == first || !seconds ? 1 : lcc_add_sat(stored_s, seconds);
}

struct lifetime {
    struct lcc_span max_age;
    struct lcc_span expires;
};

/* A flag such as `secure`; libcurl takes `secure=` too. */
static bool take_flag(const struct pair *pair,
                      const struct lcc_cookie_origin *origin,
                      struct lcc_cookie *ret)
{
    if (is_word(pair->name, "secure")) {
        ret->secure = true;
        return origin->secure;
    }
    if (is_word(pair->name, "httponly")) {
        ret->http_only = true;
    } else if (pair->assigned && is_word(pair->name, "path")) {
        ret->path = lcc_span_str("/");
    }
    return true;
}

static bool take_attribute(const struct pair *pair,
                           const struct lcc_cookie_origin *origin,
                           struct lifetime *lifetime, struct lcc_cookie *ret)
{
    if (!pair->value.size) {
        return take_flag(pair, origin, ret);
    }
    if (is_word(pair->name, "path")) {
        ret->path = pair->value;
    } else if (is_word(pair->name, "domain")) {
        return take_domain(pair->value, origin, ret);
    } else if (is_word(pair->name, "max-age")) {
        lifetime->max_age = pair->value;
    } else if (is_word(pair->name, "expires")) {
        lifetime->expires = pair->value;
    }
    return true;
}

/* Max-Age wins. What is no date makes a session cookie; one that only libcurl
 * can read is doubt, and the cookie is refused. */
static bool take_lifetime(const struct lifetime *lifetime,
                          const struct lcc_cookie_origin *origin,
                          struct lcc_cookie *ret)
{
    int64_t date;

    if (lifetime->max_age.size) {
        ret->expires_s = max_age(lifetime->max_age, origin->stored_s);
    } else if (lifetime->expires.size) {
        int r = lcc_cookie_date(lifetime->expires, &date);

        if (r == LCC_COOKIE_DATE_DOUBT) {
            return false;
        }
        ret->expires_s = r ? 0 : date > 0 ? date : 1;
    }
    return true;
}

/* Up to and with the last slash. */
static struct lcc_span default_path(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? lcc_span_of(path, (size_t)(slash - path) + 1)
                 : lcc_span_str("/");
}

static bool fits(const struct pair *pair)
{
    size_t name = pair->name.size;
    size_t value = pair->value.size;

    return name < PAIR_MAX_BYTES - 1 && value < PAIR_MAX_BYTES - 1 &&
           name + value <= PAIR_MAX_BYTES &&
           (!value || !memchr(pair->value.data, '\t', value));
}

int lcc_cookie_parse(struct lcc_span value,
                     const struct lcc_cookie_origin *origin,
                     struct lcc_cookie *ret)
{
    struct lcc_cookie cookie = {.path = default_path(origin->path),
                                .domain = lcc_span_str(origin->host)};
    struct lifetime lifetime = {LCC_SPAN_EMPTY, LCC_SPAN_EMPTY};
    struct pair pair;
    bool named = false;

    if (value.size > LINE_MAX_BYTES) {
        return LCC_COOKIE_REFUSED;
    }
    while (next_pair(&value, &pair)) {
        bool good = fits(&pair);

        if (good && pair.name.size) {
            good = named ? take_attribute(&pair, origin, &lifetime, &cookie)
                         : take_name(&pair, &cookie);
            named = true;
        }
        if (!good) {
            return LCC_COOKIE_REFUSED;
        }
    }
    if (!named || !take_lifetime(&lifetime, origin, &cookie)) {
        return LCC_COOKIE_REFUSED;
    }
    *ret = cookie;
    return 0;
}

static const char *truth(bool yes)
{
    return yes ? "TRUE" : "FALSE";
}

int lcc_cookie_print(const struct lcc_cookie *cookie, struct lcc_buf *out)
{
    int r = lcc_buf_printf(
        out, "%s%s%.*s\t%s\t%.*s\t%s\t%lld\t%.*s\t%.*s",
        cookie->http_only ? "#HttpOnly_" : "", cookie->tail_match ? "." : "",
        (int)cookie->domain.size, (const char *)cookie->domain.data,
        truth(cookie->tail_match), (int)cookie->path.size,
        (const char *)cookie->path.data, truth(cookie->secure),
        (long long)cookie->expires_s, (int)cookie->name.size,
        (const char *)cookie->name.data, (int)cookie->value.size,
        cookie->value.size ? (const char *)cookie->value.data : "");

    return r ? r : lcc_buf_put_u8(out, 0);
}
