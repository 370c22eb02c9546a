/*
 * scheme.c - reading no more of a URL than its scheme
 */
#include "shim/scheme.h"

#include "store/http_uri.h"

#include <string.h>
#include <strings.h>

static bool is_http(const char *scheme, size_t size)
{
    return (size == 4 && strncasecmp(scheme, "http", size) == 0) ||
           (size == 5 && strncasecmp(scheme, "https", size) == 0);
}

/* libcurl's guesses where there is no scheme (CURLOPT_URL manual page). */
static bool guessed_http(const char *url)
{
    static const char *const others[] = {"ftp.",  "dict.", "ldap.",
                                         "imap.", "smtp.", "pop3."};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(others); i++) {
        if (strncasecmp(url, others[i], strlen(others[i])) == 0) {
            return false;
        }
    }
    return true;
}

/* Length of the scheme, as libcurl sees one where it may guess: "data:80" is a
 * host and a port, "data:/" has a scheme. 0 when there is none. */
static size_t scheme_size(const char *url)
{
    size_t size = strspn(url, "abcdefghijklmnopqrstuvwxyz"
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return url[size] == ':' && url[size + 1] == '/' ? size : 0;
}

static bool text_is_http(const struct lcc_handle *handle, const char *url)
{
    size_t size;
    const char *dflt;

    /* How nearly every URL begins. */
    if (strncasecmp(url, "http://", 7) == 0 ||
        strncasecmp(url, "https://", 8) == 0) {
        return true;
    }
    size = scheme_size(url);
    if (size) {
        return is_http(url, size);
    }
    dflt = lcc_shadow_string(&handle->shadow, LCC_OPT_DEFAULT_PROTOCOL);
    return dflt ? is_http(dflt, strlen(dflt)) : guessed_http(url);
}

static bool object_is_http(const struct lcc_handle *handle, CURLU *object)
{
    char *scheme = NULL;
    bool http;

    /* Without a scheme of its own libcurl takes the default: http. */
    if (handle->real->url_get(object, CURLUPART_SCHEME, &scheme,
                              CURLU_DEFAULT_SCHEME)) {
        return false;
    }
    http = is_http(scheme, strlen(scheme));
    handle->real->free(scheme);
    return http;
}

bool lcc_scheme_has_url(const struct lcc_handle *handle)
{
    return lcc_shadow_pointer(&handle->shadow, LCC_OPT_CURLU) ||
           lcc_shadow_string(&handle->shadow, LCC_OPT_URL);
}

bool lcc_scheme_is_http(const struct lcc_handle *handle)
{
    CURLU *object = lcc_shadow_pointer(&handle->shadow, LCC_OPT_CURLU);
    const char *url = lcc_shadow_string(&handle->shadow, LCC_OPT_URL);

    /* The object wins where both are set. */
    if (object) {
        return object_is_http(handle, object);
    }
    return url && *url && text_is_http(handle, url);
}

struct lcc_span lcc_scheme_origin(struct lcc_span url)
{
    struct lcc_span authority = lcc_uri_authority(url);
    const char *start = url.data;
    const char *end = (const char *)authority.data + authority.size;

    return lcc_span_of(start, (size_t)(end - start));
}
