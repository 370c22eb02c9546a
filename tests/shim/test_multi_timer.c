/*
 * test_multi_timer.c - what the program's timer is told, and who is listed as
 * being in a multi handle
 */
#include "tests/shim/multi_scene.h"

#include <criterion/criterion.h>

#include "shim/newer.h"
#include "shim/transfer.h"
#include "tests/shim/fake_process.h"

TestSuite(multi_timer, .init = scene_begin, .fini = scene_end);

/* --- timers
 * -------------------------------------------------------------------
 */

Test(multi_timer, the_timer_is_told_at_once_and_libcurls_time_after_it)
{
    struct lcc_handle *hit = scene_stored(URL);

    scene_add(scene_member(OTHER));
    cr_assert(scene.told_count == 1 && scene.told[0] == 0);
    fake.stalls = true;
    scene_timeout_comes();
    cr_expect(scene.told_count == 1, "libcurl has asked for nothing");
    cr_expect(fake.timer(scene.multi.curlm, 5000, fake.timer_data) == 0);
    cr_expect(scene.told[scene.told_count - 1] == 5000);
    fake.left_ms = 4900;
    scene_add(hit);
    cr_expect(scene.told[scene.told_count - 1] == 0, "the hit comes first");
    scene_timeout_comes();
    cr_expect(scene.told[scene.told_count - 1] == 0, "it was only begun");
    scene_timeout_comes();
    cr_expect(scene.told[scene.told_count - 1] > 4000 &&
                  scene.told[scene.told_count - 1] < 5000,
              "what is left of libcurl's: %ld",
              scene.told[scene.told_count - 1]);
}

Test(multi_timer, the_timer_is_told_again_while_hits_are_left)
{
    scene_stored(URL);
    for (int i = 0; i < 40; i++) {
        scene_add(scene_member(URL));
    }
    for (int running = 1; running;) {
        size_t before = scene.told_count = 0;

        running = scene_timeout_comes();
        cr_expect(scene.told_count == before + 1 && scene.told[0] == 0);
    }
    /* Once for the messages, too; this program reads none of them. */
    scene.told_count = 0;
    scene_timeout_comes();
    cr_expect(scene.told_count == 0);
}

/* As libcurl does: a timer that has run out is set anew once, when all is
 * done, and not where nothing is due. GLib's programs drop the one that called
 * them. */
Test(multi_timer, a_miss_that_begins_when_the_timer_runs_out_sets_it_once)
{
    scene_add(scene_member(OTHER));
    fake.stalls = true;
    fake.asks_on_add = true;
    scene.told_count = 0;
    scene_timeout_comes();
    cr_expect(fake.adds == 1 && scene.told_count == 0);
    scene_add(scene_member(URL));
    fake.left_ms = 200;
    scene.told_count = 0;
    scene_timeout_comes();
    cr_expect(fake.adds == 2 && scene.told_count == 1);
    cr_expect(scene.told[0] > 150 && scene.told[0] <= 200, "%ld",
              scene.told[0]);
}

/* By a socket libcurl does not forget what it has told. */
Test(multi_timer, a_miss_that_begins_at_another_call_sets_the_timer)
{
    const struct lcc_drive drive = {LCC_DRIVE_SOCKET_ACTION, 5, 0};
    int running;

    scene_add(scene_member(OTHER));
    fake.stalls = true;
    fake.asks_on_add = true;
    scene.told_count = 0;
    cr_assert(lcc_multi_drive(&scene.multi, &drive, &running) == CURLM_OK);
    cr_expect(fake.adds == 1 && scene.told_count == 1 && scene.told[0] == 0);
}

/* Which reads one message each time its timer has run out. */
Test(multi_timer, a_program_that_reads_one_message_at_a_time_gets_them_all)
{
    int read = 0;

    for (int i = 0; i < 3; i++) {
        scene_add(i ? scene_member(URL) : scene_stored(URL));
    }
    do {
        int left;

        scene.told_count = 0;
        scene_timeout_comes();
        read += scene_read(&left) != NULL;
        /* It takes the handle out, and nothing more is due for that. */
        lcc_timer_arm(scene.multi.state);
    } while (scene.told_count && scene.told[scene.told_count - 1] == 0);
    cr_expect_eq(read, 3);
}

Test(multi_timer, nobody_waits_while_a_hit_is_ready)
{
    long ms = -5;

    fake.timeout_ms = 300;
    scene_add(scene_stored(URL));
    cr_expect(lcc_multi_timeout(&scene.multi, &ms) == CURLM_OK && ms == 0);
    lcc_multi_wait(&scene.multi, true, NULL, 0, 1000, NULL);
    cr_expect(fake.waited_ms == 0);
    scene_perform_twice();
    cr_expect(lcc_multi_timeout(&scene.multi, &ms) == CURLM_OK && ms == 300);
    lcc_multi_wait(&scene.multi, false, NULL, 0, 1000, NULL);
    cr_expect(fake.waited_ms == 1000);
    lcc_multi_wait(&scene.multi, false, NULL, 0, -1, NULL);
    cr_expect(fake.waited_ms == -1, "libcurl finds fault with that");
}

Test(multi_timer, a_timer_that_fails_ends_the_hits)
{
    struct lcc_handle *handle = scene_stored(URL);

    scene.timer_answer = -1;
    cr_expect(scene_add(handle) == CURLM_ABORTED_BY_CALLBACK);
    cr_expect(scene_perform() == 0);
    cr_expect(scene_result_of(handle) == CURLE_ABORTED_BY_CALLBACK);
}

/* --- who is in it
 * -------------------------------------------------------------- */

static size_t listed(const struct lcc_handle *handle, size_t *ret_all)
{
    CURL **list = lcc_multi_handles(&scene.multi);
    size_t found = 0;

    cr_assert(list);
    for (*ret_all = 0; list[*ret_all]; ++*ret_all) {
        found += list[*ret_all] == handle->curl;
    }
    curl_free(list);
    return found;
}

static void expect_numbers(int current, int running, int done, int added)
{
    const int wanted[] = {current, running, 0, done, added};

    for (int info = LCC_XFERS_CURRENT; info <= LCC_XFERS_ADDED; info++) {
        curl_off_t number = -1;

        cr_assert(lcc_multi_offt(&scene.multi, info, &number) == CURLM_OK);
        cr_expect_eq(number, wanted[info - LCC_XFERS_CURRENT],
                     "info %d: %" CURL_FORMAT_CURL_OFF_T, info, number);
    }
}

Test(multi_timer, hits_are_listed_and_counted_with_what_libcurl_has)
{
    struct lcc_handle *hit = scene_stored(URL);
    struct lcc_handle *miss = scene_member(OTHER);
    curl_off_t number = -1;
    size_t all;

    scene_add(hit);
    scene_add(miss);
    cr_expect(listed(hit, &all) == 1 && all == 2);
    expect_numbers(2, 2, 0, 2);
    fake.stalls = true;
    scene_perform_twice();
    cr_expect(listed(hit, &all) == 1 && all == 2);
    cr_expect(listed(miss, &all) == 1);
    expect_numbers(2, 1, 1, 2);
    cr_expect(scene_result_of(hit) == CURLE_OK);
    expect_numbers(2, 1, 1, 2);
    lcc_multi_remove(&scene.multi, hit, hit->curl);
    cr_expect(listed(hit, &all) == 0 && all == 1);
    expect_numbers(1, 1, 0, 2);
    cr_expect(lcc_multi_offt(&scene.multi, 99, &number) ==
              CURLM_UNKNOWN_OPTION);
}
