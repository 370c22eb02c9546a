/*
 * test_parts.c - what becomes of a 206: which are kept, which are combined,
 * and that nothing is made up (RFC 9111, sections 3.3 and 3.4)
 *
 * The origin is scripted: it answers what a row says, whatever it was asked.
 */
#include "tests/preload/stage.h"
#include "tests/support/cases.h"

#include <stdlib.h>
#include <string.h>

#define TTL "CURLCACHE_TTL=1h"
#define TAG "ETag: \"a\"\r\n"
#define OTHER_TAG "ETag: \"b\"\r\n"
#define WEAK_TAG "ETag: W/\"a\"\r\n"
#define OLD "Last-Modified: Sun, 31 Dec 2000 00:00:00 GMT\r\n"
#define RANGE(range) "Content-Range: bytes " range "\r\n"
#define FIRST RANGE("0-4/10")
#define SECOND RANGE("5-9/10")
#define ASK(range) "curl -sS -w '|%{http_code}|' -r " range " $URL/part"
#define ASK_WHOLE "curl -sS -w '|%{http_code}|' $URL/part"

enum { STEPS_MAX = 4 };

/* One answer of the origin, and one request. */
struct step {
    struct origin_response answer; /* without a path; status 0: as before */
    const char *line;
    int requests;
    const char *want; /* what the program prints */
};

#define PART(fields_, body_)                                                   \
    {                                                                          \
        .status = 206, .fields = (fields_), .body = (body_)                    \
    }
#define WHOLE(fields_, body_)                                                  \
    {                                                                          \
        .status = 200, .fields = (fields_), .body = (body_)                    \
    }
#define SAME_ANSWER                                                            \
    {                                                                          \
        .status = 0                                                            \
    }

struct row {
    const char *name;
    const char *env;
    struct step steps[STEPS_MAX];
};

/* clang-format off */
static const struct row rows[] = {
    {"one strong tag: combined, 3.4", TTL, {
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {PART(TAG SECOND, "56789"), ASK("5-9"), 1, "56789|206|"},
        {SAME_ANSWER, ASK("2-7"), 0, "234567|206|"},
        {SAME_ANSWER, ASK_WHOLE, 0, "0123456789|200|"}}},
    {"one strong date: combined, 3.4", TTL, {
        {PART(OLD FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {PART(OLD SECOND, "56789"), ASK("5-9"), 1, "56789|206|"},
        {SAME_ANSWER, ASK_WHOLE, 0, "0123456789|200|"}}},
    {"another tag takes its place", TTL, {
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {PART(OTHER_TAG SECOND, "fghij"), ASK("5-9"), 1, "fghij|206|"},
        {PART(OTHER_TAG FIRST, "abcde"), ASK("0-4"), 1, "abcde|206|"},
        {SAME_ANSWER, ASK_WHOLE, 0, "abcdefghij|200|"}}},
    {"weak tags are not combined", TTL, {
        {PART(WEAK_TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {PART(WEAK_TAG SECOND, "56789"), ASK("5-9"), 1, "56789|206|"},
        {SAME_ANSWER, ASK("6-7"), 0, "67|206|"},
        {WHOLE(WEAK_TAG, "0123456789"), ASK_WHOLE, 1, "0123456789|200|"}}},
    {"one tag, another length: not combined", TTL, {
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {PART(TAG RANGE("5-9/11"), "56789"), ASK("5-9"), 1, "56789|206|"},
        {PART(TAG RANGE("0-4/11"), "01234"), ASK("0-4"), 1, "01234|206|"},
        {WHOLE(TAG, "0123456789x"), ASK_WHOLE, 1, "0123456789x|200|"}}},
    {"what overlaps is combined", TTL, {
        {PART(TAG RANGE("0-6/10"), "0123456"), ASK("0-6"), 1, "0123456|206|"},
        {PART(TAG RANGE("3-9/10"), "3456789"), ASK("3-9"), 1, "3456789|206|"},
        {SAME_ANSWER, ASK_WHOLE, 0, "0123456789|200|"}}},
    {"an unknown length is not kept", TTL, {
        {PART(TAG RANGE("0-4/*"), "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-4"), 1, "01234|206|"}}},
    {"a range of another size than came is not kept", TTL, {
        {PART(TAG RANGE("0-5/10"), "01234"), ASK("0-5"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-5"), 1, "01234|206|"}}},
    {"a range that cannot be is not kept", TTL, {
        {PART(TAG RANGE("5-4/10"), "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-4"), 1, "01234|206|"}}},
    {"two Content-Ranges are not kept", TTL, {
        {PART(TAG FIRST FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-4"), 1, "01234|206|"}}},
    {"a 206 without Content-Range is not kept", TTL, {
        {PART(TAG, "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-4"), 1, "01234|206|"}}},
    {"a multipart answer is not kept", TTL, {
        {PART(TAG "Content-Type: Multipart/Byteranges; boundary=x\r\n" FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-4"), 1, "01234|206|"}}},
    {"a 206 that nobody asked for is not kept", TTL, {
        {PART(TAG FIRST, "01234"), ASK_WHOLE, 1, "01234|206|"},
        {SAME_ANSWER, ASK_WHOLE, 1, "01234|206|"}}},
    {"another part than was asked for is kept as what it is", TTL, {
        {PART(TAG SECOND, "56789"), ASK("0-4"), 1, "56789|206|"},
        {SAME_ANSWER, ASK("5-9"), 0, "56789|206|"},
        {SAME_ANSWER, ASK("0-4"), 1, "56789|206|"}}},
    {"no-store is not kept", TTL, {
        {PART(TAG "Cache-Control: no-store\r\n" FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-4"), 1, "01234|206|"}}},
    {"a lifetime of the server", "", {
        {PART(TAG "Cache-Control: max-age=60\r\n" FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-4"), 0, "01234|206|"}}},
    {"the whole takes the place of parts", TTL, {
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {WHOLE(OTHER_TAG, "abcdefghij"), ASK_WHOLE, 1, "abcdefghij|200|"},
        {SAME_ANSWER, ASK("0-4"), 0, "abcde|206|"}}},
    {"a server without ranges gives the whole", TTL, {
        {WHOLE("Accept-Ranges: none\r\n", "0123456789"), ASK("0-4"), 1, "0123456789|200|"},
        {SAME_ANSWER, ASK("0-4"), 0, "0123456789|200|"},
        {SAME_ANSWER, ASK_WHOLE, 0, "0123456789|200|"}}},
    {"a server that ignores a range does so again", TTL, {
        {WHOLE(TAG, "0123456789"), ASK("0-4"), 1, "0123456789|200|"},
        {SAME_ANSWER, ASK("0-4"), 0, "0123456789|200|"},
        {SAME_ANSWER, ASK_WHOLE, 0, "0123456789|200|"}}},
    {"a whole for a failed If-Range says nothing of ranges", TTL, {
        {WHOLE(TAG, "0123456789"), ASK("0-4 -H 'If-Range: \"b\"'"), 1, "0123456789|200|"},
        {SAME_ANSWER, ASK("0-4"), 0, "01234|206|"}}},
    {"resumed at a server without ranges", TTL, {
        {WHOLE("Accept-Ranges: none\r\n", "0123456789"), ASK_WHOLE, 1, "0123456789|200|"},
        {SAME_ANSWER, "curl -sS -C 3 -w '|%{http_code}|%{exitcode}|%{errormsg}' $URL/part", 0, "|200|33|HTTP server doesn't seem to support byte ranges. Cannot resume."}}},
    {"a 404 is no part", TTL " CURLCACHE_CODES=all", {
        {{.status = 404, .fields = TAG, .body = "gone"}, ASK("0-1"), 1, "gone|404|"},
        {SAME_ANSWER, ASK("0-1"), 0, "gone|404|"},
        {SAME_ANSWER, ASK_WHOLE, 0, "gone|404|"}}},
    {"a 416 is never kept", TTL " CURLCACHE_CODES=all", {
        {{.status = 416, .fields = RANGE("*/10"), .body = "no"}, ASK("90-"), 1, "no|416|"},
        {SAME_ANSWER, ASK("90-"), 1, "no|416|"}}},
    {"POST drops the parts, 4.4", TTL, {
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {WHOLE(TAG, "done"), "curl -sS -d a=1 $URL/part", 1, "done"},
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"}}},
    {"Vary tells parts apart", TTL, {
        {PART(TAG "Vary: Accept-Language\r\n" FIRST, "01234"), ASK("0-4 -H Accept-Language:de"), 1, "01234|206|"},
        {PART(TAG "Vary: Accept-Language\r\n" FIRST, "abcde"), ASK("0-4 -H Accept-Language:fr"), 1, "abcde|206|"},
        {SAME_ANSWER, ASK("0-4 -H Accept-Language:de"), 0, "01234|206|"}}},
    {"packed bytes that libcurl unpacks are not kept", TTL, {
        {PART(TAG "Content-Encoding: identity\r\n" FIRST, "01234"), ASK("0-4 --compressed"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("0-4 --compressed"), 1, "01234|206|"}}},
    {"packed bytes that stay packed are", TTL, {
        {PART(TAG "Content-Encoding: gzip\r\n" FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, ASK("1-2"), 0, "12|206|"}}},
    {"offline, a part that is stored", TTL, {
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"},
        {SAME_ANSWER, "CURLCACHE_MODE=offline " ASK("1-2"), 0, "12|206|"},
        {SAME_ANSWER, "CURLCACHE_MODE=offline " ASK("4-5") " 2>/dev/null || echo $?", 0, "|000|7\n"},
        {SAME_ANSWER, "CURLCACHE_MODE=offline " ASK_WHOLE " 2>/dev/null || echo $?", 0, "|000|7\n"}}},
    {"cut short: nothing of it is served", TTL, {
        {{.status = 206, .fields = TAG FIRST, .body = "01234", .framing = ORIGIN_TRUNCATED}, ASK("0-4") " 2>/dev/null || true", 1, "01234|206|"},
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"}}},
    {"a whole that was cut short gives no part", TTL, {
        {{.status = 200, .fields = TAG, .body = "01234", .framing = ORIGIN_TRUNCATED}, ASK_WHOLE " 2>/dev/null || true", 1, "01234|200|"},
        {PART(TAG FIRST, "01234"), ASK("0-4"), 1, "01234|206|"}}},
};
/* clang-format on */

LCC_CASES(parts, what_is_kept_and_combined, rows)
{
    const struct row *row = &rows[*which];
    struct stage *stage = stage_begin();

    stage_need("curl");
    for (size_t i = 0; i < STEPS_MAX && row->steps[i].line; i++) {
        const struct step *step = &row->steps[i];
        struct origin_response answer = step->answer;

        answer.path = "/part";
        if (answer.status) {
            origin_answer(stage->origin, &answer);
        }
        char *said = stage_say(stage, row->env, step->line);

        cr_expect_str_eq(said, step->want, "%s, step %zu: %s", row->name, i + 1,
                         said);
        cr_expect_eq(stage_requests(stage), step->requests,
                     "%s, step %zu: requests", row->name, i + 1);
        free(said);
    }
    stage_end(stage);
}

/* The last hop's answer is what is ranged, and what the tag belongs to. */
Test(parts, a_chain_ends_in_a_part)
{
    static const struct origin_response to_part = {.path = "/there",
                                                   .status = 301,
                                                   .fields =
                                                       "Location: /part\r\n"};
    static const struct origin_response to_other = {
        .path = "/there",
        .status = 301,
        .fields = "Location: /other-part\r\n"};
    static const struct origin_response first = {.path = "/part",
                                                 .status = 206,
                                                 .fields = TAG FIRST,
                                                 .body = "01234"};
    static const struct origin_response second = {.path = "/other-part",
                                                  .status = 206,
                                                  .fields = TAG SECOND,
                                                  .body = "fghij"};
    static const char ask_first[] = "curl -sS -L -r 0-4 $URL/there";
    static const char ask_second[] = "curl -sS -L -r 5-9 $URL/there";
    struct stage *stage = stage_begin();
    char *said;

    stage_need("curl");
    origin_answer(stage->origin, &to_part);
    origin_answer(stage->origin, &first);
    origin_answer(stage->origin, &second);
    said = stage_say(stage, TTL, ask_first);
    cr_expect_str_eq(said, "01234");
    free(said);
    cr_expect_eq(stage_requests(stage), 2);
    said = stage_say(stage, TTL, ask_first);
    cr_expect_str_eq(said, "01234");
    free(said);
    cr_expect_eq(stage_requests(stage), 0);
    /* Now it leads elsewhere, to something with the same tag. */
    origin_answer(stage->origin, &to_other);
    said = stage_say(stage, TTL, ask_second);
    cr_expect_str_eq(said, "fghij");
    free(said);
    cr_expect_eq(stage_requests(stage), 2);
    said = stage_say(stage, TTL, "curl -sS -L -r 4-5 $URL/there");
    cr_expect_str_neq(said, "4f", "parts of two things are combined");
    free(said);
    cr_expect_eq(stage_requests(stage), 2);
    stage_end(stage);
}
