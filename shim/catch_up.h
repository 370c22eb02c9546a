/*
 * catch_up.h - what libcurl would know, had it made the transfer itself
 *
 * A hit leaves the real handle as it was after an earlier transfer. What
 * libcurl keeps from one transfer for the next ones is brought up to date
 * here: the referer of a redirect, the way it has logged in, whether its buffer
 * is in use, and whether an error text was written. Infos and header fields are
 * served.h's.
 */
#ifndef LCC_CATCH_UP_H
#define LCC_CATCH_UP_H

#include "shim/handle.h"

/* To whom libcurl logs in. */
enum lcc_login { LCC_LOGIN_HOST, LCC_LOGIN_PROXY, LCC_LOGINS };

/* Part of struct lcc_engine_state. */
struct lcc_catch_up {
    bool is_behind;  /* the last transfer was a hit, or a refusal of ours */
    bool error_told; /* libcurl writes one text a transfer, then none before
                        the next one has begun */
    /* Ways to log in, CURLAUTH_*: at first all that the program allows, then
     * the one that was picked of those a 401 offered, or that none was, or
     * that nobody knows which. 0: there was no login. */
    unsigned long picked[LCC_LOGINS];
    unsigned long real_picked[LCC_LOGINS]; /* as libcurl knows it */
    bool auth_set[LCC_LOGINS];             /* libcurl is told meanwhile */
    unsigned int urls_given;               /* of the shadow, when it began */
    bool url_set;  /* the real handle's URL is that of then */
    bool size_due; /* the program's BUFFERSIZE is not the real handle's */
    char text_before[CURL_ERROR_SIZE]; /* of a failure without a URL */
};

/* A transfer that has a URL begins, whoever will answer it. */
void lcc_catch_up_begin(struct lcc_handle *handle);
/* It is answered here; libcurl knows nothing of it. */
void lcc_catch_up_served(struct lcc_engine_state *state);
/* A response of this status was told, by handle->state->served: libcurl now
 * picks a way to log in. */
void lcc_catch_up_login(struct lcc_handle *handle, long status);
/* libcurl makes it. */
void lcc_catch_up_real(struct lcc_handle *handle);
/* libcurl has made it, or as much of it as the program wanted.
 * @result: CURLE_ABORTED_BY_CALLBACK where it was taken away. */
void lcc_catch_up_arrived(struct lcc_handle *handle, CURLcode result);
/* It is over, whoever has ended it. */
void lcc_catch_up_over(struct lcc_handle *handle);
/* @copy is a fresh duplicate, its shadow that of @original. */
void lcc_catch_up_duplicated(const struct lcc_handle *original,
                             struct lcc_handle *copy);
/* The options are back to default. */
void lcc_catch_up_reset(struct lcc_handle *handle);
/* Has a hit picked a way to log in that libcurl cannot be told, or does nobody
 * know what libcurl has picked? It would be asked for it once more, or less,
 * than what is stored says. */
bool lcc_catch_up_is_unsure(const struct lcc_handle *handle);
/* What the key says of it; 0: it is as with a new handle. */
unsigned long lcc_catch_up_picked(const struct lcc_handle *handle,
                                  enum lcc_login which);

/* CURLOPT_AUTOREFERER: the next request of a chain that is told is due, and
 * handle->state->served still speaks of the one before it. The referer is the
 * handle's from then on, as CURLOPT_REFERER, and libcurl sends it with what it
 * fetches later. */
void lcc_catch_up_referer(struct lcc_handle *handle);

/**
 * lcc_catch_up_buffer() - what CURLOPT_BUFFERSIZE answers
 * @result: of the real handle
 *
 * libcurl before 8.7 refuses it while it has a buffer, which is from the
 * beginning of a transfer to the end of its connection's part in it: a
 * transfer that ends before it has a connection leaves the buffer to the next.
 */
CURLcode lcc_catch_up_buffer(struct lcc_handle *handle, CURLcode result);

/* Was its last transfer one of which libcurl knows nothing? */
bool lcc_catch_up_is_behind(const struct lcc_handle *handle);
/**
 * lcc_catch_up_fails() - libcurl is about to refuse a transfer without a URL
 * @emptied: it empties the error buffer first: curl_easy_perform()
 */
void lcc_catch_up_fails(struct lcc_handle *handle, bool emptied);
/* It did: the text is there, or not, as if it had made the last transfer. */
void lcc_catch_up_failed(struct lcc_handle *handle);
/* curl_easy_perform() of a handle that is at work, or in a multi handle, where
 * libcurl knows nothing of that. Return: the code. */
CURLcode lcc_catch_up_refuse(const struct lcc_handle *handle);

#endif
