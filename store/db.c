/*
 * db.c - environment and database handle over the pager
 *
 * The environment is private to this handle: no region file, no mutex, no
 * log. It reads a file DB_CONFIG in its home, which is why the home is our
 * own folder and nobody else's.
 */
#include "store/db.h"

#include "store/btree.h"
#include "store/db_memory.h"
#include "store/page_cache.h"
#include "store/store.h"

#include <db.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
    AT_FIRST_FREE = 28, /* on page 0 (FORMAT.md): the first free page */
    AT_NEXT_FREE = 16,  /* on such a page: the next */
};

struct lcc_db {
    struct lcc_pager *pager;
    const char *path;
    bool readonly;
    bool snapshot; /* reads go by the tree */
    struct lcc_db_memo memo;
    struct lcc_btree tree;
    DB_ENV *env;
    DB *handle;
    uint32_t cache_bytes; /* of env */
    DBC *cursor;
    uint8_t key[LCC_KEY_MAX]; /* where the cursor stands */
    size_t key_size;
};

/* Berkeley DB's own words never reach the program's stderr. */
static void no_words(const DB_ENV *env, const char *prefix, const char *text)
{
    (void)env;
    (void)prefix;
    (void)text;
}

static void no_message(const DB_ENV *env, const char *text)
{
    (void)env;
    (void)text;
}

static int fold(const struct lcc_db *db, int code)
{
    int failure = lcc_pager_failure(db->pager);

    if (code == 0) {
        return 0;
    }
    if (failure != 0) {
        return failure;
    }
    switch (code) {
    case DB_NOTFOUND:
    case DB_KEYEMPTY:
        return LCC_STORE_MISS;
    case ENOMEM:
        return -ENOMEM;
    default:
        return LCC_STORE_UNAVAILABLE;
    }
}

/* Berkeley DB 5.3 follows a null pointer when there is memory for the first
 * half of an environment and none for the second (env/env_method.c). */
static int env_create(DB_ENV **ret)
{
    int code;

    if (!lcc_db_spare_begin()) {
        return ENOMEM;
    }
    code = db_env_create(ret, 0);
    lcc_db_spare_end();
    return code;
}

/* It adds a quarter to so small a cache. Some pages can be kept beside it. */
static size_t memory_of(size_t cache_bytes)
{
    return cache_bytes / 4 * 5;
}
_Static_assert(LCC_DB_CACHE_MOST / 4 * 5 + LCC_PAGES_LENT < LCC_PAGES_BYTES,
               "no page could be kept");

static uint32_t cache_wanted(const struct lcc_db *db)
{
    const uint64_t share = lcc_pager_size(db->pager) / LCC_DB_CACHE_SHARE;
    uint32_t bytes = LCC_DB_CACHE_BYTES;

    while (bytes < LCC_DB_CACHE_MOST && bytes < share) {
        bytes *= 2;
    }
    return bytes;
}

static int env_open(struct lcc_db *db, const char *path)
{
    DB_ENV *env;
    int code = env_create(&db->env);

    if (code != 0) {
        return code;
    }
    env = db->env;
    env->set_errcall(env, no_words);
    env->set_msgcall(env, no_message);
    db->cache_bytes = cache_wanted(db);
    lcc_pager_make_room(db->pager, memory_of(db->cache_bytes));
    code = env->set_cachesize(env, 0, db->cache_bytes, 1);
    if (code == 0) {
        code = env->set_tmp_dir(env, path);
    }
    if (code == 0) {
        code = env->set_flags(env, DB_NOLOCKING | DB_NOMMAP, 1);
    }
    return code != 0 ? code
                     : env->open(env, path,
                                 DB_CREATE | DB_PRIVATE | DB_INIT_MPOOL, 0600);
}

static int handle_open(struct lcc_db *db, bool readonly, bool create)
{
    u_int32_t flags = readonly ? DB_RDONLY : 0;
    int code = db_create(&db->handle, db->env, 0);

    if (code == 0 && create) {
        flags = DB_CREATE | DB_TRUNCATE;
        code = db->handle->set_pagesize(db->handle, LCC_PAGE_SIZE);
    }
    return code != 0
               ? code
               : db->handle->open(db->handle, NULL, lcc_pager_name(db->pager),
                                  NULL, DB_BTREE, flags, 0600);
}

struct lcc_db *lcc_db_new(struct lcc_pager *pager, const char *path,
                          bool readonly)
{
    struct lcc_db *db = calloc(1, sizeof(*db));

    if (db) {
        db->pager = pager;
        db->path = path;
        db->readonly = readonly;
        db->snapshot = true;
        db->tree.pager = pager;
    }
    return db;
}

int lcc_db_open(struct lcc_db *db, bool create)
{
    int result = lcc_pager_opening_begin(db->pager);
    int code;

    if (result != 0) {
        return result;
    }
    code = env_open(db, db->path);
    if (code == 0) {
        code = handle_open(db, db->readonly, create);
    }
    lcc_pager_opening_end(db->pager);
    db->snapshot = false;
    db->memo.known = false;
    result = fold(db, code);
    if (result != 0) {
        lcc_db_close(db);
    }
    return result == LCC_STORE_MISS ? LCC_STORE_UNAVAILABLE : result;
}

bool lcc_db_is_open(const struct lcc_db *db)
{
    return db->handle != NULL && db->cache_bytes >= cache_wanted(db);
}

void lcc_db_use_snapshot(struct lcc_db *db, bool snapshot)
{
    db->snapshot = snapshot;
    db->memo.known = false;
}

struct lcc_db_memo *lcc_db_memo(struct lcc_db *db)
{
    return &db->memo;
}

void lcc_db_close(struct lcc_db *db)
{
    lcc_db_seek_end(db);
    db->memo.known = false;
    if (!db->env) {
        return;
    }
    lcc_pager_swallow(db->pager);
    if (db->handle) {
        (void)db->handle->close(db->handle, DB_NOSYNC);
        db->handle = NULL;
    }
    (void)db->env->close(db->env, 0);
    db->env = NULL;
    lcc_pager_make_room(db->pager, 0);
}

struct lcc_db *lcc_db_free(struct lcc_db *db)
{
    if (db) {
        lcc_pager_drop(db->pager);
        lcc_db_close(db);
        free(db);
    }
    return NULL;
}

static DBT dbt_in(struct lcc_span bytes)
{
    DBT dbt;

    memset(&dbt, 0, sizeof(dbt));
    dbt.data = (void *)(uintptr_t)bytes.data;
    dbt.size = (u_int32_t)bytes.size;
    return dbt;
}

static DBT dbt_into(void *memory, size_t size)
{
    DBT dbt;

    memset(&dbt, 0, sizeof(dbt));
    dbt.data = memory;
    dbt.ulen = size > UINT32_MAX ? UINT32_MAX : (u_int32_t)size;
    dbt.flags = DB_DBT_USERMEM;
    return dbt;
}

/* A value that is not wanted: no byte of it is copied. */
static DBT dbt_nothing(void)
{
    DBT dbt;

    memset(&dbt, 0, sizeof(dbt));
    dbt.flags = DB_DBT_USERMEM | DB_DBT_PARTIAL;
    return dbt;
}

int lcc_db_get(struct lcc_db *db, struct lcc_span key, struct lcc_buf *value)
{
    DBT in = dbt_in(key);

    if (db->snapshot) {
        return lcc_btree_get(db->pager, key, value);
    }
    for (;;) {
        DBT out = dbt_into(value->data, value->capacity);
        int code = db->handle->get(db->handle, NULL, &in, &out, 0);
        int result;

        if (code == DB_BUFFER_SMALL && out.size > value->capacity) {
            result = lcc_buf_reserve(value, out.size);
            if (result == 0) {
                continue;
            }
            return result;
        }
        if (code == 0) {
            value->size = out.size;
        }
        return fold(db, code);
    }
}

int lcc_db_put(struct lcc_db *db, struct lcc_span key, struct lcc_span value)
{
    DBT in = dbt_in(key);
    DBT data = dbt_in(value);

    return fold(db, db->handle->put(db->handle, NULL, &in, &data, 0));
}

int lcc_db_add(struct lcc_db *db, struct lcc_span key, struct lcc_span value)
{
    DBT in = dbt_in(key);
    DBT data = dbt_in(value);
    int code = db->handle->put(db->handle, NULL, &in, &data, DB_NOOVERWRITE);

    return code == DB_KEYEXIST ? LCC_DB_THERE : fold(db, code);
}

int lcc_db_remove(struct lcc_db *db, struct lcc_span key)
{
    DBT in = dbt_in(key);

    return fold(db, db->handle->del(db->handle, NULL, &in, 0));
}

static int cursor_get(struct lcc_db *db, u_int32_t flag, struct lcc_buf *value)
{
    for (;;) {
        DBT key = dbt_into(db->key, sizeof(db->key));
        DBT out =
            value ? dbt_into(value->data, value->capacity) : dbt_nothing();
        int code;
        int result;

        key.size = (u_int32_t)db->key_size;
        code = db->cursor->get(db->cursor, &key, &out, flag);
        if (code == DB_BUFFER_SMALL && value && out.size > value->capacity) {
            result = lcc_buf_reserve(value, out.size);
            if (result == 0) {
                continue;
            }
            return result;
        }
        if (code == 0) {
            db->key_size = key.size;
            if (value) {
                value->size = out.size;
            }
        }
        return fold(db, code);
    }
}

int lcc_db_seek(struct lcc_db *db, struct lcc_span from, struct lcc_buf *value)
{
    if (db->snapshot) {
        return lcc_btree_seek(&db->tree, from, value);
    }
    if (!db->cursor) {
        int code = db->handle->cursor(db->handle, NULL, &db->cursor, 0);

        if (code != 0) {
            return fold(db, code);
        }
    }
    if (from.size > sizeof(db->key)) {
        return -EINVAL;
    }
    memcpy(db->key, from.data, from.size);
    db->key_size = from.size;
    return cursor_get(db, DB_SET_RANGE, value);
}

int lcc_db_next(struct lcc_db *db, struct lcc_buf *value)
{
    uint8_t before[LCC_KEY_MAX];
    size_t size = db->key_size;
    int result;

    if (db->snapshot) {
        return lcc_btree_next(&db->tree, value);
    }
    memcpy(before, db->key, size);
    result = cursor_get(db, DB_NEXT, value);
    if (result == 0) {
        size_t common = size < db->key_size ? size : db->key_size;
        int order = memcmp(before, db->key, common);

        /* a damaged chain of pages must not send us round for ever */
        if (order > 0 || (order == 0 && db->key_size <= size)) {
            lcc_pager_note_damage(db->pager);
            return LCC_STORE_UNAVAILABLE;
        }
    }
    return result;
}

static int only_in(const struct lcc_db *db, struct lcc_span prefix, int result)
{
    return result == 0 && (db->key_size < prefix.size ||
                           memcmp(db->key, prefix.data, prefix.size) != 0)
               ? LCC_STORE_MISS
               : result;
}

int lcc_db_seek_in(struct lcc_db *db, struct lcc_span prefix,
                   struct lcc_buf *value)
{
    return db->snapshot ? lcc_btree_seek_in(&db->tree, prefix, value)
                        : only_in(db, prefix, lcc_db_seek(db, prefix, value));
}

int lcc_db_next_in(struct lcc_db *db, struct lcc_span prefix,
                   struct lcc_buf *value)
{
    return db->snapshot ? lcc_btree_next_in(&db->tree, prefix, value)
                        : only_in(db, prefix, lcc_db_next(db, value));
}

struct lcc_span lcc_db_key(const struct lcc_db *db)
{
    return db->snapshot ? lcc_span_of(db->tree.key, db->tree.key_size)
                        : lcc_span_of(db->key, db->key_size);
}

void lcc_db_seek_end(struct lcc_db *db)
{
    if (db->cursor) {
        (void)db->cursor->close(db->cursor);
        db->cursor = NULL;
    }
}

int lcc_db_leaf(struct lcc_db *db, struct lcc_span key, const uint8_t **ret)
{
    return lcc_btree_leaf(db->pager, key, ret);
}

uint64_t lcc_db_size(struct lcc_db *db)
{
    DB_MPOOLFILE *pages;
    db_pgno_t last = 0;

    if (db->snapshot) {
        return lcc_pager_size(db->pager);
    }
    pages = db->handle->get_mpf(db->handle);
    return pages && pages->get_last_pgno(pages, &last) == 0
               ? ((uint64_t)last + 1) * LCC_PAGE_SIZE
               : 0;
}

/* Page @number names the next free one at @offset; 0: there is none. */
static db_pgno_t free_after(DB_MPOOLFILE *pages, db_pgno_t number,
                            size_t offset)
{
    void *page = NULL;
    db_pgno_t next = 0;

    if (pages->get(pages, &number, NULL, 0, &page) == 0) {
        memcpy(&next, (const uint8_t *)page + offset, sizeof(next));
        (void)pages->put(pages, page, DB_PRIORITY_UNCHANGED, 0);
    }
    return next;
}

uint64_t lcc_db_free_pages(struct lcc_db *db, uint64_t most)
{
    DB_MPOOLFILE *pages = db->snapshot ? NULL : db->handle->get_mpf(db->handle);
    db_pgno_t next = pages ? free_after(pages, 0, AT_FIRST_FREE) : 0;
    uint64_t count = 0;

    for (; next != 0 && count < most; count++) {
        next = free_after(pages, next, AT_NEXT_FREE);
    }
    return count;
}

int lcc_db_sync(struct lcc_db *db)
{
    return fold(db, db->handle->sync(db->handle, 0));
}
