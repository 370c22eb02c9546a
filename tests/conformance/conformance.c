/*
 * conformance.c - one line for each row, and the score
 *
 * conformance [--shape=easy|multi|socket] [--only=TEXT] [--list]
 *             [--self-check] [--set=CURLCACHE_NAME=VALUE]...
 *
 * Speaks TAP. The client and the preload are named by LCC_CONFORM_CLIENT and
 * LCC_PRELOAD. With --self-check caching is switched off, and every row that
 * expects the cache to do something must fail: a row that cannot fail says
 * nothing. --set lays a setting over those of every row; with a TTL and
 * CURLCACHE_CACHE_CONTROL=0 the rows that expect no reuse are seen to fail.
 */
#include "tests/conformance/judge.h"
#include "tests/conformance/play.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS_MORE_MAX = 8 };

struct wish {
    struct play play;
    const char *more[SETTINGS_MORE_MAX + 1];
    size_t more_count;
    bool list;
    bool self_check;
};

static const char *value_of(const char *argument, const char *name)
{
    size_t length = strlen(name);

    return strncmp(argument, name, length) == 0 ? argument + length : NULL;
}

static bool add_setting(struct wish *wish, const char *setting)
{
    if (wish->more_count == SETTINGS_MORE_MAX) {
        return false;
    }
    wish->more[wish->more_count++] = setting;
    return true;
}

static bool understand(struct wish *wish, const char *argument)
{
    const char *value;

    if ((value = value_of(argument, "--shape="))) {
        wish->play.shape = value;
    } else if ((value = value_of(argument, "--only="))) {
        wish->play.only = value;
    } else if (strcmp(argument, "--list") == 0) {
        wish->list = true;
    } else if (strcmp(argument, "--self-check") == 0) {
        wish->self_check = true;
        return add_setting(wish, "CURLCACHE_DISABLE=1");
    } else if ((value = value_of(argument, "--set="))) {
        return add_setting(wish, value);
    } else {
        return false;
    }
    return true;
}

static bool row_needs_cache(const struct row *row)
{
    for (int i = 0; i < STEPS_MAX && row->steps[i].expect != END; i++) {
        if (judge_needs_cache(row, i)) {
            return true;
        }
    }
    return false;
}

static void list(const struct play *play)
{
    for (size_t i = 0; i < play->count; i++) {
        const struct verdict *verdict = &play->verdicts[i];

        printf("%s: %s (%s)%s\n", verdict->group->name, verdict->row->name,
               verdict->row->section,
               row_needs_cache(verdict->row) ? "" : " [no reuse]");
    }
}

/* --- the outcome --------------------------------------------------------- */

static const char *const outcome_texts[] = {
    [END] = "the end",
    [ASKED] = "the origin is asked, without a condition of ours",
    [CACHED] = "the cache answers, the origin is not asked",
    [CHECKED] = "the origin is asked by a condition of ours",
    [ASKED_ANY] = "the origin is asked",
    [ANY_OUTCOME] = "the program gets its answer",
};

/* Does a row that went like this count as passed? */
static bool is_passed(const struct wish *wish, const struct verdict *verdict)
{
    if (wish->self_check && row_needs_cache(verdict->row)) {
        return verdict->complaint != NULL;
    }
    return wish->self_check || !verdict->complaint;
}

static void tell(const struct wish *wish, size_t number)
{
    const struct verdict *verdict = &wish->play.verdicts[number];
    bool passed = is_passed(wish, verdict);

    printf("%s %zu - %s: %s (%s)\n", passed ? "ok" : "not ok", number + 1,
           verdict->group->name, verdict->row->name, verdict->row->section);
    if (passed) {
        return;
    }
    if (wish->self_check) {
        printf("#   held without any cache: it proves nothing\n");
        return;
    }
    printf("#   step %d: expected: %s\n#   happened: %s\n", verdict->at + 1,
           outcome_texts[verdict->row->steps[verdict->at].expect],
           verdict->complaint);
}

static size_t score(const struct wish *wish)
{
    const struct play *play = &wish->play;
    size_t failed = 0;

    printf("#\n# %-28s %6s %6s\n", "group", "held", "rows");
    for (const struct group *group = groups; group->name; group++) {
        size_t rows = 0;
        size_t held = 0;

        for (size_t i = 0; i < play->count; i++) {
            if (play->verdicts[i].group == group) {
                rows++;
                held += is_passed(wish, &play->verdicts[i]) ? 1 : 0;
            }
        }
        if (rows) {
            printf("# %-28s %6zu %6zu\n", group->name, held, rows);
        }
        failed += rows - held;
    }
    printf("# %-28s %6zu %6zu\n", "all", play->count - failed, play->count);
    return failed;
}

static void tell_notes(void)
{
    printf("#\n# Not shown, and why:\n");
    for (const struct note *note = notes; note->group; note++) {
        printf("# %s: %s. %s\n", note->group, note->behaviour, note->reason);
    }
}

static bool has_places(struct play *play)
{
    play->client = getenv("LCC_CONFORM_CLIENT");
    play->preload = getenv("LCC_PRELOAD");
    return play->client && play->preload;
}

int main(int argc, char **argv)
{
    struct wish wish = {.play = {.shape = "easy"}};
    size_t failed;

    signal(SIGPIPE, SIG_IGN);
    for (int i = 1; i < argc; i++) {
        if (!understand(&wish, argv[i])) {
            fprintf(stderr,
                    "conformance [--shape=easy|multi|socket] [--only=TEXT] "
                    "[--list] [--self-check] [--set=CURLCACHE_NAME=VALUE]\n");
            return 2;
        }
    }
    wish.play.more = wish.more;
    play_gather(&wish.play);
    if (wish.list) {
        list(&wish.play);
        play_done(&wish.play);
        return 0;
    }
    if (!has_places(&wish.play)) {
        printf("1..0 # SKIP LCC_CONFORM_CLIENT and LCC_PRELOAD are not set\n");
        play_done(&wish.play);
        return 0;
    }
    play_run(&wish.play);
    for (size_t i = 0; i < wish.play.count; i++) {
        tell(&wish, i);
    }
    printf("1..%zu\n", wish.play.count);
    failed = score(&wish);
    tell_notes();
    play_done(&wish.play);
    return failed ? 1 : 0;
}
