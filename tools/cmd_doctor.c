/*
 * cmd_doctor.c - would it work, here and for this program?
 *
 * One line a finding: "ok", "note" (works, but mind this) or "BAD" (does not
 * work). Changes nothing; goes on after a finding, so that all are seen.
 */
#include "tools/environment.h"
#include "tools/flags.h"
#include "tools/library.h"
#include "tools/probe.h"
#include "tools/program.h"
#include "tools/stored.h"
#include "tools/text.h"
#include "tools/tool.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum finding { FINDING_OK, FINDING_NOTE, FINDING_BAD };

struct doctor {
    struct lcc_settings *settings;
    struct lcc_buf library;
    bool bad;
};

static void find(struct doctor *doctor, enum finding finding,
                 const char *format, ...) __attribute__((format(printf, 3, 4)));

static void find(struct doctor *doctor, enum finding finding,
                 const char *format, ...)
{
    static const char *const words[] = {"ok   ", "note ", "BAD  "};
    va_list arguments;

    doctor->bad = doctor->bad || finding == FINDING_BAD;
    fputs(words[finding], stdout);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* --- settings ----------------------------------------------------------- */

static void unknown(void *arg, const char *name, const char *nearest)
{
    find(arg, FINDING_NOTE, "%s means nothing%s%s%s", name,
         nearest ? "; did you mean " : "", nearest ? nearest : "",
         nearest ? "?" : "");
}

static void look_at_settings(struct doctor *doctor)
{
    const struct lcc_settings *settings = doctor->settings;

    if (settings->problem[0]) {
        find(doctor, FINDING_BAD, "%s", settings->problem);
    } else {
        find(doctor, FINDING_OK, "the settings can be used");
    }
    lcc_settings_unknown(unknown, doctor);
    if (settings->disable) {
        find(doctor, FINDING_NOTE,
             "CURLCACHE_DISABLE is set: nothing is "
             "cached");
    }
    if (settings->policy.mode != LCC_MODE_NORMAL) {
        find(doctor, FINDING_NOTE, "CURLCACHE_MODE is %s",
             settings->text[LCC_SETTING_MODE]);
    }
}

/* --- folder ------------------------------------------------------------- */

static int count(void *arg, const struct stored *stored)
{
    (void)stored;
    *(uint64_t *)arg += 1;
    return 0;
}

static void look_at_ledger(struct doctor *doctor, const struct lcc_store *store)
{
    struct lcc_ledger *ledger = NULL;
    const int result = lcc_ledger_open(lcc_store_path(store), true, &ledger);

    if (result != 0 && result != -ENOENT) {
        find(doctor, FINDING_NOTE,
             "the ledger beside the cache cannot be used, so `stats` and "
             "`why` know nothing of decisions: %s",
             strerror(-result));
    }
    lcc_ledger_free(ledger);
}

static void look_at_store(struct doctor *doctor)
{
    struct tool_cache cache = {.settings = doctor->settings};
    char why[LCC_WHY_SIZE] = {0};
    char text[TEXT_SIZE];
    uint64_t good = 0;
    uint64_t damaged = 0;
    const int result =
        tool_store_open(doctor->settings, false, &cache.store, why);

    if (result != 0) {
        find(doctor, FINDING_BAD, "%s",
             why[0] ? why : strerror(result < 0 ? -result : EIO));
        return;
    }
    if (lcc_store_verify(cache.store) == LCC_STORE_UNAVAILABLE) {
        find(doctor, FINDING_BAD,
             "the index of the cache is damaged: programs mend it little by "
             "little while they store, `curlcache verify --repair` at once");
    } else if (stored_walk(&cache, NULL, count, &good, &damaged) != TOOL_DONE) {
        find(doctor, FINDING_BAD,
             "the cache in %s cannot be read; `curlcache clear` empties it",
             lcc_store_path(cache.store));
    } else if (damaged > 0) {
        find(doctor, FINDING_BAD,
             "the cache in %s can be read, but not %s of it",
             lcc_store_path(cache.store), text_responses(damaged, text));
    } else {
        find(doctor, FINDING_OK, "the cache in %s can be read: %s",
             lcc_store_path(cache.store), text_responses(good, text));
    }
    look_at_ledger(doctor, cache.store);
    lcc_store_free(cache.store);
}

/* The folder is not there: could it be made? */
static void look_at_parent(struct doctor *doctor)
{
    char *path = strdup(doctor->settings->dir);
    char *parent = path;
    struct stat status;

    while (parent && stat(parent, &status) != 0 && strcmp(parent, "/") != 0 &&
           strcmp(parent, ".") != 0) {
        parent = dirname(parent);
    }
    if (!parent || stat(parent, &status) != 0 || !S_ISDIR(status.st_mode)) {
        find(doctor, FINDING_BAD,
             "%s is no folder, so the cache cannot be "
             "made in it",
             parent ? parent : doctor->settings->dir);
    } else if (access(parent, W_OK | X_OK) != 0) {
        find(doctor, FINDING_BAD,
             "%s cannot be written, so the cache cannot "
             "be made in %s",
             parent, doctor->settings->dir);
    } else {
        find(doctor, FINDING_OK, "there is no cache yet; it will be made in %s",
             doctor->settings->dir);
    }
    free(path);
}

/* A cache of another version of ours is left alone, and not seen. */
static void look_at_others(struct doctor *doctor, const char *ours)
{
    const char *own = strrchr(ours, '/') + 1;
    char user[TEXT_SIZE];
    DIR *folder = opendir(doctor->settings->dir);

    snprintf(user, sizeof(user), "u%u-", (unsigned int)geteuid());
    for (struct dirent *entry = folder ? readdir(folder) : NULL; entry;
         entry = readdir(folder)) {
        if (strncmp(entry->d_name, user, strlen(user)) == 0 &&
            strcmp(entry->d_name, own) != 0) {
            find(doctor, FINDING_NOTE,
                 "%s/%s is a cache of another version or architecture, which "
                 "this one does not read",
                 doctor->settings->dir, entry->d_name);
        }
    }
    if (folder) {
        closedir(folder);
    }
}

static void look_at_folder(struct doctor *doctor)
{
    struct lcc_buf path = LCC_BUF_INIT(SIZE_MAX);
    struct stat status;

    if (!doctor->settings->dir) {
        return; /* the settings' problem said so */
    }
    if (tool_subfolder(doctor->settings, &path) != 0) {
        return;
    }
    if (lstat((const char *)path.data, &status) == 0) {
        look_at_store(doctor);
    } else {
        look_at_parent(doctor);
    }
    look_at_others(doctor, (const char *)path.data);
    lcc_buf_done(&path);
}

/* --- program ------------------------------------------------------------ */

static void look_at_linkage(struct doctor *doctor,
                            const struct program *program)
{
    if (program->libcurl[0]) {
        find(doctor, FINDING_OK, "%s is linked to %s", program->path,
             program->libcurl);
    } else if (program->elf) {
        find(doctor, FINDING_NOTE,
             "%s is not linked to libcurl itself. It works when a module or "
             "library of it is (Python's pycurl, PHP's curl), or a program "
             "that it starts (git), or when it finds libcurl by dlopen; not "
             "when it holds a copy of libcurl or speaks HTTP on its own",
             program->path);
    } else {
        find(doctor, FINDING_NOTE,
             "%s is neither a program nor a script with "
             "an interpreter that could be looked at",
             program->path);
    }
}

static void look_at_program(struct doctor *doctor, const char *command)
{
    struct program program;
    struct lcc_buf sentence = LCC_BUF_INIT(SIZE_MAX);
    const int result = program_read(command, &program);

    if (result != 0) {
        find(doctor, FINDING_BAD, "%s: %s", command, strerror(-result));
        return;
    }
    if (program.script[0]) {
        find(doctor, FINDING_NOTE, "%s is a script run by %s", program.script,
             program.path);
    }
    if (program_obstacle(&program, &sentence)) {
        find(doctor, FINDING_BAD, "%.*s", (int)sentence.size,
             (const char *)sentence.data);
    } else {
        look_at_linkage(doctor, &program);
    }
    lcc_buf_done(&sentence);
    const char *slash = strrchr(program.path, '/');
    if (!lcc_settings_program(doctor->settings,
                              slash ? slash + 1 : program.path)) {
        find(doctor, FINDING_NOTE, "CURLCACHE_PROGRAMS keeps %s out",
             program.path);
    }
}

/* --- proof -------------------------------------------------------------- */

static void prove(struct doctor *doctor)
{
    struct probe_result result;
    const int tried = probe_run((const char *)doctor->library.data, &result);

    if (tried != 0) {
        find(doctor, FINDING_NOTE, "the proof could not be tried: %s",
             strerror(-tried));
    } else if (result.done < PROBE_RUNS) {
        find(doctor, FINDING_BAD,
             "a request to a server of our own failed under the preload");
    } else if (result.requests != 1) {
        find(doctor, FINDING_BAD,
             "of two requests to a server of our own none was answered from "
             "the cache");
    } else {
        find(doctor, FINDING_OK,
             "of two requests to a server of our own the second was answered "
             "from the cache");
    }
}

static int examine(struct doctor *doctor, const char *command)
{
    const int result = lcc_settings_load(&doctor->settings);

    if (result != 0) {
        tool_say("the settings cannot be read: %s.", strerror(-result));
        return TOOL_FAILED;
    }
    look_at_settings(doctor);
    look_at_folder(doctor);
    if (command) {
        look_at_program(doctor, command);
    }
    if (library_find(&doctor->library) != TOOL_DONE) {
        find(doctor, FINDING_BAD, "libcurlcache.so was not found");
    } else {
        find(doctor, FINDING_OK, "the library is %s",
             (const char *)doctor->library.data);
        prove(doctor);
    }
    return doctor->bad ? TOOL_FAILED : TOOL_DONE;
}

int cmd_doctor(int argc, char **argv)
{
    struct doctor doctor = {.library = LCC_BUF_INIT(SIZE_MAX)};
    struct flags flags = {.first_word_ends = true};
    int result = flags_parse(&flags, &argc, argv);

    if (result != TOOL_DONE || flags.help) {
        return result;
    }
    result = examine(&doctor, argc > 1 ? argv[1] : NULL);
    lcc_buf_done(&doctor.library);
    lcc_settings_free(doctor.settings);
    return result;
}
