/*
 * proof.c - every page once, then what they say of each other
 *
 * Of each page a row is kept: what it is, and what another page takes it for
 * (a claim). A sound index has one claim on a page at most, and each is right.
 */
#include "store/proof.h"

#include "store/btree_page.h"
#include "store/ctl.h"
#include "store/folder.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK = 32,  /* pages read at a time */
    LEAST = 512, /* pages of a step, however little time there is */
    /* Claims: the level of a page of the tree, or one of these. */
    CLAIM_NONE = 0,
    CLAIM_OVERFLOW = 254,
    CLAIM_FREE = 255,
};

struct row {
    uint32_t next;
    uint32_t previous;
    uint8_t type;
    uint8_t level;
    uint8_t claim;
    uint8_t unused;
};

struct header {
    uint64_t magic;
    struct lcc_hash id;
    uint32_t pages; /* of the index */
    uint32_t done;  /* of them; one more than pages: unsound */
    uint32_t root;
    uint32_t unused;
    uint64_t checksum; /* of the header before it and of the rows */
};

static const uint64_t proof_magic = UINT64_C(0x6c63632d70726601);

struct proof {
    struct header header;
    struct row *rows; /* header.pages of them */
    bool sound;
};

static size_t rows_size(const struct proof *proof)
{
    return proof->header.pages * sizeof(proof->rows[0]);
}

static uint64_t proof_checksum(const struct proof *proof)
{
    const struct lcc_span header =
        lcc_span_of(&proof->header, offsetof(struct header, checksum));

    return lcc_checksum(header) ^
           lcc_checksum(lcc_span_of(proof->rows, rows_size(proof))) * 3;
}

/* --- the file ------------------------------------------------------------ */

static int proof_open(const char *path, int flags)
{
    char file[LCC_PATH_SIZE];

    return lcc_folder_join(file, path, LCC_PROOF_FILE)
               ? open(file, flags | O_NOFOLLOW | O_CLOEXEC, 0600)
               : -1;
}

static bool read_file(struct proof *proof, int fd)
{
    struct header header;
    const size_t size = rows_size(proof);

    if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
        header.magic != proof_magic ||
        !lcc_hash_equal(&header.id, &proof->header.id) ||
        header.pages != proof->header.pages || header.done > header.pages ||
        pread(fd, proof->rows, size, sizeof(header)) != (ssize_t)size) {
        return false;
    }
    proof->header = header;
    return header.checksum == proof_checksum(proof);
}

/* Begin where somebody stopped, or anew. */
static void proof_load(struct proof *proof, const char *path)
{
    const struct header fresh = proof->header;
    const int fd = path ? proof_open(path, O_RDONLY) : -1;
    const bool whole = fd >= 0 && read_file(proof, fd);

    if (fd >= 0) {
        (void)close(fd);
    }
    if (!whole) {
        proof->header = fresh;
        memset(proof->rows, 0, rows_size(proof));
    }
}

static int proof_save(struct proof *proof, const char *path)
{
    const int fd = proof_open(path, O_WRONLY | O_CREAT | O_TRUNC);
    const size_t size = rows_size(proof);
    int result = 0;

    if (fd < 0) {
        return -errno;
    }
    proof->header.checksum = proof_checksum(proof);
    if (pwrite(fd, &proof->header, sizeof(proof->header), 0) !=
            (ssize_t)sizeof(proof->header) ||
        pwrite(fd, proof->rows, size, sizeof(proof->header)) != (ssize_t)size) {
        result = -ENOSPC;
    }
    (void)close(fd);
    return result;
}

void lcc_proof_forget(const char *path)
{
    char file[LCC_PATH_SIZE];

    if (lcc_folder_join(file, path, LCC_PROOF_FILE)) {
        (void)unlink(file);
    }
}

/* --- pages --------------------------------------------------------------- */

/* Page @number is taken for something; 0 is no page but an end. */
static void claim(struct proof *proof, uint32_t number, uint8_t as)
{
    if (number == 0) {
        return;
    }
    if (number >= proof->header.pages ||
        proof->rows[number].claim != CLAIM_NONE) {
        proof->sound = false;
        return;
    }
    proof->rows[number].claim = as;
}

static void take_meta(struct proof *proof, const uint8_t *page)
{
    const uint32_t root = lcc_btree_root(page);

    if (root == 0 || root >= proof->header.pages ||
        lcc_page_last(page) + 1 != proof->header.pages) {
        proof->sound = false;
        return;
    }
    proof->header.root = root;
    claim(proof, lcc_btree_first_free(page), CLAIM_FREE);
}

static void take_inner(struct proof *proof, const uint8_t *page)
{
    const uint16_t count = lcc_btree_page_count(page);
    const uint8_t level = lcc_btree_page_level(page);
    struct lcc_span key;
    uint32_t child;

    if (count == 0 || level <= LCC_BTREE_LEAF_LEVEL ||
        level >= CLAIM_OVERFLOW) {
        proof->sound = false;
    }
    for (uint16_t i = 0; proof->sound && i < count; i++) {
        if (!lcc_btree_child(page, i, &child, &key)) {
            proof->sound = false;
        } else {
            claim(proof, child, level - 1);
        }
    }
}

static void take_leaf(struct proof *proof, const uint8_t *page)
{
    const uint16_t count = lcc_btree_page_count(page);
    struct lcc_btree_item item;

    if (count % 2 != 0 || lcc_btree_page_level(page) != LCC_BTREE_LEAF_LEVEL) {
        proof->sound = false;
    }
    for (uint16_t i = 0; proof->sound && i < count; i++) {
        if (!lcc_btree_leaf_item(page, i, &item) || item.deleted ||
            (item.overflow != 0 && i % 2 == 0)) {
            proof->sound = false;
        } else if (item.overflow != 0) {
            claim(proof, item.overflow, CLAIM_OVERFLOW);
        }
    }
}

static void take_page(struct proof *proof, uint32_t number, const uint8_t *page)
{
    struct row *row = &proof->rows[number];
    struct lcc_span bytes;
    uint32_t next;

    if (!lcc_page_is_whole(page, number) ||
        (number == 0) != (lcc_btree_page_type(page) == LCC_BTREE_META)) {
        proof->sound = false;
        return;
    }
    row->type = lcc_btree_page_type(page);
    row->level = lcc_btree_page_level(page);
    row->next = lcc_btree_page_next(page);
    row->previous = lcc_btree_page_previous(page);
    switch (row->type) {
    case LCC_BTREE_META:
        take_meta(proof, page);
        return;
    case LCC_BTREE_INSIDE:
        take_inner(proof, page);
        return;
    case LCC_BTREE_LEAF:
        take_leaf(proof, page);
        return;
    case LCC_BTREE_OVERFLOW:
        proof->sound = proof->sound && lcc_btree_overflow(page, &bytes, &next);
        claim(proof, row->next, CLAIM_OVERFLOW);
        return;
    case LCC_BTREE_FREE:
        claim(proof, row->next, CLAIM_FREE);
        return;
    default:
        proof->sound = false;
    }
}

static int take_pages(struct proof *proof, int fd, int64_t until_ms)
{
    struct header *header = &proof->header;
    const uint32_t least = header->done + LEAST;
    uint8_t *chunk = malloc((size_t)CHUNK * LCC_PAGE_SIZE);
    int result = chunk ? 0 : -ENOMEM;

    while (result == 0 && proof->sound && header->done < header->pages) {
        const uint32_t left = header->pages - header->done;
        const uint32_t count = left < CHUNK ? left : CHUNK;
        const ssize_t got = pread(fd, chunk, (size_t)count * LCC_PAGE_SIZE,
                                  (off_t)header->done * LCC_PAGE_SIZE);

        if (got < 0) {
            result = -errno;
        } else if ((size_t)got != (size_t)count * LCC_PAGE_SIZE) {
            proof->sound = false;
        }
        for (uint32_t i = 0; result == 0 && proof->sound && i < count; i++) {
            take_page(proof, header->done + i,
                      chunk + (size_t)i * LCC_PAGE_SIZE);
        }
        header->done += count;
        if (result == 0 && header->done < header->pages &&
            header->done >= least && lcc_now_ms() >= until_ms) {
            result = LCC_STORE_BUSY;
        }
    }
    free(chunk);
    return result;
}

/* --- all of them together ------------------------------------------------ */

static bool claim_is_right(const struct row *row)
{
    switch (row->claim) {
    case CLAIM_NONE:
        return true; /* nobody comes here */
    case CLAIM_OVERFLOW:
        return row->type == LCC_BTREE_OVERFLOW;
    case CLAIM_FREE:
        return row->type == LCC_BTREE_FREE;
    default:
        return row->level == row->claim &&
               row->type == (row->claim == LCC_BTREE_LEAF_LEVEL
                                 ? LCC_BTREE_LEAF
                                 : LCC_BTREE_INSIDE);
    }
}

/* The leaves of the tree are one chain, the same in both directions. */
static bool leaves_are_a_chain(const struct proof *proof)
{
    const uint32_t pages = proof->header.pages;
    uint32_t leaves = 0;
    uint32_t first = 0;
    uint32_t before = 0;

    for (uint32_t i = 1; i < pages; i++) {
        if (proof->rows[i].claim == LCC_BTREE_LEAF_LEVEL) {
            leaves++;
            first = proof->rows[i].previous == 0 ? i : first;
        }
    }
    for (uint32_t at = first; at != 0; at = proof->rows[at].next) {
        if (at >= pages || proof->rows[at].claim != LCC_BTREE_LEAF_LEVEL ||
            proof->rows[at].previous != before || leaves-- == 0) {
            return false;
        }
        before = at;
    }
    return leaves == 0;
}

static bool adds_up(struct proof *proof)
{
    struct row *root = &proof->rows[proof->header.root];

    if (root->claim != CLAIM_NONE || root->level == 0 ||
        root->level >= CLAIM_OVERFLOW) {
        return false;
    }
    root->claim = root->level;
    for (uint32_t i = 1; i < proof->header.pages; i++) {
        if (!claim_is_right(&proof->rows[i])) {
            return false;
        }
    }
    return leaves_are_a_chain(proof);
}

int lcc_proof_step(const char *path, const struct lcc_hash *id, int fd,
                   uint64_t size, int64_t until_ms)
{
    struct proof proof = {.sound = true};
    int result;

    if (size == 0 || size % LCC_PAGE_SIZE != 0 ||
        size / LCC_PAGE_SIZE > LCC_PROOF_PAGES_MAX) {
        return LCC_STORE_UNAVAILABLE;
    }
    proof.header = (struct header){.magic = proof_magic, .id = *id};
    proof.header.pages = (uint32_t)(size / LCC_PAGE_SIZE);
    proof.rows = malloc(rows_size(&proof));
    if (!proof.rows) {
        return -ENOMEM;
    }
    proof_load(&proof, path);
    result = take_pages(&proof, fd, until_ms);
    if (result == LCC_STORE_BUSY && proof.sound) {
        int saved = proof_save(&proof, path);

        result = saved == 0 ? result : saved;
    } else if (result == 0 || result == LCC_STORE_BUSY) {
        result = proof.sound && adds_up(&proof) ? 0 : LCC_STORE_UNAVAILABLE;
        if (path) {
            lcc_proof_forget(path);
        }
    }
    free(proof.rows);
    return result;
}
