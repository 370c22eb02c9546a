/*
 * transfer.c - drawing, asking, judging and telling
 */
#include "tests/storm/transfer.h"

#include <pthread.h>
#include <stdio.h>

enum { OLDER = 4, RESET_EVERY = 10, LANGUAGE_SIZE = 32, RANGE_SIZE = 48 };

static pthread_mutex_t log_mutex = PTHREAD_MUTEX_INITIALIZER;

static size_t on_header(char *data, size_t size, size_t count, void *user)
{
    struct storm_transfer *transfer = user;

    storm_hear_header(&transfer->heard, data, size * count);
    return size * count;
}

static size_t on_body(char *data, size_t size, size_t count, void *user)
{
    struct storm_transfer *transfer = user;

    if (!transfer->heard.begun && transfer->on_body) {
        transfer->on_body(transfer);
    }
    storm_hear_body(&transfer->heard, data, size * count);
    return size * count;
}

static void draw(const struct storm_transfer *transfer, uint64_t *random,
                 unsigned int *ret_row, unsigned int *ret_generation)
{
    unsigned int now = atomic_load(&transfer->self->page->generation);
    unsigned int back = torment_random(random) % 3 ? 0 : OLDER;
    unsigned int generation;
    unsigned int row;

    do {
        generation = now - (back ? torment_random(random) % (back + 1) : 0);
        generation = generation > now ? now : generation;
        row = torment_random(random) % storm_url_count;
    } while (generation % storm_urls[row].every != 0);
    *ret_row = row;
    *ret_generation = generation;
}

/* An easy handle for what was drawn. */
static void set_options(struct storm_transfer *transfer, CURL *curl)
{
    const struct storm_url *url = &storm_urls[transfer->heard.row];
    char text[STORM_URL_SIZE];

    (void)snprintf(text, sizeof(text), "%s/%s/%u", transfer->self->base,
                   url->name, transfer->heard.generation);
    curl_easy_setopt(curl, CURLOPT_URL, text);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, transfer);
    (void)snprintf(text, sizeof(text), "%zu-%zu", url->first, url->last);
    curl_easy_setopt(curl, CURLOPT_RANGE, storm_is_range(url) ? text : NULL);
    if (url->language) {
        (void)snprintf(text, sizeof(text), "Accept-Language: %s",
                       url->language);
        transfer->fields = curl_slist_append(NULL, text);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, transfer->fields);
}

void storm_prepare_for(struct storm_transfer *transfer, unsigned int row,
                       unsigned int generation)
{
    struct storm_page *page = transfer->self->page;

    transfer->heard =
        (struct storm_heard){.row = row, .generation = generation};
    transfer->known = storm_is_stored(transfer->self, row, generation);
    if (!transfer->curl) {
        transfer->curl = curl_easy_init();
    }
    set_options(transfer, transfer->curl);
    transfer->stopped_ms =
        atomic_load(&page->slots[transfer->self->slot].stopped_ms);
    transfer->began_ms = torment_now_ms();
}

void storm_prepare(struct storm_transfer *transfer, uint64_t *random)
{
    unsigned int row;
    unsigned int generation;

    if (transfer->curl && torment_random(random) % RESET_EVERY == 0) {
        curl_easy_reset(transfer->curl);
    }
    draw(transfer, random, &row, &generation);
    storm_prepare_for(transfer, row, generation);
}

static void tell(const struct storm_transfer *transfer, CURLcode code)
{
    const struct storm_self *self = transfer->self;
    const int64_t stopped_ms =
        atomic_load(&self->page->slots[self->slot].stopped_ms) -
        transfer->stopped_ms;

    storm_report(self, &(struct storm_line){
                           .kind = (int)self->kind,
                           .slot = self->slot,
                           .row = (int)transfer->heard.row,
                           .generation = (int)transfer->heard.generation,
                           .code = (int)code,
                           .verdict = code == CURLE_OK
                                          ? (int)storm_judge(&transfer->heard,
                                                             transfer->known)
                                          : STORM_RIGHT,
                           .took_ms = (long)(torment_now_ms() -
                                             transfer->began_ms - stopped_ms),
                           .serial = 1,
                           .plain = self->plain,
                           .mode = self->mode,
                       });
}

void storm_settle(struct storm_transfer *transfer, CURLcode code)
{
    tell(transfer, code);
    pthread_mutex_lock(&log_mutex);
    storm_read_log(transfer->self);
    pthread_mutex_unlock(&log_mutex);
    curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(transfer->fields);
    transfer->fields = NULL;
}

void storm_enter(struct storm_self *self, unsigned int at)
{
    struct storm_at *place = &self->page->slots[self->slot].at[at];

    atomic_store(&place->since_ms, torment_now_ms());
    atomic_store(&place->inside, true);
}

void storm_leave(struct storm_self *self, unsigned int at)
{
    struct storm_at *place = &self->page->slots[self->slot].at[at];

    atomic_store(&place->inside, false);
    atomic_store(&place->since_ms, 0);
}

void storm_perform(struct storm_transfer *transfer, unsigned int at)
{
    struct storm_self *self = transfer->self;
    CURLcode code;

    if (self->kind == STORM_EASY || self->kind == STORM_FORKING) {
        self->alone = (int)transfer->heard.row;
    }
    storm_enter(self, at);
    code = curl_easy_perform(transfer->curl);
    storm_leave(self, at);
    storm_settle(transfer, code);
    self->alone = -1;
}

void storm_get(struct storm_transfer *transfer, unsigned int at,
               uint64_t *random)
{
    storm_prepare(transfer, random);
    storm_perform(transfer, at);
}
