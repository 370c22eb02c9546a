/*
 * threads_mixed.c - sixteen threads with easy and multi handles on one cache
 *
 * A plain program under the preload, for the thread sanitizer above all
 * (Criterion's do not start under it). Each thread has its own way to drive;
 * each round mixes hits, misses, revalidations, ranges, large bodies and
 * stale answers that are refreshed beside. One more thread forks, and its
 * children make transfers of their own. Exit status 0: every body was right,
 * and the cache has answered.
 */
#include "tests/preload/ways.h"
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

enum {
    THREADS = 16,
    ROUNDS = 8,
    FORKS = 8,
    LARGE = 400 * 1000, /* beside the database */
    RANGED = 50 * 1000,
    RANGE_FIRST = 1000,
    RANGE_SIZE = 9000,
};

#define FRESH "Cache-Control: max-age=600\r\n"
#define CHECKED "Cache-Control: max-age=0\r\n"
#define STALE "Cache-Control: max-age=0, stale-while-revalidate=600\r\n"

static const struct origin_response answers[] = {
    {.path = "/fresh", .fields = FRESH, .body = "fresh\n"},
    {.path = "/other", .fields = FRESH, .body = "other\n"},
    {.path = "/checked", .fields = CHECKED, .body = "c\n"},
    {.path = "/stale", .fields = STALE, .body = "stale\n"},
    {.path = "/large", .fields = FRESH, .size = LARGE},
    {.path = "/ranged", .fields = FRESH, .size = RANGED, .ranges = true},
};

/* What is asked for in each round. */
static const struct kind {
    const char *path;
    bool miss;        /* with a query of its own: never stored before */
    const char *body; /* NULL: `size` bytes of the pattern */
    size_t first;
    size_t size;
    bool range;
    bool stale; /* refreshed by a thread: not in a child of many threads */
} kinds[] = {
    {.path = "/fresh", .body = "fresh\n"},
    {.path = "/other", .miss = true, .body = "other\n"},
    {.path = "/checked", .body = "c\n"},
    {.path = "/large", .size = LARGE},
    {.path = "/ranged",
     .first = RANGE_FIRST,
     .size = RANGE_SIZE,
     .range = true},
    {.path = "/stale", .body = "stale\n", .stale = true},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static struct origin *origin;
static atomic_uint wrong;
static atomic_uint rounds; /* each asks for all kinds */

#define EXPECT(is_so)                                                          \
    do {                                                                       \
        if (!(is_so)) {                                                        \
            (void)fprintf(stderr, "threads_mixed: line %d: not so: %s\n",      \
                          __LINE__, #is_so);                                   \
            atomic_fetch_add(&wrong, 1);                                       \
        }                                                                      \
    } while (0)

struct asked {
    const struct kind *kind;
    CURL *curl;
    size_t got;
    bool differs;
};

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
    struct asked *asked = arg;
    const struct kind *kind = asked->kind;

    for (size_t i = 0; i < size * count; i++, asked->got++) {
        unsigned char wanted =
            kind->body ? (unsigned char)(asked->got < strlen(kind->body)
                                             ? kind->body[asked->got]
                                             : 0)
                       : origin_pattern(kind->first + asked->got);

        asked->differs |= (unsigned char)bytes[i] != wanted;
    }
    return size * count;
}

static void ask(struct asked *asked, const struct kind *kind)
{
    unsigned int number = kind->miss ? atomic_fetch_add(&rounds, 1) : 0;
    char url[256];
    char range[64];

    snprintf(url, sizeof(url), "%s%s?%ld-%u", origin_base(origin), kind->path,
             kind->miss ? (long)getpid() : 0, number);
    snprintf(range, sizeof(range), "%zu-%zu", kind->first,
             kind->first + kind->size - 1);
    asked->kind = kind;
    asked->got = 0;
    asked->differs = false;
    curl_easy_setopt(asked->curl, CURLOPT_URL, url);
    curl_easy_setopt(asked->curl, CURLOPT_RANGE, kind->range ? range : NULL);
    curl_easy_setopt(asked->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(asked->curl, CURLOPT_WRITEDATA, asked);
    curl_easy_setopt(asked->curl, CURLOPT_NOSIGNAL, 1L);
}

static void expect_told(const struct asked *asked)
{
    const struct kind *kind = asked->kind;
    long status = 0;

    EXPECT(!asked->differs);
    EXPECT(asked->got == (kind->body ? strlen(kind->body) : kind->size));
    EXPECT(curl_easy_getinfo(asked->curl, CURLINFO_RESPONSE_CODE, &status) ==
           CURLE_OK);
    EXPECT(status == (kind->range ? 206 : 200));
}

/* One of each kind, at once where the way lets them. */
static void round_of(enum way way, bool stale)
{
    struct asked asked[KINDS];
    CURL *curls[KINDS];
    int count = 0;
    CURLcode code;

    for (int i = 0; i < KINDS; i++) {
        if (kinds[i].stale && !stale) {
            continue;
        }
        asked[count].curl = curls[count] = curl_easy_init();
        ask(&asked[count++], &kinds[i]);
    }
    code = ways_transfer(way, curls, count);
    if (code != CURLE_OK) {
        (void)fprintf(stderr, "threads_mixed: way %d: %s\n", (int)way,
                      curl_easy_strerror(code));
        atomic_fetch_add(&wrong, 1);
    }
    for (int i = 0; i < count; i++) {
        expect_told(&asked[i]);
        curl_easy_cleanup(curls[i]);
    }
}

static void *transfer_main(void *arg)
{
    enum way way = (enum way)(*(int *)arg % WAY_COUNT);

    for (int i = 0; i < ROUNDS; i++) {
        round_of(way, true);
    }
    return NULL;
}

static void fork_one(int number)
{
    int status = 0;
    pid_t child = FORKS_BESIDE_THREADS ? fork() : -1;

    if (child == 0) {
        atomic_store(&wrong, 0);
        alarm(120);
        round_of((enum way)(number % WAY_COUNT), false);
        round_of(WAY_EASY, false);
        _exit(atomic_load(&wrong) ? 1 : 0);
    }
    if (child > 0) {
        EXPECT(waitpid(child, &status, 0) == child);
        EXPECT(status == 0);
    }
}

static void *fork_main(void *arg)
{
    (void)arg;
    for (int i = 0; i < FORKS; i++) {
        fork_one(i);
        round_of((enum way)(i % WAY_COUNT), true);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS + 1];
    int numbers_of[THREADS];
    char *folder = tmpdir_new();
    unsigned int asked;

    setenv("CURLCACHE_DIR", folder, 1);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    origin = origin_start(NULL);
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        origin_answer(origin, &answers[i]);
    }
    origin_validate(origin);
    for (int i = 0; i < THREADS; i++) {
        numbers_of[i] = i;
        EXPECT(pthread_create(&threads[i], NULL, transfer_main,
                              &numbers_of[i]) == 0);
    }
    EXPECT(pthread_create(&threads[THREADS], NULL, fork_main, NULL) == 0);
    for (int i = 0; i <= THREADS; i++) {
        EXPECT(pthread_join(threads[i], NULL) == 0);
    }
    asked = atomic_load(&rounds) * KINDS;
    printf("%u transfers, %d requests, %d of them answered by a 304\n", asked,
           origin_total(origin), origin_not_modified(origin));
    /* Fresh ones are two of six kinds, a part of a fresh one a third. */
    EXPECT(origin_total(origin) < (int)(asked - asked / 3));
    EXPECT(origin_not_modified(origin) > 0);
    origin = origin_stop(origin);
    tmpdir_free(folder);
    return atomic_load(&wrong) ? 1 : 0;
}
