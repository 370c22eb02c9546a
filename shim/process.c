/*
 * process.c - settings, store and ledger of this process
 *
 * Made under pthread_once at the first HTTP transfer and kept for good: a
 * thread may still be inside a transfer while the program exits. After fork()
 * the child goes on with it, since the store follows a fork by itself.
 */
#include "shim/process.h"

#include "shim/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COMPLAINT_MAX = 2 * 1024 }; /* bytes of the line on stderr */

static struct lcc_process the_process;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_bool started; /* the once is over: asked at every transfer */
/* Stands in where there is no memory even for the settings. */
static struct lcc_settings no_settings = {.disable = true};

/* The one line that we ever print, in one write. */
__attribute__((format(printf, 1, 2))) static void complain(const char *format,
                                                           ...)
{
    char line[COMPLAINT_MAX] = "curlcache: ";
    size_t used = strlen(line);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(line + used, sizeof(line) - used - 1, format, arguments);
    va_end(arguments);
    used = strlen(line);
    line[used] = '\n';
    lcc_log_write(STDERR_FILENO, lcc_span_of(line, used + 1));
}

static void switch_off(enum lcc_reason reason, const char *why)
{
    the_process.off = reason;
    const int most = (int)sizeof(the_process.why) - 1;

    snprintf(the_process.why, sizeof(the_process.why), "%.*s", most, why);
}

static void open_ledger(const struct lcc_settings *settings)
{
    bool readonly = settings->policy.mode == LCC_MODE_READONLY;

    /* Without it numbers are lost, nothing else. */
    if (lcc_ledger_open(lcc_store_path(the_process.store), readonly,
                        &the_process.ledger)) {
        the_process.ledger = NULL;
    }
}

static void open_store(const struct lcc_settings *settings)
{
    const struct lcc_store_config config = {
        .folder = settings->dir,
        .max_size_bytes = settings->max_size_bytes,
        .max_entry_bytes = settings->max_entry_bytes,
        .readonly = settings->policy.mode == LCC_MODE_READONLY,
    };
    char why[LCC_WHY_SIZE] = "";
    int r = lcc_store_open(&config, &the_process.store, why);

    if (r == LCC_STORE_BAD_FOLDER) {
        complain("CURLCACHE_DIR is \"%s\": it takes %s; %s; caching is off",
                 settings->dir, lcc_setting_takes(LCC_SETTING_DIR), why);
        switch_off(LCC_REASON_BAD_SETTING, why);
    } else if (r == -ENOMEM) {
        switch_off(LCC_REASON_NO_MEMORY, "no memory for the store");
    } else if (r < 0) {
        switch_off(LCC_REASON_STORE_ERROR, strerrordesc_np(-r));
    } else if (r) {
        switch_off(LCC_REASON_STORE_UNAVAILABLE, why);
    } else {
        open_ledger(settings);
    }
}

static void start(void)
{
    struct lcc_settings *settings = NULL;

    the_process.settings = &no_settings;
    if (lcc_settings_load(&settings)) {
        switch_off(LCC_REASON_NO_MEMORY, "no memory for the settings");
        return;
    }
    the_process.settings = settings;
    if (settings->disable) {
        switch_off(LCC_REASON_DISABLED, "CURLCACHE_DISABLE");
    } else if (!lcc_settings_program(settings, program_invocation_short_name)) {
        switch_off(LCC_REASON_DISABLED, "CURLCACHE_PROGRAMS");
    } else if (settings->problem[0]) {
        complain("%s; caching is off", settings->problem);
        switch_off(LCC_REASON_BAD_SETTING, settings->problem);
    } else {
        open_store(settings);
    }
}

/* Without HOME the user database is asked, and some of its modules use
 * libcurl themselves: such a transfer passes through, or it would wait for
 * the start that waits for it. */
static const struct lcc_process *not_yet(void)
{
    static const struct lcc_process off = {.settings = &no_settings,
                                           .off = LCC_REASON_DISABLED};

    return &off;
}

const struct lcc_process *lcc_process(void)
{
    static _Thread_local bool starting;
    int saved = errno;

    if (atomic_load_explicit(&started, memory_order_acquire)) {
        return &the_process;
    }
    if (starting) {
        return not_yet();
    }
    starting = true;
    pthread_once(&once, start);
    starting = false;
    atomic_store_explicit(&started, true, memory_order_release);
    errno = saved;
    return &the_process;
}
