/*
 * What a get costs when its pages are in memory: no system call, no
 * allocation, whoever else writes meanwhile. Counted, not timed.
 */
#include "store_help.h"

#include <criterion/criterion.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* glibc's own, behind the names that are taken over here. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);

static _Thread_local unsigned int allocations;

void *malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    allocations++;
    return __libc_realloc(memory, size);
}

enum {
    ENTRIES = 300,
    SIZE = 900,
    LARGE = 10000,
    ROUNDS = 1000,
    OTHER = 7,
    SAMPLES = 30
};

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(warm, .init = setup, .fini = teardown);

static void fill(struct lcc_store *store)
{
    for (unsigned int i = 1; i <= ENTRIES; i++) {
        cr_assert_eq(help_put(store, i, 1, SIZE), 0);
    }
}

static int look_up(struct lcc_store *store, unsigned int number,
                   struct lcc_hit *hit)
{
    const struct lcc_id id = help_id(number);

    return lcc_store_lookup(store, &id, NULL, NULL, HELP_NOW, hit);
}

/* The kernel lets nothing through any more but the end. */
static void no_system_calls(void)
{
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) {
        _exit(2);
    }
}

static void end(int status)
{
    (void)syscall(SYS_exit, status);
}

/* In a child: does it find the entry without asking the kernel for anything? */
static bool is_found_in_memory(struct lcc_store *store, struct lcc_hit *hit,
                               unsigned int number)
{
    pid_t child = fork();

    if (child == 0) {
        no_system_calls();
        for (int i = 0; i < ROUNDS; i++) {
            if (look_up(store, number, hit) != 0 || hit->body_size != SIZE) {
                end(1);
            }
        }
        end(0);
    }
    return help_wait(child) == 0;
}

Test(warm, a_get_from_memory_makes_no_system_call)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;

    fill(store);
    cr_assert_eq(look_up(store, 1, &hit), 0);
    cr_expect(is_found_in_memory(store, &hit, 1));
    lcc_hit_done(&hit);
    lcc_store_free(store);
}

Test(warm, a_get_from_memory_allocates_nothing)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;

    fill(store);
    cr_assert_eq(look_up(store, 1, &hit), 0);
    allocations = 0;
    for (int i = 0; i < ROUNDS; i++) {
        cr_assert_eq(look_up(store, 1, &hit), 0);
    }
    cr_expect_eq(allocations, 0);
    lcc_hit_done(&hit);
    lcc_store_free(store);
}

/* Too large for the file of recent records: a commit of its own. */
static void put_in_another_process(unsigned int number, unsigned int version)
{
    pid_t child = fork();

    if (child == 0) {
        struct lcc_store *store = help_open(&folder);

        _exit(help_put(store, number, version, LARGE) == 0 ? 0 : 1);
    }
    cr_assert_eq(help_wait(child), 0);
}

Test(warm, what_another_process_did_not_change_stays_in_memory)
{
    struct lcc_store *store = help_open(&folder);
    struct lcc_hit hit = LCC_HIT_INIT;
    unsigned int version = 0;
    unsigned int in_memory = 0;
    size_t size;

    fill(store);
    cr_assert_eq(help_count(store, ENTRIES), ENTRIES);
    put_in_another_process(OTHER, 2);
    cr_assert_eq(look_up(store, 1, &hit), 0); /* page 0, which was written */
    for (unsigned int i = 10; i < 10 + SAMPLES; i++) {
        in_memory += is_found_in_memory(store, &hit, i);
    }
    /* one or two may lie on the page that was written */
    cr_expect_geq(in_memory, SAMPLES - 2, "%u of %d", in_memory, SAMPLES);
    cr_expect_eq(help_get(store, OTHER, &version, &size), 0);
    cr_expect_eq(version, 2);
    lcc_hit_done(&hit);
    lcc_store_free(store);
}

Test(warm, after_many_commits_of_another_process_each_page_is_proven_again)
{
    struct lcc_store *store = help_open(&folder);
    unsigned int version = 0;
    size_t size;

    fill(store);
    cr_assert_eq(help_count(store, ENTRIES), ENTRIES);
    for (unsigned int i = 1; i <= 5; i++) {
        put_in_another_process(i * OTHER, 2);
    }
    for (unsigned int i = 1; i <= ENTRIES; i++) {
        cr_expect_eq(help_get(store, i, &version, &size), 0);
        cr_expect_eq(version, i % OTHER == 0 && i <= 5 * OTHER ? 2 : 1);
    }
    lcc_store_free(store);
}
