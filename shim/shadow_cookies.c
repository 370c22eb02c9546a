/*
 * shadow_cookies.c - whether libcurl has an engine for cookies, and whose
 *
 * As lib/setopt.c, lib/cookie.c and lib/easy.c of libcurl 7.88: a handle has a
 * place for cookies, of its own or a share's, and a mark that the engine is
 * on, which a share alone does not set.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shim/shadow_value.h"
#include "store/base.h"

static void add_cookie_file(struct lcc_shadow *shadow, const char *file)
{
    const char *before = lcc_shadow_string(shadow, LCC_OPT_COOKIEFILE);
    size_t old_size = before ? strlen(before) + 1 : 0;
    size_t size = strlen(file) + 1;
    char *all = malloc(old_size + size);

    if (!all) {
        shadow->broken = true;
        return;
    }
    if (before) {
        memcpy(all, before, old_size);
        all[old_size - 1] = '\n';
    }
    memcpy(all + old_size, file, size);
    lcc_shadow_clear(shadow, LCC_OPT_COOKIEFILE);
    shadow->value[LCC_OPT_COOKIEFILE].string = all;
    shadow->set[LCC_OPT_COOKIEFILE] = true;
    shadow->changes++;
}

void lcc_shadow_cookie_file(struct lcc_shadow *shadow, const char *file)
{
    if (!file) {
        lcc_shadow_put_string(shadow, LCC_OPT_COOKIEFILE, NULL);
        shadow->cookies_on = false;
        shadow->cookies_shared = false;
        shadow->cookies_stdin = false;
        return;
    }
    add_cookie_file(shadow, file);
    shadow->cookies_on = true;
    shadow->cookies_running = true;
    shadow->cookies_stdin = shadow->cookies_stdin || strcmp(file, "-") == 0;
}

/* As libcurl, which sends a cookie without a domain to hosts it was not meant
 * for, and leaves it out of CURLINFO_COOKIELIST. */
static atomic_bool hidden_somewhere;

static bool names_no_domain(const char *line)
{
    static const char field[] = "Set-Cookie:";
    const char *attributes = strchr(line, ';');

    return strncasecmp(line, field, sizeof(field) - 1) == 0 &&
           !(attributes && strcasestr(attributes, "domain"));
}

static void follow_hidden_cookie(struct lcc_shadow *shadow, const char *line)
{
    if (names_no_domain(line)) {
        shadow->cookies_hidden = true;
        atomic_store(&hidden_somewhere, true);
    }
}

void lcc_shadow_cookie_list(struct lcc_shadow *shadow, const char *line)
{
    static const char *const commands[] = {"ALL", "SESS", "FLUSH", "RELOAD"};

    lcc_shadow_put_string(shadow, LCC_OPT_COOKIELIST, line);
    shadow->changes++; /* the same line may mean other cookies now */
    if (!line) {
        return;
    }
    for (size_t i = 0; i < LCC_ARRAY_SIZE(commands); i++) {
        if (strcasecmp(line, commands[i]) == 0) {
            return;
        }
    }
    /* libcurl looks whether there is a place alone. */
    shadow->cookies_running = shadow->cookies_running || !shadow->cookies_on;
    shadow->cookies_on = true;
    follow_hidden_cookie(shadow, line);
}

/* Joining a share with cookies drops those of the handle's own, and leaving it
 * drops the share's. Files that were named are read into whatever the next
 * transfer finds. */
void lcc_shadow_join(struct lcc_shadow *shadow, void *share, enum lcc_jar jar)
{
    union lcc_value value = {.pointer = share};

    lcc_shadow_put(shadow, LCC_OPT_SHARE, &value);
    if (shadow->cookies_shared) {
        shadow->cookies_on = shadow->set[LCC_OPT_COOKIEFILE];
    }
    shadow->cookies_shared = share && jar == LCC_JAR_SHARED;
    shadow->cookies_on = shadow->cookies_on || shadow->cookies_shared;
    shadow->broken = shadow->broken || (share && jar == LCC_JAR_UNKNOWN);
}

bool lcc_shadow_takes_cookies(const struct lcc_shadow *shadow)
{
    return shadow->cookies_on && shadow->cookies_running;
}

void lcc_shadow_duplicated(struct lcc_shadow *from, struct lcc_shadow *to,
                           unsigned int version)
{
    enum { COPY_SWITCHED_ON_SINCE = 0x080500 };

    if (version < COPY_SWITCHED_ON_SINCE) {
        from->cookies_running = from->cookies_running || from->cookies_on;
        to->cookies_running = to->set[LCC_OPT_COOKIEFILE];
    }
}

void lcc_shadow_learn_hidden(struct lcc_shadow *shadow)
{
    if (atomic_load(&hidden_somewhere) && !shadow->cookies_hidden) {
        shadow->cookies_hidden = true;
        shadow->changes++;
    }
}
