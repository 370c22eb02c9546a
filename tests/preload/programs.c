/*
 * programs.c - one row of a table of programs
 */
#include "tests/preload/programs.h"

#include "tests/preload/stage.h"
#include "tests/support/need.h"
#include "tests/support/web.h"

#include <stdlib.h>

enum { ROWS_MAX = 64 };

static const char make_site[] =
    "set -e; mkdir -p $DIR/www/s; cd $DIR/www/s\n"
    "printf 'a page of the site\\nwith two lines\\n' >text\n"
    "for i in 1 2 3 4 5 6 7 8 9 10; do echo page $i >n$i; done\n";

struct play {
    const struct program_row *row;
    struct stage *stage;
    struct web *web;
    int seen;
};

static int requests(struct play *play)
{
    int total =
        web_count(play->web, "GET /s/") + web_count(play->web, "HEAD /s/");
    int fresh = total - play->seen;

    play->seen = total;
    return fresh;
}

static struct run_result run(struct play *play, enum stage_mode mode,
                             const char *when, int wanted)
{
    struct run_result now =
        stage_run(play->stage, mode, "CURLCACHE_TTL=1h", play->row->line);
    int seen = requests(play);

    cr_expect_eq(now.exit_code, 0, "%s, %s: exit %d, signal %d: %.2000s",
                 play->row->name, when, now.exit_code, now.signal, now.err);
    cr_expect_eq(seen, wanted, "%s, %s: nginx saw %d requests, not %d",
                 play->row->name, when, seen, wanted);
    return now;
}

static void expect_same(struct play *play, const char *when, int wanted,
                        const struct run_result *plain)
{
    RUN_RESULT now = run(play, STAGE_CACHED, when, wanted);
    char *out = transcript_compare("plain", plain->out, when, now.out);
    char *err = transcript_compare("plain", plain->err, when, now.err);

    cr_expect_null(out, "%s: %s", play->row->name, out);
    cr_expect_null(err, "%s: %s", play->row->name, err);
    free(out);
    free(err);
}

static bool is_there(const struct program_row *row)
{
    RUN_RESULT there =
        run_program(&(struct run){.argv = ARGV("sh", "-c", row->need)});

    return there.exit_code == 0;
}

static void need(const struct program_row *row)
{
    bool there = is_there(row);

    if (row->rare && !there) {
        cr_skip_test("%s is not here", row->name);
    }
    stage_need("nginx");
    stage_need("openssl");
    stage_need_that(there, row->name);
}

void program_play(const struct program_row *row, const char *make)
{
    need(row);
    struct play play = {.row = row, .stage = stage_begin()};
    char *site = text_of("%s%s", make_site, make);
    RUN_RESULT made = stage_run(play.stage, STAGE_PLAIN, "", site);

    cr_assert_eq(made.exit_code, 0, "%s", made.err);
    play.web = web_start(play.stage->folder);
    char *at = text_of("%s/s", web_http(play.web));

    stage_set(play.stage, "AT", at);
    stage_set(play.stage, "PROGRAMS", getenv("LCC_PROGRAMS"));
    RUN_RESULT plain = run(&play, STAGE_PLAIN, "plain", row->plain);

    cr_expect_neq(plain.out[0], '\0', "%s says nothing", row->name);
    expect_same(&play, "cold", row->cold, &plain);
    expect_same(&play, "warm", row->warm, &plain);
    free(site);
    free(at);
    web_stop(play.web);
    stage_end(play.stage);
}

struct criterion_test_params program_indices(size_t count)
{
    static size_t which[ROWS_MAX];

    cr_assert(count <= ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        which[i] = i;
    }
    return cr_make_param_array(size_t, which, count);
}
