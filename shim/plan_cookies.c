/*
 * plan_cookies.c - the cookies that would be sent
 *
 * Owns asking libcurl's cookie engine (CURLINFO_COOKIELIST) and matching what
 * it lists to a host, a path and a scheme. Where in doubt a cookie counts: one
 * too many costs a hit, one too few would serve somebody else's answer.
 *
 * libcurl reads every COOKIEFILE at the start of each transfer (lib/transfer.c
 * Curl_pretransfer), so they are read here just as often: a hit then leaves
 * the engine as a transfer would have. A cookie without a domain is sent, but
 * never listed; who may have one stays out.
 */
#include "shim/plan_parts.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <strings.h>

#include "store/clock.h"

enum {
    COOKIE_FIELDS = 7, /* of a Netscape line: domain .. value */
    FIELD_DOMAIN = 0,
    FIELD_TAILMATCH,
    FIELD_PATH,
    FIELD_SECURE,
    FIELD_EXPIRES,
    FIELD_NAME,
    FIELD_VALUE,
};

struct cookie {
    struct lcc_span field[COOKIE_FIELDS];
};

struct jar {
    struct cookie *list;
    size_t count;
    size_t capacity;
};

static void jar_done(struct jar *jar)
{
    free(jar->list);
}

/* A file loaded into a shared jar held a cookie without a domain: every user
 * of a share may send it. */
static atomic_bool shared_jar_hides;

static bool begins_nocase(struct lcc_span text, const char *with)
{
    size_t size = strlen(with);

    return text.size >= size && !strncasecmp(text.data, with, size);
}

/* Is there a Domain among the attributes of a Set-Cookie line? */
static bool names_domain(struct lcc_span line)
{
    static const char what[] = "domain";
    const char *text = memchr(line.data, ';', line.size);
    const char *end = (const char *)line.data + line.size;

    for (; text && end - text >= (ptrdiff_t)sizeof(what) - 1; text++) {
        if (!strncasecmp(text, what, sizeof(what) - 1)) {
            return true;
        }
    }
    return false;
}

/* One line off the front, without its end. */
static bool next_line(struct lcc_span *rest, struct lcc_span *ret)
{
    const char *end;
    size_t size;

    if (!rest->size) {
        return false;
    }
    end = memchr(rest->data, '\n', rest->size);
    size = end ? (size_t)(end - (const char *)rest->data) : rest->size;
    *ret = lcc_span_of(rest->data, size);
    size += end != NULL;
    *rest = lcc_span_of((const char *)rest->data + size, rest->size - size);
    return true;
}

/* "Set-Cookie: a=b" in a file, with nothing that says whose it is. */
static bool hides_cookies(struct lcc_span file)
{
    struct lcc_span line;

    while (next_line(&file, &line)) {
        if (begins_nocase(line, "Set-Cookie:") && !names_domain(line)) {
            return true;
        }
    }
    return false;
}

static int check_file(const char *path)
{
    struct lcc_buf file LCC_CLEANUP(lcc_buf_done) =
        LCC_BUF_INIT(LCC_PLAN_FILE_MAX);
    int r = lcc_plan_read_file(path, &file);

    switch (r) {
    case 0:
        return hides_cookies(lcc_buf_span(&file)) ? LCC_REASON_COOKIES : 0;
    case -ENOENT:
        return 0; /* no file, no cookies, to libcurl as well */
    case -ENOMEM:
        return r;
    default:
        return LCC_REASON_COOKIES;
    }
}

/* Every file of the row, one a line; "" only switches the engine on. */
static int check_files(const char *files)
{
    struct lcc_span rest = lcc_span_str(files);
    struct lcc_span line;
    int r = 0;

    while (r == 0 && next_line(&rest, &line)) {
        char *path LCC_CLEANUP(lcc_plan_text_free) =
            strndup(line.data ? line.data : "", line.size);

        if (!path) {
            return -ENOMEM;
        }
        r = path[0] ? check_file(path) : 0;
    }
    return r;
}

static int reload(const struct lcc_plan_work *work)
{
    CURL *curl = work->handle->curl;
    long verbose = lcc_shadow_long(work->shadow, LCC_OPT_VERBOSE);
    CURLcode code;

    /* What libcurl says about a file it says again in the transfer. */
    if (verbose) {
        work->real->easy_setopt(curl, CURLOPT_VERBOSE, 0L);
    }
    code = work->real->easy_setopt(curl, CURLOPT_COOKIELIST, "RELOAD");
    if (verbose) {
        work->real->easy_setopt(curl, CURLOPT_VERBOSE, verbose);
    }
    return code == CURLE_OK ? 0 : LCC_REASON_COOKIES;
}

int lcc_plan_cookies_load(const struct lcc_plan_work *work)
{
    const struct lcc_shadow *shadow = work->shadow;
    const char *files = lcc_shadow_string(shadow, LCC_OPT_COOKIEFILE);
    bool shared = lcc_shadow_pointer(shadow, LCC_OPT_SHARE) != NULL;
    int r;

    if (shadow->cookies_stdin || shadow->cookies_hidden ||
        (shared && atomic_load(&shared_jar_hides))) {
        return LCC_REASON_COOKIES;
    }
    if (!files || !files[0]) {
        return 0;
    }
    r = check_files(files);
    if (r != 0) {
        if (r > 0 && shared) {
            atomic_store(&shared_jar_hides, true);
        }
        return r;
    }
    return reload(work);
}

/* --- matching ------------------------------------------------------------ */

static bool read_cookie(const char *line, struct cookie *ret)
{
    static const char http_only[] = "#HttpOnly_";

    if (!strncmp(line, http_only, sizeof(http_only) - 1)) {
        line += sizeof(http_only) - 1;
    }
    for (int i = 0; i < COOKIE_FIELDS; i++) {
        size_t size = i < FIELD_VALUE ? strcspn(line, "\t") : strlen(line);

        ret->field[i] = lcc_span_of(line, size);
        line += size;
        if (i < FIELD_VALUE) {
            if (!*line) {
                return false;
            }
            line++;
        }
    }
    return true;
}

static bool is_true(struct lcc_span text)
{
    return lcc_span_equal_nocase(text, lcc_span_str("TRUE"));
}

/* Without the dot that says "and below" or, at the end, "the whole name":
 * versions of libcurl differ in when they drop the latter. */
static struct lcc_span without_dots(struct lcc_span name)
{
    const char *text = name.data;

    if (name.size && text[0] == '.') {
        name = lcc_span_of(++text, name.size - 1);
    }
    if (name.size && text[name.size - 1] == '.') {
        name.size--;
    }
    return name;
}

/* The same host; or, with tail match and unless it is an address, below it. */
static bool host_matches(const struct cookie *cookie, struct lcc_span host,
                         bool numeric)
{
    struct lcc_span domain = without_dots(cookie->field[FIELD_DOMAIN]);
    const char *tail;

    if (lcc_span_equal_nocase(domain, host)) {
        return true;
    }
    if (numeric || !is_true(cookie->field[FIELD_TAILMATCH]) ||
        host.size <= domain.size) {
        return false;
    }
    tail = (const char *)host.data + host.size - domain.size;
    return tail[-1] == '.' &&
           lcc_span_equal_nocase(domain, lcc_span_of(tail, domain.size));
}

/* RFC 6265, section 5.1.4, with the slash at the end left out. */
static bool path_matches(struct lcc_span cookie, const char *path)
{
    const char *text = cookie.data;
    size_t size = cookie.size;

    if (!size || text[0] != '/') {
        return true; /* libcurl takes it for "/" */
    }
    size -= text[size - 1] == '/';
    return !strncmp(text, path, size) &&
           (path[size] == '/' || path[size] == '\0');
}

static bool has_expired(struct lcc_span when, int64_t now_s)
{
    int64_t expires = 0;
    const char *digits = when.data;

    for (size_t i = 0; i < when.size; i++) {
        if (digits[i] < '0' || digits[i] > '9' || expires > INT64_MAX / 16) {
            return false;
        }
        expires = expires * 10 + (digits[i] - '0');
    }
    return expires && expires < now_s;
}

/* Where libcurl sends a cookie that is marked secure. */
static bool is_secure_context(const struct lcc_plan_target *target,
                              struct lcc_span host)
{
    return target->https ||
           lcc_span_equal_nocase(host, lcc_span_str("localhost")) ||
           lcc_span_equal(host, lcc_span_str("127.0.0.1")) ||
           lcc_span_equal(host, lcc_span_str("::1"));
}

static bool sends_to(const struct cookie *cookie,
                     const struct lcc_plan_target *target, const char *name,
                     bool numeric)
{
    struct lcc_span host = without_dots(lcc_span_str(name));

    return host_matches(cookie, host, numeric) &&
           (!is_true(cookie->field[FIELD_SECURE]) ||
            is_secure_context(target, host)) &&
           path_matches(cookie->field[FIELD_PATH], target->path);
}

static int jar_add(struct jar *jar, const struct cookie *cookie)
{
    if (jar->count == jar->capacity) {
        size_t capacity = jar->capacity ? 2 * jar->capacity : 16;
        struct cookie *list = realloc(jar->list, capacity * sizeof(*list));

        if (!list) {
            return -ENOMEM;
        }
        jar->list = list;
        jar->capacity = capacity;
    }
    jar->list[jar->count++] = *cookie;
    return 0;
}

static int compare(struct lcc_span a, struct lcc_span b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.data, b.data, size) : 0;

    return order ? order : (a.size > b.size) - (a.size < b.size);
}

/* Longest path first, as libcurl sends them; then by bytes, so that the order
 * in which a jar was filled does not matter. */
static int by_path_and_name(const void *one, const void *other)
{
    const struct cookie *a = one;
    const struct cookie *b = other;
    size_t path_a = a->field[FIELD_PATH].size;
    size_t path_b = b->field[FIELD_PATH].size;
    int order;

    if (path_a != path_b) {
        return path_a < path_b ? 1 : -1;
    }
    order = compare(a->field[FIELD_NAME], b->field[FIELD_NAME]);
    return order ? order
                 : compare(a->field[FIELD_VALUE], b->field[FIELD_VALUE]);
}

static int collect(const struct lcc_plan_work *work,
                   const struct lcc_plan_target *target,
                   const struct curl_slist *list, struct jar *jar)
{
    int64_t now_s = lcc_clock_now_s();
    const char *sent = work->parts->sent_host;
    int r = 0;

    for (size_t n = 0; list && r == 0; list = list->next, n++) {
        struct cookie cookie;

        if (n == LCC_PLAN_COOKIES_MAX || !read_cookie(list->data, &cookie)) {
            return LCC_REASON_COOKIES;
        }
        if (has_expired(cookie.field[FIELD_EXPIRES], now_s)) {
            continue;
        }
        if (sends_to(&cookie, target, target->host, target->numeric) ||
            (sent && sends_to(&cookie, target, sent, false))) {
            r = jar_add(jar, &cookie);
        }
    }
    return r;
}

static int put_pairs(struct jar *jar, struct lcc_buf *out)
{
    size_t begin = out->size;
    int r = 0;

    if (jar->count) {
        qsort(jar->list, jar->count, sizeof(*jar->list), by_path_and_name);
    }
    for (size_t i = 0; i < jar->count && r == 0; i++) {
        const struct lcc_span *field = jar->list[i].field;

        r = out->size > begin ? lcc_buf_append_str(out, "; ") : 0;
        if (r == 0) {
            r = lcc_buf_append(out, field[FIELD_NAME]);
        }
        if (r == 0) {
            r = lcc_buf_append_str(out, "=");
        }
        if (r == 0) {
            r = lcc_buf_append(out, field[FIELD_VALUE]);
        }
    }
    return r == -EFBIG ? LCC_REASON_COOKIES : r;
}

int lcc_plan_cookies(const struct lcc_plan_work *work,
                     const struct lcc_plan_target *target, struct lcc_buf *out)
{
    struct jar jar LCC_CLEANUP(jar_done) = {0};
    struct curl_slist *list = NULL;
    int r;

    if (!lcc_shadow_takes_cookies(work->shadow)) {
        return 0;
    }
    if (work->real->easy_getinfo(work->handle->curl, CURLINFO_COOKIELIST,
                                 &list) != CURLE_OK) {
        return LCC_REASON_COOKIES;
    }
    if (!list) {
        return 0;
    }
    r = collect(work, target, list, &jar);
    if (r == 0) {
        r = put_pairs(&jar, out);
    }
    work->real->slist_free_all(list);
    return r;
}
