/*
 * recent.c - the file of recent records, and each process's copy of it
 *
 * Appending writes the row first and moves the control page's size then.
 * Voiding sets the size to nothing before the generation moves on.
 */
#include "store/recent.h"

#include "store/folder.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Where the tests stop or kill an append; nothing in the product. */
#ifndef LCC_COMMIT_POINT
#define LCC_COMMIT_POINT(name) ((void)0)
#endif

void lcc_recent_init(struct lcc_recent *recent)
{
    *recent = (struct lcc_recent){.bytes = LCC_BUF_INIT(LCC_RECENT_BYTES)};
}

void lcc_recent_done(struct lcc_recent *recent)
{
    lcc_buf_done(&recent->bytes);
}

/* --- the file ------------------------------------------------------------ */

static int file_open(const char *path, int flags)
{
    char file[LCC_PATH_SIZE];
    int fd;

    if (!lcc_folder_join(file, path, LCC_RECENT_FILE)) {
        return -ENAMETOOLONG;
    }
    fd = open(file, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    return fd < 0 ? -errno : fd;
}

static int file_write(const char *path, int flags, struct lcc_span bytes,
                      uint64_t at)
{
    int fd = file_open(path, O_WRONLY | flags);
    ssize_t done;
    int result = 0;

    if (fd < 0) {
        return fd;
    }
    do {
        done = pwrite(fd, bytes.data, bytes.size, (off_t)at);
    } while (done < 0 && errno == EINTR);
    if (done < 0) {
        result = -errno;
    } else if ((size_t)done != bytes.size) {
        result = -ENOSPC; /* the next write would have said so */
    }
    (void)close(fd);
    return result;
}

/* Bytes of it from @at on, as far as there are any. Count, or -errno. */
static ssize_t file_read(const char *path, void *into, size_t size, uint64_t at)
{
    int fd = file_open(path, O_RDONLY);
    ssize_t got;

    if (fd < 0) {
        return fd == -ENOENT ? 0 : fd;
    }
    do {
        got = pread(fd, into, size, (off_t)at);
    } while (got < 0 && errno == EINTR);
    got = got < 0 ? -errno : got;
    (void)close(fd);
    return got;
}

/* --- the copy ------------------------------------------------------------ */

static size_t slot_of(const struct lcc_id *id)
{
    return id->request.bytes[0]; /* of a keyed hash: all are as likely */
}

static void item_add(struct lcc_recent *recent,
                     const struct lcc_recent_row *row, uint64_t at)
{
    uint16_t *slot = &recent->slots[slot_of(&row->name.id)];

    recent->items[recent->count++] = (struct lcc_recent_item){
        .name = row->name,
        .used_s = row->used_s,
        .at = (uint32_t)at + LCC_RECENT_HEAD,
        .size = (uint32_t)row->record.size,
        .older = *slot,
        .has_side_file = row->side_bytes > 0,
    };
    recent->side_bytes += row->side_bytes;
    *slot = (uint16_t)recent->count;
}

static void copy_forget(struct lcc_recent *recent)
{
    recent->size = 0;
    recent->count = 0;
    recent->side_bytes = 0;
    recent->broken = false;
    lcc_buf_clear(&recent->bytes);
    memset(recent->slots, 0, sizeof(recent->slots));
}

/* Rows of what was read, up to recent->bytes.size. */
static void copy_parse(struct lcc_recent *recent)
{
    while (recent->size < recent->bytes.size && !recent->broken) {
        const struct lcc_recent_place place = {&recent->id, recent->generation,
                                               recent->size};
        const struct lcc_span rest =
            lcc_span_of(recent->bytes.data + recent->size,
                        recent->bytes.size - (size_t)recent->size);
        struct lcc_recent_row row;
        size_t size;

        recent->broken =
            recent->count == LCC_RECENT_MAX ||
            !lcc_recent_row_decode(rest, &place, false, &row, &size);
        if (!recent->broken) {
            item_add(recent, &row, recent->size);
            recent->size += size;
        }
    }
    recent->size = recent->bytes.size;
}

/* The file as far as @size. */
static int copy_read(struct lcc_recent *recent, const char *path, uint64_t size)
{
    size_t more = (size_t)(size - recent->size);
    ssize_t got;
    int result;

    if (more == 0) {
        return 0;
    }
    result = lcc_buf_reserve(&recent->bytes, (size_t)size);
    if (result != 0) {
        return result;
    }
    got =
        file_read(path, recent->bytes.data + recent->size, more, recent->size);
    if (got < 0) {
        return (int)got;
    }
    if ((size_t)got < more) {
        memset(recent->bytes.data + recent->size + got, 0, more - (size_t)got);
    }
    recent->bytes.size = (size_t)size;
    return 0;
}

static bool is_synced(const struct lcc_recent *recent,
                      const struct lcc_ctl_page *page, uint64_t size)
{
    return recent->generation == atomic_load(&page->recent_generation) &&
           recent->size == size && lcc_hash_equal(&recent->id, &page->id);
}

int lcc_recent_sync(struct lcc_recent *recent, const char *path,
                    const struct lcc_ctl_page *page)
{
    for (int tries = 0; tries < LCC_RECENT_TRIES; tries++) {
        const uint64_t generation = atomic_load(&page->recent_generation);
        const uint64_t size = atomic_load(&page->recent_size);
        int result;

        if (is_synced(recent, page, size)) {
            return 0;
        }
        if (size > LCC_RECENT_BYTES) {
            return -EBADMSG;
        }
        if (recent->generation != generation || size < recent->size ||
            !lcc_hash_equal(&recent->id, &page->id)) {
            copy_forget(recent);
            recent->generation = generation;
            recent->id = page->id;
        }
        result = copy_read(recent, path, size);
        if (result != 0) {
            copy_forget(recent);
            return result;
        }
        if (atomic_load(&page->recent_generation) == generation) {
            copy_parse(recent);
        } else {
            copy_forget(recent);
        }
    }
    return LCC_STORE_BUSY;
}

/* --- finding ------------------------------------------------------------- */

static const struct lcc_recent_item *
next_of(const struct lcc_recent *recent, uint16_t from, const struct lcc_id *id)
{
    while (from != 0) {
        const struct lcc_recent_item *item = &recent->items[from - 1];

        if (memcmp(&item->name.id, id, sizeof(*id)) == 0) {
            return item;
        }
        from = item->older;
    }
    return NULL;
}

const struct lcc_recent_item *lcc_recent_first(const struct lcc_recent *recent,
                                               const struct lcc_id *id)
{
    return next_of(recent, recent->slots[slot_of(id)], id);
}

const struct lcc_recent_item *
lcc_recent_older(const struct lcc_recent *recent,
                 const struct lcc_recent_item *item, const struct lcc_id *id)
{
    return next_of(recent, item->older, id);
}

const struct lcc_recent_item *lcc_recent_record(const struct lcc_recent *recent,
                                                const struct lcc_name *name)
{
    const struct lcc_recent_item *item = lcc_recent_first(recent, &name->id);

    while (item && (item->size == 0 ||
                    !lcc_hash_equal(&item->name.variant, &name->variant))) {
        item = lcc_recent_older(recent, item, &name->id);
    }
    return item;
}

int64_t lcc_recent_used_s(const struct lcc_recent *recent,
                          const struct lcc_name *name)
{
    const struct lcc_recent_item *item = lcc_recent_first(recent, &name->id);

    while (item && !lcc_hash_equal(&item->name.variant, &name->variant)) {
        item = lcc_recent_older(recent, item, &name->id);
    }
    return item && item->size == 0 ? item->used_s : INT64_MIN;
}

bool lcc_recent_has_url(const struct lcc_recent *recent,
                        const struct lcc_hash *url)
{
    for (size_t i = 0; i < recent->count; i++) {
        if (lcc_hash_equal(&recent->items[i].name.id.url, url)) {
            return true;
        }
    }
    return false;
}

struct lcc_span lcc_recent_bytes(const struct lcc_recent *recent,
                                 const struct lcc_recent_item *item)
{
    return lcc_span_of(recent->bytes.data + item->at, item->size);
}

/* --- changing ------------------------------------------------------------ */

bool lcc_recent_fits(const struct lcc_recent *recent, size_t rows,
                     size_t record_size)
{
    return !recent->broken && recent->count < rows &&
           recent->count < LCC_RECENT_MAX &&
           recent->size + lcc_recent_row_size(record_size) <= LCC_RECENT_BYTES;
}

int lcc_recent_append(struct lcc_recent *recent, const char *path,
                      struct lcc_ctl_page *page,
                      const struct lcc_recent_row *row)
{
    const struct lcc_recent_place place = {&recent->id, recent->generation,
                                           recent->size};
    const size_t at = recent->bytes.size;
    int result = lcc_recent_row_encode(row, &place, &recent->bytes);

    if (result == 0) {
        result = file_write(
            path, O_CREAT,
            lcc_span_of(recent->bytes.data + at, recent->bytes.size - at),
            recent->size);
    }
    if (result != 0) {
        recent->bytes.size = at;
        return result;
    }
    LCC_COMMIT_POINT(RECENT_WRITTEN);
    item_add(recent, row, recent->size);
    recent->size = recent->bytes.size;
    atomic_store(&page->recent_size, recent->size);
    LCC_COMMIT_POINT(RECENT_SIZED);
    return 0;
}

int lcc_recent_forget(const char *path, struct lcc_ctl_page *page)
{
    static const uint8_t nothing[LCC_RECENT_HEAD];
    int result;

    atomic_store(&page->recent_size, 0);
    atomic_fetch_add(&page->recent_generation, 1);
    result = file_write(path, 0, lcc_span_of(nothing, sizeof(nothing)), 0);
    return result == -ENOENT ? 0 : result;
}

/* --- after a reboot ------------------------------------------------------ */

/* Every whole row of @from, up to the first that is none, for the new id. */
static void adopt_rows(struct lcc_span from, const struct lcc_hash *id,
                       uint64_t generation, const struct lcc_hash *new_id,
                       struct lcc_buf *out)
{
    const uint8_t *bytes = from.data;
    struct lcc_recent_row row;
    size_t size = 0;
    int result = 0;

    while (result == 0) {
        const size_t at = out->size;
        const struct lcc_recent_place old = {id, generation, at};
        const struct lcc_recent_place place = {new_id, 1, at};

        if (!lcc_recent_row_decode(lcc_span_of(bytes + at, from.size - at),
                                   &old, true, &row, &size)) {
            return;
        }
        result = lcc_recent_row_encode(&row, &place, out);
    }
}

uint64_t lcc_recent_adopt(const char *path, const struct lcc_hash *id,
                          uint64_t generation, const struct lcc_hash *new_id)
{
    struct lcc_buf old = LCC_BUF_INIT(LCC_RECENT_BYTES);
    struct lcc_buf rows = LCC_BUF_INIT(LCC_RECENT_BYTES);
    uint64_t size = 0;
    ssize_t got = -1;

    if (lcc_buf_reserve(&old, LCC_RECENT_BYTES) == 0) {
        got = file_read(path, old.data, LCC_RECENT_BYTES, 0);
    }
    if (got > 0) {
        adopt_rows(lcc_span_of(old.data, (size_t)got), id, generation, new_id,
                   &rows);
        if (rows.size > 0 && file_write(path, 0, lcc_buf_span(&rows), 0) == 0) {
            size = rows.size;
        }
    }
    lcc_buf_done(&old);
    lcc_buf_done(&rows);
    return size;
}
