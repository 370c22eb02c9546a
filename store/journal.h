/*
 * journal.h - the pages a commit is about to overwrite, written beside first
 *
 * One file, overwritten by each commit. It proves itself by the id of the
 * database, the commit's number and checksums, because the control file is
 * lost with a reboot. Knows pages, not what is in them.
 */
#ifndef LCC_JOURNAL_H
#define LCC_JOURNAL_H

#include "store/hash.h"
#include "store/page.h"

#define LCC_JOURNAL_FILE "journal"

enum { LCC_JOURNAL_PAGES_MAX = 1000 }; /* pages one commit may overwrite */

struct lcc_page_image {
    uint32_t number;
    const uint8_t *bytes; /* LCC_PAGE_SIZE, sealed */
};

struct lcc_journal {
    struct lcc_hash id; /* of the database */
    uint64_t seq;       /* number of the commit */
    uint64_t db_size;   /* bytes of the database after it */
    uint64_t recent;    /* generation of the recent records after it */
    const struct lcc_page_image *pages;
    size_t count;
};

/* Write it. 0; -E2BIG past LCC_JOURNAL_PAGES_MAX; -ENOSPC; -errno. */
int lcc_journal_write(const char *path, const struct lcc_journal *journal);

/**
 * lcc_journal_replay() - write the journal's pages over the database
 * @path: the subfolder
 * @id:   the database's
 * @fd:   the database, for writing; cut to its new size too
 * @least_seq: the number that is at least expected
 *
 * Replaying twice does no harm. Everything is checked before anything is
 * written.
 *
 * Return: 0; LCC_STORE_MISS when there is no whole journal of that database;
 * -errno.
 */
int lcc_journal_replay(const char *path, const struct lcc_hash *id, int fd,
                       uint64_t least_seq, struct lcc_journal *ret);

/* Make sure that it is never replayed. 0; -errno. */
int lcc_journal_forget(const char *path);
/* The same, but it goes on to say of which commit the database is. 0; -errno;
 * then it is as good as forgotten. */
int lcc_journal_mark(const char *path, struct lcc_journal state);

#endif
