/*
 * test_multi.c - the engine's multi interface: what each side is asked, and
 * what the program is told of counts and messages
 */
#include "tests/shim/multi_scene.h"

#include <criterion/criterion.h>

#include "shim/newer.h"
#include "shim/transfer.h"
#include "tests/shim/fake_process.h"

TestSuite(multi, .init = scene_begin, .fini = scene_end);

/* --- hits and misses ----------------------------------------------------- */

Test(multi, a_hit_never_enters_libcurls_handle)
{
    struct lcc_handle *handle = scene_stored(URL);

    cr_assert(scene_add(handle) == CURLM_OK);
    cr_expect(scene_perform_twice() == 0);
    cr_expect(scene_result_of(handle) == CURLE_OK);
    cr_expect(lcc_multi_remove(&scene.multi, handle, handle->curl) == CURLM_OK);
    cr_expect(fake.adds == 0 && fake.removes == 0);
    cr_expect(process_counted(LCC_REASON_HIT) == 1);
}

/* No transfer over a network does: programs read no messages after it. */
Test(multi, a_hit_never_ends_in_the_call_that_begins_it)
{
    struct lcc_handle *first = scene_stored(URL);
    struct lcc_handle *second = scene_member(URL);
    int left = -1;

    scene_add(first);
    cr_expect(scene_timeout_comes() == 1);
    cr_expect(scene_read(&left) == NULL);
    cr_expect(scene.told[scene.told_count - 1] == 0, "there is more to do");
    scene_add(second);
    cr_expect(scene_timeout_comes() == 1, "the first ends, the second begins");
    cr_expect(scene_result_of(first) == CURLE_OK);
    cr_expect(scene_timeout_comes() == 0);
    cr_expect(scene_result_of(second) == CURLE_OK);
}

Test(multi, a_miss_is_stored_when_its_message_is_there)
{
    struct lcc_handle *handle = scene_member(URL);

    cr_assert(scene_add(handle) == CURLM_OK);
    cr_expect(fake.adds == 0, "it is planned when it is driven");
    cr_expect(scene_perform() == 0);
    cr_expect(process_stored() == 1, "before the program reads it");
    cr_expect(scene_result_of(handle) == CURLE_OK);
    cr_expect(fake.adds == 1);
}

Test(multi, hits_are_counted_with_what_libcurl_runs)
{
    struct lcc_handle *hit = scene_stored(URL);
    struct lcc_handle *late = scene_member(OTHER);

    fake.stalls = true;
    scene_add(late);
    cr_expect(scene_perform() == 1);
    scene_add(hit);
    cr_expect(scene_perform() == 2, "the hit has begun");
    cr_expect(scene_perform() == 1, "the hit has ended");
    cr_expect(scene_result_of(hit) == CURLE_OK);
    cr_expect(lcc_multi_remove(&scene.multi, late, late->curl) == CURLM_OK);
    cr_expect(process_counted(LCC_REASON_ABORTED) == 1);
    cr_expect(scene_perform() == 0);
}

Test(multi, one_call_tells_hits_for_a_while_only)
{
    enum { MANY = 40 };
    int running = MANY;
    int calls = 0;

    scene_stored(URL);
    for (int i = 0; i < MANY; i++) {
        scene_add(scene_member(URL));
    }
    while (running && calls < 2 * MANY) {
        int now = scene_perform();

        cr_expect(now <= running, "each call begins or tells one at least");
        running = now;
        calls++;
    }
    cr_expect(running == 0 && calls > 1, "%d calls", calls);
}

Test(multi, a_handle_that_libcurl_refuses_has_failed)
{
    struct lcc_handle *handle = scene_member(URL);

    fake.add_answer = CURLM_OUT_OF_MEMORY;
    cr_assert(scene_add(handle) == CURLM_OK);
    cr_expect(scene_perform() == 0);
    cr_expect(scene_result_of(handle) == CURLE_OUT_OF_MEMORY);
    cr_expect(handle->state->busy == false && handle->state->recorder == NULL);
}

Test(multi, messages_of_handles_that_are_not_ours_are_passed_on)
{
    struct lcc_handle *ours = scene_member(URL);
    struct lcc_handle *other = fake_handle_new(OTHER);
    int left = -1;
    CURLMsg *message;

    program_attach(&scene.programs[MEMBERS_MAX - 1], other);
    fake_of(other)->script = scene_page;
    scene_add(ours);
    fake.running[fake.count++] = other->curl;
    cr_expect(scene_perform() == 0);
    message = scene_read(&left);
    cr_expect(message->easy_handle == ours->curl && left == 1);
    message = scene_read(&left);
    cr_expect(message == &fake.messages[1], "libcurl's own");
    cr_expect(message->easy_handle == other->curl && left == 0);
    fake_handle_free(other);
}

/* Reading asks libcurl for nothing, and calls nobody back. */
Test(multi, a_drive_that_fails_takes_what_has_ended_all_the_same)
{
    const struct lcc_drive drive = {LCC_DRIVE_SOCKET_ACTION, 5, 0};
    struct lcc_handle *handle = scene_member(URL);
    int running = -1;

    fake.asks_on_add = true;
    fake.drive_answer = CURLM_INTERNAL_ERROR;
    scene_add(handle);
    cr_expect(lcc_multi_drive(&scene.multi, &drive, &running) ==
              CURLM_INTERNAL_ERROR);
    cr_expect(process_stored() == 1, "before the program reads it");
    cr_expect(fake.first == fake.last);
    cr_expect(scene_result_of(handle) == CURLE_OK);
}

Test(multi, what_had_ended_before_we_had_a_part_is_read_at_once)
{
    struct lcc_handle *other = fake_handle_new(OTHER);
    int left = -1;
    CURLMsg *message;

    fake.messages[fake.last++] =
        (CURLMsg){.msg = CURLMSG_DONE, .easy_handle = other->curl};
    scene_add(scene_member(URL));
    message = scene_read(&left);
    cr_expect(message == &fake.messages[0] && left == 0);
    cr_expect(scene_read(&left) == NULL);
    fake_handle_free(other);
}

Test(multi, a_message_vanishes_with_its_handle)
{
    struct lcc_handle *handle = scene_stored(URL);
    int left = -1;

    scene_add(handle);
    scene_perform();
    lcc_multi_remove(&scene.multi, handle, handle->curl);
    cr_expect(scene_read(&left) == NULL && left == 0);
}

Test(multi, names_that_were_given_to_one_member_are_all_members)
{
    struct lcc_handle *with = scene_member(URL);
    struct lcc_handle *without = scene_stored(OTHER);
    struct curl_slist *list = curl_slist_append(NULL, "origin.test:80:::1");

    fake_setopt_pointer(with, CURLOPT_RESOLVE, list);
    scene_add(with);
    scene_perform();
    scene_result_of(with);
    cr_expect(fake.adds == 1);
    scene_add(without);
    scene_perform();
    cr_expect(fake.adds == 2, "what is stored came from elsewhere");
    curl_slist_free_all(list);
}

/* --- pauses
 * ------------------------------------------------------------------- */

static size_t pause_here(struct program *program, char *data, size_t size)
{
    (void)program, (void)data, (void)size;
    return CURL_WRITEFUNC_PAUSE;
}

/* A hit that its second header line has paused. */
static struct lcc_handle *paused(void)
{
    struct lcc_handle *handle = scene_stored(URL);

    program_forget(&scene.programs[scene.count - 1]);
    scene.programs[scene.count - 1].at = 2;
    scene.programs[scene.count - 1].act = pause_here;
    cr_assert(scene_add(handle) == CURLM_OK);
    cr_assert(scene_perform_twice() == 1);
    return handle;
}

Test(multi, a_paused_hit_waits_without_a_sound)
{
    struct lcc_handle *handle = paused();
    long ms = -5;

    cr_expect(lcc_multi_timeout(&scene.multi, &ms) == CURLM_OK && ms == -1);
    cr_expect(scene_perform() == 1);
    scene.told_count = 0;
    scene.programs[scene.count - 1].act = NULL;
    cr_expect(lcc_multi_pause(handle, CURLPAUSE_CONT) == CURLE_OK);
    cr_expect(scene.told_count == 1 && scene.told[0] == 0,
              "it goes on at once");
    cr_expect(scene_timeout_comes() == 0);
    cr_expect(scene_result_of(handle) == CURLE_OK);
    cr_expect_str_eq(scene.programs[scene.count - 1].seen,
                     "H:HTTP/1.1 200 OK\r\nH:\r\nH:\r\nW:page");
}

static struct lcc_handle *to_resume;

static size_t resume_other(struct program *program, char *data, size_t size)
{
    (void)program, (void)data;
    cr_expect(lcc_multi_pause(to_resume, CURLPAUSE_CONT) == CURLE_OK);
    return size;
}

Test(multi, a_paused_hit_goes_on_by_a_callback_of_another)
{
    struct program *other;

    to_resume = paused();
    scene.programs[scene.count - 1].act = NULL;
    other = &scene.programs[scene.count];
    other->at = 1;
    other->act = resume_other;
    scene_add(scene_member(URL));
    for (int i = 0; i < 10 && scene_timeout_comes(); i++) {
    }
    cr_expect(scene_timeout_comes() == 0);
}

Test(multi, a_paused_hit_runs_out_of_time)
{
    struct lcc_handle *handle = scene_stored(URL);
    long ms = -5;

    lcc_engine_table()->forget(handle);
    fake_setopt_long(handle, CURLOPT_TIMEOUT_MS, 40);
    program_forget(&scene.programs[0]);
    scene.programs[0].at = 2;
    scene.programs[0].act = pause_here;
    scene_add(handle);
    cr_assert(scene_perform_twice() == 1);
    cr_expect(lcc_multi_timeout(&scene.multi, &ms) == CURLM_OK);
    cr_expect(ms > 0 && ms <= 40, "%ld", ms);
    for (int i = 0; i < 100 && scene_timeout_comes(); i++) {
    }
    cr_expect(scene_result_of(handle) == CURLE_OPERATION_TIMEDOUT);
}

Test(multi, a_hit_that_is_taken_away_leaves_nothing_behind)
{
    struct lcc_handle *handle = paused();

    cr_expect(lcc_multi_remove(&scene.multi, handle, handle->curl) == CURLM_OK);
    cr_expect(scene_perform() == 0);
    cr_expect(!handle->state->busy && !handle->state->serving);
    cr_expect(handle->multi == NULL);
    scene.programs[scene.count - 1].act = NULL;
    cr_expect(fake_perform(handle) == CURLE_OK, "it is free again");
}

/* --- inside callbacks
 * ----------------------------------------------------------
 */

static size_t clean_up_here(struct program *program, char *data, size_t size)
{
    (void)data;
    cr_expect(scene.multi.telling);
    program->handle->gone = true; /* as interpose_easy.c does */
    scene.multi.left = true;
    return size;
}

Test(multi, a_member_that_a_callback_cleaned_up_is_found_afterwards)
{
    struct lcc_handle *handle = scene_stored(URL);

    program_forget(&scene.programs[0]);
    scene.programs[0].at = 1;
    scene.programs[0].act = clean_up_here;
    scene_add(handle);
    scene_perform_twice();
    cr_assert(scene.multi.left);
    cr_expect(lcc_multi_next_gone(&scene.multi) == handle);
    lcc_multi_forget_member(handle);
    cr_expect(lcc_multi_next_gone(&scene.multi) == NULL && !scene.multi.left);
    handle->gone = false;
}
