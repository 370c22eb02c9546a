/*
 * calls_options.c - what a program sets, and what follows for what is compared
 */
#include "tests/calls/calls.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum { TEXT_MAX = 512, VALUES_MAX = 20 };

enum kind { LONG, TEXT, LIST };

static const struct {
    const char *name;
    CURLoption option;
    enum kind kind;
    const char *values;
} options[] = {
#define CALLS_OPTION(name, kind, values) {#name, CURLOPT_##name, kind, values},
#include "tests/calls/options.def"
#undef CALLS_OPTION
};

static CURLcode set_list(struct easy *easy, CURLoption option,
                         const char *value)
{
    struct curl_slist *list = NULL;
    char text[TEXT_MAX];
    char *rest = NULL;

    if (value && calls.list_count < LISTS_MAX) {
        snprintf(text, sizeof(text), "%s", value);
        for (char *one = strtok_r(text, ";", &rest); one;
             one = strtok_r(NULL, ";", &rest)) {
            list = curl_slist_append(list, one);
        }
        calls.lists[calls.list_count++] = list;
    }
    return curl_easy_setopt(easy->curl, option, list);
}

/* The body that libcurl was told not to expect stays on the connection, and its
 * next transfer there fails (DIFFERENCES.md, 23). */
static void keep_connection_clean(struct easy *easy)
{
    curl_easy_setopt(easy->curl, CURLOPT_FORBID_REUSE,
                     easy->bodiless && easy->method && !calls.differs ? 1L
                                                                      : 0L);
}

/* What decides what may be compared. */
static void note(struct easy *easy, CURLoption option, const char *value)
{
    switch ((int)option) {
    case CURLOPT_FOLLOWLOCATION:
        easy->follows = value && value[0] == '1';
        break;
    case CURLOPT_AUTOREFERER:
        easy->refers = value && value[0] == '1';
        break;
    case CURLOPT_ACCEPT_ENCODING:
        easy->decodes = value != NULL;
        break;
    case CURLOPT_USERPWD:
        easy->login = value != NULL;
        break;
    case CURLOPT_HTTPAUTH:
        easy->picks = value && value[0] == '-';
        break;
    case CURLOPT_POSTFIELDS:
        easy->sends = true;
        break;
    case CURLOPT_POST:
    case CURLOPT_UPLOAD:
        easy->sends |= value && value[0] == '1';
        break;
    case CURLOPT_RESUME_FROM:
        easy->limited |= value && value[0] != '0';
        easy->ranged = true;
        break;
    case CURLOPT_RANGE:
        easy->ranged = true;
        break;
    case CURLOPT_NOBODY:
        easy->bodiless = value && value[0] == '1';
        keep_connection_clean(easy);
        break;
    case CURLOPT_CUSTOMREQUEST:
        easy->method = value != NULL;
        keep_connection_clean(easy);
        break;
    case CURLOPT_HEADER:
        easy->headers = value && value[0] == '1';
        break;
    case CURLOPT_MAXFILESIZE:
    case CURLOPT_FAILONERROR:
        easy->limited |= value && value[0] != '0';
        break;
    case CURLOPT_VERBOSE:
        easy->traced = value && value[0] == '1';
        break;
    case CURLOPT_REQUEST_TARGET:
        easy->elsewhere |= value != NULL;
        break;
    case CURLOPT_COOKIEFILE:
    case CURLOPT_COOKIELIST:
        easy->cookies = true;
        break;
    case CURLOPT_HTTPHEADER:
        easy->ranged |= value && strstr(value, "Range") != NULL;
        break;
    default:
        break;
    }
}

void option_noted(const int *args)
{
    switch ((int)options[args[1] % COUNT(options)].option) {
    case CURLOPT_HTTPHEADER:
    case CURLOPT_USERAGENT:
    case CURLOPT_REFERER:
    case CURLOPT_AUTOREFERER: /* sent with later transfers, too */
    case CURLOPT_ACCEPT_ENCODING:
    case CURLOPT_NOBODY:
    case CURLOPT_TIMECONDITION:
        calls.changes = true;
        break;
    case CURLOPT_POST:
    case CURLOPT_POSTFIELDS:
    case CURLOPT_UPLOAD:
        calls.sends = true;
        break;
    default:
        break;
    }
}

/* These may be set while a transfer runs; they are for the next one. */
static bool is_for_later(CURLoption option)
{
    return option == CURLOPT_PRIVATE || option == CURLOPT_USERAGENT ||
           option == CURLOPT_RANGE || option == CURLOPT_COOKIE;
}

/* Some options keep the program's own text: it lives until the end. */
static const char *keep_text(const char *text)
{
    if (!text || calls.list_count == LISTS_MAX) {
        return NULL;
    }
    struct curl_slist *list = curl_slist_append(NULL, text);

    calls.lists[calls.list_count++] = list;
    return list ? list->data : NULL;
}

static const char *value_at(const char *values, int at, char *text)
{
    char *list[VALUES_MAX];
    int count = 1;

    snprintf(text, TEXT_MAX, "%s", values);
    list[0] = text;
    for (char *bar = strchr(text, '|'); bar && count < VALUES_MAX;
         bar = strchr(bar + 1, '|')) {
        *bar = '\0';
        list[count++] = bar + 1;
    }
    const char *value = list[at % count];

    return strcmp(value, "-") == 0 ? NULL : value;
}

void op_opt(const int *args)
{
    int which = args[1] % COUNT(options);
    CURLoption option = options[which].option;
    struct easy *easy =
        is_for_later(option) ? easy_usable(args[0]) : easy_at_rest(args[0]);
    char text[TEXT_MAX];
    const char *value = value_at(options[which].values, args[2], text);
    CURLcode code;

    say("%s %s\n", options[which].name, value ? value : "NULL");
    if (!easy || (option == CURLOPT_USERPWD && easy->login_off)) {
        return;
    }
    if (options[which].kind == LONG) {
        code = curl_easy_setopt(easy->curl, option,
                                value ? strtol(value, NULL, 10) : 0L);
    } else if (options[which].kind == TEXT) {
        code = curl_easy_setopt(easy->curl, option, keep_text(value));
    } else {
        code = set_list(easy, option, value);
    }
    note(easy, option, value);
    say("%d\n", (int)code);
}
