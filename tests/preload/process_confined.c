/*
 * process_confined.c - descriptors, memory, folders and rights taken away
 *
 * Where a scene takes something away step by step, a line says what a
 * transfer gave with so much left: a cached run must not need more.
 */
#include "tests/preload/process_client.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    FEW_DESCRIPTORS = 16,
    MOST_FREE = 12,
    STRAY_FILES = 24,
    NOBODY = 65534,
};

/* --- descriptors --------------------------------------------------------- */

static int strays[STRAY_FILES];

/* Whatever held a descriptor by its number alone would now write to these. */
static void open_strays(void)
{
    char name[256];

    for (int i = 0; i < STRAY_FILES; i++) {
        snprintf(name, sizeof(name), "%s/stray.XXXXXX", getenv("DIR"));
        strays[i] = mkostemp(name, O_CLOEXEC);
        unlink(name);
    }
}

static void say_strays(void)
{
    struct stat stat;

    for (int i = 0; i < STRAY_FILES; i++) {
        /* One that libcurl closed as its own is no fault of the cache's. */
        if (fstat(strays[i], &stat) == 0 && S_ISREG(stat.st_mode) &&
            stat.st_size != 0) {
            client_print("a file of the program was written to\n");
        }
    }
}

static void close_all(void)
{
    closefrom(3);
    open_strays();
}

static void close_in_callback(struct got *got)
{
    got->in_callback = NULL;
    close_all();
}

static void scene_closefrom(void)
{
    for (int again = 0; again < 3; again++) {
        close_all();
        client_do_all("between");
        say_strays();
        for (int i = 0; i < 3; i++) {
            /* All of it has come by the first piece: no more is read. */
            struct got got =
                client_get(WAY_EASY, i == 1 ? "/small?x" : "/small",
                           close_in_callback, NULL);

            client_say("closed in a callback", "/small", &got);
            say_strays();
        }
    }
    closefrom(3);
    client_do_all("after");
}

static void limit_descriptors(rlim_t most)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = most;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static void scene_few_descriptors(void)
{
    limit_descriptors(FEW_DESCRIPTORS);
    client_do_all("sixteen");
    client_do_all("sixteen");
}

/* With @free numbers left of sixteen. */
static void with_free(int free)
{
    int held[FEW_DESCRIPTORS];
    int count = 0;
    char what[64];

    while (count < FEW_DESCRIPTORS && (held[count] = dup(0)) >= 0) {
        count++;
    }
    for (int i = 0; i < free && count > 0; i++) {
        close(held[--count]);
    }
    snprintf(what, sizeof(what), "free %d", free);
    client_do(what, WAY_EASY, "/small");
    client_do(what, WAY_EASY, "/medium");
    while (count > 0) {
        close(held[--count]);
    }
}

static void scene_hardly_descriptors(void)
{
    limit_descriptors(FEW_DESCRIPTORS);
    for (int free = 1; free <= MOST_FREE; free++) {
        with_free(free);
    }
}

/* --- memory -------------------------------------------------------------- */

static rlim_t address_space(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");

    if (file) {
        if (fscanf(file, "%lu", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

/* Each in a child: what an earlier one got would help a later one. */
static void with_memory(rlim_t kibibytes)
{
    char what[64];
    pid_t child = fork();

    snprintf(what, sizeof(what), "memory %lu K", (unsigned long)kibibytes);
    if (child == 0) {
        rlim_t most = address_space() + kibibytes * 1024;
        struct rlimit limit = {most, most};

        setrlimit(RLIMIT_AS, &limit);
        client_do(what, WAY_EASY, "/small");
        client_do(what, WAY_POLL, "/medium");
        client_do(what, WAY_EASY, "/small");
        _exit(0);
    }
    client_wait(what, child);
}

static void each_memory(void)
{
    for (rlim_t kibibytes = 256; kibibytes <= 64 * 1024; kibibytes *= 2) {
        with_memory(kibibytes);
    }
}

static void scene_hardly_memory(void)
{
    each_memory();
}

static void scene_hardly_memory_later(void)
{
    client_do("before", WAY_EASY, "/small");
    each_memory();
}

/* --- rights -------------------------------------------------------------- */

static void drop_all(void)
{
    if (chroot(getenv("DIR")) != 0 || chdir("/") != 0 ||
        setgroups(0, NULL) != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0) {
        client_print("not dropped: %s\n", strerror(errno));
    }
}

static void scene_chroot_later(void)
{
    pid_t child;

    client_do_all("before");
    child = fork();
    if (child == 0) {
        drop_all();
        client_do_all("dropped");
        client_do("dropped", WAY_EASY, "/small?new");
        _exit(0);
    }
    client_wait("dropped", child);
    drop_all();
    client_do_all("dropped too");
    client_do("dropped too", WAY_EASY, "/small?newer");
}

static void scene_chroot_first(void)
{
    drop_all();
    client_do_all("dropped");
}

/* Says EPERM to some system calls, and yes to all others. */
static void refuse_calls(void)
{
#define REFUSE(call)                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (call), 0, 1),                         \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
    /* clang-format off */
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
#ifdef SYS_open
        REFUSE(SYS_open),
#endif
        REFUSE(SYS_openat),
        REFUSE(SYS_mmap),
        REFUSE(SYS_mremap),
        REFUSE(SYS_clone),
        REFUSE(SYS_clone3),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    /* clang-format on */
    struct sock_fprog program = {
        .len = (unsigned short)(sizeof(filter) / sizeof(filter[0])),
        .filter = filter,
    };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
        client_print("no filter: %s\n", strerror(errno));
    }
}

static void scene_seccomp_first(void)
{
    refuse_calls();
    client_do_all("refused");
    client_do_all("refused");
}

static void scene_seccomp_later(void)
{
    client_do_all("before");
    refuse_calls();
    client_do_all("refused");
    client_do("refused", WAY_EASY, "/small?new");
    client_do("refused", WAY_EASY, "/medium?new");
}

const struct client_scene client_scenes_confined[] = {
    {"closefrom", scene_closefrom},
    {"few-descriptors", scene_few_descriptors},
    {"hardly-descriptors", scene_hardly_descriptors},
    {"hardly-memory", scene_hardly_memory},
    {"hardly-memory-later", scene_hardly_memory_later},
    {"chroot-first", scene_chroot_first},
    {"chroot-later", scene_chroot_later},
    {"seccomp-first", scene_seccomp_first},
    {"seccomp-later", scene_seccomp_later},
    {NULL, NULL},
};
