/*
 * No memory: whichever allocation fails, the store says so and stays usable.
 */
#include "tests/store/store_help.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>

/* glibc's own, behind the names that are taken over here. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

/* Allocations of this thread until one fails; 0: none does. */
static _Thread_local unsigned int until_failure;

static bool fails(void)
{
    if (until_failure == 0 || --until_failure > 0) {
        return false;
    }
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}

enum { ALLOCATIONS = 1500, SIZE = 1000, LARGE = 20000 };

static void put(struct lcc_store *store)
{
    static const uint8_t body[SIZE];
    const struct lcc_id id = help_id(2);
    const struct lcc_hash variant = {{0}};
    const struct lcc_stamp stamp = {HELP_NOW, HELP_NOW + 1};
    struct lcc_writer *writer = NULL;

    if (lcc_writer_new(store, &writer) == 0 &&
        lcc_writer_append(writer, lcc_span_of(body, SIZE)) == 0) {
        (void)lcc_writer_commit(writer, &id, &variant, lcc_span_str("meta"),
                                &stamp);
    }
    lcc_writer_free(writer);
}

static bool combines(void *arg, struct lcc_span meta)
{
    (void)arg;
    return meta.size > 0;
}

/* A part beside another, small or in a side file. */
static void put_part(struct lcc_store *store, uint64_t first, size_t size)
{
    static const uint8_t body[LARGE];
    const struct lcc_id id = help_id(3);
    const struct lcc_hash variant = {{0}};
    const struct lcc_stamp stamp = {HELP_NOW, HELP_NOW + 1};
    const struct lcc_part part = {first, 10 * LARGE, combines, NULL};
    struct lcc_writer *writer = NULL;

    if (lcc_writer_new(store, &writer) == 0 &&
        lcc_writer_append(writer, lcc_span_of(body, size)) == 0) {
        (void)lcc_writer_commit_part(writer, &id, &variant,
                                     lcc_span_str("meta"), &stamp, &part);
    }
    lcc_writer_free(writer);
}

static void renew_and_read(struct lcc_store *store)
{
    const struct lcc_id id = help_id(3);
    const struct lcc_stamp stamp = {HELP_NOW, HELP_NOW + 2};
    struct lcc_hit hit = LCC_HIT_INIT;
    uint8_t into[SIZE];
    size_t got;
    bool yes;

    if (lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit) == 0) {
        (void)lcc_store_refresh(store, &id, &hit, lcc_span_str("newer"),
                                &stamp);
        (void)lcc_store_covers(store, &hit, 0, SIZE + 10, &yes);
        (void)lcc_store_read_body(store, &hit, 0, into, sizeof(into), &got);
    }
    lcc_hit_done(&hit);
}

static void look_up(struct lcc_store *store)
{
    const struct lcc_id id = help_id(1);
    struct lcc_hit hit = LCC_HIT_INIT;

    (void)lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, &hit);
    lcc_hit_done(&hit);
}

/* Open, look up, store and close, with one failure on the way. */
static bool failed_on_the_way(const struct help_folder *folder, unsigned int at)
{
    const struct lcc_store_config config = {.folder = folder->path,
                                            .max_size_bytes = 64 << 20,
                                            .max_entry_bytes = 32 << 20};
    struct lcc_store *store = NULL;
    char why[LCC_WHY_SIZE] = "";
    bool failed;

    until_failure = at;
    if (lcc_store_open(&config, &store, why) == 0) {
        look_up(store);
        put(store);
        put_part(store, 0, SIZE);
        put_part(store, SIZE, SIZE);
        put_part(store, 3 * SIZE, LARGE);
        renew_and_read(store);
        lcc_store_free(store);
    }
    failed = until_failure == 0;
    until_failure = 0;
    return failed;
}

Test(memory, no_failed_allocation_harms_the_store, .timeout = 110)
{
    struct help_folder folder;
    struct lcc_store *store;
    unsigned int at = 1;

    help_folder_init(&folder);
    store = help_open(&folder);
    cr_assert_eq(help_put(store, 1, 1, SIZE), 0);
    lcc_store_free(store);
    while (at < ALLOCATIONS && failed_on_the_way(&folder, at)) {
        at++;
    }
    cr_expect_gt(at, 20, "the failures reached their allocations");
    cr_expect_lt(at, ALLOCATIONS, "and went through to the end");
    store = help_open(&folder);
    cr_expect_eq(help_count(store, 1), 1);
    lcc_store_free(store);
    help_folder_done(&folder);
}
