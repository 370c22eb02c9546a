/*
 * lease_holder.c - processes by what /proc says of them (proc(5), stat)
 *
 * Numbers of processes are used again, the time of a start with them is not.
 * A program that replaces itself by exec() keeps both and loses its threads;
 * the place of its stack changes, where the kernel chooses it at random and
 * shows it (to the same user).
 */
#include "store/lease_holder.h"

#include "store/base.h"
#include "store/fork_page.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STAT_MAX = 1024, /* bytes of /proc/PID/stat that are read */
    PATH_MAX_ = 64,
    DECIMAL = 10,
};

/* Fields behind the name, from 0. */
enum stat_field {
    FIELD_STATE = 0,
    FIELD_THREADS = 17,
    FIELD_BORN = 19,
    FIELD_STACK = 25
};

struct look {
    uint64_t pid; /* as that /proc counts */
    char state;
    uint64_t threads;
    uint64_t born;
    uint64_t stack;
};

static bool read_stat(const char *path, char out[STAT_MAX])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd < 0 ? -1 : read(fd, out, STAT_MAX - 1);

    if (fd >= 0) {
        (void)close(fd);
    }
    if (got <= 0) {
        return false;
    }
    out[got] = '\0';
    return true;
}

/* The name is in brackets and may hold anything, brackets too. */
static bool parse_stat(const char *text, struct look *ret)
{
    const char *at = strrchr(text, ')');

    if (!at || at[1] != ' ') {
        return false;
    }
    *ret = (struct look){.pid = strtoull(text, NULL, DECIMAL)};
    at += 2;
    for (int field = FIELD_STATE; at && field <= FIELD_STACK; field++) {
        uint64_t number = strtoull(at, NULL, DECIMAL);

        if (field == FIELD_STATE) {
            ret->state = *at;
        } else if (field == FIELD_THREADS) {
            ret->threads = number;
        } else if (field == FIELD_BORN) {
            ret->born = number;
        } else if (field == FIELD_STACK) {
            ret->stack = number;
        }
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    return ret->born != 0;
}

static bool look_at(const char *path, struct look *ret)
{
    char text[STAT_MAX];

    return read_stat(path, text) && parse_stat(text, ret);
}

static void find_self(struct lcc_holder *ret)
{
    struct look look;
    struct stat space;

    *ret = (struct lcc_holder){.pid = (uint64_t)getpid()};
    /* A /proc of another namespace says nothing of our numbers. */
    if (look_at("/proc/self/stat", &look) && look.pid == ret->pid &&
        stat("/proc/self/ns/pid", &space) == 0) {
        ret->space = space.st_ino;
        ret->born = look.born;
        ret->stack = look.stack;
    }
}

/* What this process found out about itself. */
struct kept {
    struct lcc_holder self;
    _Atomic bool known;
};
/* Where the kernel wipes no page in a child, the process id tells it. */
static struct kept unwiped;

static struct kept *kept_place(void)
{
    static _Atomic(struct kept *) place;
    struct kept *now = atomic_load(&place);
    struct kept *page = now ? NULL : lcc_fork_page_new();

    if (now) {
        return now;
    }
    if (!atomic_compare_exchange_strong(&place, &now, page ? page : &unwiped)) {
        lcc_fork_page_free(page);
        return now;
    }
    return page ? page : &unwiped;
}

static bool is_known(const struct kept *kept)
{
    return atomic_load(&kept->known) &&
           (kept != &unwiped || kept->self.pid == (uint64_t)getpid());
}

void lcc_holder_self(struct lcc_holder *ret)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    struct kept *kept = kept_place();
    int saved = errno;

    /* Only ever tried: in a child that was forked while it was held each call
     * finds out for itself. */
    if (is_known(kept)) {
        *ret = kept->self;
    } else if (pthread_mutex_trylock(&mutex) != 0) {
        find_self(ret);
    } else {
        if (!is_known(kept)) {
            find_self(&kept->self);
            atomic_store(&kept->known, true);
        }
        *ret = kept->self;
        (void)pthread_mutex_unlock(&mutex);
    }
    errno = saved;
}

static bool is_another(const struct lcc_holder *holder, const struct look *look)
{
    /* A process whose first thread has ended is a zombie with threads. */
    return look->born != holder->born ||
           (look->stack != 0 && holder->stack != 0 &&
            look->stack != holder->stack) ||
           ((look->state == 'Z' || look->state == 'X') && look->threads <= 1);
}

bool lcc_holder_is_gone(const struct lcc_holder *holder)
{
    int saved = errno;
    struct lcc_holder self;
    struct look look;
    char path[PATH_MAX_];
    bool gone = false;

    lcc_holder_self(&self);
    if (self.pid == holder->pid && self.born == holder->born &&
        self.stack == holder->stack) {
        gone = false;
    } else if (self.space != 0 && self.space == holder->space) {
        (void)snprintf(path, sizeof(path), "/proc/%llu/stat",
                       (unsigned long long)holder->pid);
        if (look_at(path, &look)) {
            gone = is_another(holder, &look);
        } else {
            /* Hidden, or out of descriptors, or really gone. */
            gone = kill((pid_t)holder->pid, 0) != 0 && errno == ESRCH;
        }
    }
    errno = saved;
    return gone;
}

bool lcc_holder_is_last_thread(void)
{
    int saved = errno;
    struct look look;
    /* A first thread that has ended stays, as a zombie, and counts. */
    bool last = look_at("/proc/self/stat", &look) && look.state == 'Z' &&
                look.threads <= 2;

    errno = saved;
    return last;
}
