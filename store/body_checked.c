/*
 * body_checked.c - a small table, the oldest row goes first
 *
 * Its mutex is only ever tried: whoever does not get it checks once more. So
 * no thread waits here, and a child that was forked while it was held merely
 * checks always.
 */
#include "store/body_checked.h"

#include <pthread.h>
#include <time.h>

struct row {
    struct lcc_hash name;
    dev_t device;
    ino_t inode;
    struct timespec changed; /* st_mtim: a second name changes st_ctim */
    uint64_t to;             /* bytes checked, from the first */
    bool whole;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct row rows[LCC_BODY_CHECKED_FILES];
static size_t next_row;

static bool is_of(const struct row *row, const struct lcc_hash *name,
                  const struct stat *st)
{
    return row->to > 0 && lcc_hash_equal(&row->name, name) &&
           row->device == st->st_dev && row->inode == st->st_ino &&
           row->changed.tv_sec == st->st_mtim.tv_sec &&
           row->changed.tv_nsec == st->st_mtim.tv_nsec;
}

static struct row *find(const struct lcc_hash *name, const struct stat *st)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        if (is_of(&rows[i], name, st)) {
            return &rows[i];
        }
    }
    return NULL;
}

bool lcc_body_is_checked(const struct lcc_hash *name, const struct stat *st)
{
    const struct row *row;
    bool whole;

    if (pthread_mutex_trylock(&mutex) != 0) {
        return false;
    }
    row = find(name, st);
    whole = row && row->whole;
    (void)pthread_mutex_unlock(&mutex);
    return whole;
}

static bool is_past(const struct stat *st)
{
    struct timespec now;

    return clock_gettime(CLOCK_REALTIME_COARSE, &now) == 0 &&
           st->st_mtim.tv_sec + LCC_BODY_CHECKED_GRAIN_S <= now.tv_sec;
}

void lcc_body_note_checked(const struct lcc_hash *name, const struct stat *st,
                           uint64_t from, uint64_t to, uint64_t body_size)
{
    struct row *row;

    if (!is_past(st) || pthread_mutex_trylock(&mutex) != 0) {
        return;
    }
    row = find(name, st);
    if (!row && from == 0) {
        row = &rows[next_row++ % LCC_ARRAY_SIZE(rows)];
        *row =
            (struct row){*name, st->st_dev, st->st_ino, st->st_mtim, 0, false};
    }
    if (row && from <= row->to && to > row->to) {
        row->to = to;
        row->whole = to >= body_size;
    }
    (void)pthread_mutex_unlock(&mutex);
}
