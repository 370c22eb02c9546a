/*
 * fork.c - stores go on working on both sides of a fork()
 *
 * The handlers take every store's mutex, so that no other thread is in the
 * middle of something. Who does not get one in time (a signal handler of the
 * program forks while its own thread is in the store) leaves it, and the child
 * starts anew. A child of a bare clone() is told by a byte that the kernel
 * wipes: it starts anew too, and leaks what it cannot trust.
 */
#include "store/fork_page.h"
#include "store/store_private.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t list_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct lcc_store *list;
static bool list_held;

/* Most calls have a store for less than half a microsecond: sleeping until then
 * and being woken takes both threads ten times that. */
enum { SPINS = 50, SPIN_PAUSES = 20 };

static inline void pause_briefly(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#else
    atomic_signal_fence(memory_order_seq_cst);
#endif
}

static bool try_for_a_while(pthread_mutex_t *mutex)
{
    for (int i = 0; i < SPINS; i++) {
        if (pthread_mutex_trylock(mutex) == 0) {
            return true;
        }
        for (int j = 0; j < SPIN_PAUSES; j++) {
            pause_briefly();
        }
    }
    return false;
}

static bool lock_in_time(pthread_mutex_t *mutex)
{
    int64_t until_ms;
    struct timespec until;

    if (try_for_a_while(mutex)) {
        return true;
    }
    until_ms = lcc_now_ms() + LCC_LOCK_WAIT_MS;
    until = (struct timespec){until_ms / 1000, until_ms % 1000 * 1000000};
    return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &until) == 0;
}

static void mark_alive(struct lcc_store *store)
{
    if (store->alive) {
        *store->alive = 1;
    }
    store->pid = getpid();
}

static bool is_alive(const struct lcc_store *store)
{
    return store->alive ? *store->alive == 1 : store->pid == getpid();
}

static void before_fork(void)
{
    list_held = lock_in_time(&list_mutex);
    for (struct lcc_store *s = list; list_held && s; s = s->next) {
        s->fork_held = lock_in_time(&s->mutex);
    }
    lcc_pager_fork_prepare();
}

static void in_parent(void)
{
    lcc_pager_fork_parent();
    for (struct lcc_store *s = list; list_held && s; s = s->next) {
        if (s->fork_held) {
            (void)pthread_mutex_unlock(&s->mutex);
        }
    }
    if (list_held) {
        (void)pthread_mutex_unlock(&list_mutex);
    }
}

/* The database in memory is a consistent copy of the parent's. */
static void in_child(void)
{
    lcc_pager_fork_child();
    for (struct lcc_store *s = list; list_held && s; s = s->next) {
        if (s->fork_held) {
            (void)pthread_mutex_init(&s->mutex, NULL);
            mark_alive(s);
        } else if (s->pager) {
            lcc_pager_abandon(s->pager);
        }
    }
    (void)pthread_mutex_init(&list_mutex, NULL);
}

static void handlers_set(void)
{
    (void)pthread_atfork(before_fork, in_parent, in_child);
}

int lcc_fork_register(struct lcc_store *store)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, handlers_set);
    store->alive = lcc_fork_page_new();
    mark_alive(store);
    if (!lock_in_time(&list_mutex)) {
        return LCC_STORE_BUSY;
    }
    store->next = list;
    list = store;
    (void)pthread_mutex_unlock(&list_mutex);
    return 0;
}

void lcc_fork_unregister(struct lcc_store *store)
{
    (void)pthread_mutex_lock(&list_mutex);
    for (struct lcc_store **at = &list; *at; at = &(*at)->next) {
        if (*at == store) {
            *at = store->next;
            break;
        }
    }
    (void)pthread_mutex_unlock(&list_mutex);
    lcc_fork_page_free(store->alive);
}

/* Nothing of the parent's state can be trusted; its memory is left alone. */
static int start_anew(struct lcc_store *store)
{
    int result;

    lcc_pager_fork_child();
    (void)pthread_mutex_init(&store->mutex, NULL);
    if (store->pager) {
        lcc_pager_abandon(store->pager);
    }
    store->db = NULL;
    store->pager = NULL;
    lcc_recent_init(&store->recent);
    result = lcc_pager_new(store->path, store->config.readonly, &store->pager);
    mark_alive(store);
    return result;
}

int lcc_store_enter(struct lcc_store *store)
{
    int result;

    if (!is_alive(store)) {
        result = start_anew(store);
        if (result != 0) {
            return result;
        }
    }
    if (!lock_in_time(&store->mutex)) {
        return LCC_STORE_BUSY;
    }
    if (!store->pager) {
        (void)pthread_mutex_unlock(&store->mutex);
        return -ENOMEM;
    }
    return 0;
}

void lcc_store_leave(struct lcc_store *store)
{
    (void)pthread_mutex_unlock(&store->mutex);
}
