/*
 * pager_private.h - the pager's state, shared by its files
 *
 * pager.c     lock, snapshot, recovery, adoption of an older database
 * pager_io.c  the hooks, and gathering pages
 * pager_read.c    pages of the snapshot, kept in memory
 * pager_commit.c  gathered pages into the file
 * pager_heal.c    an index in doubt
 */
#ifndef LCC_PAGER_PRIVATE_H
#define LCC_PAGER_PRIVATE_H

#include "store/pager.h"

#include "store/journal.h"
#include "store/page_cache.h"
#include "store/signals.h"

enum { LCC_DB_NAME_SIZE = sizeof("index..db") + LCC_HASH_HEX_SIZE };

/* So long a file of the name is taken to be the snapshot's. Its name carries
 * the id of the control page: another one is somebody's doing by hand. */
enum { LCC_FILE_KNOWN_MS = 100 };

struct lcc_pager {
    const char *path; /* the subfolder */
    bool readonly;
    int slot;
    struct lcc_ctl ctl;
    char name[LCC_DB_NAME_SIZE];

    /* the snapshot */
    bool attached;
    bool dropped;  /* swallow writes, fail reads */
    uint64_t seq;  /* its commit */
    uint64_t size; /* bytes of the database at that commit */
    dev_t device;  /* of its file */
    ino_t inode;
    int64_t known_until_ms;      /* it is not looked at before, for reading */
    bool moved;                  /* on, since Berkeley DB began to read it */
    struct lcc_page_cache pages; /* of it, or to be proven */

    /* the operation */
    bool locked;
    bool merges;  /* this commit takes the recent records in */
    int fd;       /* -1, or open until the operation's end */
    bool fd_held; /* by flock, until it is closed */
    int failure;
    bool met_damage; /* a page that is not what it was written as */
    bool distrust;   /* readonly: damage was met */
    struct lcc_signals signals;
    bool for_row;   /* all that is written is a row of recent records */
    bool limit_met; /* a write may have raised SIGXFSZ */

    /* what Berkeley DB has written since */
    uint64_t pending_size; /* bytes the database would have */
    struct lcc_page_image pending[LCC_PAGER_PENDING_MAX]; /* by number */
    size_t pending_count;
    off_t position; /* of the made-up descriptor */
};

/* A page that was gathered is ours to change; bytes of the pages' cache. */
static inline uint8_t *
lcc_pager_pending_bytes(const struct lcc_page_image *pending)
{
    return (uint8_t *)(uintptr_t)pending->bytes;
}

/* Map the control page, unless it is. 0; results of lcc_pager_begin(). */
int lcc_pager_attach(struct lcc_pager *pager);
/* Open the database's file for this operation; *pager.fd. 0; LCC_DB_STALE
 * when it is not the snapshot's file any more; -errno. */
int lcc_pager_open_file(struct lcc_pager *pager);
void lcc_pager_close_file(struct lcc_pager *pager);
/* Is the snapshot the newest, and nobody at work on the file? What was read
 * before a yes is the snapshot's. */
bool lcc_pager_is_undisturbed(const struct lcc_pager *pager);
/* Page @number as Berkeley DB has written it and not committed yet, or NULL. */
const struct lcc_page_image *lcc_pager_pending(const struct lcc_pager *pager,
                                               uint32_t number);
/* Page @number as Berkeley DB wants it. 0; LCC_DB_STALE; LCC_STORE_*; -errno */
int lcc_pager_read(struct lcc_pager *pager, uint32_t number, uint8_t *page);
/* The snapshot is to be commit @seq. What is kept of it stays, as far as the
 * control page says. */
void lcc_pager_move_to(struct lcc_pager *pager, uint64_t seq);
/* In a commit, before its number counts: which pages it changes. */
void lcc_pager_tell(struct lcc_pager *pager);
/* It is made: its pages are the newest. */
void lcc_pager_keep_pending(struct lcc_pager *pager);
void lcc_pager_clear_pending(struct lcc_pager *pager);
/* The journal is not to be replayed: the file is what the control page says.
 * Locked. 0; -errno. */
int lcc_pager_mark_journal(const struct lcc_pager *pager);

/* The name of the control page's file; *pager.name. */
void lcc_pager_name_file(struct lcc_pager *pager);
/* Find or make the file of a new control page. Locked. 0; -errno; ... */
int lcc_pager_find_file(struct lcc_pager *pager);

#endif
