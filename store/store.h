/*
 * store.h - the public face of the persistent cache
 *
 * Caveats first.
 * - Every function may be called from any thread; a struct lcc_hit or
 *   lcc_writer belongs to one thread at a time.
 * - No call waits longer than LCC_LOCK_WAIT_MS for another thread or process;
 *   then it answers LCC_STORE_BUSY and backs off.
 * - No descriptor stays open between calls. Signals are blocked while the
 *   shared lock is held. No call prints, exits, or changes errno.
 * - After fork() both sides may go on using the store.
 * - A killed process costs the next one a journal replay, nothing else.
 *
 * Results are house results: 0 done, negative errno broken, positive an
 * outcome of enum lcc_store_outcome. How it works: NOTES.md and FORMAT.md.
 */
#ifndef LCC_STORE_H
#define LCC_STORE_H

#include "store/hash.h"

enum {
    LCC_LOCK_WAIT_MS = 100,
    LCC_INLINE_BODY_MAX = 16 * 1024, /* bytes; above: a side file */
    LCC_VARIANTS_MAX = 64,           /* stored responses of one request key */
    LCC_PARTS_MAX = 65536,           /* separate parts of one response */
    LCC_WHY_SIZE = 512,
};

enum lcc_store_outcome {
    LCC_STORE_MISS = 1,    /* nothing stored, or nothing was selected */
    LCC_STORE_BUSY,        /* locked for too long; backing off */
    LCC_STORE_FULL,        /* no space on the device */
    LCC_STORE_TOO_LARGE,   /* larger than max_entry_bytes */
    LCC_STORE_BAD_FOLDER,  /* the user's mistake: the setting cannot be used */
    LCC_STORE_UNAVAILABLE, /* network file system, newer format, damage, ... */
    LCC_STORE_DISK_LOW,    /* free space of the disk is below the floor */
    LCC_STORE_OUTCOME_MAX_
};

struct lcc_store;

struct lcc_store_config {
    const char *folder;        /* CURLCACHE_DIR; ours is a subfolder of it */
    uint64_t max_size_bytes;   /* index and side files together */
    uint64_t max_entry_bytes;  /* body of one response */
    bool readonly;             /* write nothing at all, not even last use */
    uint64_t disk_floor_bytes; /* free space that is left to others; 0: 64 MiB,
                                * of a small disk a 64th */
};

/**
 * lcc_store_open() - attach to the cache, creating it if it is not there
 * @config:  copied
 * @ret:     close with lcc_store_free()
 * @ret_why: LCC_WHY_SIZE bytes; on a positive result one sentence that says
 *           what is wrong, where, and what would be right
 *
 * Cheap: the database itself is attached at the first lookup.
 *
 * Return: 0; LCC_STORE_BAD_FOLDER; LCC_STORE_UNAVAILABLE; -ENOMEM.
 */
int lcc_store_open(const struct lcc_store_config *config,
                   struct lcc_store **ret, char *ret_why);
/* Returns NULL; accepts NULL. Nothing may still be using the store. */
struct lcc_store *lcc_store_free(struct lcc_store *store);

/* The secret of this cache, for lcc_hash_keyed(). Lives as long as the store.*/
const struct lcc_secret *lcc_store_secret(const struct lcc_store *store);
/* The subfolder of ours, absolute; lives as long as the store. */
const char *lcc_store_path(const struct lcc_store *store);

/**
 * lcc_store_subfolder() - where the files of this user, ABI and format lie
 * @folder: CURLCACHE_DIR
 * @out:    appended to, NUL not counted; exists or not
 *
 * Return: 0; -ENOMEM; -EFBIG. For `dir`, `doctor` and `clear`.
 */
int lcc_store_subfolder(const char *folder, struct lcc_buf *out);

/* --- reading ------------------------------------------------------------ */

/* Of a partial response whose 206 answers said `*` (RFC 9110, 14.4). */
#define LCC_LENGTH_UNKNOWN UINT64_MAX

/* What a lookup found; reusable, keeps its memory from one to the next. */
struct lcc_hit {
    struct lcc_buf record; /* the whole record as read */
    struct lcc_span meta;  /* the encoded entry, inside record */
    uint64_t body_size;    /* bytes; of the whole representation when partial,
                            * or LCC_LENGTH_UNKNOWN */
    struct lcc_span body;  /* inside record when inline, else empty */
    bool in_side_file;
    struct lcc_hash side_file;
    const void *held; /* lcc_store_hold_body(); NULL: no hold */
    struct lcc_hash variant;
    int64_t stored_s;  /* Unix seconds */
    int64_t expires_s; /* by the rule at storing time */
    bool is_partial;   /* parts of a representation: ask lcc_store_covers() */
    struct lcc_hash parts; /* whose parts */
    uint64_t parts_bytes;  /* all of them together; equal to body_size: whole */
    struct lcc_id id;
    bool alone; /* no other variant of the request is stored */
};
#define LCC_HIT_INIT ((struct lcc_hit){.record = LCC_BUF_INIT(SIZE_MAX)})
void lcc_hit_done(struct lcc_hit *hit);

/* Does this stored response answer the request? @meta lives for the call.
 * Called with a lock held: a pure function, no store call, no foreign code. */
typedef bool (*lcc_store_select_fn)(void *arg, struct lcc_span meta);

/**
 * lcc_store_lookup() - find the newest stored response that is selected
 * @select: asked for each variant, newest first; NULL takes the first
 * @now_s:  for the coarse last-use time
 * @hit:    initialised; filled on 0, else its content is unspecified
 *
 * Every variant of the request is shown to @select until it says yes, so one
 * that notes what it sees and says no collects all of them, as If-None-Match
 * with the tags of all needs (RFC 9111, section 4.3.1). It may be begun again
 * from the newest, when another process commits meanwhile or when a lock was
 * missed: what it notes must bear being noted twice.
 *
 * Return: 0; LCC_STORE_MISS; LCC_STORE_BUSY; LCC_STORE_UNAVAILABLE; -errno.
 */
int lcc_store_lookup(struct lcc_store *store, const struct lcc_id *id,
                     lcc_store_select_fn select, void *arg, int64_t now_s,
                     struct lcc_hit *hit);

/**
 * lcc_store_read_body() - bytes of a found body, inline or in a side file
 * @offset: at most hit->body_size; of the whole representation for a partial
 *          hit too
 * @into:   @size bytes; page-aligned for speed when the body is large
 *
 * A side file that is gone, changed or too short is -ESTALE: the entry is
 * dropped and the caller fetches, or fails the transfer if it has begun. So is
 * a gap between parts at @offset; a gap behind it ends what is given out.
 * Opens and closes the file, so ask for 64 KiB or more at a time.
 *
 * Return: 0 with *ret_got (0 at the end only); -ESTALE; -errno; for a partial
 * hit also LCC_STORE_BUSY and LCC_STORE_UNAVAILABLE, as its parts are looked
 * up.
 */
int lcc_store_read_body(struct lcc_store *store, const struct lcc_hit *hit,
                        uint64_t offset, void *into, size_t size,
                        size_t *ret_got);

/**
 * lcc_store_hold_body() - keep a large body readable until it is let go
 *
 * For a body that is read in several calls with the program's code between
 * them: whatever replaces, evicts or clears it meanwhile, the bytes stay. A
 * small body needs no hold, and short of address space there is none; then the
 * body may turn -ESTALE half-way. Held twice is held once. Let go before @hit
 * is used for another lookup.
 */
void lcc_store_hold_body(struct lcc_store *store, struct lcc_hit *hit);
void lcc_store_let_body_go(struct lcc_store *store, struct lcc_hit *hit);

/**
 * lcc_store_covers() - is this range of the representation stored?
 * @first: byte position, from 0
 * @last:  byte position, included, as in Content-Range (RFC 9110, 14.4)
 *
 * For a whole response: does it lie inside the body? Yes for all of a partial
 * response means that it may be served whole (RFC 9111, section 3.4).
 *
 * Return: 0 with *ret_yes; LCC_STORE_BUSY; LCC_STORE_UNAVAILABLE; -errno.
 */
int lcc_store_covers(struct lcc_store *store, const struct lcc_hit *hit,
                     uint64_t first, uint64_t last, bool *ret_yes);

/* --- writing ------------------------------------------------------------ */

struct lcc_writer;

/* Begin a body. 0; -ENOMEM; LCC_STORE_UNAVAILABLE when readonly. */
int lcc_writer_new(struct lcc_store *store, struct lcc_writer **ret);
/**
 * lcc_writer_append() - more of the body
 *
 * Gathers in memory up to a fixed window, then in a side file.
 * Opens no descriptor that outlives the call.
 *
 * Return: 0; LCC_STORE_TOO_LARGE; LCC_STORE_FULL; -errno. After anything but
 * 0 the writer is only good for lcc_writer_free().
 */
int lcc_writer_append(struct lcc_writer *writer, struct lcc_span bytes);
/* Bytes appended so far. */
uint64_t lcc_writer_size(const struct lcc_writer *writer);

struct lcc_stamp {
    int64_t stored_s;  /* Unix seconds */
    int64_t expires_s; /* by the rule of now; INT64_MAX: never */
};

/**
 * lcc_writer_commit() - make it visible, in place of one of the same variant
 * @variant: zero hash when the response does not vary
 * @meta:    lcc_entry_encode()
 *
 * Evicts what the size limit asks for. Nothing is visible before, all after.
 *
 * Return: 0; LCC_STORE_BUSY; LCC_STORE_FULL; LCC_STORE_TOO_LARGE;
 * LCC_STORE_UNAVAILABLE; -errno. Free the writer in every case.
 */
int lcc_writer_commit(struct lcc_writer *writer, const struct lcc_id *id,
                      const struct lcc_hash *variant, struct lcc_span meta,
                      const struct lcc_stamp *stamp);

/* Where the bytes of a 206 belong. */
struct lcc_part {
    uint64_t first;           /* position of the writer's first byte */
    uint64_t complete_length; /* of the representation; LCC_LENGTH_UNKNOWN */
    lcc_store_select_fn combines; /* see below; NULL: with nothing */
    void *arg;
};

/**
 * lcc_writer_commit_part() - store part of a representation
 * @meta: lcc_entry_encode() of the combined response (RFC 9111, section 3.4)
 *
 * When something of this variant is stored, part->combines is asked with its
 * encoded entry, under the lock of the commit, whether both have the same
 * strong validator. Yes: the bytes are added to a partial response, whose meta
 * and stamp become these; a whole response stays as it is. No, or another
 * complete length: what is stored goes and this takes its place.
 * lcc_writer_commit() takes the place of a partial response with all its parts.
 *
 * Return: as lcc_writer_commit(); LCC_STORE_TOO_LARGE also when all parts
 * together pass max_entry_bytes or LCC_PARTS_MAX; -EINVAL when there are no
 * bytes or they lie behind the complete length. Free the writer in every case.
 */
int lcc_writer_commit_part(struct lcc_writer *writer, const struct lcc_id *id,
                           const struct lcc_hash *variant, struct lcc_span meta,
                           const struct lcc_stamp *stamp,
                           const struct lcc_part *part);
/* Drops what was not committed. Returns NULL; accepts NULL. */
struct lcc_writer *lcc_writer_free(struct lcc_writer *writer);

/**
 * lcc_store_refresh() - a 304 or HEAD has renewed a found response
 * @id:    what it was found by
 * @hit:   from lcc_store_lookup(), not used for another one since; stays good
 *         for reading the body, and its meta the old one
 * @meta:  lcc_entry_encode() of the updated response (RFC 9111, sections 3.2,
 *         4.3.4, 4.3.5)
 *
 * The body, or the parts, and the variant stay as they are. Only while what is
 * stored is still what was found: somebody's newer response is not touched.
 *
 * Return: 0; LCC_STORE_MISS when it is gone or another one; LCC_STORE_BUSY;
 * LCC_STORE_FULL; LCC_STORE_TOO_LARGE; LCC_STORE_UNAVAILABLE (readonly too);
 * -errno.
 */
int lcc_store_refresh(struct lcc_store *store, const struct lcc_id *id,
                      const struct lcc_hit *hit, struct lcc_span meta,
                      const struct lcc_stamp *stamp);

/* --- the rest ----------------------------------------------------------- */

/* Drop one stored response. 0; LCC_STORE_MISS; LCC_STORE_BUSY; -errno. */
int lcc_store_remove(struct lcc_store *store, const struct lcc_id *id,
                     const struct lcc_hash *variant);
/* Drop everything stored under a URL; *ret_count how many (may be NULL). */
int lcc_store_remove_url(struct lcc_store *store, const struct lcc_hash *url,
                         size_t *ret_count);

/**
 * lcc_store_tidy() - go on removing what is gone
 *
 * A response with very many parts is gone at once, but they leave the disk a
 * few at a time: in this call, and with every commit. Until then they count.
 *
 * Return: 0 with *ret_more, whether to call again; as lcc_writer_commit().
 */
int lcc_store_tidy(struct lcc_store *store, bool *ret_more);

struct lcc_record {
    struct lcc_id id;
    struct lcc_hash variant;
    struct lcc_span meta; /* lives for the call */
    uint64_t body_size;   /* bytes that are stored */
    bool is_partial;
    uint64_t complete_length; /* body_size when whole; LCC_LENGTH_UNKNOWN */
    uint64_t cost_bytes;      /* what it counts against the limit */
    int64_t stored_s;
    int64_t expires_s;
    int64_t last_used_s; /* coarse */
};
/* Return 0 to go on, anything else to stop with that result. */
typedef int (*lcc_store_visit_fn)(void *arg, const struct lcc_record *record);

/**
 * lcc_store_walk() - visit every stored response once
 * @url: only those of this URL; NULL for all
 *
 * Reads in batches and calls @visit with no lock held, so it may call the
 * store. What changes meanwhile is seen or not.
 *
 * Return: 0; what @visit returned; LCC_STORE_BUSY; LCC_STORE_UNAVAILABLE;
 * -errno.
 */
int lcc_store_walk(struct lcc_store *store, const struct lcc_hash *url,
                   lcc_store_visit_fn visit, void *arg);

/**
 * lcc_store_verify() - is the index sound?
 *
 * Its pages and what they say of each other; not what is stored. Changes
 * nothing.
 *
 * Return: 0; LCC_STORE_MISS when there is none; LCC_STORE_UNAVAILABLE when it
 * is damaged, or what was whole in a damaged one is still to be carried over;
 * LCC_STORE_BUSY when programs change it all the time; -errno.
 */
int lcc_store_verify(struct lcc_store *store);

struct lcc_repair {
    bool damaged;     /* there was something to do */
    uint64_t carried; /* entries found whole in the damaged index */
};
/**
 * lcc_store_repair() - a new index from all that is whole in a damaged one
 *
 * What every process does in small steps while it stores, now and to the end.
 * Files that no entry names go too.
 *
 * Return: 0 with *ret; LCC_STORE_BUSY; LCC_STORE_UNAVAILABLE (readonly);
 * LCC_STORE_FULL; -errno.
 */
int lcc_store_repair(struct lcc_store *store, struct lcc_repair *ret);

struct lcc_totals {
    uint64_t entries;
    uint64_t bytes;        /* what they count: index and side files together */
    uint64_t side_bytes;   /* of it on the disk in side files */
    uint64_t unused_bytes; /* of it counted by what was never used since it was
                            * stored */
};
int lcc_store_totals(struct lcc_store *store, struct lcc_totals *ret);

/**
 * lcc_store_clear() - drop everything, damaged or not
 * @folder: CURLCACHE_DIR; other users' and other formats' subfolders stay
 *
 * Programs that hold the cache open go on and attach to the new one. The
 * secret is renewed.
 *
 * Return: 0; LCC_STORE_MISS when there was no cache; LCC_STORE_BAD_FOLDER
 * with a sentence in @ret_why (LCC_WHY_SIZE bytes); -errno.
 */
int lcc_store_clear(const char *folder, char *ret_why);

#endif
