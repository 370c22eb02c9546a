/*
 * effective_url.c - following the stored Location fields, as libcurl did
 *
 * CURLINFO_EFFECTIVE_URL(3), CURLINFO_REDIRECT_URL(3), CURLOPT_AUTOREFERER(3).
 */
#include "shim/effective_url.h"

#include <stdio.h>
#include <string.h>

static void url_cleanup(CURLU **url, const struct lcc_real *real)
{
    real->url_cleanup(*url);
    *url = NULL;
}

static char *text_of(CURLU *url, const struct lcc_real *real)
{
    char *text = NULL;

    return real->url_get(url, CURLUPART_URL, &text, 0) ? NULL : text;
}

enum {
    /* What libcurl made of a URL: it is not normalised again. */
    AS_PARSED = CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS | CURLU_ALLOW_SPACE,
};

/* The text with CURLOPT_DEFAULT_PROTOCOL in front, where it names none. The
 * parts of a CURLOPT_CURLU are taken as they are. */
static bool set_program_url(struct lcc_handle *handle, CURLU *url)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    const char *text = (const char *)handle->state->served->url.data;
    const char *scheme = lcc_shadow_string(shadow, LCC_OPT_DEFAULT_PROTOCOL);
    unsigned int flags = CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME;
    struct lcc_buf whole = LCC_BUF_INIT(SIZE_MAX);
    bool done;

    if (!handle->state->served->url_is_text) {
        return !handle->real->url_set(url, CURLUPART_URL, text, AS_PARSED);
    }
    if (lcc_shadow_long(shadow, LCC_OPT_PATH_AS_IS)) {
        flags |= CURLU_PATH_AS_IS;
    }
    if (!scheme || strstr(text, "://")) {
        return !handle->real->url_set(url, CURLUPART_URL, text, flags);
    }
    done =
        !lcc_buf_printf(&whole, "%s://%s", scheme, text) &&
        !lcc_buf_put_u8(&whole, 0) &&
        !handle->real->url_set(url, CURLUPART_URL, (char *)whole.data, flags);
    lcc_buf_done(&whole);
    return done;
}

/* The URL of the first request, as libcurl normalises it. */
static char *first_url(struct lcc_handle *handle)
{
    const struct lcc_real *real = handle->real;
    CURLU *url = real->url();
    char *text = NULL;

    if (!url) {
        return NULL;
    }
    if (set_program_url(handle, url)) {
        text = text_of(url, real);
    }
    url_cleanup(&url, real);
    return text;
}

/* PORT and a login given by option are part of the URL that a relative
 * Location is taken against; libcurl puts them there. */
static void add_options(struct lcc_handle *handle, CURLU *url)
{
    const struct lcc_shadow *shadow = &handle->shadow;
    const char *user = lcc_shadow_string(shadow, LCC_OPT_USERNAME);
    const char *password = lcc_shadow_string(shadow, LCC_OPT_PASSWORD);
    long port = lcc_shadow_long(shadow, LCC_OPT_PORT);
    char digits[24];

    if (port) {
        snprintf(digits, sizeof(digits), "%ld", port);
        handle->real->url_set(url, CURLUPART_PORT, digits, 0);
    }
    if (user) {
        handle->real->url_set(url, CURLUPART_USER, user, CURLU_URLENCODE);
    }
    if (password) {
        handle->real->url_set(url, CURLUPART_PASSWORD, password,
                              CURLU_URLENCODE);
    }
}

struct step {
    const char *base;
    bool first;         /* base is the first request's URL */
    unsigned int flags; /* how the Location is read */
};

/* Where @location leads from @step; NULL when libcurl could not read it. */
static char *step_to(struct lcc_handle *handle, const struct step *step,
                     struct lcc_span location)
{
    const struct lcc_real *real = handle->real;
    struct lcc_buf text = LCC_BUF_INIT(SIZE_MAX);
    CURLU *url = real->url();
    char *to = NULL;

    if (!url || lcc_buf_append(&text, location) || lcc_buf_put_u8(&text, 0)) {
        goto done;
    }
    if (real->url_set(url, CURLUPART_URL, step->base, AS_PARSED)) {
        goto done;
    }
    if (step->first) {
        add_options(handle, url);
    }
    if (!real->url_set(url, CURLUPART_URL, (char *)text.data, step->flags)) {
        to = text_of(url, real);
    }
done:
    real->url_cleanup(url);
    lcc_buf_done(&text);
    return to;
}

static unsigned int path_flag(struct lcc_handle *handle)
{
    return lcc_shadow_long(&handle->shadow, LCC_OPT_PATH_AS_IS)
               ? CURLU_PATH_AS_IS
               : 0;
}

/* The Location that leads away from a request of the chain; empty where it
 * was asked again, to log in. */
static struct lcc_span location_of(const struct lcc_served *served, int request)
{
    for (size_t i = 0; i < served->line_count; i++) {
        const struct lcc_line *line = &served->lines[i];
        struct lcc_span bytes = lcc_served_line(served, i);

        if (line->request == request && line->origin == CURLH_HEADER &&
            line->kind == LCC_PIECE_FIELD && line->status >= 300 &&
            line->status < 400 && lcc_line_is(bytes, "Location:") &&
            lcc_line_value(bytes).size) {
            return lcc_line_value(bytes);
        }
    }
    return LCC_SPAN_EMPTY;
}

/* One request on: *url is replaced. False: libcurl could not have read it. */
static bool go_on(struct lcc_handle *handle, int request, char **url)
{
    struct step step = {*url, request == 0,
                        CURLU_URLENCODE | CURLU_ALLOW_SPACE |
                            path_flag(handle)};
    struct lcc_span location = location_of(handle->state->served, request);
    char *next;

    if (!location.size) {
        return true;
    }
    next = step_to(handle, &step, location);
    if (!next) {
        return false;
    }
    handle->real->free(*url);
    *url = next;
    return true;
}

/* URL of a request of the chain; real->free() it. */
static char *url_of(struct lcc_handle *handle, int request)
{
    char *url = first_url(handle);

    for (int at = 0; url && at < request; at++) {
        if (!go_on(handle, at, &url)) {
            break;
        }
    }
    return url;
}

const char *lcc_told_url(struct lcc_handle *handle)
{
    struct lcc_served *served = handle->state->served;

    if (served->effective_request != served->request) {
        handle->real->free(served->effective_url);
        served->effective_url = url_of(handle, served->request);
        served->effective_request = served->request;
    }
    return served->effective_url ? served->effective_url
                                 : (const char *)served->url.data;
}

const char *lcc_effective_url(struct lcc_handle *handle)
{
    const char *newer;

    if (handle->state->served->urls_given == handle->shadow.urls_given) {
        return lcc_told_url(handle);
    }
    newer = lcc_shadow_string(&handle->shadow, LCC_OPT_URL);
    return newer ? newer : "";
}

/* An unreadable Location is given as it came. */
static char *as_it_came(struct lcc_handle *handle, struct lcc_span location)
{
    struct lcc_buf text = LCC_BUF_INIT(SIZE_MAX);
    CURLU *url = handle->real->url();
    char *copy = NULL;

    /* Memory of libcurl's own, since libcurl frees it: a fragment is kept
     * unread by the URL API. */
    if (url && !lcc_buf_append(&text, location) && !lcc_buf_put_u8(&text, 0) &&
        !handle->real->url_set(url, CURLUPART_FRAGMENT, (char *)text.data, 0)) {
        handle->real->url_get(url, CURLUPART_FRAGMENT, &copy, 0);
    }
    handle->real->url_cleanup(url);
    lcc_buf_done(&text);
    return copy;
}

const char *lcc_redirect_url(struct lcc_handle *handle)
{
    struct lcc_served *served = handle->state->served;
    struct lcc_span location;
    struct step step;

    /* Known once the response has been told: libcurl looks at the end, and not
     * where it was cut short. */
    if (served->active || served->telling.phase < LCC_TELL_LAST ||
        served->location_line == LCC_LINE_NONE ||
        lcc_shadow_long(&handle->shadow, LCC_OPT_FOLLOWLOCATION)) {
        return served->redirect_url;
    }
    if (served->redirect_made) {
        return served->redirect_url;
    }
    served->redirect_made = true;
    step = (struct step){lcc_told_url(handle), served->request == 0,
                         CURLU_NON_SUPPORT_SCHEME | CURLU_ALLOW_SPACE |
                             path_flag(handle)};
    location =
        lcc_line_value(lcc_served_line(served, (size_t)served->location_line));
    served->redirect_url = step_to(handle, &step, location);
    if (!served->redirect_url) {
        served->redirect_url = as_it_came(handle, location);
    }
    return served->redirect_url;
}

/* Without login and fragment (RFC 9110, section 10.1.3). */
static char *bare(const struct lcc_real *real, const char *text)
{
    static const CURLUPart gone[] = {CURLUPART_FRAGMENT, CURLUPART_USER,
                                     CURLUPART_PASSWORD};
    CURLU *url = real->url();
    char *to = NULL;

    if (url && !real->url_set(url, CURLUPART_URL, text, 0)) {
        for (size_t i = 0; i < LCC_ARRAY_SIZE(gone); i++) {
            real->url_set(url, gone[i], NULL, 0);
        }
        to = text_of(url, real);
    }
    real->url_cleanup(url);
    return to;
}

char *lcc_auto_referer(struct lcc_handle *handle)
{
    return bare(handle->real, lcc_effective_url(handle));
}
