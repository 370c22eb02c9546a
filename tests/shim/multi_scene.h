/*
 * multi_scene.h - a multi handle of the engine's over a libcurl that plays a
 * script
 *
 * The clock moves a millisecond each time it is looked at.
 */
#ifndef LCC_TESTS_MULTI_SCENE_H
#define LCC_TESTS_MULTI_SCENE_H

#include "shim/multi_adapter.h"
#include "shim/multi_state.h"
#include "tests/shim/fake_real.h"
#include "tests/shim/program.h"

enum { MEMBERS_MAX = 64, TOLD_MAX = 64 };

#define URL "http://origin.test/dir/page"
#define OTHER "http://origin.test/dir/other"

/* What the origin answers. */
extern const struct fake_step scene_page[];

/* libcurl's multi handle. */
struct multi_fake {
    CURL *running[MEMBERS_MAX];
    size_t count;
    CURLMsg messages[MEMBERS_MAX];
    size_t first;
    size_t last;
    curl_multi_timer_callback timer;
    long left_ms; /* until its own time-out; 0: it has none */
    void *timer_data;
    long timeout_ms;
    int waited_ms;
    CURLMcode add_answer;
    CURLMcode drive_answer; /* after all that it does */
    unsigned int drives;
    unsigned int waits;
    unsigned int adds;
    unsigned int removes;
    bool stalls; /* nothing ends */
    bool asks_on_add;
};
extern struct multi_fake fake;

/* The program's, and what its timer was told. */
struct multi_scene {
    struct lcc_multi multi;
    long told[TOLD_MAX];
    size_t told_count;
    int timer_answer;
    bool reads; /* it is in curl_multi_info_read() */
    struct lcc_handle *handles[MEMBERS_MAX];
    struct program programs[MEMBERS_MAX];
    size_t count; /* of both */
};
extern struct multi_scene scene;

void scene_begin(void);
void scene_end(void);
/* A handle that is in nothing yet, and one whose answer is stored. */
struct lcc_handle *scene_member(const char *url);
struct lcc_handle *scene_stored(const char *url);
CURLMcode scene_add(struct lcc_handle *handle);
/* How many run after it. */
int scene_perform(void);
/* A hit is planned in one call, and told in the next. */
int scene_perform_twice(void);
int scene_timeout_comes(void);
/* A message, or NULL: nothing is called back meanwhile. */
CURLMsg *scene_read(int *left);
/* The one message there is, of this handle. */
CURLcode scene_result_of(const struct lcc_handle *handle);

#endif
