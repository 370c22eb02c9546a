/*
 * body.c - writes side files
 */
#include "store/body.h"

#include "store/body_file.h"
#include "store/folder.h"
#include "store/signals.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Checksums and trailer of most bodies, behind the last window of them. */
enum { TAIL_MAX = 4096 };

enum { STAT_BLOCK = 512 /* of st_blocks, stat(2) */ };

bool lcc_body_path(char out[LCC_PATH_SIZE], const char *path,
                   const struct lcc_hash *name)
{
    char hex[LCC_HASH_HEX_SIZE];
    char file[LCC_HASH_HEX_SIZE + 32];

    lcc_hash_to_hex(name, hex);
    (void)snprintf(file, sizeof(file), LCC_BODY_FOLDER "/%s", hex);
    return lcc_folder_join(out, path, file);
}

bool lcc_body_disk_bytes(const char *path, const struct lcc_hash *name,
                         uint64_t *ret)
{
    char file[LCC_PATH_SIZE];
    struct stat st;

    if (!lcc_body_path(file, path, name) || lstat(file, &st) != 0 ||
        !S_ISREG(st.st_mode)) {
        return false;
    }
    *ret = (uint64_t)st.st_blocks * STAT_BLOCK;
    return true;
}

uint64_t lcc_body_file_size(uint64_t body_size)
{
    return body_size + lcc_body_blocks(body_size) * sizeof(uint64_t) +
           sizeof(struct lcc_body_trailer);
}

/* --- writing ------------------------------------------------------------- */

void lcc_body_init(struct lcc_body *body, const char *path)
{
    *body = (struct lcc_body){
        .path = path,
        .window = LCC_BUF_INIT(LCC_BODY_WINDOW + TAIL_MAX),
        .sums = LCC_BUF_INIT(SIZE_MAX),
    };
}

void lcc_body_done(struct lcc_body *body)
{
    if (body->has_file) {
        lcc_body_unlink(body->path, &body->name);
    }
    if (body->has_spare) {
        lcc_body_unlink(body->path, &body->spare);
    }
    lcc_buf_done(&body->window);
    lcc_buf_done(&body->sums);
}

static int fold_error(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? LCC_STORE_FULL
                                                                : -error;
}

int lcc_body_name(struct lcc_body *body)
{
    static const struct lcc_hash none;

    return lcc_hash_equal(&body->name, &none)
               ? lcc_folder_random(&body->name, sizeof(body->name))
               : 0;
}

uint64_t lcc_body_will_write(const struct lcc_body *body, size_t more)
{
    const uint64_t all = body->window.size + (uint64_t)more;

    return body->written +
           (all == 0 ? 0 : (all - 1) / LCC_BODY_WINDOW * LCC_BODY_WINDOW);
}

static int file_create(struct lcc_body *body, const char *file)
{
    char folder[LCC_PATH_SIZE];

    if (!lcc_folder_join(folder, body->path, LCC_BODY_FOLDER)) {
        return -ENAMETOOLONG;
    }
    for (int tries = 0;; tries++) {
        int fd = open(
            file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

        if (fd >= 0) {
            return fd;
        }
        if (errno != ENOENT || tries > 0 ||
            (mkdir(folder, 0700) != 0 && errno != EEXIST)) {
            return -errno;
        }
    }
}

static int file_make(struct lcc_body *body, const char *file)
{
    int fd = -ESTALE;

    if (body->has_spare) {
        body->has_spare = false;
        fd = lcc_body_reuse(body->path, &body->spare, file, &body->file_size);
    }
    if (fd < 0) {
        body->file_size = 0;
        fd = file_create(body, file);
    }
    return fd;
}

/* Made at the first call; -ESTALE when it has become another one. */
static int file_open(struct lcc_body *body)
{
    char file[LCC_PATH_SIZE];
    struct stat st;
    int fd;

    if (!lcc_body_path(file, body->path, &body->name)) {
        return -ENAMETOOLONG;
    }
    fd = body->has_file ? open(file, O_WRONLY | O_NOFOLLOW | O_CLOEXEC)
                        : file_make(body, file);
    if (fd < 0) {
        return !body->has_file ? fd : errno == ENOENT ? -ESTALE : -errno;
    }
    if (fstat(fd, &st) != 0) {
        (void)close(fd);
        return -ESTALE;
    }
    if (!body->has_file) {
        body->has_file = true;
        body->device = st.st_dev;
        body->inode = st.st_ino;
    }
    if (st.st_dev != body->device || st.st_ino != body->inode ||
        (uint64_t)st.st_size != body->file_size) {
        (void)close(fd);
        return -ESTALE;
    }
    return fd;
}

static int file_write(struct lcc_body *body, int fd, struct lcc_span bytes)
{
    const uint8_t *from = bytes.data;
    size_t left = bytes.size;

    while (left > 0) {
        ssize_t done = pwrite(fd, from, left, (off_t)body->written);

        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return done < 0 ? fold_error(errno) : LCC_STORE_FULL;
        }
        from += done;
        left -= (size_t)done;
        body->written += (uint64_t)done;
        if (body->written > body->file_size) {
            body->file_size = body->written;
        }
    }
    return 0;
}

/* What is left of a body that was longer. */
static int file_cut(struct lcc_body *body, int fd)
{
    if (body->file_size == body->written) {
        return 0;
    }
    body->file_size = body->written;
    return ftruncate(fd, (off_t)body->written) == 0 ? 0 : -errno;
}

/* SIGXFSZ of a host with a file size limit is ours to swallow. */
static int write_out(struct lcc_body *body, struct lcc_span first,
                     struct lcc_span second, bool last)
{
    struct lcc_signals signals;
    int fd;
    int result;

    lcc_signals_block(&signals);
    fd = file_open(body);
    result = fd < 0 ? fd : file_write(body, fd, first);
    if (result == 0) {
        result = file_write(body, fd, second);
    }
    if (result == 0 && last) {
        result = file_cut(body, fd);
    }
    if (fd >= 0) {
        (void)close(fd);
    }
    lcc_signals_restore(&signals);
    return result < 0 ? fold_error(-result) : result;
}

/* The name is in each sum, so it has to be there before. */
static int sum_blocks(struct lcc_body *body)
{
    const uint8_t *from = body->window.data;
    size_t left = body->window.size;
    int result = lcc_body_name(body);

    while (result == 0 && left > 0) {
        size_t size = left < LCC_BODY_BLOCK ? left : LCC_BODY_BLOCK;
        uint64_t sum = lcc_body_sum(&body->name, lcc_span_of(from, size));

        result = lcc_buf_append(&body->sums, lcc_span_of(&sum, sizeof(sum)));
        from += size;
        left -= size;
    }
    return result;
}

static int window_flush(struct lcc_body *body)
{
    int result = sum_blocks(body);

    if (result == 0) {
        result =
            write_out(body, lcc_buf_span(&body->window), LCC_SPAN_EMPTY, false);
    }
    lcc_buf_clear(&body->window);
    return result;
}

/* A full window waits: if nothing follows, all of the rest is one write. */
int lcc_body_append(struct lcc_body *body, struct lcc_span bytes)
{
    const uint8_t *from = bytes.data;
    size_t left = bytes.size;
    int result = 0;

    while (result == 0 && left > 0) {
        size_t room = LCC_BODY_WINDOW - body->window.size;
        size_t size = left < room ? left : room;

        if (room == 0) {
            result = window_flush(body);
            continue;
        }
        result = lcc_buf_append(&body->window, lcc_span_of(from, size));
        from += size;
        left -= size;
    }
    return result;
}

static uint64_t tail_checksum(struct lcc_span sums,
                              const struct lcc_body_trailer *trailer)
{
    return lcc_checksum(sums) ^
           lcc_checksum(lcc_span_of(
               trailer, offsetof(struct lcc_body_trailer, checksum))) *
               3;
}

static struct lcc_body_trailer trailer_of(const struct lcc_body *body,
                                          uint64_t body_size)
{
    struct lcc_body_trailer trailer = {
        .magic = LCC_BODY_MAGIC,
        .body_size = body_size,
        .name = body->name,
    };

    trailer.checksum = tail_checksum(lcc_buf_span(&body->sums), &trailer);
    return trailer;
}

int lcc_body_keep(struct lcc_body *body)
{
    const uint64_t size = body->written + body->window.size;
    struct lcc_buf *last = &body->window;
    struct lcc_body_trailer trailer;
    int result = sum_blocks(body);

    if (result != 0) {
        return result;
    }
    trailer = trailer_of(body, size);
    if (body->sums.size <= TAIL_MAX - sizeof(trailer)) {
        result = lcc_buf_append(last, lcc_buf_span(&body->sums));
    } else {
        result = write_out(body, lcc_buf_span(last), lcc_buf_span(&body->sums),
                           false);
        lcc_buf_clear(last);
    }
    if (result == 0) {
        result = lcc_buf_append(last, lcc_span_of(&trailer, sizeof(trailer)));
    }
    if (result == 0) {
        result = write_out(body, lcc_buf_span(last), LCC_SPAN_EMPTY, true);
    }
    body->has_file = result != 0 && body->has_file;
    return result;
}

void lcc_body_unlink(const char *path, const struct lcc_hash *name)
{
    char file[LCC_PATH_SIZE];

    if (lcc_body_path(file, path, name)) {
        (void)unlink(file);
    }
}
