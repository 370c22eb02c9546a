/*
 * Folders that can and cannot be used, and what is said about them.
 */
#include <criterion/criterion.h>

#include "store/folder.h"
#include "store_help.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

static struct help_folder folder;

static void setup(void)
{
    help_folder_init(&folder);
}

static void teardown(void)
{
    help_folder_done(&folder);
}

TestSuite(folder, .init = setup, .fini = teardown);

static char why[LCC_WHY_SIZE];

static int try_open(const char *path, bool readonly)
{
    const struct lcc_store_config config = {
        .folder = path,
        .max_size_bytes = 64 * 1024 * 1024,
        .max_entry_bytes = 32 * 1024 * 1024,
        .readonly = readonly,
    };
    struct lcc_store *store = NULL;
    int result;

    why[0] = '\0';
    result = lcc_store_open(&config, &store, why);
    if (result == 0) {
        (void)lcc_store_free(store);
    }
    return result;
}

static const char *below(const char *name)
{
    static char path[HELP_PATH * 2];

    (void)snprintf(path, sizeof(path), "%s/%s", folder.path, name);
    return path;
}

Test(folder, it_is_made_with_its_parents_and_closed_to_others)
{
    struct stat st;

    (void)umask(0);
    cr_expect_eq(try_open(below("a/b/c"), false), 0, "%s", why);
    (void)snprintf(folder.path + strlen(folder.path), 16, "/a/b/c");
    cr_assert_eq(lstat(help_file(&folder, ""), &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0700);
    cr_assert_eq(lstat(help_file(&folder, "secret"), &st), 0);
    cr_expect_eq(st.st_mode & 07777, 0600);
    *strstr(folder.path, "/a/b/c") = '\0';
}

Test(folder, one_that_others_can_write_to_is_fine)
{
    cr_assert_eq(chmod(folder.path, 01777), 0);
    cr_expect_eq(try_open(folder.path, false), 0, "%s", why);
}

Test(folder, a_file_is_no_folder)
{
    int fd = open(below("file"), O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)close(fd);
    cr_expect_eq(try_open(below("file"), false), LCC_STORE_BAD_FOLDER);
    cr_expect_not_null(strstr(why, "is not a folder"), "%s", why);
    cr_expect_eq(try_open(below("file/below"), false), LCC_STORE_BAD_FOLDER);
    cr_expect_str_not_empty(why);
}

Test(folder, a_subfolder_that_is_a_link_is_refused)
{
    char sub[HELP_PATH * 2];

    (void)snprintf(sub, sizeof(sub), "%s", help_file(&folder, ""));
    sub[strlen(sub) - 1] = '\0';
    cr_assert_eq(mkdir(below("elsewhere"), 0700), 0);
    cr_assert_eq(symlink(below("elsewhere"), sub), 0);
    cr_expect_eq(try_open(folder.path, false), LCC_STORE_BAD_FOLDER);
    cr_expect_not_null(strstr(why, "symbolic link"), "%s", why);
    cr_expect_eq(lcc_store_clear(folder.path, why), LCC_STORE_BAD_FOLDER);
}

Test(folder, somebody_elses_subfolder_is_refused)
{
    cr_assert_eq(try_open(folder.path, false), 0);
    /* Nor can a root whose container has no such user. */
    if (chown(help_file(&folder, ""), 12345, 12345) != 0) {
        cr_assert(errno == EPERM || errno == EINVAL, "%d", errno);
        cr_skip_test("needs root to give a folder away");
    }
    cr_expect_eq(try_open(folder.path, false), LCC_STORE_BAD_FOLDER);
    cr_expect_not_null(strstr(why, "12345"), "%s", why);
    cr_expect_eq(lcc_store_clear(folder.path, why), LCC_STORE_BAD_FOLDER);
}

Test(folder, a_readable_secret_is_refused)
{
    cr_assert_eq(try_open(folder.path, false), 0);
    cr_assert_eq(chmod(help_file(&folder, "secret"), 0644), 0);
    cr_expect_eq(try_open(folder.path, false), LCC_STORE_BAD_FOLDER);
    cr_expect_not_null(strstr(why, "0600"), "%s", why);
}

Test(folder, the_secret_is_one_for_all_and_another_after_a_clear)
{
    struct lcc_store *a = help_open(&folder);
    struct lcc_store *b = help_open(&folder);
    struct lcc_secret before = *lcc_store_secret(a);

    cr_expect_eq(memcmp(&before, lcc_store_secret(b), sizeof(before)), 0);
    (void)lcc_store_free(b);
    cr_expect_eq(lcc_store_clear(folder.path, why), 0);
    b = help_open(&folder);
    cr_expect_neq(memcmp(&before, lcc_store_secret(b), sizeof(before)), 0);
    cr_expect_eq(memcmp(&before, lcc_store_secret(a), sizeof(before)), 0,
                 "what was handed out stays");
    (void)lcc_store_free(a);
    (void)lcc_store_free(b);
}

Test(folder, readonly_makes_nothing)
{
    struct lcc_store_config config = {.folder = below("none"),
                                      .max_size_bytes = 1 << 20,
                                      .max_entry_bytes = 1 << 20,
                                      .readonly = true};
    struct lcc_store *store = help_open_with(&config);
    struct lcc_writer *writer;
    struct lcc_totals totals;
    unsigned int version;
    size_t size;

    cr_expect_eq(help_get(store, 1, &version, &size), LCC_STORE_MISS);
    cr_expect_eq(lcc_store_totals(store, &totals), 0);
    cr_expect_eq(totals.entries, 0);
    cr_expect_eq(lcc_writer_new(store, &writer), LCC_STORE_UNAVAILABLE);
    (void)lcc_store_free(store);
    cr_expect_neq(access(below("none"), F_OK), 0);
}

/* Everything that a change would show in. */
static unsigned long fingerprint(void)
{
    char line[HELP_PATH * 2];
    unsigned long sum = 0;
    FILE *out;

    (void)snprintf(line, sizeof(line),
                   "find %s -type f -exec cksum {} + | sort | cksum",
                   folder.path);
    out = popen(line, "r");
    cr_assert_not_null(out);
    cr_assert_eq(fscanf(out, "%lu", &sum), 1);
    (void)pclose(out);
    return sum;
}

Test(folder, readonly_serves_and_writes_nothing)
{
    struct lcc_store_config config = {.folder = folder.path,
                                      .max_size_bytes = 1 << 20,
                                      .max_entry_bytes = 1 << 20,
                                      .readonly = true};
    struct lcc_store *store = help_open(&folder);
    struct lcc_store *reader;
    unsigned int version;
    unsigned long before;
    size_t size;

    for (unsigned int i = 1; i <= 50; i++) {
        cr_assert_eq(help_put(store, i, 1, i * 1000), 0);
    }
    before = fingerprint();
    reader = help_open_with(&config);
    cr_expect_eq(help_count(reader, 50), 50);
    cr_expect_eq(help_get_at(reader, 1, HELP_NOW + 100000, &version, &size), 0);
    cr_expect_eq(fingerprint(), before);
    cr_assert_eq(help_put(store, 51, 1, 10), 0);
    cr_expect_eq(help_count(reader, 51), 51, "it follows others");
    (void)lcc_store_free(reader);
    (void)lcc_store_free(store);
}

/* A small file system over the folder, that only this process sees and that
 * goes with it. */
static bool own_mounts(void)
{
    return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
           mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount("none", folder.path, "tmpfs", 0, "size=2m") == 0;
}

Test(folder, a_read_only_file_system_serves_readonly)
{
    struct lcc_store_config config = {.folder = folder.path,
                                      .max_size_bytes = 1 << 20,
                                      .max_entry_bytes = 1 << 20,
                                      .readonly = true};
    struct lcc_store *store;

    if (!own_mounts()) {
        cr_skip_test("needs root to mount");
    }
    store = help_open(&folder);
    for (unsigned int i = 1; i <= 20; i++) {
        cr_assert_eq(help_put(store, i, 1, i * 1000), 0);
    }
    (void)lcc_store_free(store);
    cr_assert_eq(
        mount("none", folder.path, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
    cr_expect_eq(try_open(folder.path, false), LCC_STORE_BAD_FOLDER);
    cr_expect_not_null(strstr(why, "cannot be written"), "%s", why);
    store = help_open_with(&config);
    cr_expect_eq(help_count(store, 20), 20);
    (void)lcc_store_free(store);
    (void)umount(folder.path);
}

Test(folder, a_full_disk_keeps_what_was_accepted)
{
    unsigned int accepted = 0;
    unsigned int refused = 0;
    struct lcc_store *store;

    if (!own_mounts()) {
        cr_skip_test("needs root to mount");
    }
    store = help_open(&folder);
    for (unsigned int i = 1; i <= 400 && refused < 50; i++) {
        int result = help_put(store, i, 1, i % 7 == 0 ? 40000 : 9000);
        unsigned int version;
        size_t size;

        cr_assert(result == 0 || result == LCC_STORE_FULL, "%d", result);
        accepted += result == 0;
        refused += result != 0;
        cr_expect_eq(help_get(store, i, &version, &size) == 0, result == 0);
    }
    cr_expect_gt(refused, 10);
    cr_expect_gt(accepted, 50);
    cr_expect_eq(help_count(store, 400), accepted);
    (void)lcc_store_free(store);
    store = help_open(&folder);
    cr_expect_eq(help_count(store, 400), accepted);
    cr_expect(help_verify(&folder));
    (void)lcc_store_free(store);
    (void)umount(folder.path);
}

Test(folder, a_disk_full_from_the_start_harms_nobody)
{
    char path[HELP_PATH * 2];
    struct lcc_store *store = NULL;
    static char block[65536];
    unsigned int version;
    size_t size;
    int fd;

    if (!own_mounts()) {
        cr_skip_test("needs root to mount");
    }
    store = help_open(&folder);
    (void)snprintf(path, sizeof(path), "%s/filler", folder.path);
    fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    while (write(fd, block, sizeof(block)) > 0) {
    }
    (void)close(fd);
    cr_expect_eq(help_put(store, 1, 1, 1000), LCC_STORE_DISK_LOW);
    (void)help_get(store, 1, &version, &size);
    (void)unlink(path);
    cr_expect_eq(help_put(store, 1, 1, 1000), 0);
    cr_expect_eq(help_get(store, 1, &version, &size), 0);
    (void)lcc_store_free(store);
    (void)umount(folder.path);
}

struct fs_case {
    const char *name;
    uint64_t type;
    bool local;
};

static const struct fs_case file_systems[] = {
    {"ext4", EXT4_SUPER_MAGIC, true},
    {"btrfs", BTRFS_SUPER_MAGIC, true},
    {"tmpfs", TMPFS_MAGIC, true},
    {"xfs", 0x58465342, true},
    {"overlay", OVERLAYFS_SUPER_MAGIC, true},
    {"nfs", NFS_SUPER_MAGIC, false},
    {"smb2", 0xfe534d42, false},
    {"cifs", 0xff534d42, false},
    {"ceph", 0x00c36400, false},
    {"fuse", 0x65735546, false},
    {"9p", V9FS_MAGIC, false},
    {"afs", AFS_SUPER_MAGIC, false},
    {"proc", PROC_SUPER_MAGIC, false},
    {"unknown", 0x12345678, false},
    {"fat", MSDOS_SUPER_MAGIC, false},
};

Test(folder, only_local_file_systems_are_used)
{
    for (size_t i = 0; i < LCC_ARRAY_SIZE(file_systems); i++) {
        cr_expect_eq(lcc_folder_type_is_local(file_systems[i].type),
                     file_systems[i].local, "%s", file_systems[i].name);
    }
}

Test(folder, a_file_system_that_is_not_local_is_named)
{
    if (access("/proc/self/task", W_OK) != 0) {
        cr_skip_test("no /proc that could be written to (only root sees one)");
    }
    cr_expect_neq(try_open("/proc/self", false), 0);
    cr_expect_str_not_empty(why);
}
