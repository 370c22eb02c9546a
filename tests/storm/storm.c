/*
 * storm.c - programs under the preload, killed while they transfer
 *
 * usage: storm CLIENT PRELOAD TOOL [name=number]...
 *        workers=12 seconds=10 kills=0 min_ms=20 max_ms=50 respawn_ms=0
 *        stop=1 coalesce_s=1 generation_ms=1500 max_mb=0 seed=1 keep=0
 *
 * Starts an origin, programs of each kind (storm.h) that share one cache, and
 * some of the same without the preload. Kills one of the first at random every
 * min_ms to max_ms, stops some for 200 to 3000 ms, and starts others in their
 * place respawn_ms later. Ends after so many seconds or, when kills is not 0,
 * after so many kills. Then everything that was seen being stored is asked for
 * by the cache alone, `curlcache verify` reads the cache, and the report is
 * judged (judge.h). max_mb: the limit of the cache; things are evicted then,
 * and none counts as lost. Exit status 0: nothing wrong, failed, late, lost,
 * hanging or crashed.
 */
#include "tests/storm/storm.h"
#include "tests/storm/judge.h"
#include "tests/storm/origin_keyed.h"
#include "tests/storm/programs.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    ARGUMENTS = 4,
    TURN_MS = 2,
    DRAWS_MAX = 3,
    STOPS_ONE_IN = 6, /* kills */
    STOP_MIN_MS = 200,
    STOP_MORE_MS = 2800,
    UNIT = 1000,
};

static struct storm_options options = {.workers = 12,
                                       .seconds = 10,
                                       .min_ms = 20,
                                       .max_ms = 50,
                                       .stop = 1,
                                       .coalesce_s = 1,
                                       .generation_ms = 1500,
                                       .seed = 1};
static struct storm_page *page;
static uint64_t chance;

static long draw(long most)
{
    return (long)(torment_random(&chance) % (unsigned int)(most + 1));
}

/* Short ones more often. */
static long draw_stop_ms(void)
{
    long part = draw(UNIT);

    return STOP_MIN_MS + STOP_MORE_MS * part / UNIT * part / UNIT * part / UNIT;
}

static bool is_over(int64_t began_ms, const struct storm_counts *counts)
{
    return options.kills > 0
               ? counts->kills >= (unsigned long)options.kills
               : torment_now_ms() - began_ms > options.seconds * UNIT;
}

static void next_generation(int64_t began_ms)
{
    int64_t next = (torment_now_ms() - began_ms) / options.generation_ms;

    if (next < STORM_GENERATIONS) {
        atomic_store(&page->generation, (unsigned int)next);
    }
}

/* Of a few the first that is inside libcurl: there a kill can do harm. */
static int draw_victim(void)
{
    int slot = 0;

    for (int i = 0; i < DRAWS_MAX; i++) {
        slot = (int)draw(options.workers - 1);
        if (storm_is_inside(slot)) {
            break;
        }
    }
    return slot;
}

static void torment(struct storm_counts *counts)
{
    const int64_t began_ms = torment_now_ms();
    int64_t next_ms = 0;

    while (!is_over(began_ms, counts)) {
        next_generation(began_ms);
        storm_look_after_programs(counts);
        if (torment_now_ms() >= next_ms) {
            next_ms = torment_now_ms() + options.min_ms +
                      draw(options.max_ms - options.min_ms);
            storm_kill_program(draw_victim(), counts);
            if (options.stop && draw(STOPS_ONE_IN - 1) == 0) {
                storm_stop_program(draw_victim(), draw_stop_ms(), counts);
            }
        }
        torment_sleep_ms(TURN_MS);
    }
}

static bool read_options(int count, char **words)
{
    const struct torment_option known[] = {
        {"workers", &options.workers},
        {"seconds", &options.seconds},
        {"kills", &options.kills},
        {"min_ms", &options.min_ms},
        {"max_ms", &options.max_ms},
        {"respawn_ms", &options.respawn_ms},
        {"stop", &options.stop},
        {"coalesce_s", &options.coalesce_s},
        {"generation_ms", &options.generation_ms},
        {"max_mb", &options.max_mb},
        {"seed", &options.seed},
        {"keep", &options.keep},
    };

    if (count < ARGUMENTS ||
        !torment_parse(count - ARGUMENTS, words + ARGUMENTS, known,
                       sizeof(known) / sizeof(known[0]))) {
        return false;
    }
    options.client = words[1];
    options.preload = words[2];
    options.tool = words[3];
    return options.workers > 0 && options.generation_ms > 0 &&
           options.max_ms >= options.min_ms &&
           options.workers + STORM_PLAIN_COUNT < STORM_SLOTS_MAX;
}

static int tell(const struct storm_counts *counts, const struct storm_tally *t,
                bool verified)
{
    (void)printf("transfers %lu, plain ones beside %lu, stored and found at "
                 "the end %lu, offline misses %lu\n",
                 t->transfers, t->plain, t->last, t->offline);
    (void)printf("kills %lu, inside libcurl %lu, of curl itself %lu, stops "
                 "%lu\n",
                 counts->kills, counts->inside, counts->of_curl, counts->stops);
    (void)printf("slowest %ld ms, most over a plain one at that time %ld ms; "
                 "the machine held plain ones up for %ld ms\n",
                 t->slowest_ms, t->worst_ms, t->stall_ms);
    (void)printf("wrong %lu lost %lu failed %lu late %lu hangs %lu crashes "
                 "%lu\n",
                 t->wrong, t->lost, t->failed, t->late, counts->hangs,
                 t->crashes + counts->crashes);
    (void)printf("curlcache verify: %s\n", verified ? "passes" : "FAILS");
    return !verified || t->wrong || t->lost || t->failed || t->late ||
           counts->hangs || t->crashes || counts->crashes || !t->transfers ||
           !t->plain || (!t->last && !options.max_mb);
}

/* Nobody is at work any more. */
static int judge(const struct storm_counts *counts)
{
    char path[STORM_PATH_MAX];
    struct storm_tally tally;
    bool verified;

    (void)snprintf(path, sizeof(path), "%s/report", options.folder);
    (void)setenv("TOOL", options.tool, 1);
    verified = torment_shell(options.folder,
                             "CURLCACHE_DIR=$FOLDER/cache \"$TOOL\" verify >"
                             "$FOLDER/verified 2>&1 || { cat $FOLDER/verified;"
                             " false; }");
    if (!storm_read_report(path, options.coalesce_s * UNIT, &tally)) {
        (void)fputs("storm: the report cannot be read\n", stderr);
        return 1;
    }
    return tell(counts, &tally, verified);
}

int main(int count, char **words)
{
    char folder[] = "/tmp/lcc-storm-XXXXXX";
    struct storm_counts counts = {0};
    struct origin *origin;
    int status;

    if (!read_options(count, words)) {
        (void)fputs("usage: storm CLIENT PRELOAD TOOL [name=number]...\n",
                    stderr);
        return 2;
    }
    options.folder = mkdtemp(folder);
    if (!options.folder) {
        perror(folder);
        return 2;
    }
    chance = (uint64_t)options.seed;
    page = storm_page_map(folder);
    atomic_store(&page->evicts, options.max_mb != 0);
    origin = storm_origin_start();
    storm_start_programs(&options, origin_base(origin), page);
    torment(&counts);
    storm_end_programs(&counts);
    status = judge(&counts);
    (void)origin_stop(origin);
    if (options.keep) {
        (void)printf("%s\n", folder);
    } else {
        (void)torment_shell(folder, "rm -rf \"$FOLDER\"");
    }
    return status;
}
