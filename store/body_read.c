/*
 * body_read.c - reads side files, by their name or from a hold
 */
#include "store/body_checked.h"
#include "store/body_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

/* A side file, open or held. */
struct source {
    int fd; /* -1: read it from the hold */
    const uint8_t *map;
    uint64_t size;
    struct stat st;  /* of an open one */
    bool is_checked; /* this process has seen all of it */
};

/* A page that cannot be read is an error of this call, and no SIGBUS. */
static ssize_t read_held(const struct source *from, void *into, size_t size,
                         uint64_t at)
{
    struct iovec here = {into, size};
    struct iovec there = {(void *)(uintptr_t)(from->map + at), size};

    return process_vm_readv(getpid(), &here, 1, &there, 1, 0);
}

static bool read_exactly(const struct source *from, void *into, size_t size,
                         uint64_t at)
{
    uint8_t *to = into;

    if (at > from->size || size > from->size - at) {
        return false;
    }
    while (size > 0) {
        ssize_t got = from->map ? read_held(from, to, size, at)
                                : pread(from->fd, to, size, (off_t)at);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        to += got;
        at += (uint64_t)got;
        size -= (size_t)got;
    }
    return true;
}

static bool sums_read(const struct source *from, const struct lcc_body_ref *ref,
                      uint64_t block, uint64_t *ret, size_t count)
{
    return read_exactly(from, ret, count * sizeof(*ret),
                        ref->body_size + block * sizeof(*ret));
}

static bool block_is_whole(const struct source *from,
                           const struct lcc_body_ref *ref, uint64_t block,
                           struct lcc_span bytes)
{
    uint64_t sum;

    return sums_read(from, ref, block, &sum, 1) &&
           sum == lcc_body_sum(ref->name, bytes);
}

static size_t block_bytes(const struct lcc_body_ref *ref, uint64_t block)
{
    uint64_t left = ref->body_size - block * LCC_BODY_BLOCK;

    return left < LCC_BODY_BLOCK ? (size_t)left : LCC_BODY_BLOCK;
}

/* Part of one block, by way of a copy. */
static int read_part(const struct source *from, const struct lcc_body_ref *ref,
                     uint64_t offset, void *into, size_t size, size_t *ret_got)
{
    uint64_t block = offset / LCC_BODY_BLOCK;
    size_t skip = (size_t)(offset % LCC_BODY_BLOCK);
    size_t whole = block_bytes(ref, block);
    uint8_t *copy = malloc(LCC_BODY_BLOCK);
    int result = copy ? 0 : -ENOMEM;

    if (result == 0 &&
        (!read_exactly(from, copy, whole, block * LCC_BODY_BLOCK) ||
         !block_is_whole(from, ref, block, lcc_span_of(copy, whole)))) {
        result = -ESTALE;
    }
    if (result == 0) {
        *ret_got = size < whole - skip ? size : whole - skip;
        memcpy(into, copy + skip, *ret_got);
    }
    free(copy);
    return result;
}

/* Do the bytes of these blocks, which begin at @block, agree with the sums? */
static bool blocks_are_whole(const struct source *from,
                             const struct lcc_body_ref *ref, uint64_t block,
                             struct lcc_span bytes)
{
    uint64_t sums[LCC_BODY_WINDOW / LCC_BODY_BLOCK];
    const uint8_t *at = bytes.data;
    size_t left = bytes.size;

    for (uint64_t i = 0; left > 0; i++) {
        size_t slot = (size_t)(i % LCC_ARRAY_SIZE(sums));
        size_t size = left < LCC_BODY_BLOCK ? left : LCC_BODY_BLOCK;
        uint64_t rest = lcc_body_blocks(left);

        if (slot == 0 &&
            !sums_read(from, ref, block + i, sums,
                       rest < LCC_ARRAY_SIZE(sums) ? (size_t)rest
                                                   : LCC_ARRAY_SIZE(sums))) {
            return false;
        }
        if (sums[slot] != lcc_body_sum(ref->name, lcc_span_of(at, size))) {
            return false;
        }
        at += size;
        left -= size;
    }
    return true;
}

/* Whole blocks, as many as @size holds. */
static int read_blocks(const struct source *from,
                       const struct lcc_body_ref *ref, uint64_t offset,
                       void *into, size_t size, size_t *ret_got)
{
    uint64_t left = ref->body_size - offset;
    size_t want = left <= size ? (size_t)left : size - size % LCC_BODY_BLOCK;

    if (!read_exactly(from, into, want, offset)) {
        return -ESTALE;
    }
    if (!from->is_checked) {
        if (!blocks_are_whole(from, ref, offset / LCC_BODY_BLOCK,
                              lcc_span_of(into, want))) {
            return -ESTALE;
        }
        if (!from->map) {
            lcc_body_note_checked(ref->name, &from->st, offset, offset + want,
                                  ref->body_size);
        }
    }
    *ret_got = want;
    return 0;
}

/* Is the trailer that of this body? Its checksum over all block checksums is
 * left to whoever checks whole files; each block has its own here. */
static bool trailer_fits(const struct source *from,
                         const struct lcc_body_ref *ref)
{
    struct lcc_body_trailer trailer;

    return from->size == lcc_body_file_size(ref->body_size) &&
           (from->is_checked || (read_exactly(from, &trailer, sizeof(trailer),
                                              from->size - sizeof(trailer)) &&
                                 trailer.magic == LCC_BODY_MAGIC &&
                                 trailer.body_size == ref->body_size &&
                                 lcc_hash_equal(&trailer.name, ref->name)));
}

static int read_from(const struct source *from, const struct lcc_body_ref *ref,
                     uint64_t offset, void *into, size_t size, size_t *ret_got)
{
    if (!trailer_fits(from, ref)) {
        return -ESTALE;
    }
    return offset % LCC_BODY_BLOCK == 0 &&
                   (size >= LCC_BODY_BLOCK || size >= ref->body_size - offset)
               ? read_blocks(from, ref, offset, into, size, ret_got)
               : read_part(from, ref, offset, into, size, ret_got);
}

/* 0 and an open descriptor; -ENOENT; -ESTALE; -errno. */
static int open_file(const char *path, const struct lcc_hash *name,
                     struct source *ret)
{
    char file[LCC_PATH_SIZE];
    int fd;

    if (!lcc_body_path(file, path, name)) {
        return -ENAMETOOLONG;
    }
    fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        return errno == ELOOP ? -ESTALE : -errno;
    }
    *ret = (struct source){.fd = fd};
    if (fstat(fd, &ret->st) != 0 || !S_ISREG(ret->st.st_mode)) {
        (void)close(fd);
        return -ESTALE;
    }
    ret->size = (uint64_t)ret->st.st_size;
    return 0;
}

int lcc_body_read(const struct lcc_body_ref *ref, uint64_t offset, void *into,
                  size_t size, size_t *ret_got)
{
    struct source from;
    int result;

    if (offset >= ref->body_size || size == 0) {
        *ret_got = 0;
        return 0;
    }
    result = open_file(ref->path, ref->name, &from);
    if (result == 0) {
        from.is_checked = lcc_body_is_checked(ref->name, &from.st);
        result = read_from(&from, ref, offset, into, size, ret_got);
        (void)close(from.fd);
    } else if (result == -ENOENT && ref->held) {
        from = (struct source){.fd = -1,
                               .map = ref->held,
                               .size = lcc_body_file_size(ref->body_size)};
        result = read_from(&from, ref, offset, into, size, ret_got);
    }
    return result == -ENOENT ? -ESTALE : result;
}

/* What the program may still map is its own (setrlimit(2), RLIMIT_AS). */
static bool address_space_is_short(uint64_t size)
{
    struct rlimit limit;

    return size > SIZE_MAX || getrlimit(RLIMIT_AS, &limit) != 0 ||
           (limit.rlim_cur != RLIM_INFINITY &&
            size > limit.rlim_cur / LCC_BODY_HOLD_SHARE);
}

int lcc_body_hold(const char *path, const struct lcc_hash *name,
                  uint64_t body_size, const void **ret)
{
    const uint64_t size = lcc_body_file_size(body_size);
    struct source from;
    void *map = MAP_FAILED;
    int result =
        address_space_is_short(size) ? -ENOMEM : open_file(path, name, &from);

    if (result != 0) {
        return result;
    }
    if (from.size != size) {
        result = -ESTALE;
    } else {
        map = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, from.fd, 0);
        result = map == MAP_FAILED ? -errno : 0;
    }
    (void)close(from.fd);
    if (result == 0) {
        *ret = map;
    }
    return result;
}

void lcc_body_let_go(const void *held, uint64_t body_size)
{
    (void)munmap((void *)(uintptr_t)held,
                 (size_t)lcc_body_file_size(body_size));
}
