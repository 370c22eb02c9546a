/*
 * test_plan_fields.c - the fields that libcurl would send
 *
 * Each row's settings go to a real libcurl too, which sends them to a listener
 * of the test: what the plan says is what arrived.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/shim/plan_support.h"

enum { REQUEST_MAX = 16 * 1024 };

/* --- a listener that keeps one request ----------------------------------- */

struct listener {
    int fd;
    int port;
    pthread_t thread;
    char request[REQUEST_MAX];
};

static void *listen_once(void *arg)
{
    static const char answer[] = "HTTP/1.1 204 No Content\r\n"
                                 "Connection: close\r\n\r\n";
    struct listener *listener = arg;
    size_t size = 0;
    int fd = accept(listener->fd, NULL, NULL);

    while (fd >= 0 && size < REQUEST_MAX - 1) {
        ssize_t got =
            read(fd, listener->request + size, REQUEST_MAX - 1 - size);

        if (got <= 0) {
            break;
        }
        size += (size_t)got;
        listener->request[size] = '\0';
        if (strstr(listener->request, "\r\n\r\n")) {
            break;
        }
    }
    if (write(fd, answer, sizeof(answer) - 1) < 0) {
        listener->request[0] = '\0';
    }
    close(fd);
    return NULL;
}

static void listener_start(struct listener *listener)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);

    memset(listener, 0, sizeof(*listener));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(listener->fd, 0);
    cr_assert_eq(bind(listener->fd, (struct sockaddr *)&address, size), 0);
    cr_assert_eq(listen(listener->fd, 1), 0);
    cr_assert_eq(getsockname(listener->fd, (struct sockaddr *)&address, &size),
                 0);
    listener->port = ntohs(address.sin_port);
    cr_assert_eq(pthread_create(&listener->thread, NULL, listen_once, listener),
                 0);
}

static void listener_stop(struct listener *listener)
{
    pthread_join(listener->thread, NULL);
    close(listener->fd);
}

/* --- what was sent against what was planned ------------------------------ */

/* Fields that the plan leaves out: the target and the login are in the key by
 * themselves, and Connection belongs to the hop. */
static bool is_left_out(struct lcc_span name)
{
    static const char *const names[] = {"Authorization", "Connection"};

    for (size_t i = 0; i < LCC_ARRAY_SIZE(names); i++) {
        if (lcc_span_equal_nocase(name, lcc_span_str(names[i]))) {
            return true;
        }
    }
    return false;
}

static void append_field(char *out, size_t size, const struct lcc_field *field)
{
    size_t used = strlen(out);

    snprintf(out + used, size - used, "%.*s: %.*s\n", (int)field->name.size,
             (const char *)field->name.data, (int)field->value.size,
             (const char *)field->value.data);
}

static void sent_fields(char *request, bool keep_host, char *out, size_t size)
{
    char *line = strstr(request, "\r\n");
    struct lcc_fields fields = LCC_FIELDS_INIT;

    out[0] = '\0';
    while (line && strncmp(line, "\r\n\r\n", 4) != 0) {
        char *end = strstr(line + 2, "\r\n");

        cr_assert_eq(
            lcc_fields_add_line(
                &fields, lcc_span_of(line + 2, (size_t)(end - line - 2))),
            0);
        line = end;
    }
    for (size_t i = 0; i < fields.count; i++) {
        if (!is_left_out(fields.list[i].name) &&
            (keep_host || !lcc_span_equal_nocase(fields.list[i].name,
                                                 lcc_span_str("Host")))) {
            append_field(out, size, &fields.list[i]);
        }
    }
    lcc_fields_done(&fields);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* libcurl puts a custom Host first and the plan in its place among the others;
 * order means nothing between fields of different names. */
static void sort_lines(char *text)
{
    char *lines[64];
    char copy[REQUEST_MAX];
    size_t count = 0;

    snprintf(copy, sizeof(copy), "%s", text);
    for (char *save, *line = strtok_r(copy, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        lines[count++] = line;
    }
    qsort(lines, count, sizeof(*lines), by_text);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        strcat(text, lines[i]);
        strcat(text, "\n");
    }
}

struct field_case {
    const char *name;
    struct setting settings[SETTINGS_MAX];
};

/* clang-format off */
static const struct field_case cases[] = {
    {"nothing set", {NUMBER(FILETIME, 0)}},
    {"USERAGENT", {TEXT(USERAGENT, "prog/1")}},
    {"empty USERAGENT", {TEXT(USERAGENT, "")}},
    {"User-Agent line wins", {TEXT(USERAGENT, "prog/1"), TEXT(HTTPHEADER, "User-Agent: other")}},
    {"User-Agent taken out", {TEXT(USERAGENT, "prog/1"), TEXT(HTTPHEADER, "User-Agent:")}},
    {"Accept line", {TEXT(HTTPHEADER, "Accept: text/html")}},
    {"Accept taken out", {TEXT(HTTPHEADER, "Accept:")}},
    {"Accept empty", {TEXT(HTTPHEADER, "Accept;")}},
    {"case of a name", {TEXT(HTTPHEADER, "aCCEPT: a/b")}},
    {"one encoding", {TEXT(ACCEPT_ENCODING, "gzip")}},
    {"all encodings", {TEXT(ACCEPT_ENCODING, "")}},
    {"Accept-Encoding line", {TEXT(ACCEPT_ENCODING, "gzip"), TEXT(HTTPHEADER, "Accept-Encoding: br")}},
    {"TRANSFER_ENCODING", {NUMBER(TRANSFER_ENCODING, 1)}},
    {"TE line", {NUMBER(TRANSFER_ENCODING, 1), TEXT(HTTPHEADER, "TE: trailers")}},
    {"REFERER", {TEXT(REFERER, "http://r/")}},
    {"Referer line", {TEXT(REFERER, "http://r/"), TEXT(HTTPHEADER, "Referer: http://s/")}},
    {"COOKIE", {TEXT(COOKIE, "a=b; c=d")}},
    {"Cookie line", {TEXT(COOKIE, "a=b"), TEXT(HTTPHEADER, "Cookie: e=f")}},
    {"engine and COOKIE", {TEXT(COOKIELIST, "127.0.0.1\tFALSE\t/\tFALSE\t0\tn\tv"), TEXT(COOKIE, "a=b")}},
    {"two paths, the longer first", {TEXT(COOKIELIST, "127.0.0.1\tFALSE\t/\tFALSE\t0\tn\tv"), TEXT(COOKIELIST, "127.0.0.1\tFALSE\t/a\tFALSE\t0\tm\tw")}},
    {"the same name on two paths", {TEXT(COOKIELIST, "127.0.0.1\tFALSE\t/a/\tFALSE\t0\tn\tv"), TEXT(COOKIELIST, "127.0.0.1\tFALSE\t/\tFALSE\t0\tn\tw")}},
    {"a line without colon", {TEXT(HTTPHEADER, "nothing|X-A: b")}},
    {"a line with a semicolon and more", {TEXT(HTTPHEADER, "X-A; b")}},
    {"a line that begins with a colon", {TEXT(HTTPHEADER, ": b")}},
    {"several of one name", {TEXT(HTTPHEADER, "X-A: b|X-A: c|X-A:|X-A;")}},
    {"blanks around a value", {TEXT(HTTPHEADER, "X-A:   b c  ")}},
    {"login", {TEXT(USERPWD, "joe:pw")}},
};
/* clang-format on */

ParameterizedTestParameters(plan_fields, the_plan_names_what_is_sent)
{
    size_t count = LCC_ARRAY_SIZE(cases);
    size_t *list = cr_malloc(count * sizeof(*list));

    for (size_t i = 0; i < count; i++) {
        list[i] = i;
    }
    return cr_make_param_array(size_t, list, count, NULL);
}

static void planned_fields(const struct lcc_plan *plan, char *out, size_t size)
{
    out[0] = '\0';
    for (size_t i = 0; i < plan->request.fields.count; i++) {
        append_field(out, size, &plan->request.fields.list[i]);
    }
}

ParameterizedTest(size_t *which, plan_fields, the_plan_names_what_is_sent)
{
    const struct field_case *c = &cases[*which];
    struct subject subject;
    struct listener listener;
    char url[64];
    char sent[REQUEST_MAX];
    char planned[REQUEST_MAX];
    struct setting where = {.option = CURLOPT_URL, .text = url};

    listener_start(&listener);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/a/b", listener.port);
    subject_init(&subject);
    subject_set(&subject, &where);
    subject_set_all(&subject, c->settings);
    cr_expect_eq(subject_plan(&subject), LCC_REASON_NONE, "%s", c->name);
    planned_fields(&subject.plan, planned, sizeof(planned));
    cr_assert_eq(curl_easy_perform(subject.handle.curl), CURLE_OK);
    listener_stop(&listener);
    sent_fields(listener.request, false, sent, sizeof(sent));
    sort_lines(sent);
    sort_lines(planned);
    cr_expect_str_eq(planned, sent, "%s:\nplanned\n%ssent\n%s", c->name,
                     planned, sent);
    subject_done(&subject);
}

Test(plan_fields, what_the_user_names_is_in_the_key)
{
    static const struct setting url = TEXT(URL, "http://example.org/");
    static const struct setting german =
        TEXT(HTTPHEADER, "Accept-Language: de");
    char name[] = "accept-LANGUAGE";
    char *names[] = {name};
    struct subject plain;
    struct subject matched;

    subject_init(&plain);
    subject_init(&matched);
    subject_set(&plain, &url);
    subject_set(&matched, &url);
    subject_set(&matched, &german);
    plain.policy.match_headers = (struct lcc_list){names, 1};
    matched.policy.match_headers = (struct lcc_list){names, 1};
    cr_assert_eq(subject_plan(&plain), LCC_REASON_NONE);
    cr_assert_eq(subject_plan(&matched), LCC_REASON_NONE);
    cr_expect_not(
        lcc_hash_equal(&plain.plan.id.request, &matched.plan.id.request));
    subject_done(&plain);
    subject_done(&matched);
}

static bool holds(const struct lcc_buf *buf, const char *text)
{
    return buf->size && memmem(buf->data, buf->size, text, strlen(text));
}

Test(plan_fields, no_secret_is_in_what_is_shown)
{
    static const struct setting settings[SETTINGS_MAX] = {
        TEXT(URL, "http://joe:sesam@example.org/a?token=t0ken&b=1#frag"),
        TEXT(PASSWORD, "passw0rd"),
        TEXT(HTTPHEADER, "X-Api-Key: k3y"),
        TEXT(COOKIE, "c=c00kie"),
        TEXT(KEYPASSWD, "keypass"),
    };
    static const char *const secrets[] = {"sesam", "joe",    "passw0rd",
                                          "k3y",   "c00kie", "keypass"};
    struct subject subject;

    subject_init(&subject);
    subject_set_all(&subject, settings);
    cr_assert_eq(subject_plan(&subject), LCC_REASON_NONE);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(secrets); i++) {
        cr_expect_not(holds(&subject.plan.url, secrets[i]), "%s", secrets[i]);
        cr_expect_not(holds(&subject.plan.redacted, secrets[i]), "%s",
                      secrets[i]);
    }
    cr_expect_not(holds(&subject.plan.redacted, "t0ken"));
    cr_expect(holds(&subject.plan.redacted, "http://example.org/a?token="));
    cr_expect(holds(&subject.plan.url, "token=t0ken"));
    subject_done(&subject);
}

Test(plan_fields, the_hash_of_the_url_can_be_computed_from_the_url)
{
    static const struct setting url =
        TEXT(URL, "HTTP://joe:pw@Example.org:80/a?b#c");
    static const char normal[] = "http://example.org/a?b";
    struct lcc_hash hash =
        lcc_hash_keyed(test_secret(), lcc_span_of(normal, sizeof(normal) - 1));
    struct subject subject;

    subject_init(&subject);
    subject_set(&subject, &url);
    cr_assert_eq(subject_plan(&subject), LCC_REASON_NONE);
    cr_expect(lcc_hash_equal(&subject.plan.id.url, &hash));
    subject_done(&subject);
}
