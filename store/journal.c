/*
 * journal.c - writes, checks and replays the page journal
 *
 * header | a row {number, hash} for each page | zeros | the pages
 *
 * Pages lie at multiples of a page of memory: no block is written in part.
 */
#include "store/journal.h"

#include "store/folder.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

struct journal_header {
    uint64_t magic;
    uint32_t page_size;
    uint32_t count;
    struct lcc_hash id;
    uint64_t seq;
    uint64_t db_size;
    uint64_t recent;
    uint64_t checksum; /* of the header before it and all rows */
};

struct journal_row {
    uint32_t number;
    uint32_t unused;
    uint64_t hash; /* that the page carries (page.h) */
};

static const uint64_t journal_magic = UINT64_C(0x6c63632d6a726e02);

enum { IOV_BATCH = 64, INDEX_ALIGN = 4096 };

/* Header and rows as they lie in the file: one allocation. */
struct journal_index {
    struct journal_header header;
    struct journal_row rows[LCC_JOURNAL_PAGES_MAX];
};

static size_t index_size(size_t count)
{
    return sizeof(struct journal_header) + count * sizeof(struct journal_row);
}

/* Where the pages begin. */
static size_t pages_at(size_t count)
{
    return (index_size(count) + INDEX_ALIGN - 1) / INDEX_ALIGN * INDEX_ALIGN;
}

static uint64_t index_checksum(const struct journal_index *index)
{
    struct lcc_span rows =
        lcc_span_of(index->rows, index->header.count * sizeof(index->rows[0]));
    struct lcc_span header =
        lcc_span_of(&index->header, offsetof(struct journal_header, checksum));

    return lcc_checksum(header) ^ lcc_checksum(rows) * 3;
}

/* A sealed page proves the rest of itself. */
static uint64_t hash_of(const uint8_t *page)
{
    uint64_t hash;

    memcpy(&hash, page, sizeof(hash));
    return hash;
}

static bool is_page_of(const uint8_t *page, const struct journal_row *row)
{
    return hash_of(page) == row->hash && lcc_page_is_whole(page, row->number);
}

static int write_all(int fd, const void *bytes, size_t size, off_t at)
{
    const uint8_t *from = bytes;

    while (size > 0) {
        ssize_t done = pwrite(fd, from, size, at);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return done < 0 ? -errno : -ENOSPC;
        }
        from += done;
        at += done;
        size -= (size_t)done;
    }
    return 0;
}

/* Index and pages, in as few calls as that takes. */
static int write_whole(int fd, const struct journal_index *index,
                       const struct lcc_journal *journal)
{
    struct iovec iov[IOV_BATCH];
    size_t size = pages_at(journal->count);
    size_t next = 0;
    size_t n = 1;
    off_t at = 0;

    iov[0] = (struct iovec){(void *)(uintptr_t)index, size};
    do {
        ssize_t done;

        for (; n < IOV_BATCH && next < journal->count; n++, next++) {
            iov[n].iov_base = (void *)(uintptr_t)journal->pages[next].bytes;
            iov[n].iov_len = LCC_PAGE_SIZE;
            size += LCC_PAGE_SIZE;
        }
        do {
            done = pwritev(fd, iov, (int)n, at);
        } while (done < 0 && errno == EINTR);
        if (done < 0) {
            return -errno;
        }
        if ((size_t)done != size) {
            return -ENOSPC; /* the next write would have said so */
        }
        at += done;
        n = 0;
        size = 0;
    } while (next < journal->count);
    return 0;
}

static struct journal_index *index_make(const struct lcc_journal *journal)
{
    struct journal_index *index = calloc(1, pages_at(journal->count));

    if (!index) {
        return NULL;
    }
    index->header = (struct journal_header){
        .magic = journal_magic,
        .page_size = LCC_PAGE_SIZE,
        .count = (uint32_t)journal->count,
        .id = journal->id,
        .seq = journal->seq,
        .db_size = journal->db_size,
        .recent = journal->recent,
    };
    for (size_t i = 0; i < journal->count; i++) {
        index->rows[i].number = journal->pages[i].number;
        index->rows[i].hash = hash_of(journal->pages[i].bytes);
    }
    index->header.checksum = index_checksum(index);
    return index;
}

static int journal_open(const char *path, int flags)
{
    char file[LCC_PATH_SIZE];
    int fd;

    if (!lcc_folder_join(file, path, LCC_JOURNAL_FILE)) {
        return -ENAMETOOLONG;
    }
    fd = open(file, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

int lcc_journal_write(const char *path, const struct lcc_journal *journal)
{
    struct journal_index *index;
    int result;
    int fd;

    if (journal->count > LCC_JOURNAL_PAGES_MAX) {
        return -E2BIG;
    }
    index = index_make(journal);
    if (!index) {
        return -ENOMEM;
    }
    fd = journal_open(path, O_WRONLY | O_CREAT);
    result = fd < 0 ? fd : 0;
    if (result == 0) {
        result = write_whole(fd, index, journal);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    free(index);
    return result;
}

static bool read_all(int fd, void *bytes, size_t size, off_t at)
{
    uint8_t *to = bytes;

    while (size > 0) {
        ssize_t got = pread(fd, to, size, at);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        to += got;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

static bool index_read(int fd, const struct lcc_hash *id, uint64_t least_seq,
                       struct journal_index *index)
{
    struct journal_header *header = &index->header;

    if (!read_all(fd, header, sizeof(*header), 0) ||
        header->magic != journal_magic || header->page_size != LCC_PAGE_SIZE ||
        header->count > LCC_JOURNAL_PAGES_MAX ||
        !lcc_hash_equal(&header->id, id) || header->seq < least_seq) {
        return false;
    }
    return read_all(fd, index->rows, header->count * sizeof(index->rows[0]),
                    sizeof(*header)) &&
           header->checksum == index_checksum(index);
}

/* Check every page, or write every page: one loop, so both see the same. */
static int pages_pass(int from, int to, const struct journal_index *index)
{
    uint8_t *page = malloc(LCC_PAGE_SIZE);
    off_t at = (off_t)pages_at(index->header.count);
    int result = page ? 0 : -ENOMEM;

    for (uint32_t i = 0; result == 0 && i < index->header.count; i++) {
        const struct journal_row *row = &index->rows[i];

        if (!read_all(from, page, LCC_PAGE_SIZE, at) ||
            !is_page_of(page, row)) {
            result = LCC_STORE_MISS;
        } else if (to >= 0) {
            result = write_all(to, page, LCC_PAGE_SIZE,
                               (off_t)row->number * LCC_PAGE_SIZE);
        }
        at += LCC_PAGE_SIZE;
    }
    free(page);
    return result;
}

static int replay(int from, int to, const struct journal_index *index)
{
    struct stat st;
    int result = pages_pass(from, -1, index);

    if (result == 0) {
        result = pages_pass(from, to, index);
    }
    if (result != 0) {
        return result;
    }
    if (fstat(to, &st) != 0) {
        return -errno;
    }
    if ((uint64_t)st.st_size > index->header.db_size &&
        ftruncate(to, (off_t)index->header.db_size) != 0) {
        return -errno;
    }
    return 0;
}

int lcc_journal_replay(const char *path, const struct lcc_hash *id, int fd,
                       uint64_t least_seq, struct lcc_journal *ret)
{
    struct journal_index *index = malloc(sizeof(*index));
    int from;
    int result;

    if (!index) {
        return -ENOMEM;
    }
    from = journal_open(path, O_RDONLY);
    if (from < 0) {
        free(index);
        return from == -ENOENT ? LCC_STORE_MISS : from;
    }
    result = index_read(from, id, least_seq, index) ? replay(from, fd, index)
                                                    : LCC_STORE_MISS;
    (void)close(from);
    if (result == 0) {
        *ret = (struct lcc_journal){.id = *id,
                                    .seq = index->header.seq,
                                    .db_size = index->header.db_size,
                                    .recent = index->header.recent};
    }
    free(index);
    return result;
}

int lcc_journal_forget(const char *path)
{
    static const struct journal_header nothing;
    int fd = journal_open(path, O_WRONLY);
    int result;

    if (fd < 0) {
        return fd == -ENOENT ? 0 : fd;
    }
    result = write_all(fd, &nothing, sizeof(nothing), 0);
    (void)close(fd);
    return result;
}

int lcc_journal_mark(const char *path, struct lcc_journal state)
{
    int result;

    state.pages = NULL;
    state.count = 0;
    result = lcc_journal_write(path, &state);
    return result == 0 ? 0 : lcc_journal_forget(path);
}
