/*
 * plan_netrc.c - logins from a netrc file
 *
 * Owns finding and reading it. Versions of libcurl differ in how they parse a
 * netrc file, so the file as a whole goes into the key (hashed, as all of it):
 * who changes a line asks anew, nobody is served a stranger's answer. That
 * covers the hosts of later hops too.
 */
#include "shim/plan_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    LCC_HOME_MAX = 4096,        /* bytes of a path */
    LCC_PASSWD_MAX = 16 * 1024, /* bytes of an entry of the user database */
    LCC_READ_PIECE = 16 * 1024, /* bytes read at once */
    NULL_DEVICE_MAJOR = 1,      /* Linux, Documentation/admin-guide/devices */
    NULL_DEVICE_MINOR = 3,
};

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static int read_all(int fd, struct lcc_buf *out)
{
    char piece[LCC_READ_PIECE];

    for (;;) {
        ssize_t got = read(fd, piece, sizeof(piece));
        int r;

        if (got == 0) {
            return 0;
        }
        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -errno;
        }
        r = lcc_buf_append(out, lcc_span_of(piece, (size_t)got));
        if (r < 0) {
            return r;
        }
    }
}

/* "-b /dev/null" is a common way to switch the cookie engine on. */
static bool is_null_device(const struct stat *st)
{
    return S_ISCHR(st->st_mode) &&
           st->st_rdev == makedev(NULL_DEVICE_MAJOR, NULL_DEVICE_MINOR);
}

int lcc_plan_read_file(const char *path, struct lcc_buf *out)
{
    struct stat st;
    int fd LCC_CLEANUP(close_fd) = -1;

    /* Looked at before it is opened: opening a pipe would wait or take away
     * what libcurl is to read. */
    if (stat(path, &st) < 0) {
        return errno == ENOTDIR ? -ENOENT : -errno;
    }
    if (is_null_device(&st)) {
        return 0;
    }
    if (!S_ISREG(st.st_mode)) {
        return -EINVAL;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) {
        return -errno;
    }
    return read_all(fd, out);
}

/* HOME, else the user database (lib/netrc.c). False when neither knows. */
static bool home_of_user(char *out, size_t size)
{
    const char *home = lcc_plan_variable("HOME");
    struct passwd entry;
    struct passwd *found = NULL;
    char *memory LCC_CLEANUP(lcc_plan_text_free) = NULL;

    if (!home) {
        memory = malloc(LCC_PASSWD_MAX);
        if (memory &&
            !getpwuid_r(geteuid(), &entry, memory, LCC_PASSWD_MAX, &found) &&
            found) {
            home = found->pw_dir;
        }
    }
    if (!home || strlen(home) >= size) {
        return false;
    }
    memcpy(out, home, strlen(home) + 1);
    return true;
}

static int put_file(const char *path, struct lcc_buf *out)
{
    struct lcc_buf file LCC_CLEANUP(lcc_buf_done) =
        LCC_BUF_INIT(LCC_PLAN_FILE_MAX);
    int r = lcc_plan_read_file(path, &file);
    bool there = r == 0;

    if (r == -ENOENT || r == -EACCES) {
        r = 0; /* libcurl goes on without it as well */
    }
    if (r < 0) {
        return r == -ENOMEM ? r : LCC_REASON_AUTH;
    }
    r = lcc_buf_put_u16(out, LCC_TAG_NETRC);
    if (r == 0) {
        r = lcc_buf_put_u8(out, there);
    }
    return r == 0 ? lcc_buf_put_span(out, lcc_buf_span(&file)) : r;
}

int lcc_plan_netrc(const struct lcc_plan_work *work, struct lcc_buf *out)
{
    const struct lcc_shadow *shadow = work->shadow;
    const char *file = lcc_shadow_string(shadow, LCC_OPT_NETRC_FILE);
    char home[LCC_HOME_MAX];
    struct lcc_buf path LCC_CLEANUP(lcc_buf_done) =
        LCC_BUF_INIT(LCC_HOME_MAX + 16);
    int r;

    if (lcc_shadow_long(shadow, LCC_OPT_NETRC) == CURL_NETRC_IGNORED) {
        return 0;
    }
    if (file) {
        return put_file(file, out);
    }
    if (!home_of_user(home, sizeof(home))) {
        return LCC_REASON_AUTH;
    }
    r = lcc_buf_printf(&path, "%s/.netrc%c", home, '\0');
    return r < 0 ? r : put_file((const char *)path.data, out);
}
