/*
 * threads_refresh.c - stale answers to many threads, refreshed beside them
 *
 * A plain program over the engine, for the thread sanitizer above all (see
 * threads.c). Each round one request reaches the origin, however many threads
 * meet the stale answer; forks come in between. The last round ends while the
 * refresh is under way. Exit status 0: all is well.
 */
#include "shim/engine.h"
#include "tests/support/forks.h"
#include "tests/support/origin.h"
#include "tests/support/tmpdir.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, ROUNDS = 12, WAIT_MS = 10 * 1000, SLOW_MS = 300 };

#define FIELDS "Cache-Control: max-age=0, stale-while-revalidate=600\r\n"

/* Programs call the deprecated ones too. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
static const struct lcc_real real = {
    .complete = true,
#define LCC_REAL(name, need) .name = curl_##name,
#include "shim/real.def"
#undef LCC_REAL
};
#pragma GCC diagnostic pop

static struct origin *origin;
static char *url;
static pthread_barrier_t barrier;
static atomic_uint wrong;

#define EXPECT(is_so)                                                          \
    do {                                                                       \
        if (!(is_so)) {                                                        \
            (void)fprintf(stderr, "threads_refresh: line %d: not so: %s\n",    \
                          __LINE__, #is_so);                                   \
            atomic_fetch_add(&wrong, 1);                                       \
        }                                                                      \
    } while (0)

static size_t count_bytes(char *bytes, size_t size, size_t count, void *total)
{
    (void)bytes;
    *(size_t *)total += size * count;
    return size * count;
}

static void set(struct lcc_handle *handle, CURLoption option, void *value)
{
    union lcc_value kept = {.pointer = value};

    EXPECT(curl_easy_setopt(handle->curl, option, value) == CURLE_OK);
    lcc_shadow_set(&handle->shadow, option, &kept);
}

/* As a program would have it through the preloaded object. */
static void get(void)
{
    const curl_write_callback counter = count_bytes;
    struct lcc_handle handle = {.curl = curl_easy_init(), .real = &real};
    size_t total = 0;
    void *writer;

    memcpy(&writer, &counter, sizeof(writer));
    lcc_shadow_init(&handle.shadow);
    set(&handle, CURLOPT_URL, url);
    set(&handle, CURLOPT_WRITEFUNCTION, writer);
    set(&handle, CURLOPT_WRITEDATA, &total);
    EXPECT(lcc_engine_table()->perform(&handle) == CURLE_OK);
    EXPECT(total == strlen("page\n"));
    lcc_engine_table()->release(&handle);
    curl_easy_cleanup(handle.curl);
    lcc_shadow_done(&handle.shadow);
}

static void *thread_main(void *arg)
{
    (void)arg;
    pthread_barrier_wait(&barrier);
    get();
    return NULL;
}

static void fork_once(void)
{
    int status = 0;
    pid_t child = FORKS_BESIDE_THREADS ? fork() : -1;

    if (child == 0) {
        get();
        _exit(atomic_load(&wrong) ? 1 : 0);
    }
    if (child > 0) {
        EXPECT(waitpid(child, &status, 0) == child && status == 0);
    }
}

static void wait_for(int requests)
{
    for (int i = 0; i < WAIT_MS && origin_total(origin) < requests; i++) {
        usleep(1000);
    }
    EXPECT(origin_total(origin) == requests);
    /* The answer, and the lease. */
    usleep(2 * SLOW_MS * 1000);
}

static void round_of(int number)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_create(&threads[i], NULL, thread_main, NULL) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    fork_once();
    wait_for(1 + number);
}

int main(void)
{
    const struct origin_response page = {.path = "/page",
                                         .fields = FIELDS "ETag: \"a\"\r\n",
                                         .body = "page\n",
                                         .pause_ms = SLOW_MS};
    char *folder = tmpdir_new();

    setenv("CURLCACHE_DIR", folder, 1);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    origin = origin_start(NULL);
    origin_answer(origin, &page);
    url = text_of("%s/page", origin_base(origin));
    pthread_barrier_init(&barrier, NULL, THREADS);
    get();
    for (int i = 1; i <= ROUNDS; i++) {
        round_of(i);
    }
    get();
    curl_global_cleanup();
    tmpdir_free(folder);
    return atomic_load(&wrong) ? 1 : 0;
}
