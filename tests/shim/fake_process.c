/*
 * fake_process.c - in place of process.c and clock_real.c
 */
#include "tests/shim/fake_process.h"

#include "store/clock.h"
#include "tests/support/tmpdir.h"

#include <stdio.h>
#include <stdlib.h>

int64_t process_now_s = 1700000000;

static struct lcc_process the_process;
static struct lcc_settings settings;
static char *folder;

int64_t lcc_clock_now_s(void)
{
    return process_now_s;
}

int64_t lcc_clock_monotonic_us(void)
{
    static int64_t now_us;

    return now_us += 1000;
}

const struct lcc_process *lcc_process(void)
{
    return &the_process;
}

static void fail(const char *what, int r, const char *why)
{
    fprintf(stderr, "%s: %d %s\n", what, r, why);
    exit(EXIT_FAILURE);
}

static void open_store(void)
{
    const struct lcc_store_config config = {
        .folder = folder,
        .max_size_bytes = settings.max_size_bytes,
        .max_entry_bytes = settings.max_entry_bytes,
        .readonly = settings.policy.mode == LCC_MODE_READONLY,
    };
    char why[LCC_WHY_SIZE] = "";
    int r = lcc_store_open(&config, &the_process.store, why);

    if (r) {
        fail("lcc_store_open", r, why);
    }
    if (!the_process.ledger) {
        r = lcc_ledger_open(lcc_store_path(the_process.store), false,
                            &the_process.ledger);
    }
    if (r) {
        fail("lcc_ledger_open", r, "");
    }
}

void process_begin(void)
{
    static char get[] = "GET";
    static char head[] = "HEAD";
    static char *methods[] = {get, head};

    folder = tmpdir_new();
    settings.dir = folder;
    settings.max_size_bytes = 64 * 1024 * 1024;
    settings.max_entry_bytes = 1024 * 1024;
    settings.policy = (struct lcc_policy){
        .ttl_s = 3600,
        .fallback_ttl_s = 3600,
        .methods = {methods, LCC_ARRAY_SIZE(methods)},
    };
    the_process.settings = &settings;
    open_store();
}

void process_end(void)
{
    lcc_ledger_free(the_process.ledger);
    lcc_store_free(the_process.store);
    the_process.ledger = NULL;
    the_process.store = NULL;
    folder = tmpdir_free(folder);
}

struct lcc_settings *process_settings(void)
{
    return &settings;
}

void process_without_store(enum lcc_reason reason)
{
    the_process.store = lcc_store_free(the_process.store);
    the_process.off = reason;
    snprintf(the_process.why, sizeof(the_process.why), "a test says so");
}

void process_reopen(void)
{
    the_process.store = lcc_store_free(the_process.store);
    open_store();
}

uint64_t process_counted(enum lcc_reason reason)
{
    struct lcc_ledger_totals totals;

    lcc_ledger_totals(the_process.ledger, &totals);
    return totals.by_reason[reason];
}

uint64_t process_stored(void)
{
    struct lcc_totals totals = {0};

    if (lcc_store_totals(the_process.store, &totals)) {
        fail("lcc_store_totals", 0, "");
    }
    return totals.entries;
}
