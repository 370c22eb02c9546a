/*
 * driver.c - plays programs of calls: seeds, or random ones for a while
 *
 * `driver CLIENT PRELOAD seeds FOLDER` plays each file of FOLDER.
 * `driver CLIENT PRELOAD known FOLDER` does so, and each differs, in what its
 * lines "# differs: TEXT" say: the entries of DIFFERENCES.md.
 * `driver CLIENT PRELOAD run SECONDS NUMBER FOLDER` plays random programs,
 * from that number on; what fails is made as short as it can be and kept in
 * FOLDER. `driver CLIENT PRELOAD one FILE [shorten]` plays one,
 * `driver CLIENT PRELOAD show NUMBER` prints a random one,
 * `driver CLIENT PRELOAD serve SECONDS` is an origin alone, for a debugger.
 */
#include "tests/calls/answers.h"
#include "tests/calls/generate.h"
#include "tests/calls/play.h"
#include "tests/support/tmpdir.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SHORTEN_MAX_S = 20 };

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

enum { SIGN_MAX = 64 };

/* How it fails, in a word or two: the first line that differs begins so. */
static void sign_of(enum play_outcome outcome, const char *words, char *sign)
{
    static const char mark[] = "\nplain: ";
    const char *at = words ? strstr(words, mark) : NULL;

    if (outcome == PLAY_DIFFERS && at) {
        at += strlen(mark);
        at += strspn(at, "0123456789 ");
        size_t length = strcspn(at, " \n");

        length += at[length] == ' ' ? strcspn(at + length + 1, " \n") : 0;
        snprintf(sign, SIGN_MAX, "%.*s", (int)length, at);
    } else {
        snprintf(sign, SIGN_MAX, "%d", (int)outcome);
    }
}

static bool fails(const struct play *way, const char *text, const char *sign)
{
    char *words = NULL;
    char its[SIGN_MAX];
    enum play_outcome outcome = play_once(way, text, &words);

    sign_of(outcome, words, its);
    free(words);
    return (outcome == PLAY_DIFFERS || outcome == PLAY_ENDS) &&
           strcmp(its, sign) == 0;
}

/* @text without @count lines from line @from on; NULL: there are none. */
static char *without(const char *text, int from, int count)
{
    char *left = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&left, &size);
    int number = 0;
    bool any = false;

    for (const char *at = text; out && *at; number++) {
        size_t length = strcspn(at, "\n") + (strchr(at, '\n') ? 1 : 0);

        if (number < from || number >= from + count) {
            fwrite(at, 1, length, out);
        } else {
            any = true;
        }
        at += length;
    }
    if (out) {
        fclose(out);
    }
    if (!any) {
        free(left);
        return NULL;
    }
    return left;
}

static int lines_of(const char *text)
{
    int count = 0;

    for (; *text; text++) {
        count += *text == '\n';
    }
    return count;
}

/* Takes lines away, many at once and then one by one, while it still fails. */
static char *shorten(const struct play *way, char *text, const char *sign)
{
    double until = now_s() + SHORTEN_MAX_S;

    for (int count = lines_of(text) / 2 + 1; count > 0; count /= 2) {
        for (int from = 0; now_s() < until;) {
            char *left = without(text, from, count);

            if (!left) {
                break;
            }
            if (fails(way, left, sign)) {
                free(text);
                text = left;
            } else {
                free(left);
                from += count;
            }
        }
    }
    return text;
}

static void keep(const struct play *way, const char *folder, uint64_t number,
                 char *text, enum play_outcome outcome, const char *first)
{
    char *path = text_of("%s/%llu", folder, (unsigned long long)number);
    char *raw = text_of("%s.long", path);
    char sign[SIGN_MAX];
    char *words = NULL;

    file_write(raw, text, strlen(text));
    sign_of(outcome, first, sign);
    text = shorten(way, text, sign);
    play(way, text, &words);
    file_write(path, text, strlen(text));
    printf("--- %s\n%s%s\n", path, text, words ? words : first);
    fflush(stdout);
    free(words);
    free(text);
    free(raw);
    free(path);
}

static int run_for(const struct play *way, double seconds, uint64_t number,
                   const char *folder)
{
    double until = now_s() + seconds;
    int counts[4] = {0};

    for (; now_s() < until; number++) {
        char *words = NULL;
        char *text = generate(number);
        enum play_outcome outcome = play(way, text, &words);

        counts[outcome]++;
        if (outcome == PLAY_DIFFERS || outcome == PLAY_ENDS) {
            keep(way, folder, number, text, outcome, words);
        } else {
            if (outcome == PLAY_UNSTEADY) {
                printf("unsteady %llu: %.300s\n", (unsigned long long)number,
                       words);
            }
            free(text);
        }
        free(words);
    }
    printf("%d equal, %d differ, %d end, %d unsteady; next number %llu\n",
           counts[PLAY_EQUAL], counts[PLAY_DIFFERS], counts[PLAY_ENDS],
           counts[PLAY_UNSTEADY], (unsigned long long)number);
    return counts[PLAY_DIFFERS] + counts[PLAY_ENDS] > 0;
}

struct seeds {
    const struct play *way;
    int played;
    int failed;
};

static void play_seed(void *arg, const char *path)
{
    struct seeds *seeds = arg;
    char *text = file_read(path, NULL);
    char *words = NULL;

    if (play(seeds->way, text, &words) != PLAY_EQUAL) {
        printf("%s: %s\n", path, words ? words : "");
        seeds->failed++;
    }
    seeds->played++;
    free(words);
    free(text);
}

static const char differs_mark[] = "# differs: ";

/* Is all there that the program says of itself? */
static bool differs_so(const char *text, const char *words)
{
    bool so = strstr(text, differs_mark) != NULL;

    for (const char *at = text; so && (at = strstr(at, differs_mark));) {
        at += strlen(differs_mark);
        char *line = text_of("%.*s", (int)strcspn(at, "\n"), at);

        so = strstr(words, line) != NULL;
        free(line);
    }
    return so;
}

static void play_known(void *arg, const char *path)
{
    struct seeds *seeds = arg;
    char *text = file_read(path, NULL);
    char *words = NULL;

    if (play(seeds->way, text, &words) != PLAY_DIFFERS ||
        !differs_so(text, words)) {
        printf("%s differs not so, but: %s\n", path, words ? words : "equal");
        seeds->failed++;
    }
    seeds->played++;
    free(words);
    free(text);
}

static int play_folder(const struct play *way, const char *folder,
                       void (*play_file)(void *, const char *))
{
    struct seeds seeds = {.way = way};

    files_visit(folder, play_file, &seeds);
    printf("%d seeds played, %d failed\n", seeds.played, seeds.failed);
    return seeds.failed > 0 || seeds.played == 0;
}

static int play_one(const struct play *way, const char *path, bool is_short)
{
    char *text = file_read(path, NULL);
    char *words = NULL;

    if (!text) {
        return 2;
    }
    enum play_outcome outcome = play(way, text, &words);

    if (is_short && outcome != PLAY_EQUAL) {
        char sign[SIGN_MAX];

        sign_of(outcome, words, sign);
        text = shorten(way, text, sign);
        free(words);
        outcome = play(way, text, &words);
    }
    printf("%s%s\n", is_short ? text : "", words ? words : "equal");
    free(words);
    free(text);
    return outcome != PLAY_EQUAL;
}

static int serve(double seconds)
{
    struct origin *origin = answers_start();

    printf("%s\n", origin_base(origin));
    fflush(stdout);
    for (double until = now_s() + seconds; now_s() < until;) {
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    origin_stop(origin);
    return 0;
}

int main(int argc, char **argv)
{
    int failed = 2;

    if (argc < 5) {
        fprintf(stderr, "usage: %s CLIENT PRELOAD seeds|run|one ...\n",
                argv[0]);
        return 2;
    }
    char *folder = tmpdir_new();
    struct play way = {argv[1], argv[2], folder};

    if (strcmp(argv[3], "serve") == 0) {
        failed = serve(strtod(argv[4], NULL));
    } else if (strcmp(argv[3], "show") == 0) {
        char *text = generate(strtoull(argv[4], NULL, 10));

        failed = text == NULL;
        fputs(text ? text : "", stdout);
        free(text);
    } else if (strcmp(argv[3], "seeds") == 0) {
        failed = play_folder(&way, argv[4], play_seed);
    } else if (strcmp(argv[3], "known") == 0) {
        failed = play_folder(&way, argv[4], play_known);
    } else if (strcmp(argv[3], "one") == 0) {
        failed = play_one(&way, argv[4], argc > 5);
    } else if (argc == 7) {
        failed = run_for(&way, strtod(argv[4], NULL),
                         strtoull(argv[5], NULL, 10), argv[6]);
    }
    tmpdir_free(folder);
    return failed;
}
