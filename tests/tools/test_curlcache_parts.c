/*
 * test_curlcache_parts.c - the commands on responses of which parts are stored
 */
#include "tests/tools/cache.h"

#include <criterion/criterion.h>

TestSuite(curlcache_parts, .init = cache_set_up, .fini = cache_tear_down);

#define URL_OF_PARTS "http://example.org/file"

static void put_part(const char *body, uint64_t first, uint64_t part_of)
{
    const struct cache_item item = {.url = URL_OF_PARTS,
                                    .fields = "Cache-Control: max-age=600\r\n",
                                    .body = body,
                                    .first = first,
                                    .part_of = part_of};

    cache_put(&item);
}

Test(curlcache_parts, a_listing_says_how_much_of_how_much)
{
    put_part("0123", 0, 2048);
    put_part("4567", 100, 2048);
    RUN_RESULT text = TOOL("list");
    RUN_RESULT json = TOOL("list", "--format", "json");
    RUN_RESULT why = TOOL("why", URL_OF_PARTS);

    cr_expect(says(text.out, "8 of 2.0K"), "%s", text.out);
    cr_expect(says(json.out, "\"partial\": true"), "%s", json.out);
    cr_expect(says(json.out, "\"body_bytes\": 8"), "%s", json.out);
    cr_expect(says(json.out, "\"complete_bytes\": 2048"), "%s", json.out);
    cr_expect(says(why.out, "8 of 2.0K"), "%s", why.out);
}

Test(curlcache_parts, a_length_may_be_unknown)
{
    put_part("0123", 0, LCC_LENGTH_UNKNOWN);
    RUN_RESULT text = TOOL("list");
    RUN_RESULT json = TOOL("list", "--format", "json");

    cr_expect(says(text.out, "4 of ?"), "%s", text.out);
    cr_expect(says(json.out, "\"complete_bytes\": null"), "%s", json.out);
}

Test(curlcache_parts, a_body_with_gaps_is_neither_shown_nor_contained)
{
    put_part("0123", 0, 8);
    RUN_RESULT body = TOOL("show", "--body", URL_OF_PARTS);
    RUN_RESULT contains = TOOL("contains", URL_OF_PARTS);

    cr_expect_eq(body.exit_code, 3);
    cr_expect_str_eq(body.out, "");
    cr_expect(says(body.err, "only parts"), "%s", body.err);
    cr_expect_eq(contains.exit_code, 1);
}

Test(curlcache_parts, parts_that_are_all_are_as_good_as_a_whole)
{
    put_part("0123", 0, 8);
    put_part("4567", 4, 8);
    RUN_RESULT body = TOOL("show", "--body", URL_OF_PARTS);
    RUN_RESULT contains = TOOL("contains", URL_OF_PARTS);
    RUN_RESULT json = TOOL("list", "--format", "json");

    cr_expect_eq(body.exit_code, 0);
    cr_expect_str_eq(body.out, "01234567");
    cr_expect_eq(contains.exit_code, 0);
    cr_expect(says(json.out, "\"partial\": false"), "%s", json.out);
}

Test(curlcache_parts, they_are_removed_together)
{
    put_part("0123", 0, 8);
    put_part("67", 6, 8);
    RUN_RESULT removed = TOOL("remove", URL_OF_PARTS);
    RUN_RESULT stats = TOOL("list");

    cr_expect_eq(removed.exit_code, 0);
    cr_expect(says(removed.out, "1 response"), "%s", removed.out);
    cr_expect_eq(stats.exit_code, 1);
}
