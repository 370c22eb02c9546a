/*
 * What an unsafe method drops along a chain of redirects (RFC 9111, 4.4), and
 * what a fetched response says of itself meanwhile (RFC 9211).
 */
#include <criterion/criterion.h>

#include "shim/transfer.h"
#include "tests/shim/fake_process.h"
#include "tests/shim/program.h"
#include "tests/support/cases.h"

#define PAGE "http://origin.test/page"
#define OTHER "http://origin.test/other"
#define ELSE "http://else.test/page"
#define SENT "http://origin.test/form"

static struct program program;

static void begin(void)
{
    process_begin();
    memset(&program, 0, sizeof(program));
    program_attach(&program, fake_handle_new(PAGE));
}

static void end(void)
{
    fake_handle_free(program.handle);
    process_end();
}

TestSuite(invalidate, .init = begin, .fini = end);

static const struct fake_step page[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "page", 0},
    {FAKE_END, NULL, 0},
};

static const char *const stored[] = {PAGE, OTHER, ELSE, SENT};

static void store_all(void)
{
    fake_setopt_long(program.handle, CURLOPT_FOLLOWLOCATION, 1);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(stored); i++) {
        fake_setopt_string(program.handle, CURLOPT_URL, stored[i]);
        cr_assert_eq(program_perform(&program, page), CURLE_OK);
    }
    cr_assert_eq(process_stored(), LCC_ARRAY_SIZE(stored));
}

static bool is_stored(const char *url)
{
    CURLcode code;

    process_settings()->policy.mode = LCC_MODE_OFFLINE;
    fake_setopt_string(program.handle, CURLOPT_URL, url);
    code = program_perform(&program, page);
    process_settings()->policy.mode = LCC_MODE_NORMAL;
    return code == CURLE_OK;
}

/* --- chains -------------------------------------------------------------- */

#define HOP(status, location)                                                  \
    {FAKE_HEADER, "HTTP/1.1 " status " x\r\n", 0},                             \
        {FAKE_HEADER, "Location: " location "\r\n", 0},                        \
        {FAKE_HEADER, "\r\n", 0},                                              \
    {                                                                          \
        FAKE_URL, location, 0                                                  \
    }
#define LAST(status, fields)                                                   \
    {FAKE_HEADER, "HTTP/1.1 " status " x\r\n", 0},                             \
        {FAKE_HEADER, fields "\r\n", 0}, {FAKE_HEADER, "\r\n", 0},             \
        {FAKE_BODY, "done", 0},                                                \
    {                                                                          \
        FAKE_END, NULL, 0                                                      \
    }

struct chain {
    const char *name;
    const char *method; /* NULL: POST */
    long keep;          /* POSTREDIR */
    const char *left;   /* one letter for each of `stored`: kept, dropped */
    struct fake_step script[16];
};

/* clang-format off */
static const struct chain chains[] = {
    {"the URL itself", NULL, 0, "kkkd", {LAST("200", "X: y")}},
    {"an error drops nothing", NULL, 0, "kkkk", {LAST("404", "Location: " PAGE)}},
    {"Location of the same origin", NULL, 0, "dkkd", {LAST("201", "Location: /page")}},
    {"Location of another origin", NULL, 0, "kkkd", {LAST("201", "Location: " ELSE)}},
    {"Content-Location of the same origin", NULL, 0, "kdkd", {LAST("200", "Content-Location: other")}},
    {"a 303: its Location is named", NULL, 0, "dkkd", {HOP("303", PAGE), LAST("200", "X: y")}},
    {"a 303 elsewhere: a GET went there", NULL, 0, "kkkd", {HOP("303", ELSE), LAST("200", "X: y")}},
    {"what the GET's answer names is left alone", NULL, 0, "dkkd", {HOP("303", PAGE), LAST("200", "Content-Location: /other")}},
    {"a 302 elsewhere", NULL, 0, "kkkd", {HOP("302", ELSE), LAST("200", "X: y")}},
    {"a 302 elsewhere, kept as POST", NULL, CURL_REDIR_POST_302, "kkdd", {HOP("302", ELSE), LAST("200", "X: y")}},
    {"a 307 elsewhere: the method went there", NULL, 0, "kkdd", {HOP("307", ELSE), LAST("200", "X: y")}},
    {"a 308 elsewhere that failed there", NULL, 0, "kkkd", {HOP("308", ELSE), LAST("500", "X: y")}},
    {"a 307, then what its answer names", NULL, 0, "ddkd", {HOP("307", PAGE), LAST("201", "Location: /other")}},
    {"a 307 elsewhere, then a 303 back", NULL, 0, "kkdd", {HOP("307", ELSE), HOP("303", PAGE), LAST("200", "X: y")}},
    {"a named method stays through a 303", "DELETE", 0, "ddkd", {HOP("303", PAGE), LAST("200", "Content-Location: /other")}},
    {"a safe method drops nothing", "REPORT", 0, "kkkk", {HOP("303", PAGE), LAST("200", "Content-Location: /other")}},
};
/* clang-format on */

/* The script's fields, as libcurl would know them. */
static const struct fake_step *told;

static CURLHcode fake_header(CURL *curl, const char *name, size_t index,
                             unsigned int origin, int request,
                             struct curl_header **ret)
{
    static struct curl_header header;
    static char value[128];
    size_t size = strlen(name);
    int at = -1;

    (void)curl;
    (void)index;
    (void)origin;
    for (const struct fake_step *step = told; step->kind != FAKE_END; step++) {
        at += step->kind == FAKE_HEADER && !strncmp(step->text, "HTTP/", 5);
        if (step->kind == FAKE_HEADER && at == request &&
            !strncmp(step->text, name, size) && step->text[size] == ':') {
            snprintf(value, sizeof(value), "%.*s",
                     (int)strcspn(step->text + size + 2, "\r"),
                     step->text + size + 2);
            header.value = value;
            *ret = &header;
            return CURLHE_OK;
        }
    }
    return CURLHE_MISSING;
}

LCC_CASES(invalidate, a_chain_drops_where_the_method_went, chains)
{
    const struct chain *row = &chains[*which];
    static struct lcc_real real; /* what was served may still point at it */

    store_all();
    told = row->script;
    real = fake_real;
    real.easy_header = fake_header;
    program.handle->real = &real;
    fake_setopt_string(program.handle, CURLOPT_URL, SENT);
    fake_setopt_long(program.handle, CURLOPT_POSTREDIR, row->keep);
    if (row->method) {
        fake_setopt_string(program.handle, CURLOPT_CUSTOMREQUEST, row->method);
    } else {
        fake_setopt_long(program.handle, CURLOPT_POST, 1);
    }
    cr_assert_eq(program_perform(&program, row->script), CURLE_OK);
    fake_setopt_string(program.handle, CURLOPT_CUSTOMREQUEST, NULL);
    fake_setopt_long(program.handle, CURLOPT_HTTPGET, 1);
    fake_setopt_long(program.handle, CURLOPT_POSTREDIR, 0);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(stored); i++) {
        cr_expect_eq(is_stored(stored[i]), row->left[i] == 'k', "%s: %s",
                     row->name, stored[i]);
    }
    program.handle->real = &fake_real;
}

/* An answer that the program did not take has changed the origin all the same.
 */
static size_t refuse_it(struct program *self, char *data, size_t size)
{
    (void)self;
    (void)data;
    (void)size;
    return 0;
}

Test(invalidate, an_answer_that_was_not_taken_counts)
{
    static const struct fake_step answer[] = {LAST("201", "Location: /page")};

    store_all();
    fake_setopt_string(program.handle, CURLOPT_URL, SENT);
    fake_setopt_long(program.handle, CURLOPT_POST, 1);
    program_forget(&program);
    program.act = refuse_it;
    program.at = 4;
    cr_assert_eq(program_perform(&program, answer), CURLE_WRITE_ERROR);
    program.act = NULL;
    fake_setopt_long(program.handle, CURLOPT_HTTPGET, 1);
    cr_expect_not(is_stored(SENT));
    cr_expect_not(is_stored(PAGE));
    cr_expect(is_stored(OTHER));
}

/* --- Cache-Status of a fetch --------------------------------------------- */

static size_t pause_once(struct program *self, char *data, size_t size)
{
    (void)data;
    (void)size;
    self->act = NULL;
    return CURL_WRITEFUNC_PAUSE;
}

static const struct fake_step resumed[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "X: y\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_RESUME, NULL, 0},
    {FAKE_BODY, "page", 0},
    {FAKE_END, NULL, 0},
};

#define STATUS_LINE                                                            \
    "Cache-Status: curlcache; fwd=miss; fwd-status=200; stored; ttl=3600\r\n"

/* The third call is the field of ours, the fourth the empty line. */
Test(invalidate, a_pause_at_the_field_of_ours_tells_it_again)
{
    process_settings()->policy.status_header = true;
    program_forget(&program);
    program.act = pause_once;
    program.at = 3;
    cr_assert_eq(program_perform(&program, resumed), CURLE_OK);
    cr_expect_str_eq(program.seen,
                     "H:HTTP/1.1 200 OK\r\nH:X: y\r\nH:" STATUS_LINE
                     "H:" STATUS_LINE "H:\r\nW:page");
    cr_expect_eq(process_stored(), 1);
}

Test(invalidate, a_pause_after_the_field_of_ours_tells_it_once)
{
    process_settings()->policy.status_header = true;
    program_forget(&program);
    program.act = pause_once;
    program.at = 4;
    cr_assert_eq(program_perform(&program, resumed), CURLE_OK);
    cr_expect_str_eq(program.seen,
                     "H:HTTP/1.1 200 OK\r\nH:X: y\r\nH:" STATUS_LINE
                     "H:\r\nH:\r\nW:page");
    cr_expect_eq(process_stored(), 1);
}

Test(invalidate, a_field_of_ours_that_is_refused_ends_the_transfer)
{
    process_settings()->policy.status_header = true;
    program_forget(&program);
    program.act = refuse_it;
    program.at = 3;
    cr_expect_eq(program_perform(&program, page), CURLE_WRITE_ERROR);
    cr_expect_eq(process_stored(), 0);
}

Test(invalidate, what_is_stored_has_no_field_of_ours)
{
    process_settings()->policy.status_header = true;
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    process_settings()->policy.status_header = false;
    program_forget(&program);
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    cr_expect_str_eq(program.seen, "H:HTTP/1.1 200 OK\r\nH:\r\nW:page");
}
