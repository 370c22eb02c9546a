/*
 * multi_scene.c - the multi handle of the tests: libcurl's side and the
 * program's
 */
#include "tests/shim/multi_scene.h"

#include <criterion/criterion.h>

#include "shim/newer.h"
#include "shim/transfer.h"
#include "tests/shim/fake_process.h"

const struct fake_step scene_page[] = {
    {FAKE_HEADER, "HTTP/1.1 200 OK\r\n", 0},
    {FAKE_HEADER, "\r\n", 0},
    {FAKE_BODY, "page", 0},
    {FAKE_END, NULL, 0},
};

/* --- libcurl's multi handle ---------------------------------------------- */

struct multi_fake fake;

static CURLMcode fake_add(CURLM *multi, CURL *curl)
{
    if (fake.add_answer) {
        return fake.add_answer;
    }
    fake.adds++;
    fake.running[fake.count++] = curl;
    return fake.asks_on_add && fake.timer(multi, 0, fake.timer_data)
               ? CURLM_ABORTED_BY_CALLBACK
               : CURLM_OK;
}

static CURLMcode fake_remove(CURLM *multi, CURL *curl)
{
    (void)multi;
    fake.removes++;
    for (size_t i = 0; i < fake.count; i++) {
        if (fake.running[i] == curl) {
            fake.running[i] = fake.running[--fake.count];
        }
    }
    return CURLM_OK;
}

static CURLMcode fake_multi_perform(CURLM *multi, int *running)
{
    (void)multi;
    fake.drives++;
    while (fake.count && !fake.stalls) {
        CURL *curl = fake.running[--fake.count];
        CURLMsg *message = &fake.messages[fake.last++];

        message->msg = CURLMSG_DONE;
        message->easy_handle = curl;
        message->data.result = fake_real.easy_perform(curl);
    }
    *running = (int)fake.count;
    return fake.drive_answer;
}

static CURLMcode fake_action(CURLM *multi, curl_socket_t socket, int bits,
                             int *running)
{
    (void)bits;
    if (socket == CURL_SOCKET_TIMEOUT && fake.left_ms) {
        /* libcurl tells what is left, be it as before. */
        cr_assert(fake.timer(multi, fake.left_ms, fake.timer_data) == 0);
    }
    return fake_multi_perform(multi, running);
}

static CURLMsg *fake_read(CURLM *multi, int *left)
{
    (void)multi;
    *left = 0;
    return fake.first < fake.last ? &fake.messages[fake.first++] : NULL;
}

static CURLMcode fake_timeout(CURLM *multi, long *ms)
{
    (void)multi;
    *ms = fake.timeout_ms;
    return CURLM_OK;
}

static CURLMcode fake_wait(CURLM *multi, struct curl_waitfd *extra,
                           unsigned int count, int ms, int *ret)
{
    (void)multi, (void)extra, (void)count, (void)ret;
    fake.waits++;
    fake.waited_ms = ms;
    return CURLM_OK;
}

static CURLMcode fake_setopt(CURLM *multi, CURLMoption option, ...)
{
    va_list list;

    (void)multi;
    va_start(list, option);
    if (option == CURLMOPT_TIMERFUNCTION) {
        fake.timer = va_arg(list, curl_multi_timer_callback);
    } else if (option == CURLMOPT_TIMERDATA) {
        fake.timer_data = va_arg(list, void *);
    }
    va_end(list);
    return CURLM_OK;
}

static CURLMcode fake_cleanup(CURLM *multi)
{
    (void)multi;
    return CURLM_OK;
}

/* libcurl's own list and numbers: of those it knows. */
static CURL **fake_handles(CURLM *multi)
{
    CURL **list = calloc(fake.count + 1, sizeof(*list));

    (void)multi;
    for (size_t i = 0; list && i < fake.count; i++) {
        list[i] = fake.running[i];
    }
    return list;
}

static CURLMcode fake_offt(CURLM *multi, int info, curl_off_t *ret)
{
    (void)multi;
    if (info > LCC_XFERS_ADDED) {
        return CURLM_UNKNOWN_OPTION;
    }
    *ret = info == LCC_XFERS_ADDED     ? (curl_off_t)fake.adds
           : info <= LCC_XFERS_RUNNING ? (curl_off_t)fake.count
                                       : 0;
    return CURLM_OK;
}

static const struct lcc_real real = {
    .multi_get_handles = fake_handles,
    .multi_get_offt = fake_offt,
    .maprintf = curl_maprintf,
    .free = curl_free,
    .multi_add_handle = fake_add,
    .multi_remove_handle = fake_remove,
    .multi_perform = fake_multi_perform,
    .multi_socket_action = fake_action,
    .multi_info_read = fake_read,
    .multi_timeout = fake_timeout,
    .multi_wait = fake_wait,
    .multi_poll = fake_wait,
    .multi_setopt = fake_setopt,
    .multi_cleanup = fake_cleanup,
};

/* --- the program --------------------------------------------------------- */

struct multi_scene scene;

static struct lcc_handle *find(const CURL *curl)
{
    for (size_t i = 0; i < scene.count; i++) {
        if (scene.handles[i]->curl == curl) {
            return scene.handles[i];
        }
    }
    return NULL;
}

static int on_timer(CURLM *curlm, long ms, void *user)
{
    cr_expect(curlm == scene.multi.curlm && user == &scene.timer_answer);
    cr_expect(scene.multi.telling, "it is a callback");
    cr_expect(!scene.reads, "which libcurl never makes there");
    scene.told[scene.told_count++] = ms;
    return scene.timer_answer;
}

void scene_begin(void)
{
    process_begin();
    fake.timeout_ms = -1;
    scene.multi = (struct lcc_multi){.curlm = (CURLM *)&scene.multi,
                                     .real = &real,
                                     .find = find,
                                     .timer = on_timer,
                                     .timer_data = &scene.timer_answer};
}

void scene_end(void)
{
    if (scene.multi.state) {
        cr_expect(lcc_multi_cleanup(&scene.multi) == CURLM_OK);
    }
    for (size_t i = 0; i < scene.count; i++) {
        lcc_engine_table()->release(scene.handles[i]);
        fake_handle_free(scene.handles[i]);
    }
    process_end();
}

struct lcc_handle *scene_member(const char *url)
{
    struct lcc_handle *handle = fake_handle_new(url);

    program_attach(&scene.programs[scene.count], handle);
    fake_of(handle)->script = scene_page;
    scene.handles[scene.count++] = handle;
    return handle;
}

int scene_perform(void)
{
    const struct lcc_drive drive = {.kind = LCC_DRIVE_PERFORM};
    int running = -1;

    cr_assert(lcc_multi_drive(&scene.multi, &drive, &running) == CURLM_OK);
    return running;
}

int scene_perform_twice(void)
{
    scene_perform();
    return scene_perform();
}

int scene_timeout_comes(void)
{
    const struct lcc_drive drive = {LCC_DRIVE_SOCKET_ACTION,
                                    CURL_SOCKET_TIMEOUT, 0};
    int running = -1;

    cr_assert(lcc_multi_drive(&scene.multi, &drive, &running) == CURLM_OK);
    return running;
}

CURLMsg *scene_read(int *left)
{
    CURLMsg *message;

    scene.reads = true;
    message = lcc_multi_read(&scene.multi, left);
    scene.reads = false;
    return message;
}

CURLcode scene_result_of(const struct lcc_handle *handle)
{
    int left = -1;
    const CURLMsg *message = scene_read(&left);

    cr_assert(message && left == 0);
    cr_assert(message->msg == CURLMSG_DONE);
    cr_expect(message->easy_handle == handle->curl);
    return message->data.result;
}

struct lcc_handle *scene_stored(const char *url)
{
    struct lcc_handle *handle = scene_member(url);

    cr_assert(fake_perform(handle) == CURLE_OK);
    return handle;
}

CURLMcode scene_add(struct lcc_handle *handle)
{
    return lcc_multi_add(&scene.multi, handle);
}
