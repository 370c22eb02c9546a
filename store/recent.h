/*
 * recent.h - records put lately that are not in the database yet
 *
 * A file in front of the database: a put of a small record appends one row to
 * it, with one write, and many of them reach the database in one commit, which
 * so costs each of them a part. The control page says how much of the file
 * counts and its generation, which moves on with the commit that takes the rows
 * into the database: a kill at any moment leaves each row in one of the two.
 *
 * Every process keeps a copy in memory, read as the file grows; when nothing
 * was put, comparing two numbers tells so. Rows are newer than what the
 * database holds under the same name, and later rows newer than earlier ones.
 *
 * Owns the file, the copy and its index. Knows no record's content and no
 * database. One call at a time.
 */
#ifndef LCC_RECENT_H
#define LCC_RECENT_H

#include "store/ctl.h"
#include "store/recent_row.h"

#define LCC_RECENT_FILE "recent"

enum {
    LCC_RECENT_MAX = 64,                                    /* rows */
    LCC_RECENT_BYTES = LCC_RECENT_MAX * LCC_RECENT_ROW_MAX, /* of the file */
    LCC_RECENT_SLOTS = 256,
    LCC_RECENT_TRIES = 4, /* reads that somebody disturbs */
};

/* A row in memory: its record lies at an offset of the copy. */
struct lcc_recent_item {
    struct lcc_name name;
    int64_t used_s;
    uint32_t at;
    uint32_t size;  /* 0: a use */
    uint16_t older; /* the next older one of its slot, from 1; 0: none */
    bool has_side_file;
};

struct lcc_recent {
    struct lcc_hash id; /* of what this is the copy */
    uint64_t generation;
    uint64_t size; /* bytes of the file that were read */
    bool broken;   /* not all of them were rows */
    size_t count;
    uint64_t side_bytes; /* what all rows' side files take on the disk */
    struct lcc_buf bytes;
    struct lcc_recent_item items[LCC_RECENT_MAX];
    uint16_t slots[LCC_RECENT_SLOTS]; /* the newest of a request, from 1 */
};

void lcc_recent_init(struct lcc_recent *recent);
void lcc_recent_done(struct lcc_recent *recent);

/**
 * lcc_recent_sync() - make the copy what the file is
 *
 * Costs no system call when it is that already. Without the lock the caller
 * looks afterwards whether its snapshot of the database is still the newest:
 * then the two belong together.
 *
 * Return: 0, also when it is broken; LCC_STORE_BUSY; -ENOMEM; -errno.
 */
int lcc_recent_sync(struct lcc_recent *recent, const char *path,
                    const struct lcc_ctl_page *page);

/* The newest row of a request, or the next older one than @item; NULL: none. */
const struct lcc_recent_item *lcc_recent_first(const struct lcc_recent *recent,
                                               const struct lcc_id *id);
const struct lcc_recent_item *
lcc_recent_older(const struct lcc_recent *recent,
                 const struct lcc_recent_item *item, const struct lcc_id *id);
/* The newest record of a name; NULL: none. */
const struct lcc_recent_item *lcc_recent_record(const struct lcc_recent *recent,
                                                const struct lcc_name *name);
/* The last use of a name noted since its newest record; INT64_MIN: none. */
int64_t lcc_recent_used_s(const struct lcc_recent *recent,
                          const struct lcc_name *name);
bool lcc_recent_has_url(const struct lcc_recent *recent,
                        const struct lcc_hash *url);
struct lcc_span lcc_recent_bytes(const struct lcc_recent *recent,
                                 const struct lcc_recent_item *item);

/* Is there room for one more row, of a record of so many bytes, in a file of
 * at most @rows? */
bool lcc_recent_fits(const struct lcc_recent *recent, size_t rows,
                     size_t record_size);
/* Add a row. Locked, synced, and it fits. 0; -errno, and nothing is added. */
int lcc_recent_append(struct lcc_recent *recent, const char *path,
                      struct lcc_ctl_page *page,
                      const struct lcc_recent_row *row);
/* Locked: all rows are void. 0; -errno when the file still holds them, which
 * matters after a reboot alone. */
int lcc_recent_forget(const char *path, struct lcc_ctl_page *page);

/**
 * lcc_recent_adopt() - take over the rows of an older control page
 * @id, @generation: what they say
 * @new_id: they say this and generation 1 afterwards
 *
 * Return: bytes of the file that count then.
 */
uint64_t lcc_recent_adopt(const char *path, const struct lcc_hash *id,
                          uint64_t generation, const struct lcc_hash *new_id);

#endif
