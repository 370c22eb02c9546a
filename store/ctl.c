/*
 * ctl.c - makes, maps, checks and locks the control file
 *
 * Knows nothing of Berkeley DB or of the journal's content.
 */
#include "store/ctl.h"

#include "store/folder.h"
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* "lccctl" and a format byte; never changes its place. */
static const uint64_t ctl_magic = UINT64_C(0x6c63632d63746c01);

enum {
    BOOT_ID_HEX = 36,           /* 8-4-4-4-12 */
    BOOT_TIME_TOLERANCE_S = 10, /* of the fallback without /proc */
};
static const char boot_time_mark[8] = "no-proc";

static_assert(sizeof(struct lcc_ctl_page) <= LCC_CTL_SIZE, "one page");
static_assert(offsetof(struct lcc_ctl_page, seq) == 64, "as FORMAT.md says");
static_assert(offsetof(struct lcc_ctl_page, mutex) == 128, "as FORMAT.md says");
static_assert(offsetof(struct lcc_ctl_page, changed_by) == 168,
              "as FORMAT.md says");
static_assert(offsetof(struct lcc_ctl_page, flights) == LCC_CTL_FLIGHTS_AT,
              "as FORMAT.md says");

int64_t lcc_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

uint64_t lcc_now_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Without /proc the moment of booting stands in for the kernel's id. */
static void boot_time(uint8_t boot[16])
{
    struct timespec wall;
    struct timespec up;
    int64_t at;

    (void)clock_gettime(CLOCK_REALTIME, &wall);
    (void)clock_gettime(CLOCK_BOOTTIME, &up);
    at = (int64_t)wall.tv_sec - (int64_t)up.tv_sec;
    memcpy(boot, boot_time_mark, sizeof(boot_time_mark));
    memcpy(boot + sizeof(boot_time_mark), &at, sizeof(at));
}

static void boot_id(uint8_t boot[16])
{
    char text[BOOT_ID_HEX + 1];
    char hex[33];
    struct lcc_hash id;
    size_t length = 0;
    ssize_t got = -1;
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    if (fd >= 0) {
        got = read(fd, text, BOOT_ID_HEX);
        (void)close(fd);
    }
    for (ssize_t i = 0; i < got; i++) {
        if (text[i] != '-' && length < sizeof(hex) - 1) {
            hex[length++] = text[i];
        }
    }
    if (lcc_hash_from_hex(lcc_span_of(hex, length), &id)) {
        memcpy(boot, id.bytes, 16);
    } else {
        boot_time(boot);
    }
}

static bool same_boot(const uint8_t a[16], const uint8_t b[16])
{
    int64_t left;
    int64_t right;

    if (memcmp(a, b, 16) == 0) {
        return true;
    }
    if (memcmp(a, boot_time_mark, sizeof(boot_time_mark)) != 0 ||
        memcmp(b, boot_time_mark, sizeof(boot_time_mark)) != 0) {
        return false;
    }
    memcpy(&left, a + sizeof(boot_time_mark), sizeof(left));
    memcpy(&right, b + sizeof(boot_time_mark), sizeof(right));
    return llabs(left - right) <= BOOT_TIME_TOLERANCE_S;
}

enum { CTL_UNUSABLE = 100 }; /* outcome of ours: replace it */

static bool is_this_boot(const struct lcc_ctl_page *page)
{
    uint8_t boot[16];

    boot_id(boot);
    return same_boot(boot, page->boot);
}

static int page_check(const struct lcc_ctl_page *page, bool any_boot)
{
    if (page->magic != ctl_magic) {
        return CTL_UNUSABLE;
    }
    if (page->version != LCC_CTL_VERSION || page->size != LCC_CTL_SIZE) {
        return CTL_UNUSABLE;
    }
    return any_boot || is_this_boot(page) ? 0 : CTL_UNUSABLE;
}

static int ctl_map(struct lcc_ctl *ctl, int fd, bool writable)
{
    struct stat st;
    void *page;
    int result;

    if (fstat(fd, &st) != 0) {
        return -errno;
    }
    if (!S_ISREG(st.st_mode) || st.st_size != LCC_CTL_SIZE ||
        st.st_uid != geteuid()) {
        return CTL_UNUSABLE;
    }
    page = mmap(NULL, LCC_CTL_SIZE, PROT_READ | (writable ? PROT_WRITE : 0),
                MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        return -errno;
    }
    result = page_check(page, !writable);
    if (result != 0) {
        (void)munmap(page, LCC_CTL_SIZE);
        return result;
    }
    *ctl = (struct lcc_ctl){.page = page,
                            .device = st.st_dev,
                            .inode = st.st_ino,
                            .writable = writable,
                            .other_boot = !writable && !is_this_boot(page)};
    return 0;
}

/* 0; CTL_UNUSABLE, also when there is none; -errno. */
static int ctl_open(struct lcc_ctl *ctl, const char *file, bool writable)
{
    int fd =
        open(file, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC);
    int result;

    if (fd < 0) {
        return errno == ENOENT || errno == ELOOP || errno == EISDIR
                   ? CTL_UNUSABLE
                   : -errno;
    }
    result = ctl_map(ctl, fd, writable);
    (void)close(fd);
    return result;
}

static int mutex_init(pthread_mutex_t *mutex)
{
    pthread_mutexattr_t attributes;
    int result;

    if (pthread_mutexattr_init(&attributes) != 0) {
        return -ENOMEM;
    }
    result = -pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (result == 0) {
        result =
            -pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    }
    if (result == 0) {
        result = -pthread_mutex_init(mutex, &attributes);
    }
    (void)pthread_mutexattr_destroy(&attributes);
    return result;
}

/* What glibc writes into such a mutex, so that a damaged one is told. */
static _Atomic int our_kind = -1;

static void learn_kind(void)
{
    pthread_mutex_t mutex;

    memset(&mutex, 0, sizeof(mutex));
    if (atomic_load(&our_kind) < 0 && mutex_init(&mutex) == 0) {
        atomic_store(&our_kind, mutex.__data.__kind);
        (void)pthread_mutex_destroy(&mutex);
    }
}

static int page_init(struct lcc_ctl_page *page)
{
    int result;

    page->version = LCC_CTL_VERSION;
    page->size = LCC_CTL_SIZE;
    result = lcc_folder_random(&page->id, sizeof(page->id));
    if (result != 0) {
        return result;
    }
    boot_id(page->boot);
    atomic_store(&page->seq, 1);
    result = mutex_init(&page->mutex);
    page->magic = ctl_magic;
    return result;
}

/* Space is taken before the page is touched: a full disk must be an error
 * here and not a SIGBUS later. */
static int file_init(int fd)
{
    struct lcc_ctl_page *page;
    int result = -posix_fallocate(fd, 0, LCC_CTL_SIZE);

    if (result != 0) {
        return result;
    }
    page = mmap(NULL, LCC_CTL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page == MAP_FAILED) {
        return -errno;
    }
    result = page_init(page);
    (void)munmap(page, LCC_CTL_SIZE);
    return result;
}

/* The folder is held, so nobody else makes one. */
static int ctl_make(const char *path, const char *file)
{
    char temporary[LCC_PATH_SIZE];
    int result;
    int fd;

    if (!lcc_folder_join(temporary, path, "new.ctl")) {
        return -ENAMETOOLONG;
    }
    (void)unlink(temporary);
    fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
              0600);
    if (fd < 0) {
        return -errno;
    }
    result = file_init(fd);
    (void)close(fd);
    if (result == 0 && rename(temporary, file) != 0) {
        result = -errno;
    }
    if (result != 0) {
        (void)unlink(temporary);
    }
    return result;
}

static int ctl_replace(struct lcc_ctl *ctl, const char *path, const char *file)
{
    int hold = lcc_folder_hold(path);
    int result;

    if (hold < 0) {
        return hold == -EBUSY ? LCC_CTL_BUSY : hold;
    }
    result = ctl_open(ctl, file, true); /* somebody may have been faster */
    if (result == CTL_UNUSABLE) {
        result = ctl_make(path, file);
        if (result == 0) {
            result = ctl_open(ctl, file, true);
        }
    }
    lcc_folder_let_go(hold);
    return result;
}

int lcc_ctl_attach(struct lcc_ctl *ctl, const char *path, bool readonly)
{
    char file[LCC_PATH_SIZE];
    int result;

    if (!lcc_folder_join(file, path, LCC_CTL_FILE)) {
        return -ENAMETOOLONG;
    }
    learn_kind();
    result = ctl_open(ctl, file, !readonly);
    if (result == CTL_UNUSABLE && !readonly) {
        result = ctl_replace(ctl, path, file);
    }
    return result == CTL_UNUSABLE ? -ENOENT : result;
}

void lcc_ctl_detach(struct lcc_ctl *ctl)
{
    if (ctl->page) {
        (void)munmap(ctl->page, LCC_CTL_SIZE);
        ctl->page = NULL;
    }
}

bool lcc_ctl_is_current(const struct lcc_ctl *ctl, const char *path)
{
    char file[LCC_PATH_SIZE];
    struct stat st;

    return lcc_folder_join(file, path, LCC_CTL_FILE) && lstat(file, &st) == 0 &&
           st.st_size == LCC_CTL_SIZE && st.st_dev == ctl->device &&
           st.st_ino == ctl->inode;
}

/* What is locked, and before which commit: 0 when it is not. */
static uint64_t holder_of(struct lcc_ctl_page *page)
{
    uint32_t word;

    memcpy(&word, &page->mutex, sizeof(word));
    return word == 0 ? 0 : (uint64_t)word << 32 | (uint32_t)page->seq;
}

/* Held by the same one for very long: it is stopped, or the word is damaged. A
 * new control file sets everybody else free; should the holder go on, its
 * database is gone by that name (pager.c, adoption). */
static bool is_stuck(struct lcc_ctl_page *page, int64_t now_ms)
{
    const uint64_t holder = holder_of(page);

    if (holder == 0 || atomic_load(&page->stuck_holder) != holder) {
        atomic_store(&page->stuck_holder, holder);
        atomic_store(&page->stuck_ms, (uint64_t)now_ms);
        return false;
    }
    return now_ms - (int64_t)atomic_load(&page->stuck_ms) > LCC_CTL_STUCK_MS;
}

/* A stopped process may hold it: after one timeout nobody waits the full time
 * again for a while, only as long as a few commits take. */
static int lock_wait(struct lcc_ctl *ctl, int64_t until_ms)
{
    int64_t now_ms = lcc_now_ms();
    bool backing_off = now_ms < ctl->back_off_until_ms;
    struct timespec until;
    int result;

    if (backing_off && until_ms > now_ms + LCC_CTL_BRIEF_MS) {
        until_ms = now_ms + LCC_CTL_BRIEF_MS;
    }
    until = (struct timespec){until_ms / 1000, until_ms % 1000 * 1000000};
    result =
        pthread_mutex_clocklock(&ctl->page->mutex, CLOCK_MONOTONIC, &until);
    if (result == ETIMEDOUT && !backing_off) {
        ctl->back_off_until_ms = now_ms + LCC_CTL_BACK_OFF_MS;
    }
    if (result == ETIMEDOUT && is_stuck(ctl->page, now_ms)) {
        result = ENOTRECOVERABLE;
    }
    return result;
}

/* Of another kind it would do what a robust mutex does not: glibc asserts. */
static bool is_our_mutex(const struct lcc_ctl_page *page)
{
    return page->mutex.__data.__kind == atomic_load(&our_kind);
}

int lcc_ctl_lock(struct lcc_ctl *ctl, int64_t until_ms)
{
    int result = is_our_mutex(ctl->page)
                     ? pthread_mutex_trylock(&ctl->page->mutex)
                     : EINVAL;

    if (result == EBUSY) {
        result = lock_wait(ctl, until_ms);
    }
    switch (result) {
    case 0:
        ctl->back_off_until_ms = 0;
        return 0;
    case EOWNERDEAD:
        ctl->back_off_until_ms = 0;
        return LCC_CTL_OWNER_DIED;
    case EBUSY:
    case ETIMEDOUT:
        return LCC_CTL_BUSY;
    default:
        /* not recoverable, or not a mutex: have the file replaced */
        ctl->page->magic = 0;
        return LCC_CTL_LOST;
    }
}

void lcc_ctl_consistent(struct lcc_ctl *ctl)
{
    (void)pthread_mutex_consistent(&ctl->page->mutex);
}

void lcc_ctl_unlock(struct lcc_ctl *ctl)
{
    (void)pthread_mutex_unlock(&ctl->page->mutex);
}
