/*
 * plan_scope.c - who answers, how far it is trusted, and which login is sent
 *
 * Owns every option that no other part of the plan reads by name: each whose
 * value differs from libcurl's default goes into the key, so that an option
 * which somebody adds to the table counts from its first day. Also owns the
 * logins and the environment variables that libcurl and its TLS library read.
 */
#include "shim/plan_parts.h"
#include "shim/transfer.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Logins that come from the session and not from an option: a ticket cache,
 * winbind. */
#define AMBIENT_LOGINS (CURLAUTH_NEGOTIATE | CURLAUTH_NTLM_WB)
#define CONNECTION_LOGINS (AMBIENT_LOGINS | CURLAUTH_NTLM)

/* A row that another part reads by name. */
static bool is_read_elsewhere(enum lcc_option_row row)
{
    switch ((int)row) {
    case LCC_OPT_URL:
    case LCC_OPT_CURLU:
    case LCC_OPT_DEFAULT_PROTOCOL:
    case LCC_OPT_HTTPGET:
    case LCC_OPT_NOBODY:
    case LCC_OPT_POST:
    case LCC_OPT_UPLOAD:
    case LCC_OPT_PUT:
    case LCC_OPT_CUSTOMREQUEST:
    case LCC_OPT_POSTFIELDS:
    case LCC_OPT_COPYPOSTFIELDS:
    case LCC_OPT_POSTFIELDSIZE:
    case LCC_OPT_POSTFIELDSIZE_LARGE:
    case LCC_OPT_HTTPPOST:
    case LCC_OPT_MIMEPOST:
    case LCC_OPT_READFUNCTION:
    case LCC_OPT_READDATA:
    case LCC_OPT_TIMECONDITION:
    case LCC_OPT_TIMEVALUE:
    case LCC_OPT_TIMEVALUE_LARGE:
    case LCC_OPT_HTTPHEADER:
    case LCC_OPT_USERAGENT:
    case LCC_OPT_REFERER:
    case LCC_OPT_ACCEPT_ENCODING:
    case LCC_OPT_RANGE:
    case LCC_OPT_RESUME_FROM:
    case LCC_OPT_RESUME_FROM_LARGE:
    case LCC_OPT_USERPWD:
    case LCC_OPT_USERNAME:
    case LCC_OPT_PASSWORD:
    case LCC_OPT_HTTPAUTH:
    case LCC_OPT_NETRC_FILE:
    case LCC_OPT_COOKIEFILE:
    case LCC_OPT_COOKIEJAR:
    case LCC_OPT_COOKIELIST:
    case LCC_OPT_COOKIESESSION:
    case LCC_OPT_SHARE:
    case LCC_OPT_HSTS:
    case LCC_OPT_HSTS_CTRL:
        return true;
    default:
        return false;
    }
}

/* The next row at or after @from that the program has set, or the end of the
 * table: few of three hundred are, and this runs for every new plan. */
static enum lcc_option_row next_set(const struct lcc_shadow *shadow,
                                    unsigned int from)
{
    const bool *found = memchr(shadow->set + from, true, LCC_OPT_MAX_ - from);

    return found ? (enum lcc_option_row)(found - shadow->set) : LCC_OPT_MAX_;
}

#define FOR_EACH_SET(shadow, row)                                              \
    for (enum lcc_option_row row = next_set(shadow, 0); row < LCC_OPT_MAX_;    \
         row = next_set(shadow, row + 1))

int lcc_plan_refuse(struct lcc_plan_work *work)
{
    const struct lcc_shadow *shadow = work->shadow;

    if (shadow->unknown) {
        return LCC_REASON_OPTION;
    }
    FOR_EACH_SET(shadow, row)
    {
        if (lcc_option_at(row)->class_ == LCC_OPTION_REFUSE &&
            lcc_shadow_differs(shadow, row)) {
            return LCC_REASON_OPTION;
        }
    }
    /* libcurl judges the answer to the other time conditions by itself. */
    if (lcc_shadow_long(shadow, LCC_OPT_TIMECONDITION) &&
        lcc_shadow_long(shadow, LCC_OPT_TIMECONDITION) !=
            CURL_TIMECOND_IFMODSINCE) {
        return LCC_REASON_CONDITIONAL;
    }
    /* plan_url.c cannot tell lcc_plan_follow() to leave dot segments. */
    if (work->plan->follow && lcc_shadow_long(shadow, LCC_OPT_PATH_AS_IS)) {
        return LCC_REASON_OPTION;
    }
    return 0;
}

static int put_text(struct lcc_buf *out, const char *text)
{
    int r = lcc_buf_put_u8(out, text != NULL);

    return r < 0 ? r : lcc_buf_put_span(out, lcc_span_str(text));
}

/* The user's name, from the option or from the URL; NULL when there is none. */
static const char *user_of(const struct lcc_plan_work *work)
{
    const char *user = lcc_shadow_string(work->shadow, LCC_OPT_USERNAME);

    return user ? user : work->parts->target.user;
}

/* Would libcurl try to log in at all (lib/http.c asks the same)? */
static bool has_login(const struct lcc_plan_work *work)
{
    const struct lcc_shadow *shadow = work->shadow;

    return user_of(work) || lcc_shadow_string(shadow, LCC_OPT_PASSWORD) ||
           work->parts->target.password ||
           lcc_shadow_string(shadow, LCC_OPT_XOAUTH2_BEARER) ||
           lcc_shadow_long(shadow, LCC_OPT_NETRC) != CURL_NETRC_IGNORED;
}

/* May who is logged in be a matter of something that no option says? */
static bool is_ambient(const struct lcc_plan_work *work)
{
    unsigned long want =
        (unsigned long)lcc_shadow_long(work->shadow, LCC_OPT_HTTPAUTH) &
        ~CURLAUTH_ONLY;
    const char *user = user_of(work);

    if (!(want & CONNECTION_LOGINS)) {
        return false;
    }
    if (user && user[0]) {
        return !(want & ~AMBIENT_LOGINS);
    }
    return user || !(want & ~CONNECTION_LOGINS);
}

static bool is_proxy_ambient(const struct lcc_shadow *shadow)
{
    unsigned long want =
        (unsigned long)lcc_shadow_long(shadow, LCC_OPT_PROXYAUTH);
    const char *user = lcc_shadow_string(shadow, LCC_OPT_PROXYUSERNAME);

    return user && !user[0] && (want & CONNECTION_LOGINS);
}

/* Who knows how to log in is not asked for it first: what is told differs by
 * that answer. */
static int put_picked(struct lcc_plan_work *work, enum lcc_login which)
{
    const unsigned long picked = lcc_catch_up_picked(work->handle, which);
    int r;

    if (!picked) {
        return 0;
    }
    r = lcc_buf_put_u16(&work->parts->key, LCC_TAG_PICKED);
    if (r == 0) {
        r = lcc_buf_put_u8(&work->parts->key, (uint8_t)which);
    }
    return r == 0 ? lcc_buf_put_u64(&work->parts->key, picked) : r;
}

int lcc_plan_login(struct lcc_plan_work *work)
{
    const struct lcc_shadow *shadow = work->shadow;
    struct lcc_buf *key = &work->parts->key;
    int r;

    if (is_ambient(work) || is_proxy_ambient(shadow)) {
        return LCC_REASON_AUTH;
    }
    r = put_picked(work, LCC_LOGIN_PROXY);
    if (r || !has_login(work)) {
        return r;
    }
    r = lcc_buf_put_u16(key, LCC_TAG_LOGIN);
    if (r == 0) {
        r = lcc_buf_put_u64(
            key, (uint64_t)lcc_shadow_long(shadow, LCC_OPT_HTTPAUTH));
    }
    if (r == 0) {
        r = put_picked(work, LCC_LOGIN_HOST);
    }
    if (r == 0) {
        r = put_text(key, lcc_shadow_string(shadow, LCC_OPT_USERNAME));
    }
    if (r == 0) {
        r = put_text(key, lcc_shadow_string(shadow, LCC_OPT_PASSWORD));
    }
    if (r == 0) {
        r = put_text(key, work->parts->target.user);
    }
    return r == 0 ? put_text(key, work->parts->target.password) : r;
}

static int put_value(struct lcc_buf *key, const struct lcc_shadow *shadow,
                     enum lcc_option_row row)
{
    const union lcc_value *value = &shadow->value[row];

    switch (lcc_option_at(row)->kind) {
    case LCC_KIND_LONG:
        return lcc_buf_put_u64(key, (uint64_t)lcc_shadow_long(shadow, row));
    case LCC_KIND_OFF:
        return lcc_buf_put_u64(key, (uint64_t)lcc_shadow_off(shadow, row));
    case LCC_KIND_STRING:
        return put_text(key, lcc_shadow_string(shadow, row));
    case LCC_KIND_BLOB:
        return lcc_buf_put_span(key,
                                lcc_span_of(value->blob.data, value->blob.len));
    case LCC_KIND_SLIST:
        return 0; /* its lines are in the key; see lcc_plan_environment() */
    case LCC_KIND_POINTER:
    case LCC_KIND_FUNCTION:
    default:
        return LCC_REASON_OPTION; /* what it does cannot be told */
    }
}

static int put_option(struct lcc_buf *key, const struct lcc_shadow *shadow,
                      enum lcc_option_row row)
{
    int r = lcc_buf_put_u16(key, LCC_TAG_OPTION);

    if (r == 0) {
        r = lcc_buf_put_u32(key, (uint32_t)lcc_option_at(row)->number);
    }
    return r == 0 ? put_value(key, shadow, row) : r;
}

static bool is_scope(enum lcc_option_row row)
{
    enum lcc_option_class class_ = lcc_option_at(row)->class_;

    return class_ == LCC_OPTION_SCOPE ||
           (class_ == LCC_OPTION_REQUEST && !is_read_elsewhere(row));
}

static int put_resolve(struct lcc_buf *key, const struct lcc_shadow *shadow)
{
    int r;

    if (!shadow->resolve_digest) {
        return 0;
    }
    r = lcc_buf_put_u16(key, LCC_TAG_RESOLVE);
    return r == 0 ? lcc_buf_put_u64(key, shadow->resolve_digest) : r;
}

/* What libcurl looks at before it makes another request of a transfer alone. */
static bool is_of_later_requests(enum lcc_option_row row)
{
    return row == LCC_OPT_MAXREDIRS || row == LCC_OPT_UNRESTRICTED_AUTH ||
           row == LCC_OPT_AUTOREFERER || row == LCC_OPT_POSTREDIR ||
           row == LCC_OPT_REDIR_PROTOCOLS || row == LCC_OPT_REDIR_PROTOCOLS_STR;
}

/* A redirect is one, and what is asked again to log in; Basic is sent with the
 * first. */
static bool makes_later_requests(const struct lcc_plan_work *work)
{
    return work->plan->follow ||
           lcc_shadow_differs(work->shadow, LCC_OPT_HTTPAUTH) ||
           lcc_shadow_differs(work->shadow, LCC_OPT_PROXYAUTH);
}

static bool is_in_key(const struct lcc_plan_work *work, enum lcc_option_row row)
{
    return is_scope(row) && lcc_shadow_differs(work->shadow, row) &&
           (!is_of_later_requests(row) || makes_later_requests(work));
}

int lcc_plan_scope(struct lcc_plan_work *work)
{
    int r = put_resolve(&work->parts->key, work->shadow);

    FOR_EACH_SET(work->shadow, row)
    {
        if (r == 0 && is_in_key(work, row)) {
            r = put_option(&work->parts->key, work->shadow, row);
        }
    }
    return r == -EFBIG ? LCC_REASON_OPTION : r;
}

void lcc_plan_lists_find(struct lcc_plan_work *work)
{
    struct lcc_plan_parts *parts = work->parts;

    parts->lists_count = 0;
    FOR_EACH_SET(work->shadow, row)
    {
        const struct lcc_option *option = lcc_option_at(row);

        if (option->kind == LCC_KIND_SLIST && is_scope(row) &&
            row != LCC_OPT_RESOLVE && lcc_shadow_list(work->shadow, row) &&
            parts->lists_count < LCC_PLAN_LISTS_MAX) {
            parts->lists[parts->lists_count++] = row;
        }
    }
}

static int put_list(struct lcc_buf *out, const struct lcc_shadow *shadow,
                    enum lcc_option_row row)
{
    const struct curl_slist *line = lcc_shadow_list(shadow, row);
    int r = lcc_buf_put_u16(out, LCC_TAG_LIST);

    if (r == 0) {
        r = lcc_buf_put_u32(out, (uint32_t)lcc_option_at(row)->number);
    }
    for (size_t n = 0; line && r == 0; line = line->next, n++) {
        if (n == LCC_PLAN_LIST_MAX) {
            return LCC_REASON_OPTION;
        }
        r = lcc_buf_put_u8(out, 1);
        if (r == 0) {
            r = lcc_buf_put_span(out, lcc_span_str(line->data));
        }
    }
    return r == 0 ? lcc_buf_put_u8(out, 0) : r;
}

/*
 * What libcurl reads of the environment for each transfer (lib/url.c; only
 * the small http_proxy, since a web server may set the large one for a
 * stranger), and where its TLS libraries look for trust. SSLKEYLOGFILE changes
 * no answer.
 */
static const struct {
    const char *name;
    size_t size;
} variables[] = {
#define VARIABLE(name)                                                         \
    {                                                                          \
        name, sizeof(name) - 1                                                 \
    }
    VARIABLE("http_proxy"),  VARIABLE("https_proxy"),
    VARIABLE("HTTPS_PROXY"), VARIABLE("all_proxy"),
    VARIABLE("ALL_PROXY"),   VARIABLE("no_proxy"),
    VARIABLE("NO_PROXY"),    VARIABLE("SSL_CERT_FILE"),
    VARIABLE("SSL_DIR"),     VARIABLE("SSL_CERT_DIR"),
#undef VARIABLE
};

/* The table's names by their first two letters, which most others lack. */
static bool may_be_variable(const char *entry)
{
    switch (entry[0]) {
    case 'h':
        return entry[1] == 't';
    case 'H':
        return entry[1] == 'T';
    case 'a':
        return entry[1] == 'l';
    case 'A':
        return entry[1] == 'L';
    case 'n':
        return entry[1] == 'o';
    case 'N':
        return entry[1] == 'O';
    case 'S':
        return entry[1] == 'S';
    default:
        return false;
    }
}

/* One walk over the environment is cheaper than asking for each name, and it
 * happens at every transfer: a program may call setenv() between two. */
static bool find_variables(const char *found[LCC_ARRAY_SIZE(variables)])
{
    bool any = false;

    for (char **entry = environ; entry && *entry; entry++) {
        if (!may_be_variable(*entry)) {
            continue;
        }
        for (size_t i = 0; i < LCC_ARRAY_SIZE(variables); i++) {
            size_t size = variables[i].size;

            if ((*entry)[0] == variables[i].name[0] && !found[i] &&
                !strncmp(*entry, variables[i].name, size) &&
                (*entry)[size] == '=') {
                found[i] = *entry + size + 1;
                any = true;
            }
        }
    }
    return any;
}

const char *lcc_plan_variable(const char *name)
{
    size_t size = strlen(name);

    for (char **entry = environ; entry && *entry; entry++) {
        if (!strncmp(*entry, name, size) && (*entry)[size] == '=') {
            return *entry + size + 1;
        }
    }
    return NULL;
}

static int put_variables(struct lcc_buf *out)
{
    const char *found[LCC_ARRAY_SIZE(variables)] = {NULL};
    int r = 0;

    if (!find_variables(found)) {
        return 0;
    }
    for (size_t i = 0; i < LCC_ARRAY_SIZE(variables) && r == 0; i++) {
        if (!found[i]) {
            continue;
        }
        r = lcc_buf_put_u16(out, LCC_TAG_ENVIRONMENT);
        if (r == 0) {
            r = lcc_buf_put_u8(out, (uint8_t)i);
        }
        if (r == 0) {
            r = lcc_buf_put_span(out, lcc_span_str(found[i]));
        }
    }
    return r;
}

int lcc_plan_environment(const struct lcc_plan_work *work, struct lcc_buf *out)
{
    int r = put_variables(out);

    for (size_t i = 0; i < work->parts->lists_count && r == 0; i++) {
        r = put_list(out, work->shadow, work->parts->lists[i]);
    }
    return r == -EFBIG ? LCC_REASON_OPTION : r;
}
