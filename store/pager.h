/*
 * pager.h - the I/O under Berkeley DB
 *
 * Berkeley DB runs on a snapshot: the database as it was at one commit. Its
 * reads go to the file under the shared lock, its writes are gathered in
 * memory, and lcc_pager_commit() puts them into the file so that a kill at
 * any moment leaves the old or the new state, never a mix. Owns the hooks,
 * the control page and the database's file; knows no record.
 *
 * A pager belongs to one thread at a time. One operation is
 *   begin? ... (Berkeley DB at work) ... commit? end
 * No descriptor stays open after lcc_pager_end().
 */
#ifndef LCC_PAGER_H
#define LCC_PAGER_H

#include "store/btree_node.h"
#include "store/ctl.h"
#include "store/page.h"

enum {
    LCC_PAGER_SLOTS = 64,         /* pagers of one process */
    LCC_PAGER_PENDING_MAX = 2000, /* pages one commit may write */
};

/* Beside enum lcc_store_outcome: the snapshot is not the newest any more. */
enum { LCC_DB_STALE = 100 };

struct lcc_pager;

/* 0; -ENOMEM; -EMFILE past LCC_PAGER_SLOTS. @path lives as long. */
int lcc_pager_new(const char *path, bool readonly, struct lcc_pager **ret);
struct lcc_pager *lcc_pager_free(struct lcc_pager *pager);

/* The control page, mapped; NULL before the first operation. */
struct lcc_ctl_page *lcc_pager_ctl(const struct lcc_pager *pager);
/* Bytes of the index in the snapshot. */
uint64_t lcc_pager_size(const struct lcc_pager *pager);

/* So many bytes are in use beside the pages that are kept, which take as many
 * less from here on. */
void lcc_pager_make_room(struct lcc_pager *pager, size_t bytes);

/* Is the snapshot the newest? Costs no system call. */
bool lcc_pager_is_fresh(const struct lcc_pager *pager);

/**
 * lcc_pager_begin() - take the shared lock, recover what a kill left
 *
 * Also called by the read hook. Holding it already is fine.
 *
 * Return: 0 on the snapshot; LCC_DB_STALE (locked) when lcc_pager_snapshot()
 * is needed; LCC_STORE_BUSY, LCC_STORE_UNAVAILABLE, -ENOENT (readonly and
 * nothing there) or -errno, not locked.
 */
int lcc_pager_begin(struct lcc_pager *pager);

/* The same for one row of recent records, in fewer system calls: the control
 * file was found in its place LCC_FILE_KNOWN_MS ago or later. Not locked
 * before; ends with lcc_pager_end_row(), which takes what came of the row. */
int lcc_pager_begin_row(struct lcc_pager *pager);
void lcc_pager_end_row(struct lcc_pager *pager, int result);

/**
 * lcc_pager_snapshot() - from now on, the newest commit
 * @ret_create: the database is new and must be made
 *
 * Locked. The caller has closed what it had open on the one before.
 *
 * Return: 0; LCC_STORE_*; -errno.
 */
int lcc_pager_snapshot(struct lcc_pager *pager, bool *ret_create);

/**
 * lcc_pager_follow() - the same without the lock, for reading alone
 *
 * Costs no system call where the control page and the file are known. What
 * Berkeley DB has open stays on the snapshot before: lcc_pager_has_moved().
 *
 * Return: 0; LCC_DB_STALE when the lock is needed to know more, or to make or
 * mend something; results of lcc_pager_begin().
 */
int lcc_pager_follow(struct lcc_pager *pager);
/* Must Berkeley DB begin anew before it can be used? */
bool lcc_pager_has_moved(const struct lcc_pager *pager);

/* A page as it is kept: one that leads to others packed, others whole. */
struct lcc_page_view {
    const uint8_t *bytes;              /* LCC_PAGE_SIZE, or NULL */
    const struct lcc_btree_node *node; /* or NULL */
};

/**
 * lcc_pager_page() - page @number of the snapshot, as the last commit left it
 * @ret: borrowed until the next call
 *
 * Return: 0; LCC_DB_STALE; LCC_STORE_BUSY; LCC_STORE_UNAVAILABLE (damage);
 * -ENOMEM; -errno.
 */
int lcc_pager_page(struct lcc_pager *pager, uint32_t number,
                   struct lcc_page_view *ret);
/* --- an index in doubt (pager_heal.c) ------------------------------------ */

/* A damaged index that gives what is whole in it to a new one. */
#define LCC_ASIDE_FILE "damaged.db"
enum { LCC_ASIDE_BLOCK = 4096 }; /* bytes in which its side files are counted */

/* A database found after a reboot may hold pages of several commits, each whole
 * by itself, and one may be damaged: Berkeley DB must not see it then, and
 * nothing is committed. */
bool lcc_pager_is_in_doubt(const struct lcc_pager *pager);
/* A page has failed its check, or the order of keys: certain damage. */
void lcc_pager_note_damage(struct lcc_pager *pager);
/* The snapshot gave what it must not: from now on it is in doubt for all. False
 * when that was known, or when it is no matter any more. */
bool lcc_pager_doubt(struct lcc_pager *pager);
/**
 * lcc_pager_prove() - locked, in doubt: is it sound?
 *
 * Return: 0 when it is, and then a new snapshot is needed;
 * LCC_STORE_UNAVAILABLE when it must be set aside; LCC_STORE_BUSY when
 * @until_ms came first; -errno.
 */
int lcc_pager_prove(struct lcc_pager *pager, int64_t until_ms);
/* Locked: the damaged index makes place for a new one; a new snapshot is
 * needed. @aside_bytes: of the side files that it names. 0; -errno. */
int lcc_pager_set_aside(struct lcc_pager *pager, uint64_t aside_bytes);
/* Is there one from before this control page? */
void lcc_pager_note_aside(struct lcc_pager *pager);
/* Locked: nothing of it is wanted any more. */
void lcc_pager_end_aside(struct lcc_pager *pager);

/* Open a file of the subfolder, O_RDONLY or O_RDWR (which readonly turns into
 * that). A descriptor, or -errno. */
int lcc_pager_open_named(const struct lcc_pager *pager, const char *name,
                         int how);

/* Name of the database inside the subfolder; valid for the snapshot. */
const char *lcc_pager_name(const struct lcc_pager *pager);

/**
 * lcc_pager_commit() - make what was written the newest commit
 *
 * Locked, after DB->sync. On 0 the snapshot is the new commit; otherwise
 * nothing has changed and the caller drops what it has open.
 *
 * Return: 0; LCC_STORE_FULL; LCC_DB_STALE; -errno.
 */
int lcc_pager_commit(struct lcc_pager *pager);

/* The commit that is being made takes all recent records (recent.h) in. */
void lcc_pager_merges(struct lcc_pager *pager);

/* Locked: may recent records be added, is there a sound database for them? */
bool lcc_pager_takes_recent(const struct lcc_pager *pager);

/* Forget what was written; from now to the next snapshot Berkeley DB's writes
 * go nowhere and its reads fail, so that a dirty handle can be closed. */
void lcc_pager_swallow(struct lcc_pager *pager);
/* The snapshot is not to be trusted; swallow as well. */
void lcc_pager_drop(struct lcc_pager *pager);

/* Close the descriptor, give the lock back. Harmless when there is none. */
void lcc_pager_end(struct lcc_pager *pager);

/* Why a hook failed in this operation: a result as of lcc_pager_begin(), or
 * 0. */
int lcc_pager_failure(const struct lcc_pager *pager);

/* While Berkeley DB opens a database, the hook knows it by name alone. */
int lcc_pager_opening_begin(struct lcc_pager *pager);
void lcc_pager_opening_end(struct lcc_pager *pager);

/* Around fork(): the table of pagers. */
void lcc_pager_fork_prepare(void);
void lcc_pager_fork_parent(void);
void lcc_pager_fork_child(void);
/* In a child: close what a thread of the parent had open here. The lock on it
 * stays the parent's. The pager is good for nothing afterwards. */
void lcc_pager_abandon(struct lcc_pager *pager);

/* In a child of fork(): we own no lock and no descriptor of the parent's. */
void lcc_pager_forget_lock(struct lcc_pager *pager);

#endif
