/*
 * lease.c - a table of leases in a small mapped file
 *
 * Owns the file `leases` of a cache. All zero is a valid empty table, so that
 * two who make it at once do no harm; the blocks are allocated before it is
 * mapped (see ledger.c for why, and for what is left).
 *
 * Keys share sets of a few rows. Each set has a guard that is held for less
 * than a microsecond. It is no mutex of the system: one that a stopped or
 * killed process left behind, or a signal handler of the program that never
 * came back, is broken by the next who comes after GUARD_MS. Who was stopped
 * that long and goes on may then write beside the other; a row whose words do
 * not belong together fails its check and is an empty one. What that costs is
 * a request more, so no signal is blocked for it: that would cost two system
 * calls each time.
 */
#include "store/lease.h"

#include "store/ctl.h"
#include "store/lease_file.h"
#include "store/lease_holder.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct lcc_hash lcc_lease_key(enum lcc_lease_use use, const struct lcc_id *id,
                              const struct lcc_hash *variant)
{
    struct lcc_hash key = id->request;

    /* Both are keyed hashes, hence as good as random: so is their sum. */
    for (size_t i = 0; i < sizeof(key.bytes); i++) {
        key.bytes[i] =
            (uint8_t)(key.bytes[i] ^ variant->bytes[i] ^ (uint8_t)use);
    }
    return key;
}

/* --- a set under its guard ------------------------------------------------ */

/* One look at a set: the guard is ours. */
struct visit {
    struct set *set;
    uint64_t guard;
    int64_t now_ms;
    uint64_t gone; /* serial of a lease whose holder has ended; 0: none */
    struct lcc_holder self; /* of who takes one */
    int saved_errno;
};

static struct set *set_of(struct lcc_leases *leases, const struct lcc_hash *key)
{
    return &leases->file->sets[key->bytes[0] % SETS];
}

/* The moment it was taken, and a number that is hardly anybody else's: only a
 * guard that was broken meanwhile could be taken for another. */
static uint64_t guard_of(uint64_t now_ns)
{
    static uint32_t count;
    const uint32_t mine =
        (uint32_t)now_ns * UINT32_C(2654435761) ^
        __atomic_fetch_add(&count, UINT32_C(2), __ATOMIC_RELAXED);

    return (now_ns / NS_PER_MS & UINT32_MAX) << 32 | mine | 1;
}

/* Left behind: taken long ago, or before the last boot. */
static bool is_broken(uint64_t guard, int64_t now_ms)
{
    const uint32_t held_ms = (uint32_t)now_ms - (uint32_t)(guard >> 32);

    return held_ms > GUARD_MS;
}

/* The clock is looked at after the guard: one that was taken in between would
 * seem to be from before the last boot. */
static bool guard_try(struct visit *visit)
{
    uint64_t found = __atomic_load_n(&visit->set->guard, __ATOMIC_ACQUIRE);
    const uint64_t now_ns = lcc_now_ns();

    visit->now_ms = (int64_t)(now_ns / NS_PER_MS);
    if (found != 0 && !is_broken(found, visit->now_ms)) {
        return false;
    }
    visit->guard = guard_of(now_ns);
    return __atomic_compare_exchange_n(&visit->set->guard, &found, visit->guard,
                                       false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED);
}

static bool visit_begin(struct visit *visit, struct lcc_leases *leases,
                        const struct lcc_hash *key)
{
    static const struct timespec pause = {0, GUARD_PAUSE_NS};
    int64_t until_ms = 0;

    visit->saved_errno = errno;
    visit->set = set_of(leases, key);
    for (;;) {
        if (guard_try(visit)) {
            return true;
        }
        until_ms = until_ms ? until_ms : visit->now_ms + GUARD_WAIT_MS;
        if (visit->now_ms > until_ms) {
            errno = visit->saved_errno;
            return false;
        }
        (void)nanosleep(&pause, NULL);
    }
}

static void visit_end(struct visit *visit)
{
    uint64_t mine = visit->guard;

    (void)__atomic_compare_exchange_n(&visit->set->guard, &mine, 0, false,
                                      __ATOMIC_RELEASE, __ATOMIC_RELAXED);
    errno = visit->saved_errno;
}

/* --- rows ----------------------------------------------------------------- */

static uint64_t row_check(const struct row *row)
{
    return lcc_checksum(
        lcc_span_of(row->word, ROW_CHECK * sizeof(row->word[0])));
}

static struct row row_words(const struct row *from)
{
    struct row row;

    for (size_t i = 0; i < ROW_WORDS; i++) {
        row.word[i] = word_get(&from->word[i]);
    }
    return row;
}

static struct row row_if_whole(struct row row)
{
    return row.word[ROW_CHECK] == row_check(&row) ? row : (struct row){0};
}

/* A copy; one that is not whole is empty. */
static struct row row_read(const struct row *from)
{
    return row_if_whole(row_words(from));
}

static void row_write(struct row *to, struct row *row)
{
    row->word[ROW_CHECK] = row_check(row);
    for (size_t i = 0; i < ROW_WORDS; i++) {
        word_set(&to->word[i], row->word[i]);
    }
}

static bool is_over(const struct row *row, int64_t now_ms)
{
    const int64_t end_ms = (int64_t)row->word[ROW_END_MS];

    /* One that ends too late to be true is from before the last boot. */
    return now_ms >= end_ms || end_ms - now_ms > LCC_LEASE_MAX_MS;
}

static bool is_holder_gone(const struct row *row)
{
    const struct lcc_holder holder = {
        .pid = row->word[ROW_PID],
        .space = row->word[ROW_SPACE],
        .born = row->word[ROW_BORN],
        .stack = row->word[ROW_STACK],
    };

    return lcc_holder_is_gone(&holder);
}

/* What it means now. */
static int row_judge(const struct row *row, const struct visit *visit)
{
    const int64_t now_ms = visit->now_ms;

    switch (row->word[ROW_STATE]) {
    case ROW_HELD:
        return is_over(row, now_ms) || row->word[ROW_SERIAL] == visit->gone
                   ? LCC_LEASE_UNFINISHED
                   : LCC_LEASE_HELD;
    case ROW_STORED:
        return is_over(row, now_ms) ? LCC_LEASE_FREE : 0;
    case ROW_UNSTORABLE:
        return is_over(row, now_ms) ? LCC_LEASE_FREE : LCC_LEASE_UNSTORABLE;
    default:
        return LCC_LEASE_FREE;
    }
}

static bool is_of(const struct row *row, const struct lcc_hash *key)
{
    return row->word[ROW_STATE] != ROW_EMPTY &&
           memcmp(row->word, key->bytes, sizeof(key->bytes)) == 0;
}

/* The row of a key, with a copy of it; NULL without one. */
static struct row *row_find(struct set *set, const struct lcc_hash *key,
                            struct row *ret)
{
    uint64_t words[ROW_KEY_WORDS];

    memcpy(words, key->bytes, sizeof(words));
    for (size_t i = 0; i < ROWS; i++) {
        /* Only what may be it is worth a check. */
        if (word_get(&set->rows[i].word[ROW_KEY_0]) != words[0] ||
            word_get(&set->rows[i].word[ROW_KEY_1]) != words[1]) {
            continue;
        }
        *ret = row_read(&set->rows[i]);
        if (is_of(ret, key)) {
            return &set->rows[i];
        }
    }
    return NULL;
}

/* The row whose loss costs least: an empty one, then what is remembered, then
 * what was left unfinished. NULL when all are held. */
static struct row *row_spare(const struct visit *visit)
{
    struct set *set = visit->set;
    struct row *unfinished = NULL;
    struct row *known = NULL;

    for (size_t i = 0; i < ROWS; i++) {
        struct row row = row_words(&set->rows[i]);

        /* One that is not whole is as empty as one that is over. */
        if (row_judge(&row, visit) != LCC_LEASE_FREE) {
            row = row_if_whole(row);
        }
        switch (row_judge(&row, visit)) {
        case LCC_LEASE_FREE:
            return &set->rows[i];
        case LCC_LEASE_HELD:
            break;
        case LCC_LEASE_UNFINISHED:
            unfinished = &set->rows[i];
            break;
        default:
            known = &set->rows[i];
            break;
        }
    }
    return known ? known : unfinished;
}

/* The serial of this key's lease when its holder has ended. Asked of /proc
 * before the guard is taken: one that is held for long is broken. A copy that
 * is whole is enough, and a lease that was taken since has another serial. */
static uint64_t find_gone(struct set *set, const struct lcc_hash *key)
{
    struct row row;

    return row_find(set, key, &row) && row.word[ROW_STATE] == ROW_HELD &&
                   is_holder_gone(&row)
               ? row.word[ROW_SERIAL]
               : 0;
}

static bool visit_key(struct visit *visit, struct lcc_leases *leases,
                      const struct lcc_hash *key)
{
    visit->gone = find_gone(set_of(leases, key), key);
    return visit_begin(visit, leases, key);
}

/* --- leases -------------------------------------------------------------- */

static uint64_t serial_new(int64_t now_ms)
{
    static uint32_t count;

    return ((uint64_t)now_ms << 32 |
            __atomic_add_fetch(&count, UINT32_C(1), __ATOMIC_RELAXED)) |
           UINT64_C(1) << 63;
}

static int64_t stored_ago_ms(const struct row *row, int64_t now_ms)
{
    return row->word[ROW_STATE] == ROW_STORED && !is_over(row, now_ms)
               ? now_ms + STORED_MS - (int64_t)row->word[ROW_END_MS]
               : INT64_MAX;
}

static void hold(struct visit *visit, struct row *place,
                 const struct lcc_hash *key, int64_t bound_ms,
                 struct lcc_lease *ret)
{
    const struct lcc_holder self = visit->self;
    struct row row = {0};

    ret->key = *key;
    ret->serial = serial_new(visit->now_ms);
    ret->holder = (pid_t)self.pid;
    memcpy(row.word, key->bytes, sizeof(key->bytes));
    row.word[ROW_STATE] = ROW_HELD;
    row.word[ROW_SERIAL] = ret->serial;
    row.word[ROW_END_MS] =
        (uint64_t)(visit->now_ms +
                   (bound_ms < LCC_LEASE_MAX_MS ? bound_ms : LCC_LEASE_MAX_MS));
    row.word[ROW_PID] = self.pid;
    row.word[ROW_SPACE] = self.space;
    row.word[ROW_BORN] = self.born;
    row.word[ROW_STACK] = self.stack;
    row_write(place, &row);
}

static int take(struct visit *visit, const struct lcc_hash *key,
                int64_t bound_ms, bool over_unfinished, struct lcc_lease *ret)
{
    struct row row;
    struct row *place = row_find(visit->set, key, &row);
    int64_t ago_ms;
    int r = place ? row_judge(&row, visit) : LCC_LEASE_FREE;

    if (r == LCC_LEASE_HELD || r == LCC_LEASE_UNSTORABLE ||
        (r == LCC_LEASE_UNFINISHED && !over_unfinished)) {
        return r;
    }
    ago_ms = place ? stored_ago_ms(&row, visit->now_ms) : INT64_MAX;
    if (!place) {
        place = row_spare(visit);
    }
    if (!place) {
        return LCC_LEASE_NO_ROOM;
    }
    hold(visit, place, key, bound_ms, ret);
    ret->stored_ago_ms = ago_ms;
    return 0;
}

int lcc_lease_take(struct lcc_leases *leases, const struct lcc_hash *key,
                   int64_t bound_ms, bool over_unfinished,
                   struct lcc_lease *ret)
{
    struct visit visit;
    int r;

    lcc_holder_self(&visit.self); /* of /proc, the first time: no guard yet */
    if (!leases || !visit_key(&visit, leases, key)) {
        return LCC_LEASE_NO_ROOM;
    }
    r = take(&visit, key, bound_ms, over_unfinished, ret);
    visit_end(&visit);
    return r;
}

int lcc_lease_look(struct lcc_leases *leases, const struct lcc_hash *key)
{
    struct visit visit;
    struct row row;
    int r = LCC_LEASE_FREE;

    if (!leases || !visit_key(&visit, leases, key)) {
        return LCC_LEASE_NO_ROOM;
    }
    if (row_find(visit.set, key, &row)) {
        r = row_judge(&row, &visit);
    }
    visit_end(&visit);
    return r;
}

/* --- waiting ------------------------------------------------------------- */

/* Until the word is not @turn any more, or @most_ms. */
static void sleep_on(uint32_t *word, uint32_t turn, int64_t most_ms)
{
    const struct timespec most = {most_ms / MS_PER_S,
                                  most_ms % MS_PER_S * NS_PER_MS};

    (void)syscall(SYS_futex, word, FUTEX_WAIT, turn, &most, NULL, 0);
}

int lcc_lease_wait(struct lcc_leases *leases, const struct lcc_hash *key,
                   int64_t until_ms)
{
    const int saved_errno = errno;
    int r = LCC_LEASE_NO_ROOM;

    while (leases) {
        struct set *set = set_of(leases, key);
        const uint32_t turn = __atomic_load_n(&set->turn, __ATOMIC_ACQUIRE);
        int64_t left_ms;

        /* Said before the look: a release after it sees this and wakes. */
        __atomic_store_n(&set->waiting, 1, __ATOMIC_SEQ_CST);
        r = lcc_lease_look(leases, key);
        left_ms = until_ms - lcc_now_ms();
        if (r != LCC_LEASE_HELD || left_ms <= 0) {
            break;
        }
        sleep_on(&set->turn, turn,
                 left_ms < LCC_LEASE_POLL_MS ? left_ms : LCC_LEASE_POLL_MS);
    }
    errno = saved_errno;
    return r;
}

static void wake(struct set *set)
{
    __atomic_add_fetch(&set->turn, UINT32_C(1), __ATOMIC_SEQ_CST);
    if (__atomic_exchange_n(&set->waiting, UINT32_C(0), __ATOMIC_SEQ_CST)) {
        (void)syscall(SYS_futex, &set->turn, FUTEX_WAKE, INT_MAX, NULL, NULL,
                      0);
    }
}

void lcc_lease_shun(struct lcc_leases *leases, const struct lcc_hash *key)
{
    struct visit visit = {0};
    struct row row;
    struct row *place;

    if (!leases || !visit_begin(&visit, leases, key)) {
        return;
    }
    place = row_find(visit.set, key, &row);
    if (place && row.word[ROW_STATE] == ROW_HELD) {
        row.word[ROW_STATE] = ROW_UNSTORABLE;
        row.word[ROW_END_MS] =
            (uint64_t)(visit.now_ms + LCC_LEASE_UNSTORABLE_MS);
        row_write(place, &row);
    }
    visit_end(&visit);
    wake(visit.set);
}

static void let_go(struct visit *visit, const struct lcc_lease *lease,
                   enum lcc_lease_end end)
{
    static const struct {
        uint64_t state;
        int64_t for_ms;
    } ends[] = {
        [LCC_LEASE_STORED] = {ROW_STORED, STORED_MS},
        [LCC_LEASE_NOT_STORED] = {ROW_UNSTORABLE, LCC_LEASE_UNSTORABLE_MS},
        [LCC_LEASE_DROPPED] = {ROW_DROPPED, 0},
        [LCC_LEASE_LEFT] = {ROW_HELD, 0}, /* which has run out */
    };
    struct row row;
    struct row *place = row_find(visit->set, &lease->key, &row);

    if (place && row.word[ROW_STATE] == ROW_HELD &&
        row.word[ROW_SERIAL] == lease->serial &&
        row.word[ROW_PID] == (uint64_t)lease->holder) {
        row.word[ROW_STATE] = ends[end].state;
        row.word[ROW_END_MS] = (uint64_t)(visit->now_ms + ends[end].for_ms);
        row_write(place, &row);
    }
}

/* Not its parent's, of which a child has a copy. */
static bool is_own(const struct lcc_lease *lease)
{
    struct lcc_holder self;

    lcc_holder_self(&self);
    return (uint64_t)lease->holder == self.pid;
}

void lcc_lease_release(struct lcc_leases *leases, struct lcc_lease *lease,
                       enum lcc_lease_end end)
{
    struct visit visit = {0};

    if (leases && lease->serial != 0 && is_own(lease) &&
        visit_begin(&visit, leases, &lease->key)) {
        let_go(&visit, lease, end);
        visit_end(&visit);
        wake(set_of(leases, &lease->key));
    }
    lease->serial = 0;
}
