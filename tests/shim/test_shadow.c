/*
 * test_shadow.c - what the shadow keeps, shares, forgets and copies
 */
#include <criterion/criterion.h>
#include <string.h>

#include "store/base.h"
#include "tests/shim/pair.h"

static struct pair made;

static void setup(void)
{
    pair_init(&made);
}

static void teardown(void)
{
    pair_done(&made);
}

TestSuite(shadow, .init = setup, .fini = teardown);

static const char *text(enum lcc_option_row row)
{
    return lcc_shadow_string(&made.shadow, row);
}

Test(shadow, a_string_is_copied)
{
    char url[] = "http://a/";

    pair_pointer(&made, CURLOPT_URL, url);
    url[7] = 'b';
    cr_expect(strcmp(text(LCC_OPT_URL), "http://a/") == 0);
}

Test(shadow, a_list_is_kept_by_reference)
{
    struct curl_slist *list = curl_slist_append(NULL, "A: b");

    pair_pointer(&made, CURLOPT_HTTPHEADER, list);
    cr_expect(lcc_shadow_list(&made.shadow, LCC_OPT_HTTPHEADER) == list);
    pair_pointer(&made, CURLOPT_HTTPHEADER, NULL);
    cr_expect(lcc_shadow_list(&made.shadow, LCC_OPT_HTTPHEADER) == NULL);
    curl_slist_free_all(list);
}

Test(shadow, what_libcurl_refuses_is_not_kept)
{
    cr_assert(pair_long(&made, CURLOPT_MAXREDIRS, -5) != CURLE_OK);
    cr_expect(lcc_shadow_long(&made.shadow, LCC_OPT_MAXREDIRS) == -1);
}

Test(shadow, unset_options_have_the_default_of_libcurl)
{
    cr_expect(lcc_shadow_long(&made.shadow, LCC_OPT_SSL_VERIFYPEER) == 1);
    cr_expect(lcc_shadow_long(&made.shadow, LCC_OPT_SSL_VERIFYHOST) == 2);
    cr_expect(lcc_shadow_long(&made.shadow, LCC_OPT_NOPROGRESS) == 1);
    cr_expect(lcc_shadow_off(&made.shadow, LCC_OPT_POSTFIELDSIZE_LARGE) == -1);
    for (int row = 0; row < LCC_OPT_MAX_; row++) {
        cr_expect(!lcc_shadow_differs(&made.shadow, (enum lcc_option_row)row));
    }
}

Test(shadow, the_default_set_by_hand_does_not_differ)
{
    pair_long(&made, CURLOPT_SSL_VERIFYPEER, 1);
    pair_long(&made, CURLOPT_SSL_VERIFYHOST, 1); /* the same as 2 */
    pair_long(&made, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_NONE);
    pair_pointer(&made, CURLOPT_PROXY, NULL);
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_SSL_VERIFYPEER));
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_SSL_VERIFYHOST));
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_HTTP_VERSION));
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_PROXY));
}

Test(shadow, no_proxy_at_all_differs_from_the_one_of_the_environment)
{
    pair_pointer(&made, CURLOPT_PROXY, "");
    cr_expect(lcc_shadow_differs(&made.shadow, LCC_OPT_PROXY));
}

Test(shadow, no_ca_at_all_differs_from_the_one_of_the_build)
{
    pair_pointer(&made, CURLOPT_CAINFO, NULL);
    cr_expect(lcc_shadow_differs(&made.shadow, LCC_OPT_CAINFO));
}

Test(shadow, a_number_and_its_large_form_are_one_field)
{
    pair_long(&made, CURLOPT_RESUME_FROM, 7);
    cr_expect(lcc_shadow_off(&made.shadow, LCC_OPT_RESUME_FROM_LARGE) == 7);
    pair_off(&made, CURLOPT_RESUME_FROM_LARGE, 0);
    cr_expect(lcc_shadow_long(&made.shadow, LCC_OPT_RESUME_FROM) == 0);
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_RESUME_FROM));
    pair_off(&made, CURLOPT_MAXFILESIZE_LARGE, 9);
    cr_expect(lcc_shadow_long(&made.shadow, LCC_OPT_MAXFILESIZE) == 9);
}

Test(shadow, of_two_sockets_the_last_one_counts)
{
    pair_pointer(&made, CURLOPT_UNIX_SOCKET_PATH, "/a");
    pair_pointer(&made, CURLOPT_ABSTRACT_UNIX_SOCKET, "b");
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_UNIX_SOCKET_PATH));
    cr_expect(strcmp(text(LCC_OPT_ABSTRACT_UNIX_SOCKET), "b") == 0);
    pair_pointer(&made, CURLOPT_UNIX_SOCKET_PATH, NULL);
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_ABSTRACT_UNIX_SOCKET));
}

Test(shadow, of_two_sets_of_protocols_the_last_one_counts)
{
    pair_pointer(&made, CURLOPT_PROTOCOLS_STR, "https");
    pair_long(&made, (CURLoption)181, CURLPROTO_HTTP | CURLPROTO_HTTPS);
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_PROTOCOLS_STR));
    cr_expect(lcc_shadow_differs(&made.shadow, LCC_OPT_PROTOCOLS));
}

Test(shadow, a_blob_is_copied)
{
    char data[] = "certificate";
    struct curl_blob blob = {data, sizeof(data), CURL_BLOB_NOCOPY};
    union lcc_value value = {.blob = blob};
    const struct curl_blob *kept = &made.shadow.value[LCC_OPT_CAINFO_BLOB].blob;

    lcc_shadow_set(&made.shadow, CURLOPT_CAINFO_BLOB, &value);
    data[0] = 'C';
    cr_assert(kept->len == sizeof(data));
    cr_expect(memcmp(kept->data, "certificate", sizeof(data)) == 0);
}

Test(shadow, copied_postfields_take_as_much_as_was_announced)
{
    pair_long(&made, CURLOPT_POSTFIELDSIZE, 3);
    pair_pointer(&made, CURLOPT_COPYPOSTFIELDS, "a\0b");
    cr_expect(memcmp(lcc_shadow_pointer(&made.shadow, LCC_OPT_POSTFIELDS),
                     "a\0b", 3) == 0);
}

Test(shadow, a_size_beyond_the_copy_lets_it_go)
{
    pair_pointer(&made, CURLOPT_COPYPOSTFIELDS, "abc");
    pair_long(&made, CURLOPT_POSTFIELDSIZE, 2);
    cr_expect(!lcc_shadow_pointer(&made.shadow, LCC_OPT_POSTFIELDS));
}

Test(shadow, postfields_replace_a_copy)
{
    static const char data[] = "x=y";

    pair_pointer(&made, CURLOPT_COPYPOSTFIELDS, "abc");
    pair_pointer(&made, CURLOPT_POSTFIELDS, data);
    cr_expect(lcc_shadow_pointer(&made.shadow, LCC_OPT_POSTFIELDS) == data);
    cr_expect(!lcc_shadow_differs(&made.shadow, LCC_OPT_COPYPOSTFIELDS));
}

Test(shadow, an_unknown_option_is_remembered_until_reset)
{
    union lcc_value value = {.number = 1};

    lcc_shadow_set(&made.shadow, (CURLoption)9998, &value);
    cr_expect(made.shadow.unknown);
    lcc_shadow_reset(&made.shadow);
    cr_expect(!made.shadow.unknown);
}

Test(shadow, reset_forgets_options_and_keeps_what_is_no_option)
{
    CURLSH *share = curl_share_init();

    pair_pointer(&made, CURLOPT_SHARE, share);
    pair_pointer(&made, CURLOPT_URL, "http://a/");
    pair_pointer(&made, CURLOPT_COOKIEJAR, "/dev/null");
    pair_long(&made, CURLOPT_HSTS_CTRL, CURLHSTS_ENABLE);
    curl_easy_reset(made.curl);
    lcc_shadow_reset(&made.shadow);
    cr_expect(!text(LCC_OPT_URL));
    cr_expect(lcc_shadow_pointer(&made.shadow, LCC_OPT_SHARE) == share);
    cr_expect(made.shadow.cookies_on);
    cr_expect(lcc_shadow_long(&made.shadow, LCC_OPT_HSTS_CTRL) ==
              CURLHSTS_ENABLE);
    pair_pointer(&made, CURLOPT_SHARE, NULL);
    curl_share_cleanup(share);
}

static bool takes_cookies(void)
{
    return lcc_shadow_takes_cookies(&made.shadow);
}

/* As libcurl: the share is a place, and switches nothing on. */
Test(shadow, a_share_brings_a_place_for_cookies_and_takes_it_away)
{
    lcc_shadow_join(&made.shadow, &made, LCC_JAR_NONE);
    cr_expect(!made.shadow.cookies_on);
    lcc_shadow_join(&made.shadow, &made, LCC_JAR_SHARED);
    cr_expect(made.shadow.cookies_on && !takes_cookies());
    lcc_shadow_join(&made.shadow, NULL, LCC_JAR_UNKNOWN);
    cr_expect(!made.shadow.cookies_on && !made.shadow.broken);
    pair_pointer(&made, CURLOPT_COOKIEJAR, "/dev/null");
    lcc_shadow_join(&made.shadow, &made, LCC_JAR_NONE);
    lcc_shadow_join(&made.shadow, NULL, LCC_JAR_UNKNOWN);
    cr_expect(takes_cookies(), "its own place is not the share's");
    lcc_shadow_join(&made.shadow, &made, LCC_JAR_SHARED);
    cr_expect(takes_cookies());
    lcc_shadow_join(&made.shadow, NULL, LCC_JAR_UNKNOWN);
    cr_expect(!takes_cookies(), "the share's took its place");
    pair_pointer(&made, CURLOPT_COOKIEFILE, "");
    lcc_shadow_join(&made.shadow, &made, LCC_JAR_SHARED);
    lcc_shadow_join(&made.shadow, NULL, LCC_JAR_UNKNOWN);
    cr_expect(takes_cookies(), "a file that was named is read again");
}

Test(shadow, nothing_is_served_by_way_of_a_share_that_was_not_followed)
{
    lcc_shadow_join(&made.shadow, &made, LCC_JAR_UNKNOWN);
    cr_expect(made.shadow.broken);
}

Test(shadow, a_line_given_to_a_share_switches_no_engine_on)
{
    lcc_shadow_join(&made.shadow, &made, LCC_JAR_SHARED);
    pair_pointer(&made, CURLOPT_COOKIELIST, "Set-Cookie: a=b; domain=a.test");
    cr_expect(!takes_cookies());
    lcc_shadow_join(&made.shadow, NULL, LCC_JAR_UNKNOWN);
    pair_pointer(&made, CURLOPT_COOKIELIST, "Set-Cookie: a=b; domain=a.test");
    cr_expect(takes_cookies());
}

/* libcurl 8.5 mended it. */
Test(shadow, duplicates_take_cookies_as_the_libcurl_has_it)
{
    static const struct {
        const char *file;
        unsigned int version;
        bool wanted;
    } rows[] = {
        {NULL, 0x075801, false},
        {"", 0x075801, true},
        {NULL, 0x080500, true},
    };

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        struct lcc_shadow copy;
        struct pair pair;

        pair_init(&pair);
        lcc_shadow_init(&copy);
        pair_pointer(&pair, CURLOPT_COOKIEJAR, NULL);
        if (rows[i].file) {
            pair_pointer(&pair, CURLOPT_COOKIEFILE, rows[i].file);
        }
        lcc_shadow_copy(&copy, &pair.shadow);
        lcc_shadow_duplicated(&pair.shadow, &copy, rows[i].version);
        cr_expect_eq(lcc_shadow_takes_cookies(&copy), rows[i].wanted, "row %zu",
                     i);
        cr_expect(lcc_shadow_takes_cookies(&pair.shadow));
        lcc_shadow_done(&copy);
        pair_done(&pair);
    }
}

Test(shadow, a_duplicate_has_strings_of_its_own_and_no_share)
{
    struct lcc_shadow copy;
    CURLSH *share = curl_share_init();

    lcc_shadow_init(&copy);
    pair_pointer(&made, CURLOPT_URL, "http://a/");
    pair_pointer(&made, CURLOPT_COPYPOSTFIELDS, "abc");
    pair_pointer(&made, CURLOPT_SHARE, share);
    lcc_shadow_copy(&copy, &made.shadow);
    cr_expect(lcc_shadow_string(&copy, LCC_OPT_URL) != text(LCC_OPT_URL));
    cr_expect(strcmp(lcc_shadow_string(&copy, LCC_OPT_URL), "http://a/") == 0);
    cr_expect(lcc_shadow_pointer(&copy, LCC_OPT_POSTFIELDS) ==
              lcc_shadow_string(&copy, LCC_OPT_COPYPOSTFIELDS));
    cr_expect(lcc_shadow_pointer(&copy, LCC_OPT_POSTFIELDS) !=
              lcc_shadow_pointer(&made.shadow, LCC_OPT_POSTFIELDS));
    cr_expect(!lcc_shadow_pointer(&copy, LCC_OPT_SHARE));
    cr_expect(copy.method == LCC_METHOD_POST);
    lcc_shadow_done(&copy);
    pair_pointer(&made, CURLOPT_SHARE, NULL);
    curl_share_cleanup(share);
}

/* --- cookies ------------------------------------------------------------- */

Test(shadow, cookies_are_on_once_a_file_jar_or_cookie_was_given)
{
    cr_expect(!made.shadow.cookies_on);
    pair_pointer(&made, CURLOPT_COOKIELIST, "ALL");
    cr_expect(!made.shadow.cookies_on);
    pair_pointer(&made, CURLOPT_COOKIELIST, "Set-Cookie: a=b; domain=x.org");
    cr_expect(made.shadow.cookies_on);
}

Test(shadow, cookie_files_gather_and_null_drops_them)
{
    pair_pointer(&made, CURLOPT_COOKIEFILE, "/nonexistent/a");
    pair_pointer(&made, CURLOPT_COOKIEFILE, "/nonexistent/b");
    cr_expect(strcmp(text(LCC_OPT_COOKIEFILE),
                     "/nonexistent/a\n/nonexistent/b") == 0);
    cr_expect(made.shadow.cookies_on && !made.shadow.cookies_stdin);
    pair_pointer(&made, CURLOPT_COOKIEFILE, "-");
    cr_expect(made.shadow.cookies_stdin);
    pair_pointer(&made, CURLOPT_COOKIEFILE, NULL);
    cr_expect(!text(LCC_OPT_COOKIEFILE));
    cr_expect(!made.shadow.cookies_on && !made.shadow.cookies_stdin);
}

/* --- names that stay resolved -------------------------------------------- */

static uint64_t digest_after(struct pair *pair, struct curl_slist *list)
{
    pair_pointer(pair, CURLOPT_RESOLVE, list);
    lcc_shadow_resolve(&pair->shadow);
    return pair->shadow.resolve_digest;
}

Test(shadow, a_resolved_name_stays_after_null_and_reset)
{
    struct curl_slist *list = curl_slist_append(NULL, "a.org:80:127.0.0.1");
    uint64_t digest = digest_after(&made, list);

    curl_slist_free_all(list);
    cr_expect(digest != 0);
    cr_expect(digest_after(&made, NULL) == digest);
    lcc_shadow_reset(&made.shadow);
    lcc_shadow_resolve(&made.shadow);
    cr_expect(made.shadow.resolve_digest == digest);
}

Test(shadow, the_list_is_read_when_the_transfer_starts)
{
    struct curl_slist *list = curl_slist_append(NULL, "a.org:80:127.0.0.1");
    struct lcc_shadow other;
    union lcc_value value = {.list = list};

    lcc_shadow_init(&other);
    lcc_shadow_set(&other, CURLOPT_RESOLVE, &value);
    lcc_shadow_resolve(&other);
    pair_pointer(&made, CURLOPT_RESOLVE, list);
    curl_slist_append(list, "b.org:80:127.0.0.2");
    lcc_shadow_resolve(&made.shadow);
    cr_expect(made.shadow.resolve_digest != other.resolve_digest);
    lcc_shadow_done(&other);
    curl_slist_free_all(list);
}

Test(shadow, the_same_list_again_changes_nothing_and_order_counts)
{
    struct curl_slist *a = curl_slist_append(NULL, "a.org:80:127.0.0.1");
    struct curl_slist *b = curl_slist_append(NULL, "a.org:80:127.0.0.2");
    struct pair other;
    uint64_t first = digest_after(&made, a);

    pair_init(&other);
    cr_expect(digest_after(&made, a) == first);
    cr_expect(digest_after(&made, b) != first);
    digest_after(&other, b);
    cr_expect(digest_after(&other, a) != made.shadow.resolve_digest);
    pair_done(&other);
    curl_slist_free_all(a);
    curl_slist_free_all(b);
}

Test(shadow, lists_that_differ_under_a_share_pass_everything_through)
{
    struct curl_slist *a = curl_slist_append(NULL, "a.org:80:127.0.0.1");
    struct curl_slist *b = curl_slist_append(NULL, "a.org:80:127.0.0.2");
    CURLSH *share = curl_share_init();
    struct pair other;

    pair_init(&other);
    pair_pointer(&made, CURLOPT_SHARE, share);
    pair_pointer(&other, CURLOPT_SHARE, share);
    digest_after(&made, a);
    lcc_shadow_resolve(&other.shadow);
    cr_expect(other.shadow.resolve_digest == made.shadow.resolve_digest);
    cr_expect(!other.shadow.unknown);
    digest_after(&other, b);
    lcc_shadow_resolve(&made.shadow);
    cr_expect(other.shadow.unknown && made.shadow.unknown);
    pair_pointer(&other, CURLOPT_SHARE, NULL);
    pair_done(&other);
    pair_pointer(&made, CURLOPT_SHARE, NULL);
    curl_share_cleanup(share);
    curl_slist_free_all(a);
    curl_slist_free_all(b);
}

/* --- when a key is still good
 * -------------------------------------------------- */

Test(shadow, only_what_takes_part_in_the_key_counts_as_a_change)
{
    uint64_t before;

    pair_pointer(&made, CURLOPT_URL, "http://a/");
    before = made.shadow.changes;
    pair_pointer(&made, CURLOPT_URL, "http://a/");
    pair_pointer(&made, CURLOPT_WRITEDATA, &before);
    pair_long(&made, CURLOPT_TIMEOUT, 5);
    cr_expect(made.shadow.changes == before);
    pair_pointer(&made, CURLOPT_URL, "http://b/");
    cr_expect(made.shadow.changes > before);
    before = made.shadow.changes;
    pair_long(&made, CURLOPT_SSL_VERIFYPEER, 0);
    cr_expect(made.shadow.changes > before);
}
