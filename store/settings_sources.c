/*
 * settings_sources.c - reads the environment and the configuration files
 *
 * The only file that asks the environment, and by secure_getenv() alone.
 */
#include "store/settings_sources.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    PASSWD_SIZE = 16384, /* bytes for an entry of the user database */
};

LCC_DEFINE_CLEANUP(char *, free);

/* --- sentences ----------------------------------------------------------- */

void lcc_settings_complain(struct lcc_settings *settings, const char *format,
                           ...)
{
    va_list args;

    if (settings->problem[0]) {
        return;
    }
    va_start(args, format);
    (void)vsnprintf(settings->problem, sizeof(settings->problem), format, args);
    va_end(args);
}

/* "redis://user:password@host": what stands between is nobody's business. */
static bool is_secret(struct lcc_span text, size_t i)
{
    const char *from = text.data;

    if (!from) {
        return false;
    }
    const char *scheme = memmem(from, text.size, "://", 3);
    const char *at = memrchr(from, '@', text.size);
    return scheme && at && from + i >= scheme + 3 && from + i < at;
}

void lcc_settings_show(struct lcc_span text, char out[LCC_SHOWN_SIZE])
{
    const unsigned char *at = text.data;
    const size_t most = LCC_SHOWN_SIZE - sizeof("...");
    size_t size = text.size < most ? text.size : most;

    for (size_t i = 0; i < size; i++) {
        bool printable = at[i] >= ' ' && at[i] < 127;
        out[i] = !printable ? '?' : is_secret(text, i) ? '*' : (char)at[i];
    }
    out[size] = '\0';
    if (size < text.size) {
        memcpy(out + size, "...", sizeof("..."));
    }
}

/* --- folders ------------------------------------------------------------- */

/* The XDG specification: a path that is not absolute counts as unset. */
static const char *absolute_env(const char *name)
{
    const char *value = secure_getenv(name);

    return value && value[0] == '/' && strlen(value) < PATH_MAX ? value : NULL;
}

static char *home_of_user(void)
{
    LCC_CLEANUP(freep) char *memory = malloc(PASSWD_SIZE);
    struct passwd entry;
    struct passwd *result = NULL;

    if (!memory ||
        getpwuid_r(getuid(), &entry, memory, PASSWD_SIZE, &result) != 0 ||
        !result || !result->pw_dir || result->pw_dir[0] != '/') {
        return NULL;
    }
    return strdup(result->pw_dir);
}

static char *find_home(void)
{
    const char *home = absolute_env("HOME");

    return home ? strdup(home) : home_of_user();
}

/* @base or, when that is NULL, the home folder and @below, then @rest. */
static int under(const char *base, const char *home, const char *below,
                 const char *rest, char **ret)
{
    if (!base && !home) {
        return LCC_SETTING_BAD;
    }
    char *path = NULL;
    int length =
        asprintf(&path, "%s%s%s", base ? base : home, base ? "" : below, rest);
    if (length < 0) {
        return -ENOMEM;
    }
    *ret = path;
    return 0;
}

/* --- files --------------------------------------------------------------- */

/* Takes @where over. */
static int keep(struct lcc_loader *l, enum lcc_setting setting,
                struct lcc_span text, enum lcc_origin origin, char *where)
{
    struct lcc_found *found = &l->found[setting];
    char *copy = strndup(text.data, text.size);

    if (!copy || !where) {
        free(copy);
        free(where);
        return -ENOMEM;
    }
    free(found->text);
    free(found->where);
    *found = (struct lcc_found){copy, where, origin};
    return 0;
}

/* LCC_SETTING_MAX_ when there is none of that name. */
static enum lcc_setting setting_of(struct lcc_span name)
{
    if (lcc_span_equal(name, lcc_span_str("PATH"))) {
        return LCC_SETTING_DIR;
    }
    for (size_t i = 0; i < LCC_SETTING_MAX_; i++) {
        enum lcc_setting setting = (enum lcc_setting)i;
        if (lcc_span_equal(name, lcc_span_str(lcc_setting_name(setting)))) {
            return setting;
        }
    }
    return LCC_SETTING_MAX_;
}

static struct lcc_span without_prefix(struct lcc_span name)
{
    const size_t size = strlen(LCC_SETTINGS_PREFIX);

    if (name.size > size && memcmp(name.data, LCC_SETTINGS_PREFIX, size) == 0) {
        return lcc_span_of((const char *)name.data + size, name.size - size);
    }
    return name;
}

static int note_unknown(struct lcc_settings *settings, const char *path,
                        size_t number, struct lcc_span name)
{
    struct lcc_list *list = &settings->unknown;
    char shown[LCC_SHOWN_SIZE];
    char *text = NULL;

    if (list->count == LCC_SETTING_LIST_MAX) {
        return 0;
    }
    if (!list->items) {
        list->items = calloc(LCC_SETTING_LIST_MAX, sizeof(*list->items));
    }
    lcc_settings_show(name, shown);
    if (!list->items ||
        asprintf(&text, "%s:%zu: %s", path, number, shown) < 0) {
        return -ENOMEM;
    }
    list->items[list->count++] = text;
    return 0;
}

static int read_line(struct lcc_loader *l, enum lcc_origin origin,
                     const char *path, size_t number, struct lcc_span line)
{
    const char *at = line.data;
    const char *equals = line.size ? memchr(at, '=', line.size) : NULL;
    char *where = NULL;

    if (line.size == 0 || at[0] == '#') {
        return 0;
    }
    if (!equals || memchr(at, '\0', line.size)) {
        char shown[LCC_SHOWN_SIZE];
        lcc_settings_show(line, shown);
        lcc_settings_complain(l->settings,
                              "%s:%zu is \"%s\": a line takes NAME = value",
                              path, number, shown);
        return 0;
    }
    size_t size = (size_t)(equals - at);
    struct lcc_span name = without_prefix(lcc_span_trim(lcc_span_of(at, size)));
    struct lcc_span value =
        lcc_span_trim(lcc_span_of(equals + 1, line.size - size - 1));
    enum lcc_setting setting = setting_of(name);
    if (setting == LCC_SETTING_MAX_) {
        return note_unknown(l->settings, path, number, name);
    }
    if (value.size == 0) {
        return 0;
    }
    if (asprintf(&where, "%s:%zu: %s", path, number,
                 lcc_setting_name(setting)) < 0) {
        return -ENOMEM;
    }
    return keep(l, setting, value, origin, where);
}

static int read_lines(struct lcc_loader *l, enum lcc_origin origin,
                      const char *path, struct lcc_span text)
{
    size_t number = 0;

    while (text.size > 0) {
        const char *from = text.data;
        const char *newline = memchr(from, '\n', text.size);
        size_t size = newline ? (size_t)(newline - from) : text.size;
        size_t used = newline ? size + 1 : size;
        size_t shown = size > 0 && from[size - 1] == '\r' ? size - 1 : size;

        int result = read_line(l, origin, path, ++number,
                               lcc_span_trim(lcc_span_of(from, shown)));
        if (result) {
            return result;
        }
        text = lcc_span_of(from + used, text.size - used);
    }
    return 0;
}

/* All bytes of an open file; positive errno when it cannot be read. */
static int slurp(int fd, char *into, size_t size, size_t *ret)
{
    size_t got = 0;

    while (got < size) {
        ssize_t n = read(fd, into + got, size - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno;
        }
        if (n == 0) {
            break;
        }
        got += (size_t)n;
    }
    *ret = got;
    return 0;
}

/* The null device is how one says: no file. */
static bool is_null_device(const struct stat *status)
{
    return S_ISCHR(status->st_mode) && status->st_rdev == makedev(1, 3);
}

/* Not a file: a pipe would make the program wait for us. */
static int open_file(const char *path, int *ret)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        return errno;
    }
    if (fstat(fd, &status) != 0 ||
        (!S_ISREG(status.st_mode) && !is_null_device(&status))) {
        (void)close(fd);
        return S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    }
    *ret = fd;
    return 0;
}

/* @wanted: the user named it, so it has to be there. */
static int read_file(struct lcc_loader *l, enum lcc_origin origin,
                     const char *path, bool wanted)
{
    LCC_CLEANUP(freep) char *text = malloc(LCC_SETTINGS_FILE_MAX + 1);
    size_t size = 0;
    int fd = -1;

    if (!text) {
        return -ENOMEM;
    }
    int failed = open_file(path, &fd);
    if (!failed) {
        failed = slurp(fd, text, LCC_SETTINGS_FILE_MAX + 1, &size);
        (void)close(fd);
    }
    if (failed) {
        if (wanted) {
            lcc_settings_complain(l->settings,
                                  LCC_SETTINGS_PREFIX
                                  "CONFIG is \"%s\" (%s): it takes a file "
                                  "that can be read",
                                  path, strerrordesc_np(failed));
        } else if (failed != ENOENT && failed != ENOTDIR) {
            lcc_settings_complain(l->settings, "%s cannot be read: %s", path,
                                  strerrordesc_np(failed));
        }
        return 0;
    }
    if (size > LCC_SETTINGS_FILE_MAX) {
        lcc_settings_complain(l->settings, "%s is longer than %d bytes", path,
                              LCC_SETTINGS_FILE_MAX);
        return 0;
    }
    return read_lines(l, origin, path, lcc_span_of(text, size));
}

/* --- environment --------------------------------------------------------- */

static int read_variable(struct lcc_loader *l, enum lcc_setting setting,
                         const char *name)
{
    const char *value = secure_getenv(name);
    struct lcc_span text = lcc_span_trim(lcc_span_str(value));

    if (text.size == 0) {
        return 0;
    }
    return keep(l, setting, text, LCC_ORIGIN_ENVIRONMENT, strdup(name));
}

static int read_environment(struct lcc_loader *l)
{
    int result = read_variable(l, LCC_SETTING_DIR, LCC_SETTINGS_PREFIX "PATH");

    for (size_t i = 0; i < LCC_SETTING_MAX_ && !result; i++) {
        enum lcc_setting setting = (enum lcc_setting)i;
        char name[LCC_SHOWN_SIZE];
        (void)snprintf(name, sizeof(name), LCC_SETTINGS_PREFIX "%s",
                       lcc_setting_name(setting));
        result = read_variable(l, setting, name);
    }
    return result;
}

static int read_user_file(struct lcc_loader *l)
{
    const struct lcc_bases bases = {l->cwd, l->home};
    const char *named = secure_getenv(LCC_SETTINGS_PREFIX "CONFIG");
    bool wanted = named && named[0];
    int result =
        wanted ? lcc_path_absolute(lcc_span_str(named), &bases,
                                   &l->settings->user_file)
               : under(absolute_env("XDG_CONFIG_HOME"), l->home, "/.config",
                       "/curlcache/curlcache.conf", &l->settings->user_file);

    if (result == LCC_SETTING_BAD && wanted) {
        char shown[LCC_SHOWN_SIZE];
        lcc_settings_show(lcc_span_str(named), shown);
        lcc_settings_complain(l->settings,
                              LCC_SETTINGS_PREFIX
                              "CONFIG is \"%s\": it takes a file's path",
                              shown);
    }
    if (result) {
        return result == LCC_SETTING_BAD ? 0 : result;
    }
    return read_file(l, LCC_ORIGIN_USER_FILE, l->settings->user_file, wanted);
}

/* --- all together -------------------------------------------------------- */

int lcc_loader_gather(struct lcc_loader *loader, const char *system_file)
{
    loader->cwd = getcwd(NULL, 0);
    loader->home = find_home();
    int result = read_file(loader, LCC_ORIGIN_SYSTEM_FILE, system_file, false);

    if (!result) {
        result = read_user_file(loader);
    }
    return result ? result : read_environment(loader);
}

void lcc_loader_done(struct lcc_loader *loader)
{
    for (size_t i = 0; i < LCC_SETTING_MAX_; i++) {
        free(loader->found[i].text);
        free(loader->found[i].where);
    }
    free(loader->cwd);
    free(loader->home);
}

int lcc_loader_default_dir(const struct lcc_loader *loader, char **ret)
{
    return under(absolute_env("XDG_CACHE_HOME"), loader->home, "/.cache",
                 "/curlcache", ret);
}
