#include "tests/shim/plan_support.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static size_t urls_parsed;

static CURLU *counting_url(void)
{
    urls_parsed++;
    return curl_url();
}

static CURLU *counting_url_dup(CURLU *from)
{
    urls_parsed++;
    return curl_url_dup(from);
}

size_t test_urls_parsed(void)
{
    return urls_parsed;
}

/* Programs call the deprecated ones too. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
const struct lcc_real *test_real(void)
{
    static struct lcc_real real = {
#define LCC_REAL(name_, need) .name_ = curl_##name_,
#include "shim/real.def"
#undef LCC_REAL
    };
#pragma GCC diagnostic pop

    real.version = curl_version_info(CURLVERSION_NOW)->version_num;
    real.url = counting_url;
    real.url_dup = counting_url_dup;
    return &real;
}

const struct lcc_secret *test_secret(void)
{
    static const struct lcc_secret secret = {"0123456789abcde"};

    return &secret;
}

void subject_init(struct subject *subject)
{
    static char get[] = "GET";
    static char head[] = "HEAD";
    static char token[] = "token";
    static char *methods[] = {get, head};
    static char *redact[] = {token};

    memset(subject, 0, sizeof(*subject));
    subject->handle.curl = curl_easy_init();
    cr_assert_not_null(subject->handle.curl);
    subject->handle.real = test_real();
    lcc_shadow_init(&subject->handle.shadow);
    lcc_plan_init(&subject->plan);
    subject->policy.ttl_s = 3600;
    subject->policy.methods = (struct lcc_list){methods, 2};
    subject->policy.redact_params = (struct lcc_list){redact, 1};
}

void subject_done(struct subject *subject)
{
    lcc_plan_done(&subject->plan);
    curl_easy_cleanup(subject->handle.curl);
    lcc_shadow_done(&subject->handle.shadow);
    for (size_t i = 0; i < subject->lists_count; i++) {
        curl_slist_free_all(subject->lists[i]);
    }
}

static struct curl_slist *make_list(struct subject *subject, const char *text)
{
    struct curl_slist *list = NULL;

    while (text && *text) {
        size_t size = strcspn(text, "|");
        char *line = strndup(text, size);

        list = curl_slist_append(list, line);
        free(line);
        text += size + (text[size] == '|');
    }
    if (list) {
        cr_assert_lt(subject->lists_count, SETTINGS_MAX);
        subject->lists[subject->lists_count++] = list;
    }
    return list;
}

static union lcc_value make_value(struct subject *subject,
                                  const struct setting *setting)
{
    union lcc_value value;
    int row = lcc_option_row(setting->option);

    memset(&value, 0, sizeof(value));
    cr_assert_geq(row, 0, "option %d has no row", (int)setting->option);
    switch (lcc_option_at((enum lcc_option_row)row)->kind) {
    case LCC_KIND_LONG:
        value.number = setting->number;
        break;
    case LCC_KIND_OFF:
        value.offset = setting->number;
        break;
    case LCC_KIND_STRING:
        value.string = (char *)(uintptr_t)setting->text;
        break;
    case LCC_KIND_SLIST:
        value.list = make_list(subject, setting->text);
        break;
    case LCC_KIND_BLOB:
        value.blob.data = (char *)(uintptr_t)setting->text;
        value.blob.len = strlen(setting->text);
        value.blob.flags = CURL_BLOB_COPY;
        break;
    case LCC_KIND_POINTER:
    case LCC_KIND_FUNCTION:
        value.pointer = setting->text ? (void *)(uintptr_t)setting->text
                                      : (void *)setting->number;
        break;
    }
    return value;
}

static CURLcode set_real(CURL *curl, CURLoption option, union lcc_value *value)
{
    switch (lcc_option_at((enum lcc_option_row)lcc_option_row(option))->kind) {
    case LCC_KIND_LONG:
        return (curl_easy_setopt)(curl, option, value->number);
    case LCC_KIND_OFF:
        return (curl_easy_setopt)(curl, option, value->offset);
    case LCC_KIND_BLOB:
        return (curl_easy_setopt)(curl, option, &value->blob);
    case LCC_KIND_STRING:
    case LCC_KIND_SLIST:
    case LCC_KIND_POINTER:
    case LCC_KIND_FUNCTION:
    default:
        return (curl_easy_setopt)(curl, option, value->pointer);
    }
}

void subject_set(struct subject *subject, const struct setting *setting)
{
    union lcc_value value = make_value(subject, setting);

    cr_assert_eq(set_real(subject->handle.curl, setting->option, &value),
                 CURLE_OK, "libcurl refused option %d", (int)setting->option);
    lcc_shadow_set(&subject->handle.shadow, setting->option, &value);
}

void subject_set_all(struct subject *subject, const struct setting *settings)
{
    for (size_t i = 0; i < SETTINGS_MAX && settings[i].option; i++) {
        subject_set(subject, &settings[i]);
    }
}

void subject_shadow(struct subject *subject, const struct setting *setting)
{
    union lcc_value value = make_value(subject, setting);

    lcc_shadow_set(&subject->handle.shadow, setting->option, &value);
}

enum lcc_reason subject_plan(struct subject *subject)
{
    cr_assert_eq(lcc_plan_make(&subject->handle, &subject->policy,
                               test_secret(), &subject->plan),
                 0);
    return subject->plan.reason;
}

/* --- files ---------------------------------------------------------------- */

static char folder[64];

static int remove_one(const char *path, const struct stat *st, int type,
                      struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static void remove_folder(void)
{
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *test_folder(void)
{
    if (!folder[0]) {
        strncpy(folder, "/tmp/lcc-plan-XXXXXX", sizeof(folder) - 1);
        cr_assert_not_null(mkdtemp(folder));
        atexit(remove_folder);
    }
    return folder;
}

const char *test_file(const char *name, const char *text)
{
    static char paths[16][128];
    static size_t used;
    char *path = paths[used++ % LCC_ARRAY_SIZE(paths)];
    FILE *file;

    snprintf(path, sizeof(paths[0]), "%s/%s", test_folder(), name);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    return path;
}
