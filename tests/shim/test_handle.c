/*
 * test_handle.c - the table of handles
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shim/handle.h"
#include "tests/support/forks.h"

/* Keys are addresses that nobody reads. */
static CURL *key(uintptr_t number)
{
    return (CURL *)(0x100000 + number * 16);
}

Test(handle, what_was_added_is_found_until_removed)
{
    static const struct lcc_real real = {.version = 1};
    struct lcc_handle *handle = lcc_handles_add(key(1), &real);

    cr_assert(handle);
    cr_expect(handle->curl == key(1) && handle->real == &real);
    cr_expect(lcc_handles_find(key(1)) == handle);
    cr_expect(lcc_handles_find(key(2)) == NULL);
    cr_expect(lcc_handles_find(NULL) == NULL);
    lcc_handles_remove(handle);
    cr_expect(lcc_handles_find(key(1)) == NULL);
}

Test(handle, an_address_given_anew_starts_empty)
{
    union lcc_value value = {.number = 0};
    struct lcc_handle *first = lcc_handles_add(key(1), NULL);
    struct lcc_handle *second;

    lcc_shadow_set(&first->shadow, CURLOPT_SSL_VERIFYPEER, &value);
    second = lcc_handles_add(key(1), NULL);
    cr_expect(lcc_handles_find(key(1)) == second);
    cr_expect(!lcc_shadow_differs(&second->shadow, LCC_OPT_SSL_VERIFYPEER));
    lcc_handles_remove(second);
    cr_expect(lcc_handles_find(key(1)) == NULL);
}

Test(handle, tens_of_thousands_at_once_are_all_found)
{
    enum { COUNT = 20000 };

    for (uintptr_t i = 0; i < COUNT; i++) {
        cr_assert(lcc_handles_add(key(i), NULL), "%zu", (size_t)i);
    }
    for (uintptr_t i = 0; i < COUNT; i++) {
        struct lcc_handle *handle = lcc_handles_find(key(i));

        cr_assert(handle && handle->curl == key(i), "%zu", (size_t)i);
    }
    for (uintptr_t i = 0; i < COUNT; i += 2) {
        lcc_handles_remove(lcc_handles_find(key(i)));
    }
    for (uintptr_t i = 0; i < COUNT; i++) {
        cr_assert(!lcc_handles_find(key(i)) == (i % 2 == 0), "%zu", (size_t)i);
    }
}

enum { THREADS = 4, ROUNDS = 20000 };

/* Adds, finds and removes keys of its own. Return: how many went wrong. */
static void *churn(void *user)
{
    uintptr_t base = (uintptr_t)user * 64;
    uintptr_t wrong = 0;

    for (uintptr_t i = 0; i < ROUNDS; i++) {
        CURL *curl = key(base + i % 64);
        struct lcc_handle *handle = lcc_handles_add(curl, NULL);

        wrong += !handle || lcc_handles_find(curl) != handle;
        if (handle) {
            lcc_handles_remove(handle);
        }
        wrong += lcc_handles_find(curl) != NULL;
    }
    return (void *)wrong;
}

Test(handle, threads_do_not_meet)
{
    pthread_t threads[THREADS];

    for (uintptr_t i = 0; i < THREADS; i++) {
        cr_assert(pthread_create(&threads[i], NULL, churn, (void *)i) == 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *wrong = NULL;

        pthread_join(threads[i], &wrong);
        cr_expect(!wrong, "thread %d: %zu", i, (size_t)wrong);
    }
}

Test(handle, a_child_goes_on_while_threads_of_the_parent_were_busy,
     .timeout = 60, .disabled = !FORKS_BESIDE_THREADS)
{
    pthread_t thread;

    cr_assert(pthread_create(&thread, NULL, churn, (void *)7) == 0);
    for (int i = 0; i < 20; i++) {
        int status = 0;
        pid_t child = fork();

        if (child == 0) {
            _exit(churn((void *)9) ? 1 : 0);
        }
        cr_assert(waitpid(child, &status, 0) == child);
        cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
    pthread_join(thread, NULL);
}
