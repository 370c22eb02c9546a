/*
 * test_plan_outside.c - what changes a plan without any setopt, and what an
 * unchanged plan costs
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/shim/plan_support.h"

static const struct setting url = TEXT(URL, "http://example.org/");

static struct lcc_hash key_of(struct subject *subject)
{
    cr_assert_eq(subject_plan(subject), LCC_REASON_NONE, "%s",
                 lcc_reason_word(subject->plan.reason));
    return subject->plan.id.request;
}

static bool same(struct lcc_hash a, struct lcc_hash b)
{
    return lcc_hash_equal(&a, &b);
}

Test(plan_outside, an_unchanged_plan_is_kept)
{
    /* Which libcurl has to read. */
    static const struct setting read = TEXT(URL, "http://example.org/%61");
    struct subject subject;
    struct lcc_hash before;
    size_t parsed;

    subject_init(&subject);
    subject_set(&subject, &read);
    before = key_of(&subject);
    cr_expect_gt(test_urls_parsed(), 0);
    parsed = test_urls_parsed();
    cr_expect(same(before, key_of(&subject)));
    cr_expect_eq(test_urls_parsed(), parsed, "the URL was read again");
    subject_set(&subject, &read);
    cr_expect(same(before, key_of(&subject)));
    subject_done(&subject);
}

Test(plan_outside, a_renewed_secret_makes_a_new_plan)
{
    static const struct lcc_secret renewed = {"another secret."};
    struct subject subject;
    struct lcc_hash before;
    struct lcc_hash url_before;

    subject_init(&subject);
    subject_set(&subject, &url);
    before = key_of(&subject);
    url_before = subject.plan.id.url;
    cr_assert_eq(lcc_plan_make(&subject.handle, &subject.policy, &renewed,
                               &subject.plan),
                 0);
    cr_expect_not(same(before, subject.plan.id.request));
    cr_expect_not(same(url_before, subject.plan.id.url));
    subject_done(&subject);
}

Test(plan_outside, a_plan_follows_the_handle)
{
    static const struct setting key = TEXT(HTTPHEADER, "X-Api-Key: 1");
    struct subject subject;
    struct lcc_hash before;

    subject_init(&subject);
    subject_set(&subject, &url);
    before = key_of(&subject);
    subject_set(&subject, &key);
    cr_expect_not(same(before, key_of(&subject)));
    curl_easy_reset(subject.handle.curl);
    lcc_shadow_reset(&subject.handle.shadow);
    subject_set(&subject, &url);
    cr_expect(same(before, key_of(&subject)));
    subject_done(&subject);
}

Test(plan_outside, each_variable_counts_when_it_is_set_between_two_transfers)
{
    static const char *const variables[] = {
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy",
        "ALL_PROXY",  "no_proxy",    "NO_PROXY",    "SSL_CERT_FILE",
        "SSL_DIR",    "SSL_CERT_DIR"};
    struct lcc_hash before;
    struct subject subject;

    subject_init(&subject);
    subject_set(&subject, &url);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(variables); i++) {
        unsetenv(variables[i]);
        before = key_of(&subject);
        setenv(variables[i], "a", 1);
        cr_expect_not(same(before, key_of(&subject)), "%s", variables[i]);
        setenv(variables[i], "", 1);
        cr_expect_not(same(before, key_of(&subject)), "%s", variables[i]);
        unsetenv(variables[i]);
        cr_expect(same(before, key_of(&subject)), "%s", variables[i]);
    }
    subject_done(&subject);
}

Test(plan_outside, variables_that_libcurl_does_not_read_do_not_count)
{
    static const char *const variables[] = {"HTTP_PROXY", "SSLKEYLOGFILE",
                                            "http_proxy_", "LANG"};
    struct lcc_hash before;
    struct subject subject;

    subject_init(&subject);
    subject_set(&subject, &url);
    before = key_of(&subject);
    for (size_t i = 0; i < LCC_ARRAY_SIZE(variables); i++) {
        setenv(variables[i], "http://p:1", 1);
        cr_expect(same(before, key_of(&subject)), "%s", variables[i]);
    }
    subject_done(&subject);
}

Test(plan_outside, a_list_that_was_edited_in_place_counts)
{
    static const struct setting key = TEXT(HTTPHEADER, "X-Api-Key: 1");
    static const struct setting to = TEXT(CONNECT_TO, "::127.0.0.1:1");
    struct subject subject;
    struct lcc_hash before;

    subject_init(&subject);
    subject_set(&subject, &url);
    subject_set(&subject, &key);
    subject_set(&subject, &to);
    before = key_of(&subject);
    subject.lists[0]->data[11] = '2';
    cr_expect_not(same(before, key_of(&subject)));
    subject.lists[0]->data[11] = '1';
    cr_expect(same(before, key_of(&subject)));
    subject.lists[1]->data[12] = '2';
    cr_expect_not(same(before, key_of(&subject)));
    subject_done(&subject);
}

Test(plan_outside, a_url_object_that_was_edited_in_place_counts)
{
    struct subject subject;
    struct lcc_hash before;
    CURLU *object = curl_url();
    union lcc_value value = {.pointer = object};

    curl_url_set(object, CURLUPART_URL, "http://example.org/", 0);
    subject_init(&subject);
    curl_easy_setopt(subject.handle.curl, CURLOPT_CURLU, object);
    lcc_shadow_set(&subject.handle.shadow, CURLOPT_CURLU, &value);
    before = key_of(&subject);
    curl_url_set(object, CURLUPART_PATH, "/other", 0);
    cr_expect_not(same(before, key_of(&subject)));
    curl_url_set(object, CURLUPART_PATH, "/", 0);
    cr_expect(same(before, key_of(&subject)));
    curl_url_set(object, CURLUPART_USER, "joe", 0);
    cr_expect_not(same(before, key_of(&subject)));
    curl_url_set(object, CURLUPART_SCHEME, "ftp", 0);
    cr_expect_eq(subject_plan(&subject), LCC_REASON_SCHEME);
    subject_done(&subject);
    curl_url_cleanup(object);
}

Test(plan_outside, a_name_once_resolved_by_hand_stays_in_the_key)
{
    static const struct setting resolve =
        TEXT(RESOLVE, "example.org:80:127.0.0.1");
    static const struct setting none = TEXT(RESOLVE, NULL);
    struct subject subject;
    struct lcc_hash before;
    struct lcc_hash with;

    subject_init(&subject);
    subject_set(&subject, &url);
    before = key_of(&subject);
    subject_set(&subject, &resolve);
    with = key_of(&subject);
    cr_expect_not(same(before, with));
    subject_set(&subject, &none);
    cr_expect_not(same(before, key_of(&subject)));
    curl_easy_reset(subject.handle.curl);
    lcc_shadow_reset(&subject.handle.shadow);
    subject_set(&subject, &url);
    cr_expect_not(same(before, key_of(&subject)));
    subject_done(&subject);
}

/* --- netrc
 * ---------------------------------------------------------------------- */

static const struct setting netrc = NUMBER(NETRC, CURL_NETRC_OPTIONAL);

Test(plan_outside, a_netrc_file_counts_when_it_is_asked_for)
{
    struct setting file = {
        .option = CURLOPT_NETRC_FILE,
        .text = test_file("n", "machine example.org login a password b")};
    struct subject subject;
    struct lcc_hash before;

    subject_init(&subject);
    subject_set(&subject, &url);
    subject_set(&subject, &file);
    before = key_of(&subject);
    subject_set(&subject, &netrc);
    cr_expect_not(same(before, key_of(&subject)));
    before = key_of(&subject);
    cr_expect(same(before, key_of(&subject)));
    test_file("n", "machine example.org login a password c");
    cr_expect_not(same(before, key_of(&subject)));
    subject_done(&subject);
}

Test(plan_outside, the_netrc_file_of_the_home_is_the_default)
{
    struct subject subject;
    struct lcc_hash before;

    setenv("HOME", test_folder(), 1);
    subject_init(&subject);
    subject_set(&subject, &url);
    subject_set(&subject, &netrc);
    before = key_of(&subject);
    test_file(".netrc", "machine example.org login a password b");
    cr_expect_not(same(before, key_of(&subject)));
    subject_done(&subject);
}

Test(plan_outside, a_netrc_that_cannot_be_known_stays_out)
{
    char fifo[128];
    struct setting file = {.option = CURLOPT_NETRC_FILE, .text = fifo};
    struct subject subject;

    snprintf(fifo, sizeof(fifo), "%s/fifo", test_folder());
    cr_assert_eq(mkfifo(fifo, 0600), 0);
    subject_init(&subject);
    subject_set(&subject, &url);
    subject_set(&subject, &netrc);
    subject_set(&subject, &file);
    cr_expect_eq(subject_plan(&subject), LCC_REASON_AUTH);
    subject_done(&subject);
}

Test(plan_outside, the_same_request_has_the_same_key_in_another_handle)
{
    static const struct setting settings[SETTINGS_MAX] = {
        TEXT(URL, "https://joe:pw@example.org/a?b#c"),
        TEXT(HTTPHEADER, "X-Api-Key: 1|Accept: a/b"),
        TEXT(COOKIE, "a=b"),
        NUMBER(SSL_VERIFYPEER, 0),
        TEXT(CONNECT_TO, "::127.0.0.1:1"),
        TEXT(COOKIELIST, "example.org\tFALSE\t/\tFALSE\t0\ta\t1"),
    };
    struct subject one;
    struct subject other;

    subject_init(&one);
    subject_init(&other);
    subject_set_all(&one, settings);
    for (size_t i = 6; i > 0; i--) {
        subject_set(&other, &settings[i - 1]);
    }
    cr_expect(same(key_of(&one), key_of(&other)));
    subject_done(&one);
    subject_done(&other);
}
