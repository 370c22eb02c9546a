/*
 * transfer.h - one transfer of a storm's own program, by libcurl
 */
#ifndef LCC_STORM_TRANSFER_H
#define LCC_STORM_TRANSFER_H

#include "tests/storm/heard.h"

#include <curl/curl.h>

struct storm_transfer {
    struct storm_self *self;
    struct storm_heard heard;
    bool known; /* it was stored before this began */
    int64_t began_ms, stopped_ms;
    CURL *curl;
    struct curl_slist *fields;
    /* Called at the first piece of the body; NULL: not. */
    void (*on_body)(struct storm_transfer *transfer);
};

/* Draw what to ask for, mostly of this generation, and prepare transfer->curl
 * for it, which is made when it is NULL. */
void storm_prepare(struct storm_transfer *transfer, uint64_t *random);
/* The same for this one. */
void storm_prepare_for(struct storm_transfer *transfer, unsigned int row,
                       unsigned int generation);
/* It is over: judge, tell, and let go of all but the handle. */
void storm_settle(struct storm_transfer *transfer, CURLcode code);
/* Whole transfers, one after the other, on transfer->curl. @at: of the slot. */
void storm_get(struct storm_transfer *transfer, unsigned int at,
               uint64_t *random);
/* One that is prepared. */
void storm_perform(struct storm_transfer *transfer, unsigned int at);
/* A call into libcurl begins, and ends. */
void storm_enter(struct storm_self *self, unsigned int at);
void storm_leave(struct storm_self *self, unsigned int at);

#endif
