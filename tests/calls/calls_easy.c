/*
 * calls_easy.c - the calls of the easy and the share interface, but for options
 */
#include "tests/calls/calls.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

enum { TEXT_MAX = 512 };

const struct calls_url calls_urls[] = {
#define CALLS_URL(target, ranges) {target, ranges},
#include "tests/calls/urls.def"
#undef CALLS_URL
};
const int calls_url_count = COUNT(calls_urls);

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
        easy->login = false;
        easy->login_off = true;
    }
    if (easy->follows && easy->refers &&
        (easy->state == MOVING || easy->state == PAUSED)) {
        /* And which redirect has made the referer that stays. */
        curl_easy_setopt(easy->curl, CURLOPT_REFERER, NULL);
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
    if (((makes_chain(easy) || easy->decodes) && !calls.differs) ||
        easy->sends || easy->event.where == AT_PROGRESS) {
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
        easy->elsewhere = easy->traced = easy->sends = false;
        easy->follows = easy->decodes = easy->chained = false;
        easy->refers = false;
        easy->login = easy->login_off = easy->picks = false;
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
        .follows = from->follows,
        .decodes = from->decodes,
        .refers = from->refers,
        .login = from->login,
        .picks = from->picks,
        .sends = from->sends,
        .blind = from->blind,
        .dirty = true, /* libcurl copies what it knew of lengths */
        .cookies = from->cookies,
    };
    callbacks_set(to, true);
}

/* DIFFERENCES.md, 22: the request that logs in is for the URL of then. Before
 * the first line nobody knows if there will be one. */
static bool may_log_in_next(const struct easy *easy)
{
    long code = 0;

    curl_easy_getinfo(easy->curl, CURLINFO_RESPONSE_CODE, &code);
    return easy->login && easy->picks &&
           (code == 401 || easy->event.where == AT_PROGRESS);
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
    if (easy == calls.current && may_log_in_next(easy) && !calls.differs) {
        say("not now\n");
        return;
    }
    snprintf(url, sizeof(url), "%s%s", target[0] == '/' ? calls.base : "",
             target);
    easy->url = which;
    say("%s %d\n", target, (int)curl_easy_setopt(easy->curl, CURLOPT_URL, url));
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
