/*
 * set_cookie.c - from a stored Set-Cookie line to CURLOPT_COOKIELIST
 *
 * Host and path are those of the request that the line answered; they come
 * from the program's own URL and the stored Location fields.
 */
#include "shim/set_cookie.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shim/cookie_line.h"
#include "shim/effective_url.h"
#include "shim/public_suffix.h"

enum {
    COOKIES_MAX = 50, /* of one response, as libcurl takes */
    LINE_BYTES_MAX = 16 * 1024,
};

/* Host and path, in libcurl's memory. */
struct place {
    const struct lcc_real *real;
    char *scheme;
    char *host;
    char *path;
};

static void place_done(struct place *place)
{
    place->real->free(place->scheme);
    place->real->free(place->host);
    place->real->free(place->path);
}

/* "[::1]" without its brackets. */
static void unbracket(char *host)
{
    size_t size = strlen(host);

    if (size > 2 && host[0] == '[') {
        memmove(host, host + 1, size - 2);
        host[size - 2] = '\0';
    }
}

/* A name beyond ASCII reaches the engine in another form than the URL's. */
static bool is_plain(const char *host)
{
    for (; *host; host++) {
        if ((unsigned char)*host >= 0x80) {
            return false;
        }
    }
    return true;
}

static bool place_of(const struct lcc_real *real, const char *text,
                     struct place *ret)
{
    CURLU *url = real->url();
    bool good = url &&
                !real->url_set(url, CURLUPART_URL, text,
                               CURLU_PATH_AS_IS | CURLU_ALLOW_SPACE) &&
                !real->url_get(url, CURLUPART_SCHEME, &ret->scheme, 0) &&
                !real->url_get(url, CURLUPART_HOST, &ret->host, 0) &&
                !real->url_get(url, CURLUPART_PATH, &ret->path, 0);

    real->url_cleanup(url);
    if (good) {
        unbracket(ret->host);
    }
    return good && is_plain(ret->host);
}

/* A Host field of the program's own is the cookies' host. What it means after
 * a redirect depends on where that led: doubt. */
static bool has_own_host(const struct lcc_handle *handle)
{
    const struct curl_slist *field =
        lcc_shadow_list(&handle->shadow, LCC_OPT_HTTPHEADER);

    for (; field; field = field->next) {
        if (strncasecmp(field->data, "Host:", 5) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_this_machine(const char *host)
{
    return strcasecmp(host, "localhost") == 0 ||
           strcmp(host, "127.0.0.1") == 0 || strcmp(host, "::1") == 0;
}

static struct lcc_cookie_origin origin_of(const struct lcc_handle *handle,
                                          const struct place *place)
{
    return (struct lcc_cookie_origin){
        .host = place->host,
        .path = place->path,
        .secure = strcasecmp(place->scheme, "https") == 0 ||
                  is_this_machine(place->host),
        .suffix_list = lcc_suffix_used(handle->real),
        .stored_s = handle->state->served->stored_s,
    };
}

static enum lcc_suffix_answer check_domain(const struct lcc_handle *handle,
                                           const struct place *place,
                                           const struct lcc_cookie *cookie)
{
    struct lcc_buf domain = LCC_BUF_INIT(LINE_BYTES_MAX);
    enum lcc_suffix_answer answer = LCC_SUFFIX_UNKNOWN;

    if (!lcc_buf_append(&domain, cookie->domain) &&
        !lcc_buf_put_u8(&domain, 0)) {
        answer = lcc_suffix_check(handle->real, place->host,
                                  (const char *)domain.data);
    }
    lcc_buf_done(&domain);
    return answer;
}

/* Column @at of a tab-separated line. */
static struct lcc_span column(const char *line, int at)
{
    const char *end;

    while (at-- > 0 && line) {
        line = strchr(line, '\t');
        line = line ? line + 1 : NULL;
    }
    if (!line) {
        return LCC_SPAN_EMPTY;
    }
    end = strchr(line, '\t');
    return lcc_span_of(line, end ? (size_t)(end - line) : strlen(line));
}

/* Would it hide a secure cookie that is there? From an insecure origin that
 * is refused (RFC 6265bis, section 5.6); COOKIELIST would allow it. */
static bool hides_secure(const struct lcc_handle *handle,
                         const struct lcc_cookie *cookie)
{
    struct curl_slist *list = NULL;
    bool hides = false;

    handle->real->easy_getinfo(handle->curl, CURLINFO_COOKIELIST, &list);
    for (struct curl_slist *at = list; at && !hides; at = at->next) {
        hides = lcc_span_equal_nocase(column(at->data, 5), cookie->name) &&
                lcc_span_equal(column(at->data, 3), lcc_span_str("TRUE"));
    }
    handle->real->slist_free_all(list);
    return hides;
}

static void give(struct lcc_handle *handle, const struct lcc_cookie *cookie)
{
    struct lcc_buf line = LCC_BUF_INIT(LINE_BYTES_MAX);

    if (!lcc_cookie_print(cookie, &line)) {
        handle->real->easy_setopt(handle->curl, CURLOPT_COOKIELIST,
                                  (const char *)line.data);
        handle->state->served->cookies++;
    }
    lcc_buf_done(&line);
}

static bool is_set_cookie(const struct lcc_served *served, size_t index)
{
    return served->lines[index].kind == LCC_PIECE_FIELD &&
           served->lines[index].origin != CURLH_CONNECT &&
           served->lines[index].mark == LCC_MARK_COOKIE;
}

static void take(struct lcc_handle *handle, const struct place *place,
                 struct lcc_span value)
{
    struct lcc_cookie_origin origin = origin_of(handle, place);
    struct lcc_cookie cookie;

    if (lcc_cookie_parse(value, &origin, &cookie) ||
        check_domain(handle, place, &cookie) != LCC_SUFFIX_ALLOWED) {
        return;
    }
    if (!origin.secure && !cookie.secure && hides_secure(handle, &cookie)) {
        return;
    }
    give(handle, &cookie);
}

void lcc_set_cookie(struct lcc_handle *handle, size_t index)
{
    struct lcc_served *served = handle->state->served;
    struct place place = {.real = handle->real};

    if (!lcc_shadow_takes_cookies(&handle->shadow) ||
        !is_set_cookie(served, index) || served->cookies >= COOKIES_MAX ||
        has_own_host(handle)) {
        return;
    }
    if (place_of(handle->real, lcc_told_url(handle), &place)) {
        take(handle, &place, lcc_line_value(lcc_served_line(served, index)));
    }
    place_done(&place);
}

/* Only a Domain beside the host's own needs the list. */
static bool may_name_domain(struct lcc_span line)
{
    const char *at = line.data;

    for (size_t i = 0; i + 6 <= line.size; i++) {
        if (strncasecmp(at + i, "domain", 6) == 0) {
            return true;
        }
    }
    return false;
}

bool lcc_set_cookie_sure(struct lcc_handle *handle)
{
    const struct lcc_served *served = handle->state->served;

    if (!(served->marks & 1U << LCC_MARK_COOKIE) ||
        !lcc_shadow_takes_cookies(&handle->shadow)) {
        return true;
    }
    for (size_t i = 0; i < served->line_count; i++) {
        if (!is_set_cookie(served, i)) {
            continue;
        }
        if (has_own_host(handle) ||
            (may_name_domain(lcc_served_line(served, i)) &&
             lcc_suffix_check(handle->real, "a.example", "example") ==
                 LCC_SUFFIX_UNKNOWN)) {
            return false;
        }
    }
    return true;
}
