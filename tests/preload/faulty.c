/*
 * faulty.c - a preloaded object that spoils one I/O call of the engine
 *
 * Counts the calls that libcurlcache-engine.so itself makes, in the order they
 * come; all others are left alone. Call number FAULT_AT (from 1)
 *   FAULT_KIND=fail   fails with the error its kind would have
 *   FAULT_KIND=full   and all later ones that need space fail with ENOSPC
 *   FAULT_KIND=short  reads or writes half of it, once
 *   FAULT_KIND=delay  takes FAULT_DELAY_MS longer
 * FAULT_COUNT names a file that gets the number of calls and the spoiled one.
 */
/* Functions of both names are defined here: none may stand for another. */
#undef _FILE_OFFSET_BITS

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FAULT_DELAY_MS = 30 };

enum kind { NONE, FAIL, FULL, SHORT, DELAY };

static atomic_int calls;
static int spoiled_at;
static enum kind kind;
static char spoiled_name[64];
static char count_path[512];

/* --- whose call it is ---------------------------------------------------- */

static int by_engine(const void *address)
{
    struct dl_find_object found;

    return _dl_find_object((void *)(size_t)address, &found) == 0 &&
           strstr(found.dlfo_link_map->l_name, "libcurlcache-engine.so");
}

static enum kind kind_of(const char *text)
{
    static const char *const names[] = {"", "fail", "full", "short", "delay"};

    for (int i = FAIL; text && i <= DELAY; i++) {
        if (strcmp(text, names[i]) == 0) {
            return (enum kind)i;
        }
    }
    return NONE;
}

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAULT_AT");
    const char *path = getenv("FAULT_COUNT");

    spoiled_at = at ? (int)strtol(at, NULL, 10) : 0;
    kind = kind_of(getenv("FAULT_KIND"));
    snprintf(count_path, sizeof(count_path), "%s", path ? path : "");
}

__attribute__((destructor)) static void end(void)
{
    FILE *file = count_path[0] ? fopen(count_path, "we") : NULL;

    if (file) {
        fprintf(file, "%d %s\n", atomic_load(&calls),
                spoiled_name[0] ? spoiled_name : "-");
        fclose(file);
    }
}

/* --- what happens to it -------------------------------------------------- */

/* The error to fail with; 0 to go on; -1 to do half of it. */
static int spoil(const void *address, const char *name, int error, int writes)
{
    int number;

    if (!by_engine(address)) {
        return 0;
    }
    number = atomic_fetch_add(&calls, 1) + 1;
    if (kind == FULL && spoiled_at && number >= spoiled_at && writes) {
        snprintf(spoiled_name, sizeof(spoiled_name), "%s", name);
        return ENOSPC;
    }
    if (number != spoiled_at || kind == FULL) {
        return 0;
    }
    snprintf(spoiled_name, sizeof(spoiled_name), "%s", name);
    if (kind == DELAY) {
        nanosleep(&(struct timespec){0, FAULT_DELAY_MS * 1000000L}, NULL);
    }
    return kind == FAIL ? error : kind == SHORT ? -1 : 0;
}

#define CALLER __builtin_extract_return_addr(__builtin_return_address(0))

static void *next(const char *name)
{
    return dlsym(RTLD_NEXT, name);
}

#define NEXT(type, name)                                                       \
    static __typeof__(type) real;                                              \
    if (!real) {                                                               \
        void *symbol = next(name);                                             \
        memcpy(&real, &symbol, sizeof(real));                                  \
    }

/* A call that fails with -1 and errno. */
#define SPOIL(name, error, writes, failed)                                     \
    int what = spoil(CALLER, name, error, writes);                             \
    if (what > 0) {                                                            \
        errno = what;                                                          \
        return failed;                                                         \
    }

#define OPEN(function)                                                         \
    int function(const char *path, int flags, ...)                             \
    {                                                                          \
        NEXT(int (*)(const char *, int, ...), #function)                       \
        SPOIL(#function, flags &O_CREAT ? ENOSPC : EMFILE, flags &O_CREAT, -1) \
        va_list list;                                                          \
        va_start(list, flags);                                                 \
        mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;              \
        va_end(list);                                                          \
        return real(path, flags, mode);                                        \
    }
OPEN(open)
OPEN(open64)

int openat64(int folder, const char *path, int flags, ...)
{
    NEXT(int (*)(int, const char *, int, ...), "openat64")
    SPOIL("openat64", flags & O_CREAT ? ENOSPC : EMFILE, flags & O_CREAT, -1)
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    return real(folder, path, flags, mode);
}

/* Half of a read or write; never nothing, which would mean the end. */
static size_t part(int what, size_t size)
{
    return what < 0 && size > 1 ? size / 2 : size;
}

ssize_t read(int fd, void *into, size_t size)
{
    NEXT(ssize_t(*)(int, void *, size_t), "read")
    SPOIL("read", EIO, 0, -1)
    return real(fd, into, part(what, size));
}

ssize_t write(int fd, const void *from, size_t size)
{
    NEXT(ssize_t(*)(int, const void *, size_t), "write")
    SPOIL("write", ENOSPC, 1, -1)
    return real(fd, from, part(what, size));
}

ssize_t pread64(int fd, void *into, size_t size, off64_t offset)
{
    NEXT(ssize_t(*)(int, void *, size_t, off64_t), "pread64")
    SPOIL("pread64", EIO, 0, -1)
    return real(fd, into, part(what, size), offset);
}

ssize_t pwrite64(int fd, const void *from, size_t size, off64_t offset)
{
    NEXT(ssize_t(*)(int, const void *, size_t, off64_t), "pwrite64")
    SPOIL("pwrite64", ENOSPC, 1, -1)
    return real(fd, from, part(what, size), offset);
}

ssize_t pwritev64(int fd, const struct iovec *from, int count, off64_t offset)
{
    NEXT(ssize_t(*)(int, const struct iovec *, int, off64_t), "pwritev64")
    SPOIL("pwritev64", ENOSPC, 1, -1)
    return real(fd, from, what < 0 && count > 1 ? count / 2 : count, offset);
}

ssize_t getrandom(void *into, size_t size, unsigned int flags)
{
    NEXT(ssize_t(*)(void *, size_t, unsigned int), "getrandom")
    SPOIL("getrandom", EAGAIN, 0, -1)
    return real(into, part(what, size), flags);
}

/* These answer the error itself, or NULL, or MAP_FAILED. */
int posix_fallocate64(int fd, off64_t offset, off64_t size)
{
    NEXT(int (*)(int, off64_t, off64_t), "posix_fallocate64")
    int what = spoil(CALLER, "posix_fallocate64", ENOSPC, 1);

    return what > 0 ? what : real(fd, offset, size);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd,
             off64_t offset)
{
    NEXT(void *(*)(void *, size_t, int, int, int, off64_t), "mmap64")
    SPOIL("mmap64", ENOMEM, 0, MAP_FAILED)
    return real(at, size, protection, flags, fd, offset);
}

ssize_t process_vm_readv(pid_t pid, const struct iovec *here,
                         unsigned long here_count, const struct iovec *there,
                         unsigned long there_count, unsigned long flags)
{
    NEXT(ssize_t(*)(pid_t, const struct iovec *, unsigned long,
                    const struct iovec *, unsigned long, unsigned long),
         "process_vm_readv")
    SPOIL("process_vm_readv", EPERM, 0, -1)
    return real(pid, here, here_count, there, there_count, flags);
}

struct dirent64 *readdir64(DIR *folder)
{
    NEXT(struct dirent64 * (*)(DIR *), "readdir64")
    SPOIL("readdir64", EIO, 0, NULL)
    return real(folder);
}

DIR *opendir(const char *path)
{
    NEXT(DIR * (*)(const char *), "opendir")
    SPOIL("opendir", EMFILE, 0, NULL)
    return real(path);
}

/* All the others. */
#define PLAIN(function, error, writes, parameters, arguments)                  \
    int function parameters                                                    \
    {                                                                          \
        NEXT(int(*) parameters, #function)                                     \
        SPOIL(#function, error, writes, -1)                                    \
        return real arguments;                                                 \
    }
/* clang-format off */
PLAIN(ftruncate64, EIO,    1, (int fd, off64_t size), (fd, size))
PLAIN(rename,      ENOSPC, 1, (const char *from, const char *to), (from, to))
PLAIN(link,        ENOSPC, 1, (const char *from, const char *to), (from, to))
PLAIN(unlink,      EIO,    0, (const char *path), (path))
PLAIN(unlinkat,    EIO,    0, (int folder, const char *path, int flags), (folder, path, flags))
PLAIN(mkdir,       ENOSPC, 1, (const char *path, mode_t mode), (path, mode))
PLAIN(fstat64,     EIO,    0, (int fd, struct stat64 *out), (fd, out))
PLAIN(stat64,      EIO,    0, (const char *path, struct stat64 *out), (path, out))
PLAIN(lstat64,     EIO,    0, (const char *path, struct stat64 *out), (path, out))
PLAIN(fstatat64,   EIO,    0, (int folder, const char *path, struct stat64 *out, int flags), (folder, path, out, flags))
PLAIN(statfs64,    EIO,    0, (const char *path, struct statfs64 *out), (path, out))
PLAIN(statvfs64,   EIO,    0, (const char *path, struct statvfs64 *out), (path, out))
PLAIN(madvise,     ENOMEM, 0, (void *at, size_t size, int advice), (at, size, advice))
PLAIN(faccessat,   EIO,    0, (int folder, const char *path, int mode, int flags), (folder, path, mode, flags))
PLAIN(flock,       ENOLCK, 0, (int fd, int operation), (fd, operation))
PLAIN(futimens,    EIO,    0, (int fd, const struct timespec times[2]), (fd, times))
PLAIN(fdatasync,   EIO,    0, (int fd), (fd))
/* clang-format on */
