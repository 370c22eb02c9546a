/*
 * plan_url.c - the URL that libcurl would ask for
 *
 * Owns the reading of URL, CURLU, DEFAULT_PROTOCOL, PATH_AS_IS and PORT through
 * libcurl's own URL API, so that guessed schemes, dot segments and encodings
 * are those of the library that will send them, where there are any
 * (plan_url_plain.h). User and password leave the text here and never reach
 * what is stored.
 */
#include "shim/plan_parts.h"
#include "shim/plan_url_plain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "store/http_uri.h"

enum {
    LCC_SCHEME_MAX = 40,         /* characters libcurl looks at for a scheme */
    ASCII_HOST_SINCE = 0x075800, /* CURLU_PUNYCODE, 7.88.0 */
};

void lcc_plan_target_done(struct lcc_plan_target *target)
{
    free(target->host);
    free(target->path);
    free(target->user);
    free(target->password);
    *target = (struct lcc_plan_target){0};
}

/* Does the text begin with a scheme, as libcurl sees it when it may guess:
 * "data:80" is a host and a port, "data:/" has a scheme. */
static bool has_scheme(const char *url)
{
    size_t n = strspn(url, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

    return n > 0 && n <= LCC_SCHEME_MAX && url[n] == ':' && url[n + 1] == '/';
}

static int outcome(CURLUcode code)
{
    switch ((int)code) {
    case CURLUE_OK:
        return 0;
    case CURLUE_OUT_OF_MEMORY:
        return -ENOMEM;
    default:
        return LCC_REASON_BAD_URL;
    }
}

/* A part as our own copy; *ret stays NULL when the URL has none. */
static int part(const struct lcc_real *real, CURLU *url, CURLUPart which,
                unsigned int flags, char **ret)
{
    char *text = NULL;
    char *copy;
    CURLUcode code = real->url_get(url, which, &text, flags);

    if (code != CURLUE_OK) {
        /* 7.88 leaves a copy behind when a host has no ASCII form. */
        real->free(text);
        return code == CURLUE_OUT_OF_MEMORY ? -ENOMEM : 0;
    }
    copy = strdup(text);
    real->free(text);
    if (!copy) {
        return -ENOMEM;
    }
    free(*ret);
    *ret = copy;
    return 0;
}

static bool is_ascii(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text >= 0x80) {
            return false;
        }
    }
    return true;
}

/* [::1] and [fe80::1%25eth0] lose brackets and zone. */
static void strip_brackets(char *host)
{
    size_t size = strcspn(host + 1, "]%");

    memmove(host, host + 1, size);
    host[size] = '\0';
}

static bool is_numeric(const char *host)
{
    struct in6_addr address;

    return inet_pton(AF_INET, host, &address) == 1 ||
           inet_pton(AF_INET6, host, &address) == 1;
}

/* The ASCII form of an international name. libcurl makes it by the locale and
 * cannot in "C"; it calls that a lack of memory. */
static int read_ascii_host(const struct lcc_real *real, CURLU *url, char **ret)
{
    if (real->version < ASCII_HOST_SINCE) {
        return LCC_REASON_BAD_URL;
    }
    return part(real, url, CURLUPART_HOST, CURLU_PUNYCODE, ret) < 0
               ? LCC_REASON_BAD_URL
               : 0;
}

static int read_host(const struct lcc_real *real, CURLU *url,
                     struct lcc_plan_target *target)
{
    int r = part(real, url, CURLUPART_HOST, 0, &target->host);

    if (r == 0 && target->host && !is_ascii(target->host)) {
        r = read_ascii_host(real, url, &target->host);
    }
    if (r != 0) {
        return r;
    }
    /* Without its ASCII form, cookies and HSTS cannot be matched. */
    if (!target->host || !target->host[0] || !is_ascii(target->host)) {
        return LCC_REASON_BAD_URL;
    }
    if (target->host[0] == '[') {
        strip_brackets(target->host);
    }
    target->numeric = is_numeric(target->host);
    return 0;
}

/* Fill a target from a parsed URL; the URL keeps its parts. */
static int take_apart(const struct lcc_real *real, CURLU *url,
                      struct lcc_plan_target *target)
{
    char *scheme = NULL;
    int r = part(real, url, CURLUPART_SCHEME, 0, &scheme);

    if (r < 0 || !scheme) {
        return r < 0 ? r : LCC_REASON_BAD_URL;
    }
    target->https = !strcasecmp(scheme, "https");
    r = target->https || !strcasecmp(scheme, "http") ? 0 : LCC_REASON_SCHEME;
    free(scheme);
    if (r == 0) {
        r = read_host(real, url, target);
    }
    if (r == 0) {
        r = part(real, url, CURLUPART_PATH, CURLU_URLENCODE, &target->path);
    }
    if (r == 0) {
        r = part(real, url, CURLUPART_USER, 0, &target->user);
    }
    if (r == 0) {
        r = part(real, url, CURLUPART_PASSWORD, 0, &target->password);
    }
    return r == 0 && !target->path ? LCC_REASON_BAD_URL : r;
}

/* The text of URL, with DEFAULT_PROTOCOL before it where libcurl puts it. */
static int url_text(const struct lcc_shadow *shadow, struct lcc_buf *out)
{
    const char *text = lcc_shadow_string(shadow, LCC_OPT_URL);
    const char *scheme = lcc_shadow_string(shadow, LCC_OPT_DEFAULT_PROTOCOL);
    int r = 0;

    if (!text) {
        return LCC_REASON_BAD_URL;
    }
    if (scheme && !has_scheme(text)) {
        r = lcc_buf_printf(out, "%s://", scheme);
    }
    if (r == 0) {
        r = lcc_buf_append(out, lcc_span_of(text, strlen(text) + 1));
    }
    return r == -EFBIG ? LCC_REASON_BAD_URL : r;
}

static int parse_text(const struct lcc_plan_work *work, CURLU *url)
{
    const struct lcc_shadow *shadow = work->shadow;
    struct lcc_buf text LCC_CLEANUP(lcc_buf_done) = LCC_BUF_INIT(LCC_URI_MAX);
    unsigned int flags = CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME;
    int r = url_text(shadow, &text);

    if (r != 0) {
        return r;
    }
    if (lcc_shadow_long(shadow, LCC_OPT_DISALLOW_USERNAME_IN_URL)) {
        flags |= CURLU_DISALLOW_USER;
    }
    if (lcc_shadow_long(shadow, LCC_OPT_PATH_AS_IS)) {
        flags |= CURLU_PATH_AS_IS;
    }
    return outcome(work->real->url_set(url, CURLUPART_URL,
                                       (const char *)text.data, flags));
}

/* What is asked for, without what is nobody else's business: login and
 * fragment are gone, the port is the one that is connected to. */
static int set_port_and_strip(const struct lcc_plan_work *work, CURLU *url)
{
    static const CURLUPart gone[] = {CURLUPART_USER, CURLUPART_PASSWORD,
                                     CURLUPART_OPTIONS, CURLUPART_FRAGMENT};
    long port = lcc_shadow_long(work->shadow, LCC_OPT_PORT);
    char digits[24];
    int r = 0;

    for (size_t i = 0; i < LCC_ARRAY_SIZE(gone) && r == 0; i++) {
        r = outcome(work->real->url_set(url, gone[i], NULL, 0));
    }
    if (r == 0 && port > 0) {
        snprintf(digits, sizeof(digits), "%ld", port);
        r = outcome(work->real->url_set(url, CURLUPART_PORT, digits, 0));
    }
    return r;
}

/* Of a URL without login and fragment. */
static int normal_forms(struct lcc_plan_work *work, struct lcc_span text)
{
    struct lcc_plan *plan = work->plan;
    int r = lcc_uri_normalise(text, &work->policy->ignore_params, &plan->url);

    if (r == 0) {
        r = lcc_uri_redact(lcc_buf_span(&plan->url),
                           &work->policy->redact_params, &plan->redacted);
    }
    if (r == -EINVAL || r == -EFBIG) {
        return LCC_REASON_BAD_URL;
    }
    if (r == 0) {
        plan->id.url = lcc_hash_keyed(work->secret, lcc_buf_span(&plan->url));
        plan->request.url = lcc_buf_span(&plan->url);
    }
    return r;
}

static int normal_forms_of(struct lcc_plan_work *work, CURLU *url)
{
    char *text LCC_CLEANUP(lcc_plan_text_free) = NULL;
    unsigned int flags =
        work->real->version < ASCII_HOST_SINCE ? 0 : CURLU_PUNYCODE;
    int r = part(work->real, url, CURLUPART_URL, flags, &text);

    if (r == 0) {
        r = text ? normal_forms(work, lcc_span_str(text)) : LCC_REASON_BAD_URL;
    }
    return r;
}

static int read_url(struct lcc_plan_work *work, CURLU *url, bool parsed)
{
    int r = parsed ? 0 : parse_text(work, url);

    if (r == 0) {
        r = take_apart(work->real, url, &work->parts->target);
    }
    if (r == 0) {
        r = set_port_and_strip(work, url);
    }
    return r == 0 ? normal_forms_of(work, url) : r;
}

static char *copy_of(struct lcc_span text)
{
    return strndup(text.data, text.size);
}

static int use_plain(struct lcc_plan_work *work, struct lcc_span text,
                     const struct lcc_plain_url *plain)
{
    struct lcc_plan_target *target = &work->parts->target;

    target->https = plain->https;
    target->numeric = plain->numeric;
    target->host = copy_of(plain->host);
    target->path = copy_of(plain->path);
    return target->host && target->path ? normal_forms(work, text) : -ENOMEM;
}

int lcc_plan_url(struct lcc_plan_work *work)
{
    const struct lcc_real *real = work->real;
    CURLU *given = lcc_shadow_pointer(work->shadow, LCC_OPT_CURLU);
    const struct lcc_span text =
        lcc_span_str(lcc_shadow_string(work->shadow, LCC_OPT_URL));
    struct lcc_plain_url plain;
    CURLU *url;
    int r;

    if (!given && lcc_shadow_long(work->shadow, LCC_OPT_PORT) <= 0 &&
        text.size < LCC_URI_MAX && lcc_plain_url_read(text, &plain)) {
        return use_plain(work, text, &plain);
    }
    url = given ? real->url_dup(given) : real->url();
    if (!url) {
        return -ENOMEM;
    }
    r = read_url(work, url, given != NULL);
    real->url_cleanup(url);
    return r;
}

int lcc_plan_target_read(const struct lcc_real *real, struct lcc_span url,
                         struct lcc_plan_target *ret)
{
    struct lcc_buf text LCC_CLEANUP(lcc_buf_done) = LCC_BUF_INIT(LCC_URI_MAX);
    CURLU *parsed;
    int r = lcc_buf_append(&text, url);

    if (r == 0) {
        r = lcc_buf_put_u8(&text, 0);
    }
    if (r < 0) {
        return r == -EFBIG ? LCC_REASON_BAD_URL : r;
    }
    parsed = real->url();
    if (!parsed) {
        return -ENOMEM;
    }
    r = outcome(real->url_set(parsed, CURLUPART_URL, (const char *)text.data,
                              CURLU_NON_SUPPORT_SCHEME | CURLU_ALLOW_SPACE));
    if (r == 0) {
        r = take_apart(real, parsed, ret);
    }
    real->url_cleanup(parsed);
    return r;
}

static int follow(const struct lcc_real *real, CURLU *url, const char *base,
                  const char *location, char **ret)
{
    CURLUcode code = real->url_set(
        url, CURLUPART_URL, base, CURLU_NON_SUPPORT_SCHEME | CURLU_ALLOW_SPACE);

    if (code == CURLUE_OK) {
        code = real->url_set(url, CURLUPART_URL, location,
                             CURLU_URLENCODE | CURLU_ALLOW_SPACE);
    }
    if (code == CURLUE_OK) {
        code = real->url_get(url, CURLUPART_URL, ret, 0);
    }
    if (code == CURLUE_OUT_OF_MEMORY) {
        return -ENOMEM;
    }
    return code == CURLUE_OK ? 0 : -EINVAL;
}

int lcc_plan_follow(const struct lcc_real *real, const char *base,
                    const char *location, char **ret)
{
    CURLU *url = real->url();
    char *to = NULL;
    int r;

    if (!url) {
        return -ENOMEM;
    }
    r = follow(real, url, base, location, &to);
    real->url_cleanup(url);
    if (r == 0) {
        *ret = to;
    }
    return r;
}
