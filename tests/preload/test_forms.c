/*
 * test_forms.c - one URL, asked for decoded by libcurl and as it was sent
 *
 * curl with and without --compressed, under the preload, against an origin
 * that counts: what comes without a content coding answers both, what comes
 * with one (RFC 9110, section 8.4) the form that asked for it.
 */
#include "tests/preload/steps.h"
#include "tests/support/cases.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <unistd.h>

#define TTL "CURLCACHE_TTL=1h"
#define RAW "curl -sS "
#define DECODED "curl -sS --compressed "
#define LINES " | wc -l"
#define UNPACKED " | gzip -dc | wc -l"
#define HEAD_INTO "-I -o /dev/null "

static const struct origin_response answers[] = {
    {.path = "/page", .content = ORIGIN_NUMBERED},
    {.path = "/varies",
     .fields = "Vary: Accept-Encoding\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/varies-else",
     .fields = "Vary: Accept-Language\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/identity",
     .fields = "content-encoding: identity\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/hop", .status = 302, .fields = "Location: /page\r\n"},
    {.path = "/hop-coded",
     .status = 302,
     .fields = "Location: /page\r\nContent-Encoding: identity\r\n"},
    {.path = "/posted",
     .fields = "Cache-Control: max-age=600\r\nContent-Location: /posted\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/parts",
     .fields = "ETag: \"p\"\r\nAccept-Ranges: bytes\r\n",
     .body = "0123456789",
     .ranges = true},
};

/* clang-format off */
static const struct story stories[] = {
    {"raw, then decoded", TTL, {{RAW "$URL/page", 1, "answer 1\n", 0, NULL}, {DECODED "$URL/page", 0, "answer 1\n", 0, NULL}, {RAW "$URL/page", 0, "answer 1\n", 0, NULL}}},
    {"decoded, then raw", TTL, {{DECODED "$URL/page", 1, "answer 1\n", 0, NULL}, {RAW "$URL/page", 0, "answer 1\n", 0, NULL}, {DECODED "$URL/page", 0, "answer 1\n", 0, NULL}}},
    {"a large body", TTL, {{DECODED "$URL/large | cksum >$DIR/a", 1, "", 0, NULL}, {RAW "$URL/large | cksum | cmp - $DIR/a && echo same", 0, "same\n", 0, NULL}}},
    {"decoded, which was packed, then raw", TTL, {{DECODED "$URL/gzip" LINES, 1, "200\n", 0, NULL}, {RAW "$URL/gzip" UNPACKED, 1, "200\n", 0, NULL}, {DECODED "$URL/gzip" LINES, 0, "200\n", 0, NULL}, {RAW "$URL/gzip" UNPACKED, 0, "200\n", 0, NULL}}},
    {"raw, which was packed, then decoded", TTL, {{RAW "$URL/gzip" UNPACKED, 1, "200\n", 0, NULL}, {DECODED "$URL/gzip" LINES, 1, "200\n", 0, NULL}, {RAW "$URL/gzip" UNPACKED, 0, "200\n", 0, NULL}, {DECODED "$URL/gzip" LINES, 0, "200\n", 0, NULL}}},
    {"any coding counts, and its name has no case", TTL, {{RAW "$URL/identity", 1, "answer 1\n", 0, NULL}, {DECODED "$URL/identity", 1, "answer 2\n", 0, NULL}, {RAW "$URL/identity", 0, "answer 1\n", 0, NULL}, {DECODED "$URL/identity", 0, "answer 2\n", 0, NULL}}},
    {"raw with an Accept-Encoding of its own", TTL, {{RAW "-H 'Accept-Encoding: gzip' $URL/page", 1, "answer 1\n", 0, NULL}, {DECODED "$URL/page", 1, "answer 2\n", 0, NULL}, {RAW "-H 'Accept-Encoding: gzip' $URL/page", 0, "answer 1\n", 0, NULL}, {RAW "$URL/page", 0, "answer 2\n", 0, NULL}}},
    {"Vary: Accept-Encoding", TTL, {{RAW "$URL/varies", 1, "answer 1\n", 0, NULL}, {DECODED "$URL/varies", 1, "answer 2\n", 0, NULL}, {RAW "$URL/varies", 0, "answer 1\n", 0, NULL}, {DECODED "$URL/varies", 0, "answer 2\n", 0, NULL}}},
    {"Vary: Accept-Encoding, decoded first", TTL, {{DECODED "$URL/varies", 1, "answer 1\n", 0, NULL}, {RAW "$URL/varies", 1, "answer 2\n", 0, NULL}, {DECODED "$URL/varies", 0, "answer 1\n", 0, NULL}, {RAW "$URL/varies", 0, "answer 2\n", 0, NULL}}},
    {"Vary: Accept-Encoding, and the same is sent", TTL, {{RAW "$URL/varies", 1, "answer 1\n", 0, NULL}, {DECODED "-H Accept-Encoding: $URL/varies", 0, "answer 1\n", 0, NULL}}},
    {"another Vary", TTL, {{RAW "-H 'Accept-Language: de' $URL/varies-else", 1, "answer 1\n", 0, NULL}, {DECODED "-H 'Accept-Language: de' $URL/varies-else", 0, "answer 1\n", 0, NULL}, {DECODED "-H 'Accept-Language: fr' $URL/varies-else", 1, "answer 2\n", 0, NULL}, {RAW "-H 'Accept-Language: fr' $URL/varies-else", 0, "answer 2\n", 0, NULL}}},
    {"a login is the same for both", TTL, {{RAW "-u a:b $URL/page", 1, "answer 1\n", 0, NULL}, {DECODED "-u a:c $URL/page", 1, "answer 2\n", 0, NULL}, {DECODED "-u a:b $URL/page", 0, "answer 1\n", 0, NULL}}},
    {"HEAD by a GET of the other form", TTL, {{DECODED "$URL/page", 1, NULL, 0, NULL}, {RAW HEAD_INTO "$URL/page", 0, NULL, 0, NULL}, {DECODED HEAD_INTO "$URL/page", 0, NULL, 0, NULL}}},
    {"HEAD, decoded, by a raw GET", TTL, {{RAW "$URL/page", 1, NULL, 0, NULL}, {DECODED HEAD_INTO "$URL/page", 0, NULL, 0, NULL}}},
    {"HEAD, decoded, never by a packed GET", TTL, {{RAW "$URL/gzip" UNPACKED, 1, NULL, 0, NULL}, {DECODED HEAD_INTO "$URL/gzip", 1, NULL, 0, NULL}}},
    {"a chain", TTL, {{RAW "-L $URL/hop", 2, "answer 2\n", 0, NULL}, {DECODED "-L $URL/hop", 0, "answer 2\n", 0, NULL}}},
    {"a chain with a coding on its way", TTL, {{RAW "-L $URL/hop-coded", 2, "answer 2\n", 0, NULL}, {DECODED "-L $URL/hop-coded", 2, "answer 4\n", 0, NULL}, {DECODED "-L $URL/hop-coded", 0, "answer 4\n", 0, NULL}, {RAW "-L $URL/hop-coded", 0, "answer 2\n", 0, NULL}}},
    {"an answer to a POST is stored for both, 9110 9.3.3", TTL, {{DECODED "-d x $URL/posted", 1, "answer 1\n", 0, NULL}, {RAW "$URL/posted", 0, "answer 1\n", 0, NULL}, {DECODED "$URL/posted", 0, "answer 1\n", 0, NULL}}},
    {"POST drops both", TTL, {{DECODED "$URL/gzip" LINES, 1, NULL, 0, NULL}, {RAW "$URL/gzip" UNPACKED, 1, NULL, 0, NULL}, {RAW "-o /dev/null -d x $URL/gzip", 1, NULL, 0, NULL}, {DECODED "$URL/gzip" LINES, 1, NULL, 0, NULL}, {RAW "$URL/gzip" UNPACKED, 1, NULL, 0, NULL}}},
    {"a part of a whole in the other form", TTL, {{RAW "$URL/parts", 1, "0123456789", 0, NULL}, {DECODED "-r 2-4 $URL/parts", 0, "234", 0, NULL}}},
    {"a part of a whole in its own form", TTL, {{DECODED "$URL/parts", 1, "0123456789", 0, NULL}, {DECODED "-r 2-4 $URL/parts", 0, "234", 0, NULL}}},
    {"parts stay with their form", TTL, {{RAW "-r 2-4 $URL/parts", 1, "234", 0, NULL}, {DECODED "-r 2-4 $URL/parts", 1, "234", 0, NULL}, {DECODED "-r 3-4 $URL/parts", 0, "34", 0, NULL}, {RAW "-r 3-4 $URL/parts", 0, "34", 0, NULL}}},
    {"a whole beside a part of its own", TTL, {{DECODED "-r 2-4 $URL/parts", 1, "234", 0, NULL}, {RAW "$URL/parts", 1, "0123456789", 0, NULL}, {DECODED "$URL/parts", 0, "0123456789", 0, NULL}, {DECODED "-r 0-1 $URL/parts", 0, "01", 0, NULL}}},
    {"no-cache brings both a newer one", TTL, {{RAW "$URL/page", 1, "answer 1\n", 0, NULL}, {DECODED "-H 'Cache-Control: no-cache' $URL/page", 1, "answer 2\n", 0, NULL}, {RAW "$URL/page", 0, "answer 2\n", 0, NULL}}},
};
/* clang-format on */

LCC_CASES(forms, stories, stories)
{
    stage_need("curl");
    story_play(&stories[*which], answers, LCC_ARRAY_SIZE(answers));
}

/* --- what changes at the origin ------------------------------------------- */

static void expect(struct stage *stage, const char *env, const char *line,
                   const char *want, int requests)
{
    RUN_RESULT now = stage_run(stage, STAGE_CACHED, env, line);

    cr_expect_str_eq(now.out, want, "%s: %s%s", line, now.out, now.err);
    cr_expect_eq(stage_requests(stage), requests, "%s, which says %s", line,
                 want);
}

static void answer(const struct stage *stage, const char *fields,
                   const char *body)
{
    origin_answer(stage->origin, &(struct origin_response){.path = "/live",
                                                           .fields = fields,
                                                           .body = body});
}

Test(forms, what_is_no_longer_packed_takes_the_place_of_what_was, .timeout = 60)
{
    static const char line[] = DECODED "$URL/live";
    static const char reload[] =
        DECODED "-H 'Cache-Control: no-cache' $URL/live";
    struct stage *stage = stage_begin();

    stage_need("curl");
    answer(stage, "Cache-Control: max-age=0\r\nContent-Encoding: identity\r\n",
           "expired\n");
    expect(stage, "", line, "expired\n", 1);
    answer(stage, "Cache-Control: max-age=600\r\n", "plain\n");
    expect(stage, "", line, "plain\n", 1);
    expect(stage, "", line, "plain\n", 0);
    answer(stage,
           "Cache-Control: max-age=600\r\nContent-Encoding: identity\r\n",
           "coded\n");
    expect(stage, "", reload, "coded\n", 1);
    expect(stage, "", line, "coded\n", 0);
    expect(stage, "", RAW "$URL/live", "plain\n", 0);
    /* The fresh one of its own would go on answering it. */
    answer(stage, "Cache-Control: max-age=600\r\n", "plain again\n");
    expect(stage, "", reload, "plain again\n", 1);
    expect(stage, "", line, "plain again\n", 0);
    expect(stage, "", RAW "$URL/live", "plain again\n", 0);
    stage_end(stage);
}

Test(forms, an_expired_one_gives_way_to_a_newer_one_of_both, .timeout = 60)
{
    struct stage *stage = stage_begin();

    stage_need("curl");
    answer(stage, "Cache-Control: max-age=0\r\nContent-Encoding: identity\r\n",
           "expired\n");
    expect(stage, "", DECODED "$URL/live", "expired\n", 1);
    sleep(1); /* what arrived last is known by the second */
    answer(stage, "Cache-Control: max-age=600\r\n", "newer\n");
    expect(stage, "", RAW "$URL/live", "newer\n", 1);
    expect(stage, "", DECODED "$URL/live", "newer\n", 0);
    stage_end(stage);
}

Test(forms, either_is_checked_by_the_tags_of_both, .timeout = 60)
{
    static const char zero[] = "CURLCACHE_TTL=0";
    struct stage *stage = stage_begin();

    stage_need("curl");
    origin_validate(stage->origin);
    expect(stage, zero, RAW "$URL/small", "a small text\n", 1);
    cr_expect_eq(origin_not_modified(stage->origin), 0);
    expect(stage, zero, DECODED "$URL/small", "a small text\n", 1);
    cr_expect_eq(origin_not_modified(stage->origin), 1, "decoded");
    expect(stage, zero, RAW "$URL/small", "a small text\n", 1);
    cr_expect_eq(origin_not_modified(stage->origin), 2, "raw");
    expect(stage, "CURLCACHE_TTL=1h", DECODED "$URL/small", "a small text\n",
           0);
    expect(stage, zero, DECODED "$URL/gzip" LINES, "200\n", 1);
    expect(stage, zero, DECODED "$URL/gzip" LINES, "200\n", 1);
    cr_expect_eq(origin_not_modified(stage->origin), 3, "packed");
    /* What was packed is of no use to who takes it as it is. */
    expect(stage, zero, RAW "$URL/gzip" UNPACKED, "200\n", 1);
    cr_expect_eq(origin_not_modified(stage->origin), 3, "raw, packed");
    stage_end(stage);
}
