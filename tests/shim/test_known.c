/*
 * test_known.c - what a handle met last is read once, and never told for
 * something else
 */
#include <criterion/criterion.h>

#include "shim/transfer.h"
#include "tests/shim/fake_process.h"
#include "tests/shim/program.h"

#define URL "http://origin.test/page"
#define OTHER "http://origin.test/other"

static struct program program;
static struct program beside; /* the same URL by another handle */

static void begin(void)
{
    process_begin();
    memset(&program, 0, sizeof(program));
    memset(&beside, 0, sizeof(beside));
    program_attach(&program, fake_handle_new(URL));
    program_attach(&beside, fake_handle_new(URL));
}

static void end(void)
{
    fake_handle_free(program.handle);
    fake_handle_free(beside.handle);
    process_end();
}

TestSuite(known, .init = begin, .fini = end);

/* The same sizes, other bytes. */
static const struct fake_step first[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "X-Which: one\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "1st", 0},
    {FAKE_END, NULL, 0},
};
static const struct fake_step second[] = {
    {FAKE_HEADER, "HTTP/1.1 203 OK\r\n", 0},
    {FAKE_HEADER, "X-Which: two\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "2nd", 0},
    {FAKE_END, NULL, 0},
};
#define FIRST_TOLD "H:HTTP/1.1 200 OK\r\nH:X-Which: one\r\nH:\r\nW:1st"
#define SECOND_TOLD "H:HTTP/1.1 203 OK\r\nH:X-Which: two\r\nH:\r\nW:2nd"

static void expect_told(struct program *by, const char *text, long status)
{
    program_forget(by);
    cr_assert_eq(program_perform(by, first), CURLE_OK);
    cr_expect_str_eq(by->seen, text);
    cr_expect_eq(fake_status(by->handle), status);
}

static const struct lcc_known *known(void)
{
    return &program.handle->state->known;
}

Test(known, what_is_stored_again_is_told_anew)
{
    uint64_t serial;

    expect_told(&program, FIRST_TOLD, 200);
    expect_told(&program, FIRST_TOLD, 200);
    serial = known()->serial;
    expect_told(&program, FIRST_TOLD, 200);
    cr_expect_eq(known()->serial, serial, "read once");
    cr_expect(known()->holds);
    process_settings()->policy.mode = LCC_MODE_RECACHE;
    cr_assert_eq(program_perform(&beside, second), CURLE_OK);
    process_settings()->policy.mode = LCC_MODE_NORMAL;
    expect_told(&program, SECOND_TOLD, 203);
    cr_expect_neq(known()->serial, serial);
    expect_told(&program, SECOND_TOLD, 203);
    cr_expect_eq(fake_of(program.handle)->performs, 1);
}

Test(known, another_url_and_back)
{
    expect_told(&program, FIRST_TOLD, 200);
    fake_setopt_string(beside.handle, CURLOPT_URL, OTHER);
    cr_assert_eq(program_perform(&beside, second), CURLE_OK);
    for (int i = 0; i < 3; i++) {
        fake_setopt_string(program.handle, CURLOPT_URL, OTHER);
        expect_told(&program, SECOND_TOLD, 203);
        expect_told(&program, SECOND_TOLD, 203);
        fake_setopt_string(program.handle, CURLOPT_URL, URL);
        expect_told(&program, FIRST_TOLD, 200);
    }
    cr_expect_eq(fake_of(program.handle)->performs, 1);
}

/* A transfer that is libcurl's alone frees what was told. */
Test(known, a_transfer_between_two_hits)
{
    expect_told(&program, FIRST_TOLD, 200);
    expect_told(&program, FIRST_TOLD, 200);
    process_settings()->policy.mode = LCC_MODE_RECACHE;
    program_forget(&program);
    cr_assert_eq(program_perform(&program, second), CURLE_OK);
    process_settings()->policy.mode = LCC_MODE_NORMAL;
    expect_told(&program, SECOND_TOLD, 203);
}

/* Age is no part of what is stored (RFC 9111, section 5.1). */
Test(known, age_grows)
{
    static const struct fake_step lasting[] = {
        {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
        {FAKE_HEADER, "Cache-Control: max-age=600\r\n", 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_END, NULL, 0},
    };
#define LASTING "H:HTTP/1.1 200 OK\r\nH:Cache-Control: max-age=600\r\n"

    process_settings()->policy.ttl_s = LCC_TTL_UNSET;
    cr_assert_eq(program_perform(&program, lasting), CURLE_OK);
    process_now_s += 7;
    expect_told(&program, LASTING "H:Age: 7\r\nH:\r\n", 200);
    expect_told(&program, LASTING "H:Age: 7\r\nH:\r\n", 200);
    process_now_s += 2;
    expect_told(&program, LASTING "H:Age: 9\r\nH:\r\n", 200);
    process_settings()->policy.status_header = true;
    program_forget(&program);
    cr_assert_eq(program_perform(&program, first), CURLE_OK);
    cr_expect_not_null(strstr(program.seen, "H:Cache-Status: "));
    process_settings()->policy.status_header = false;
    expect_told(&program, LASTING "H:Age: 9\r\nH:\r\n", 200);
}

/* The handle keeps no more than this between two transfers. */
Test(known, a_large_one_is_not_kept)
{
    static char line[LCC_KNOWN_MAX + 64];
    static const struct fake_step large[] = {
        {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
        {FAKE_HEADER, line, 0},
        {FAKE_HEADER, "\r\n", 0},
        {FAKE_END, NULL, 0},
    };

    memset(line, 'x', sizeof(line) - 3);
    memcpy(line, "A: ", 3);
    memcpy(line + sizeof(line) - 3, "\r\n", 3);
    cr_assert_eq(program_perform(&program, large), CURLE_OK);
    for (int i = 0; i < 2; i++) {
        program.quiet = true;
        program_forget(&program);
        cr_assert_eq(program_perform(&program, large), CURLE_OK);
        cr_expect_eq(program.calls, 3);
        cr_expect_not(known()->holds);
        cr_expect_null(known()->meta.data);
    }
    cr_expect_eq(fake_of(program.handle)->performs, 1);
}
