/*
 * test_multi_idle.c - what libcurl is not asked while its own multi handle has
 * nothing to do, and when it is asked again
 */
#include "tests/shim/multi_scene.h"

#include <criterion/criterion.h>

#include "shim/transfer.h"
#include "tests/shim/fake_process.h"

TestSuite(multi_idle, .init = scene_begin, .fini = scene_end);

static struct lcc_handle *hit;

/* A hit is told once, so that libcurl's handle is known to be empty. */
static void become_idle(void)
{
    hit = scene_stored(URL);
    scene_add(hit);
    scene_perform_twice();
    cr_assert(scene_result_of(hit) == CURLE_OK);
    cr_assert(lcc_multi_remove(&scene.multi, hit, hit->curl) == CURLM_OK);
    cr_assert(scene.multi.idle);
    fake.drives = 0;
}

/* One more hit, which is due. */
static void add_hit(void)
{
    cr_assert(scene_add(hit) == CURLM_OK);
}

static CURLMcode wait_for(unsigned int extra, int ms, int *ret)
{
    struct curl_waitfd waited = {.fd = 0};

    return lcc_multi_wait(&scene.multi, true, &waited, extra, ms, ret);
}

Test(multi_idle, a_new_one_is_driven_once)
{
    become_idle();
    add_hit();
    cr_expect(scene_perform() == 1, "the hit has begun");
    cr_expect(scene_perform() == 0);
    cr_expect(scene_result_of(hit) == CURLE_OK);
    cr_expect(fake.drives == 0);
}

Test(multi_idle, it_is_driven_as_soon_as_a_handle_is_in_it)
{
    become_idle();
    scene_add(scene_member(OTHER));
    cr_expect(scene_perform() == 0);
    cr_expect(fake.adds == 1 && fake.drives == 1, "a miss");
    scene_perform();
    cr_expect(fake.drives == 1, "which is over");
}

Test(multi_idle, it_is_driven_while_anything_is_under_way)
{
    become_idle();
    fake.stalls = true;
    scene_add(scene_member(OTHER));
    cr_expect(scene_perform() == 1 && scene_perform() == 1);
    cr_expect(fake.drives == 2);
}

Test(multi_idle, it_is_driven_while_a_time_is_set)
{
    become_idle();
    scene.multi.idle = false;
    fake.timeout_ms = 300;
    scene_perform_twice();
    cr_expect(fake.drives == 2);
    fake.timeout_ms = -1;
    scene_perform_twice();
    cr_expect(fake.drives == 3);
}

Test(multi_idle, it_is_driven_where_handles_are_in_it_past_us)
{
    become_idle();
    scene.multi.mixed = true;
    scene.multi.idle = false;
    scene_perform_twice();
    cr_expect(fake.drives == 2);
}

Test(multi_idle, it_is_driven_after_a_handle_has_left_it)
{
    struct lcc_handle *miss = scene_member(OTHER);

    become_idle();
    scene_add(miss);
    scene_perform();
    cr_expect(scene.multi.idle);
    lcc_multi_remove(&scene.multi, miss, miss->curl);
    cr_expect(fake.removes == 1 && !scene.multi.idle);
}

/* Which means that a time has run out, or a descriptor is ready. */
Test(multi_idle, socket_action_is_passed_on)
{
    become_idle();
    scene_timeout_comes();
    cr_expect(fake.drives == 1);
}

Test(multi_idle, who_waits_while_a_hit_is_due_makes_no_system_call)
{
    int ready = -1;

    become_idle();
    add_hit();
    cr_expect(wait_for(0, 1000, &ready) == CURLM_OK && ready == 0);
    cr_expect(wait_for(0, 0, NULL) == CURLM_OK);
    cr_expect(scene_perform() == 1);
    cr_expect(wait_for(0, 1000, &ready) == CURLM_OK);
    cr_expect(fake.waits == 0);
    /* What curl_multi_wakeup() has left is found by this one. */
    cr_expect(scene_perform() == 0);
    cr_expect(wait_for(0, 1000, &ready) == CURLM_OK);
    cr_expect(fake.waits == 1 && fake.waited_ms == 1000);
}

Test(multi_idle, what_only_libcurl_can_tell_is_asked_while_a_hit_is_due)
{
    become_idle();
    add_hit();
    wait_for(1, 1000, NULL);
    cr_expect(fake.waits == 1 && fake.waited_ms == 0, "about a descriptor");
    wait_for(0, -1, NULL);
    cr_expect(fake.waits == 2, "whether that is an error");
    fake.stalls = true;
    scene_add(scene_member(OTHER));
    scene_perform();
    wait_for(0, 1000, NULL);
    cr_expect(fake.waits == 3, "about its own transfer");
}
