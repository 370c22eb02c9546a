/*
 * ledger.c - what was decided, in a small mapped file
 *
 * Owns the file `ledger` of a cache. Knows nothing of HTTP or the database.
 *
 * Everything is read and written as whole 8-byte words with atomic
 * operations, so any number of threads and processes may have it mapped, and
 * a kill between two words harms nothing: counters stand alone, and a slot
 * whose words do not belong together fails its check and is not believed.
 *
 * A fresh file is all zero, and all zero is a valid empty ledger: two
 * processes that make it at the same moment cannot get in each other's way.
 *
 * A store to a mapped page for which the disk has no room is SIGBUS, so the
 * blocks are allocated before the file is mapped. What is left is somebody
 * truncating the file of a running program by hand, inside a folder that is
 * this user's alone: accepted, as every mapped file of every program is open
 * to that. `clear` unlinks, it never truncates.
 */
#include "store/ledger.h"

#include "store/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LEDGER_FILE "ledger"
#define LEDGER_MAGIC UINT64_C(0x6c63632d6c656401) /* "lcc-led", version 1 */

enum {
    LEDGER_SLOT_WORDS = 8, /* a slot is one cache line */
    LEDGER_HEAD_WORDS = 512,
    LEDGER_BLOCK_BYTES = 512, /* unit of st_blocks, stat(2) */
};

/* Words of a slot; the last one proves the others. */
enum slot_word {
    SLOT_HASH_0,
    SLOT_HASH_1,
    SLOT_REASON,
    SLOT_WHEN,
    SLOT_BYTES,
    SLOT_SAVED,
    SLOT_SPARE,
    SLOT_CHECK,
};

struct ledger_file {
    uint64_t magic; /* 0: nobody has written yet */
    uint64_t size;  /* bytes of this struct, with the magic */
    uint64_t since_s;
    uint64_t bytes_saved;
    uint64_t us_saved;
    uint64_t by_reason[LCC_LEDGER_REASONS];
    uint64_t spare[LEDGER_HEAD_WORDS - 5 - LCC_LEDGER_REASONS];
    uint64_t slots[LCC_LEDGER_SLOTS][LEDGER_SLOT_WORDS];
};

_Static_assert((int)LCC_REASON_MAX_ <= (int)LCC_LEDGER_REASONS,
               "every reason has a counter");
_Static_assert(LCC_HASH_SIZE == 2 * sizeof(uint64_t),
               "a hash is two words of a slot");

struct lcc_ledger {
    struct ledger_file *file;
    bool readonly;
};

static uint64_t word_get(const uint64_t *word)
{
    return __atomic_load_n(word, __ATOMIC_RELAXED);
}

static void word_set(uint64_t *word, uint64_t value)
{
    __atomic_store_n(word, value, __ATOMIC_RELAXED);
}

static void word_add(uint64_t *word, uint64_t value)
{
    if (value != 0) {
        __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
    }
}

/* Is it ours, plain, and of a size that can be a ledger? */
static int judge(const struct stat *status)
{
    if (!S_ISREG(status->st_mode) || status->st_uid != geteuid() ||
        status->st_nlink != 1) {
        return -EPERM;
    }
    if (status->st_size > (off_t)sizeof(struct ledger_file)) {
        return -EBADMSG;
    }
    return 0;
}

/* See that every block is on the disk before anything is mapped. */
static int allocate(int fd, const struct stat *status, bool readonly)
{
    const off_t size = (off_t)sizeof(struct ledger_file);

    if (status->st_size == size &&
        status->st_blocks * (off_t)LEDGER_BLOCK_BYTES >= size) {
        return 0;
    }
    if (readonly) {
        return status->st_size == size ? 0 : -ENODATA;
    }
    return -posix_fallocate(fd, 0, size);
}

static int map_file(int fd, bool readonly, struct ledger_file **ret)
{
    void *memory =
        mmap(NULL, sizeof(struct ledger_file),
             readonly ? PROT_READ : PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (memory == MAP_FAILED) {
        return -errno;
    }
    *ret = memory;
    return 0;
}

/* Sign a fresh file; 0 when the file is a ledger of this version. */
static int sign(struct ledger_file *file, bool readonly)
{
    const uint64_t found = word_get(&file->magic);

    if (found == 0 && !readonly) {
        word_set(&file->size, sizeof(*file));
        word_set(&file->magic, LEDGER_MAGIC);
        return 0;
    }
    if (found == LEDGER_MAGIC && word_get(&file->size) == sizeof(*file)) {
        return 0;
    }
    return found == 0 ? -ENODATA : -EBADMSG;
}

static int open_file(const char *path, bool readonly, int *ret_fd)
{
    const int how = readonly ? O_RDONLY : O_RDWR | O_CREAT;
    const int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (folder < 0) {
        return -errno;
    }
    const int fd =
        openat(folder, LEDGER_FILE,
               how | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    const int result = fd < 0 ? -errno : 0;

    close(folder);
    if (result == 0) {
        *ret_fd = fd;
    }
    return result;
}

static int attach(int fd, bool readonly, struct ledger_file **ret)
{
    struct stat status;
    struct ledger_file *file = NULL;

    if (fstat(fd, &status) != 0) {
        return -errno;
    }
    int result = judge(&status);
    if (result == 0) {
        result = allocate(fd, &status, readonly);
    }
    if (result == 0) {
        result = map_file(fd, readonly, &file);
    }
    if (result != 0) {
        return result;
    }
    result = sign(file, readonly);
    if (result != 0) {
        munmap(file, sizeof(*file));
        return result;
    }
    *ret = file;
    return 0;
}

int lcc_ledger_open(const char *path, bool readonly, struct lcc_ledger **ret)
{
    const int saved_errno = errno;
    struct lcc_ledger *ledger = calloc(1, sizeof(*ledger));
    struct lcc_signals signals;
    int fd = -1;

    if (!ledger) {
        errno = saved_errno;
        return -ENOMEM;
    }
    ledger->readonly = readonly;
    lcc_signals_block(&signals);
    int result = open_file(path, readonly, &fd);
    if (result == 0) {
        result = attach(fd, readonly, &ledger->file);
        close(fd);
    }
    lcc_signals_restore(&signals);
    if (result == 0) {
        *ret = lcc_steal(&ledger);
    }
    free(ledger);
    errno = saved_errno;
    return result;
}

struct lcc_ledger *lcc_ledger_free(struct lcc_ledger *ledger)
{
    const int saved_errno = errno;

    if (ledger) {
        munmap(ledger->file, sizeof(*ledger->file));
        free(ledger);
    }
    errno = saved_errno;
    return NULL;
}

/* The hash is keyed, hence evenly spread: its first bytes choose the slot. */
static size_t slot_of(const struct lcc_hash *url)
{
    return ((size_t)url->bytes[0] << 8 | url->bytes[1]) % LCC_LEDGER_SLOTS;
}

static uint64_t slot_check(const uint64_t words[LEDGER_SLOT_WORDS])
{
    return lcc_checksum(lcc_span_of(words, SLOT_CHECK * sizeof(words[0])));
}

static void keep_last(struct ledger_file *file, const struct lcc_hash *url,
                      const struct lcc_decided *decided)
{
    uint64_t *slot = file->slots[slot_of(url)];
    uint64_t words[LEDGER_SLOT_WORDS] = {0};

    memcpy(words, url->bytes, sizeof(url->bytes));
    words[SLOT_REASON] = (uint64_t)decided->reason;
    words[SLOT_WHEN] = (uint64_t)decided->when_s;
    words[SLOT_BYTES] = decided->body_bytes;
    words[SLOT_SAVED] = decided->saved_us;
    words[SLOT_CHECK] = slot_check(words);
    for (size_t i = 0; i < LEDGER_SLOT_WORDS; i++) {
        word_set(&slot[i], words[i]);
    }
}

void lcc_ledger_note(struct lcc_ledger *ledger, const struct lcc_hash *url,
                     const struct lcc_decided *decided)
{
    if (!ledger || ledger->readonly ||
        (unsigned int)decided->reason >= LCC_REASON_MAX_) {
        return;
    }
    struct ledger_file *file = ledger->file;
    uint64_t nobody = 0;

    if (word_get(&file->since_s) == 0) {
        __atomic_compare_exchange_n(&file->since_s, &nobody,
                                    (uint64_t)decided->when_s, false,
                                    __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
    word_add(&file->by_reason[decided->reason], 1);
    word_add(&file->bytes_saved, decided->body_bytes);
    word_add(&file->us_saved, decided->saved_us);
    if (url) {
        keep_last(file, url, decided);
    }
}

void lcc_ledger_totals(const struct lcc_ledger *ledger,
                       struct lcc_ledger_totals *ret)
{
    *ret = (struct lcc_ledger_totals){0};
    if (!ledger) {
        return;
    }
    ret->since_s = (int64_t)word_get(&ledger->file->since_s);
    ret->bytes_saved = word_get(&ledger->file->bytes_saved);
    ret->us_saved = word_get(&ledger->file->us_saved);
    for (size_t i = 0; i < LCC_LEDGER_REASONS; i++) {
        ret->by_reason[i] = word_get(&ledger->file->by_reason[i]);
    }
}

void lcc_ledger_zero(struct lcc_ledger *ledger, int64_t now_s)
{
    if (!ledger || ledger->readonly) {
        return;
    }
    for (size_t i = 0; i < LCC_LEDGER_REASONS; i++) {
        word_set(&ledger->file->by_reason[i], 0);
    }
    word_set(&ledger->file->bytes_saved, 0);
    word_set(&ledger->file->us_saved, 0);
    word_set(&ledger->file->since_s, (uint64_t)now_s);
}

bool lcc_ledger_last(const struct lcc_ledger *ledger,
                     const struct lcc_hash *url, struct lcc_decided *ret)
{
    uint64_t words[LEDGER_SLOT_WORDS];

    if (!ledger) {
        return false;
    }
    for (size_t i = 0; i < LEDGER_SLOT_WORDS; i++) {
        words[i] = word_get(&ledger->file->slots[slot_of(url)][i]);
    }
    if (words[SLOT_CHECK] != slot_check(words) ||
        memcmp(words, url->bytes, sizeof(url->bytes)) != 0 ||
        words[SLOT_REASON] >= LCC_REASON_MAX_) {
        return false;
    }
    ret->reason = (enum lcc_reason)words[SLOT_REASON];
    ret->when_s = (int64_t)words[SLOT_WHEN];
    ret->body_bytes = words[SLOT_BYTES];
    ret->saved_us = words[SLOT_SAVED];
    return true;
}
