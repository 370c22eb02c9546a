/*
 * A stored response is checked with the origin: what the program is told, and
 * when, step by step.
 */
#include <criterion/criterion.h>

#include "shim/transfer.h"
#include "tests/shim/fake_process.h"
#include "tests/shim/program.h"

#define URL "http://origin.test/page"
#define TOLD                                                                   \
    "H:HTTP/1.1 200 OK\r\nH:ETag: \"1\"\r\nH:\r\n"                             \
    "W:page"

static struct program program;

static void begin(void)
{
    process_begin();
    memset(&program, 0, sizeof(program));
    program_attach(&program, fake_handle_new(URL));
    process_settings()->policy.ttl_s = 0;
}

static void end(void)
{
    fake_handle_free(program.handle);
    process_end();
}

TestSuite(revalidate, .init = begin, .fini = end);

static const struct fake_step page[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "ETag: \"1\"\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "page", 0},
    {FAKE_END, NULL, 0},
};

/* An interim response goes before it: nothing of either is shown. */
static const struct fake_step unchanged[] = {
    {FAKE_HEADER, "HTTP/1.1 103 Early Hints\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_HEADER, "HTTP/1.1 304 Not Modified\r\n", 0},
    {FAKE_HEADER, "ETag: \"1\"\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_END, NULL, 0},
};

static const struct fake_step changed[] = {
    {FAKE_HEADER, "HTTP/1.1 103 Early Hints\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_RESUME, NULL, 0},
    {FAKE_BODY, "new", 0},
    {FAKE_END, NULL, 0},
};
#define CHANGED_TOLD                                                           \
    "H:HTTP/1.1 103 Early Hints\r\nH:\r\nH:HTTP/1.1 200 OK\r\nH:\r\nW:new"

static const struct fake_step busy[] = {
    {FAKE_HEADER, "HTTP/1.1 503 Busy\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "busy, busy, busy, busy, busy, busy, busy, busy, busy, ", 4000},
    {FAKE_END, NULL, 0},
};

static const char *asked(void)
{
    return fake_of(program.handle)->asked;
}

static void store_page(void)
{
    cr_assert_eq(program_perform(&program, page), CURLE_OK);
    cr_assert_eq(process_stored(), 1);
    program_forget(&program);
}

Test(revalidate, a_304_is_swallowed_with_all_that_came_before_it)
{
    store_page();
    cr_expect_eq(program_perform(&program, unchanged), CURLE_OK);
    cr_expect_str_eq(program.seen, TOLD);
    cr_expect_str_eq(asked(), "If-None-Match: \"1\"\n");
    cr_expect_eq(fake_of(program.handle)->performs, 2);
    cr_expect_eq(fake_status(program.handle), 200);
    cr_expect_eq(process_counted(LCC_REASON_VALIDATED), 1);
    cr_expect_null(fake_of(program.handle)->fields, "ours is off the handle");
}

Test(revalidate, the_programs_fields_stay_around_ours)
{
    struct curl_slist *fields = curl_slist_append(NULL, "Accept: a");

    fields = curl_slist_append(fields, "If-None-Match: \"own\"");
    fields = curl_slist_append(fields, "Dnt: 1");
    store_page();
    fake_setopt_pointer(program.handle, CURLOPT_HTTPHEADER, fields);
    cr_expect_eq(program_perform(&program, unchanged), CURLE_OK);
    cr_expect_str_eq(program.seen, TOLD);
    cr_expect_str_eq(asked(),
                     "If-None-Match: \"own\", \"1\"\nAccept: a\nDnt: 1\n");
    cr_expect_eq(fake_of(program.handle)->fields, fields);
    cr_expect_str_eq(fields->next->data, "If-None-Match: \"own\"");
    fake_setopt_pointer(program.handle, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(fields);
}

static size_t pause_now(struct program *self, char *data, size_t size)
{
    (void)self;
    (void)data;
    (void)size;
    return CURL_WRITEFUNC_PAUSE;
}

/* At each line in turn, those that were held among them: each is told again
 * when the pause ends, and the whole is stored. */
Test(revalidate, a_pause_at_any_line_of_what_was_held_loses_none)
{
    for (unsigned int at = 1; at <= 4; at++) {
        struct fake_easy *easy = fake_of(program.handle);
        const struct fake_step *const scripts[] = {page, changed, unchanged};

        store_page();
        program.act = pause_now;
        program.at = at;
        cr_expect_eq(program_perform(&program, scripts[1]), CURLE_OK, "line %u",
                     at);
        cr_expect_not_null(strstr(program.seen, "W:new"), "line %u: %s", at,
                           program.seen);
        cr_expect_eq(program.body_bytes, 3);
        program_forget(&program);
        process_settings()->policy.ttl_s = 60;
        cr_expect_eq(fake_perform(program.handle), CURLE_OK);
        cr_expect_str_eq(program.seen, CHANGED_TOLD, "line %u: %s", at,
                         program.seen);
        process_settings()->policy.ttl_s = 0;
        program_forget(&program);
        (void)easy;
    }
}

static size_t refuse(struct program *self, char *data, size_t size)
{
    (void)self;
    (void)data;
    (void)size;
    return 0;
}

Test(revalidate, a_line_that_was_held_can_be_refused)
{
    store_page();
    program.act = refuse;
    program.at = 2;
    cr_expect_eq(program_perform(&program, changed), CURLE_WRITE_ERROR);
    cr_expect_str_eq(program.seen, "H:HTTP/1.1 103 Early Hints\r\nH:\r\n");
    cr_expect_eq(process_counted(LCC_REASON_ABORTED), 1);
    cr_expect_eq(process_stored(), 1, "what was stored stays");
}

static size_t clean_up(struct program *self, char *data, size_t size)
{
    (void)data;
    lcc_engine_table()->release(self->handle);
    return size;
}

Test(revalidate, a_handle_that_is_cleaned_up_at_a_held_line_is_left_alone)
{
    store_page();
    program.act = clean_up;
    program.at = 1;
    cr_expect_eq(program_perform(&program, changed), CURLE_WRITE_ERROR);
    cr_expect_eq(process_stored(), 1);
    cr_expect_null(program.handle->state);
}

Test(revalidate, a_304_of_something_else_is_asked_again_without_ours)
{
    static const struct fake_step other[] = {
        {FAKE_HEADER, "HTTP/1.1 304 Not Modified\r\n", 0},
        {FAKE_HEADER, "ETag: \"2\"\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_END, NULL, 0},
    };

    store_page();
    cr_expect_eq(program_perform(&program, other), CURLE_OK);
    cr_expect_eq(fake_of(program.handle)->performs, 3);
    cr_expect_str_eq(asked(), "");
    cr_expect_str_eq(program.seen, "H:HTTP/1.1 304 Not Modified\r\n"
                                   "H:ETag: \"2\"\r\nH:\r\n");
}

Test(revalidate, a_304_that_the_program_stopped_is_stopped)
{
    store_page();
    fake_of(program.handle)->result = CURLE_ABORTED_BY_CALLBACK;
    cr_expect_eq(program_perform(&program, unchanged),
                 CURLE_ABORTED_BY_CALLBACK);
    cr_expect_eq(fake_of(program.handle)->performs, 2);
    cr_expect_null(strstr(program.seen, "W:"), "%s", program.seen);
    cr_expect_eq(process_counted(LCC_REASON_ABORTED), 1);
}

/* An error's body is swallowed so far and no further. */
Test(revalidate, an_error_is_swallowed_where_stale_will_do)
{
    store_page();
    process_settings()->policy.stale_if_error_s = 60;
    cr_expect_eq(program_perform(&program, busy), CURLE_OK);
    cr_expect_str_eq(program.seen, TOLD);
    cr_expect_eq(process_counted(LCC_REASON_STALE_IF_ERROR), 1);
    process_now_s += 61;
    program.quiet = true;
    cr_expect_eq(program_perform(&program, busy), CURLE_OK);
    cr_expect_eq(fake_status(program.handle), 503, "too old by now");
    cr_expect_eq(process_stored(), 1);
}

struct failure_case {
    const char *name;
    CURLcode result;
    bool stale;
};

static const struct failure_case failures[] = {
    {"no connection", CURLE_COULDNT_CONNECT, true},
    {"no answer", CURLE_GOT_NOTHING, true},
    {"no time", CURLE_OPERATION_TIMEDOUT, true},
    {"no name", CURLE_COULDNT_RESOLVE_HOST, true},
    {"a wrong certificate", CURLE_PEER_FAILED_VERIFICATION, false},
    {"the program's wish", CURLE_ABORTED_BY_CALLBACK, false},
};

Test(revalidate, a_failure_is_swallowed_where_it_is_the_origins)
{
    static const struct fake_step nothing[] = {{FAKE_END, NULL, 0}};

    store_page();
    process_settings()->policy.stale_if_error_s = 60;
    for (size_t i = 0; i < LCC_ARRAY_SIZE(failures); i++) {
        const struct failure_case *c = &failures[i];

        program_forget(&program);
        fake_of(program.handle)->result = c->result;
        cr_expect_eq(program_perform(&program, nothing),
                     c->stale ? CURLE_OK : c->result, "%s", c->name);
        cr_expect_str_eq(program.seen, c->stale ? TOLD : "", "%s", c->name);
    }
}
