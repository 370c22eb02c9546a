/*
 * calls_easy.c - the calls of the easy and the share interface
 */
#include "tests/calls/calls.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum { TEXT_MAX = 512, VALUES_MAX = 20 };

const struct calls_url calls_urls[] = {
#define CALLS_URL(target, ranges) {target, ranges},
#include "tests/calls/urls.def"
#undef CALLS_URL
};
const int calls_url_count = COUNT(calls_urls);

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

static struct easy *easy_of(int number)
{
    return &calls.easies[number % EASIES];
}

struct easy *easy_at_rest(int number)
{
    struct easy *easy = easy_of(number);
    bool rests =
        easy->state == IDLE || easy->state == ADDED || easy->state == SETTLED;

    if (!easy->curl || !rests || (calls.depth > 0 && easy->state != IDLE)) {
        say("not now\n");
        return NULL;
    }
    return easy;
}

struct easy *easy_usable(int number)
{
    struct easy *easy = easy_of(number);

    return easy->curl && easy == calls.current ? easy : easy_at_rest(number);
}

void easy_left(struct easy *easy)
{
    if (easy->cookies && (easy->state == MOVING || easy->state == PAUSED)) {
        /* Which cookies have come is a matter of timing. */
        curl_easy_setopt(easy->curl, CURLOPT_COOKIELIST, "ALL");
    }
    if (easy->login && (easy->state == MOVING || easy->state == PAUSED)) {
        /* So is whether it knows by now how to log in. */
        curl_easy_setopt(easy->curl, CURLOPT_USERPWD, NULL);
        easy->login_off = true;
    }
    easy->dirty |= easy->state != SETTLED;
    /* Whether it happened there, too. */
    easy->event.set &= easy->state != MOVING;
    transfer_drop(easy);
    easy->state = IDLE;
    easy->multi = -1;
    easy->paused = false;
}

void op_init(const int *args)
{
    struct easy *easy = easy_of(args[0]);

    if (easy->curl) {
        say("is there\n");
        return;
    }
    *easy = (struct easy){.index = easy->index,
                          .curl = curl_easy_init(),
                          .multi = -1,
                          .url = -1};
    callbacks_set(easy, true);
}

void op_cleanup(const int *args)
{
    struct easy *easy = easy_of(args[0]);

    if (!easy->curl || (calls.depth > 0 && easy->state != IDLE)) {
        say("not now\n");
        return;
    }
    /* It leaves its multi handle by itself; but libcurl 7.88 then uses the
     * connection again, with the rest of the answer still to come. */
    if (easy->state == MOVING || easy->state == PAUSED) {
        curl_multi_remove_handle(calls.multis[easy->multi].curlm, easy->curl);
    }
    curl_easy_cleanup(easy->curl);
    easy_left(easy);
    if (easy->file) {
        fclose(easy->file);
    }
    *easy = (struct easy){.index = easy->index, .multi = -1};
}

/* Its own handle, from its callback: not where it had a say in what comes next
 * (DIFFERENCES.md, 22). libcurl 7.88 crashes where the request is not sent yet,
 * and loses sight of a body that it sends. */
static struct easy *easy_to_reset(int number)
{
    struct easy *easy = easy_of(number);

    if (!easy->curl || easy != calls.current) {
        return easy_at_rest(number);
    }
    if ((easy->goes_on && !calls.differs) || calls.sends ||
        easy->event.where == AT_PROGRESS) {
        say("not now\n");
        return NULL;
    }
    return easy;
}

void op_reset(const int *args)
{
    struct easy *easy = easy_to_reset(args[0]);

    if (easy) {
        curl_easy_reset(easy->curl);
        callbacks_set(easy, true);
        easy->url = -1;
        easy->ranged = easy->headers = easy->blind = easy->limited = false;
        easy->bodiless = easy->method = false;
        easy->elsewhere = easy->traced = easy->goes_on = false;
        easy->login = easy->login_off = false;
        easy->free_bytes = 0;
    }
}

void op_dup(const int *args)
{
    struct easy *from = easy_usable(args[0]);
    struct easy *to = easy_of(args[1]);

    if (!from || to->curl) {
        say("not now\n");
        return;
    }
    *to = (struct easy){
        .index = to->index,
        .curl = curl_easy_duphandle(from->curl),
        .multi = -1,
        .url = from->url,
        .ranged = from->ranged,
        .headers = from->headers,
        .limited = from->limited,
        .bodiless = from->bodiless,
        .method = from->method,
        .elsewhere = from->elsewhere,
        .traced = from->traced,
        .goes_on = from->goes_on,
        .login = from->login,
        .blind = from->blind,
        .dirty = true, /* libcurl copies what it knew of lengths */
        .cookies = from->cookies,
    };
    callbacks_set(to, true);
}

void op_url(const int *args)
{
    struct easy *easy = easy_usable(args[0]);
    int which = args[1] % calls_url_count;
    const char *target = calls_urls[which].target;
    char url[TEXT_MAX];

    if (!easy) {
        return;
    }
    /* DIFFERENCES.md, 22: at a 401 it would be the next one. */
    if (easy == calls.current && easy->login && !calls.differs) {
        say("not now\n");
        return;
    }
    snprintf(url, sizeof(url), "%s%s", target[0] == '/' ? calls.base : "",
             target);
    easy->url = which;
    say("%s %d\n", target, (int)curl_easy_setopt(easy->curl, CURLOPT_URL, url));
}

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
    case CURLOPT_HTTPAUTH:
    case CURLOPT_ACCEPT_ENCODING:
        easy->goes_on = true;
        break;
    case CURLOPT_USERPWD:
        easy->login = true;
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

void op_on(const int *args)
{
    struct easy *easy = easy_of(args[0]);
    int next = (int)(args - &calls.lines[0].args[0]) /
                   (int)(sizeof(struct line) / sizeof(int)) +
               1;

    if (easy->state == MOVING || easy->state == PAUSED) {
        say("not now\n"); /* how far it is is a matter of timing */
        return;
    }
    easy->event = (struct event){
        .where = args[1] % PLACES,
        .answer = args[2] % ANSWERS,
        .from = next,
        .to = next + args[3] % 5,
        .set = true,
    };
}

void op_perform(const int *args)
{
    struct easy *easy = easy_of(args[0]);
    struct easy *current = calls.current;

    if (!easy->curl || easy->stale ||
        (calls.depth > 0 && easy->state != IDLE && easy != calls.current)) {
        say("not now\n");
        return;
    }
    if (easy->state != IDLE) {
        say("perform says %d\n", (int)curl_easy_perform(easy->curl));
        return;
    }
    transfer_begin(easy);
    easy->state = PERFORMING;
    easy->result = curl_easy_perform(easy->curl);
    calls.current = current;
    easy->state = IDLE;
    easy->performed = true;
    say("%d result %d\n", easy->index, (int)easy->result);
    transfer_end(easy);
    show_infos(easy);
}

static void pause_one(struct easy *easy, int bits)
{
    if (easy == calls.current && !may_pause(easy)) {
        say("not now\n");
        return;
    }
    if (easy == calls.current) {
        bits |= CURLPAUSE_RECV; /* to go on is not for its own callback */
        easy->paused = easy->was_paused = true;
        easy->held = easy->fields_free = true;
    } else if (easy->state == PAUSED && !(bits & CURLPAUSE_RECV)) {
        easy->paused = false;
        easy->state = MOVING;
        calls.multis[easy->multi].moving = true;
    }
    say("pause says %d\n", (int)curl_easy_pause(easy->curl, bits));
}

enum { PAUSES_EARLY = 8 };

/* How far it is is a matter of timing; it goes on in any case, since nobody
 * could say whether it has ended or stands still. */
static void pause_moving(struct easy *easy, int argument)
{
    int bits = argument % 2 ? CURLPAUSE_RECV : CURLPAUSE_ALL;

    if (argument >= PAUSES_EARLY && easy->steps == 1 && !easy->event.set &&
        !easy->elsewhere && !easy->bodiless && !calls.sends && easy->url >= 0 &&
        strcmp(calls_urls[easy->url].target, "/late") == 0) {
        /* This one cannot have ended yet. */
        (void)curl_easy_pause(easy->curl, CURLPAUSE_RECV);
        easy->paused = easy->was_paused = true;
        easy->held = easy->fields_free = true;
        say("paused early\n");
        return;
    }
    (void)curl_easy_pause(easy->curl, bits);
    (void)curl_easy_pause(easy->curl, CURLPAUSE_CONT);
    easy->held = easy->fields_free = true;
    easy->paused = false;
    say("paused for a moment\n");
}

void op_pause(const int *args)
{
    static const int bits[] = {CURLPAUSE_CONT, CURLPAUSE_CONT, CURLPAUSE_RECV,
                               CURLPAUSE_ALL};
    struct easy *easy = easy_of(args[0]);
    bool free = calls.depth == 0 && easy->state != MOVING;

    /* What a pause does to the order of the trace is a matter of timing. */
    if (easy->curl && calls.depth == 0 && easy->state == MOVING &&
        !easy->traced) {
        pause_moving(easy, args[1]);
        return;
    }

    if (!easy->curl || !(free || easy == calls.current)) {
        say("not now\n");
        return;
    }
    pause_one(easy, bits[args[1] % COUNT(bits)]);
}

void op_info(const int *args)
{
    struct easy *easy = easy_usable(args[0]);

    if (easy && easy == calls.current) {
        show_inside(easy);
    } else if (easy) {
        show_infos(easy);
    }
}

void op_fields(const int *args)
{
    struct easy *easy = easy_usable(args[0]);

    if (easy) {
        show_fields(easy);
    }
}

void op_cookies(const int *args)
{
    struct easy *easy = easy_at_rest(args[0]);

    if (easy) {
        show_cookies(easy);
    }
}

/* --- share --------------------------------------------------------------- */

void op_sinit(const int *args)
{
    static const curl_lock_data data[] = {
        CURL_LOCK_DATA_COOKIE, CURL_LOCK_DATA_DNS, CURL_LOCK_DATA_SSL_SESSION,
        CURL_LOCK_DATA_CONNECT};
    int which = args[0] % COUNT(data);

    calls.share = calls.share ? calls.share : curl_share_init();
    CURLSHcode code =
        curl_share_setopt(calls.share, CURLSHOPT_SHARE, data[which]);

    calls.share_cookies |= code == CURLSHE_OK && which == 0;
    say("share %d\n", (int)code);
}

void op_share(const int *args)
{
    struct easy *easy = easy_of(args[0]);

    if (!easy->curl || easy->state != IDLE || !calls.share) {
        say("not now\n");
        return;
    }
    easy->shares = args[1] % 4 != 0;
    easy->cookies |= easy->shares;
    say("%d\n", (int)curl_easy_setopt(easy->curl, CURLOPT_SHARE,
                                      easy->shares ? calls.share : NULL));
}

void op_scleanup(const int *args)
{
    (void)args;
    if (calls.share) {
        CURLSHcode code = curl_share_cleanup(calls.share);

        say("share %d\n", (int)code);
        if (code == CURLSHE_OK) {
            calls.share = NULL;
            calls.share_cookies = false;
        }
    }
}
