/*
 * db.h - one B-tree over a pager: written by Berkeley DB, read without it
 *
 * What only reads goes by btree.h; Berkeley DB is opened for the first write,
 * and sees what it has written itself. Folds Berkeley DB's codes into ours in
 * one place. After any result of a write but 0 and LCC_STORE_MISS it must be
 * closed. Belongs to one thread at a time.
 */
#ifndef LCC_DB_H
#define LCC_DB_H

#include "store/keys.h"
#include "store/pager.h"
#include "store/store.h"

enum {
    /* Pages in Berkeley DB's memory; behind it are those of the pager. Of a
     * large index more, for its inner pages: a share, in powers of two. */
    LCC_DB_CACHE_BYTES = 512 * 1024,
    LCC_DB_CACHE_MOST = 2 * 1024 * 1024,
    LCC_DB_CACHE_SHARE = 64,
};

struct lcc_db;

/* What a commit adds to the record of totals again and again (totals.h). */
struct lcc_db_memo {
    bool known; /* the numbers are */
    bool changed;
    struct lcc_totals totals;
};

/* Nothing is opened. @path is the subfolder and lives as long. NULL without
 * memory. */
struct lcc_db *lcc_db_new(struct lcc_pager *pager, const char *path,
                          bool readonly);
/* Drops the pager's snapshot first. Returns NULL; accepts NULL. */
struct lcc_db *lcc_db_free(struct lcc_db *db);

/* Berkeley DB, for writing; @create: over nothing. The pager is locked and on a
 * snapshot. 0; LCC_STORE_*; LCC_DB_STALE; -ENOMEM. */
int lcc_db_open(struct lcc_db *db, bool create);
/* With memory enough for the index as it is? */
bool lcc_db_is_open(const struct lcc_db *db);
/* What was not committed is lost. Harmless when it is not open. */
void lcc_db_close(struct lcc_db *db);
/* From here on: what reads, reads the snapshot; or what Berkeley DB has. */
void lcc_db_use_snapshot(struct lcc_db *db, bool snapshot);

/*
 * All of these: 0; LCC_STORE_MISS when there is no such key; LCC_DB_STALE;
 * LCC_STORE_BUSY; LCC_STORE_UNAVAILABLE (damage); -ENOMEM; -errno.
 */
int lcc_db_get(struct lcc_db *db, struct lcc_span key, struct lcc_buf *value);
int lcc_db_put(struct lcc_db *db, struct lcc_span key, struct lcc_span value);
/* Put it unless there is one: LCC_DB_THERE then. */
enum { LCC_DB_THERE = 102 };
int lcc_db_add(struct lcc_db *db, struct lcc_span key, struct lcc_span value);
int lcc_db_remove(struct lcc_db *db, struct lcc_span key);

/**
 * lcc_db_seek() - the first key that is not less than @from
 * @value: NULL when only the key is wanted
 *
 * Then lcc_db_next() goes on from there; lcc_db_key() is where it stands. In
 * the end, and before any put or remove, lcc_db_seek_end().
 */
int lcc_db_seek(struct lcc_db *db, struct lcc_span from, struct lcc_buf *value);
int lcc_db_next(struct lcc_db *db, struct lcc_buf *value);
/* The first of the keys that begin with @prefix, and the next of them. */
int lcc_db_seek_in(struct lcc_db *db, struct lcc_span prefix,
                   struct lcc_buf *value);
int lcc_db_next_in(struct lcc_db *db, struct lcc_span prefix,
                   struct lcc_buf *value);
struct lcc_span lcc_db_key(const struct lcc_db *db);
void lcc_db_seek_end(struct lcc_db *db);

/* The page that @key lies on in the snapshot, before what is being written:
 * btree.h. */
int lcc_db_leaf(struct lcc_db *db, struct lcc_span key, const uint8_t **ret);

/* Bytes that the file would have if this were committed now. */
uint64_t lcc_db_size(struct lcc_db *db);

/* Pages of it that hold nothing, up to @most; 0 too when that is not known. */
uint64_t lcc_db_free_pages(struct lcc_db *db, uint64_t most);

/* Forgotten when the next snapshot, commit or run begins. */
struct lcc_db_memo *lcc_db_memo(struct lcc_db *db);

/* Everything changed goes to the pager. */
int lcc_db_sync(struct lcc_db *db);

#endif
