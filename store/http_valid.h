/*
 * http_valid.h - validation: asking whether what is stored is still true
 *
 * RFC 9111, sections 3.2 and 4.3; RFC 9110, sections 8.8, 13 and 15.4.5. Pure:
 * whoever sends the request and reads the store is elsewhere.
 */
#ifndef LCC_HTTP_VALID_H
#define LCC_HTTP_VALID_H

#include "store/entry.h"
#include "store/http_etag.h"

/* --- asking ---------------------------------------------------------------*/

/* Can the origin be asked whether this response is still true? An ETag or a
 * Last-Modified that can be read, and a status that a 304 may stand for. */
bool lcc_valid_offers(const struct lcc_response *stored);

/* The values of the fields that a conditional request carries in place of the
 * program's own of these names; empty: the field is not sent. */
struct lcc_valid_ask {
    struct lcc_buf if_none_match;
    struct lcc_buf if_modified_since;
    bool ours; /* something stored is asked for: a 304 may speak of it */
};
enum { LCC_VALID_DATE_MAX = 256 };
#define LCC_VALID_ASK_INIT                                                     \
    ((struct lcc_valid_ask){LCC_BUF_INIT(LCC_ETAGS_READ_MAX),                  \
                            LCC_BUF_INIT(LCC_VALID_DATE_MAX), false})
/* An empty one with the memory of @ask, which is not used any more. */
struct lcc_valid_ask lcc_valid_ask_again(const struct lcc_valid_ask *ask);
void lcc_valid_ask_done(struct lcc_valid_ask *ask);

/**
 * lcc_valid_compose() - the conditions of our request
 * @own:      fields of the program's request, its own conditions among them
 * @tags:     the tags of all stored responses of the request, from
 *            lcc_etags_add()
 * @selected: the stored response that the request selects; NULL: none does
 * @ask:      initialised and empty
 *
 * A program's own tags stay in the list, before ours. Its "*" stays alone,
 * and then nothing of ours is asked. A Last-Modified goes along where it is
 * that of the one response that is asked for (RFC 9111, section 4.3.1); a
 * date of the program's own gives way to it, since what comes back is judged
 * by lcc_valid_judge(). If-Match and If-Unmodified-Since are the origin's
 * business: with them nothing of ours is asked.
 *
 * Return: 0; -ENOMEM; -EFBIG when the program's own list is longer than
 * LCC_ETAGS_READ_MAX.
 */
int lcc_valid_compose(const struct lcc_fields *own, struct lcc_span tags,
                      const struct lcc_response *selected,
                      struct lcc_valid_ask *ask);

/* --- what came back -------------------------------------------------------*/

/**
 * lcc_valid_selects() - does a 304 speak of this stored response?
 * @fresh:  the 304
 * @stored: final block of a stored response that was asked for
 * @single: it is the only one that was asked for
 *
 * By strong comparison where both tags are strong, by weak comparison where
 * the stored one is weak, by Last-Modified without tags. A 304 without any
 * validator speaks of the only one (RFC 9111, section 4.3.4).
 */
bool lcc_valid_selects(const struct lcc_response *fresh,
                       const struct lcc_response *stored, bool single);

enum lcc_head_verdict {
    LCC_HEAD_SILENT,      /* not a 200: says nothing of what is stored */
    LCC_HEAD_FRESHENS,    /* merge its fields */
    LCC_HEAD_INVALIDATES, /* what is stored is out of date */
};
/**
 * lcc_valid_head() - what the answer to a HEAD says of a stored GET
 *
 * Its validators and its length must be those that are stored, as far as it
 * names them (RFC 9111, section 4.3.5).
 */
enum lcc_head_verdict lcc_valid_head(const struct lcc_response *head,
                                     const struct lcc_response *stored);

/**
 * lcc_valid_merge() - bring stored header lines up to date
 * @stored: header lines of a chain; its final block changes
 * @fresh:  header lines of a 304, or of the answer to a HEAD; its final block
 *          counts
 * @head:   appended to, as in struct lcc_entry, and so is @pieces
 *
 * Each field of @fresh takes the place of all lines of its name (RFC 9111,
 * section 3.2), but for those that belong to the connection, those that say
 * how the stored body is coded and long, and an ETag that is there already.
 * Content-Type changes its parameters only: servers that put a default type on
 * every 304 are many. An Age that is not renewed goes, it was of another
 * answer.
 *
 * Return: 0; -ENOMEM; -EFBIG; -E2BIG; -EBADMSG when @stored or @fresh has no
 * block.
 */
int lcc_valid_merge(struct lcc_pieces stored, struct lcc_pieces fresh,
                    struct lcc_buf *head, struct lcc_buf *pieces);

enum { LCC_VALID_SAME_LINES = 48 }; /* more: merge */

/**
 * lcc_valid_adds_nothing() - would lcc_valid_merge() leave the lines as stored?
 * @ret_tagged: the 304's ETag is the stored one, byte for byte
 *
 * A tenth of the cost of merging. Return: true when it would; false when it
 * would not, or when telling takes a closer look.
 */
bool lcc_valid_adds_nothing(struct lcc_pieces stored, struct lcc_pieces fresh,
                            bool *ret_tagged);

/* --- a program's own conditions -------------------------------------------*/

enum lcc_condition {
    LCC_CONDITION_PROCEED,      /* answer with the stored response */
    LCC_CONDITION_NOT_MODIFIED, /* 304 */
    LCC_CONDITION_FAILED,       /* 412 */
};

/* GET or HEAD: the methods that a 304 may answer (section 13.1.2). */
bool lcc_valid_is_read(struct lcc_span method);

/* Has the request a field of RFC 9110, section 13.1, but If-Range? */
bool lcc_valid_is_conditional(const struct lcc_fields *own);

/**
 * lcc_valid_judge() - evaluate the program's conditions against a response
 * @method: of the request
 * @own:    its fields
 * @stored: the response that would be served; conditions count for a 2xx alone
 *          (RFC 9110, section 13.2.1)
 *
 * In the order of RFC 9110, section 13.2.2. A date that cannot be read, or a
 * list of dates, is as if it were not there. A response without Last-Modified
 * is as old as its Date (RFC 9111, section 4.3.2).
 */
enum lcc_condition lcc_valid_judge(struct lcc_span method,
                                   const struct lcc_fields *own,
                                   const struct lcc_response *stored);

/* Has it a tag that can be read? */
bool lcc_valid_is_tagged(const struct lcc_response *response);

/* Is the tag of this 304 one that the program itself named (or did it say
 * "*")? Without a tag: did the program name any condition at all? */
bool lcc_valid_is_own(const struct lcc_fields *own,
                      const struct lcc_response *fresh);

/**
 * lcc_valid_answer() - the header lines of a 304 or 412 made from a stored one
 * @stored: header lines of a chain; blocks before the final one are kept
 * @status: 304 or 412
 * @head:   appended to, as in struct lcc_entry, and so is @pieces
 *
 * A 304 keeps every field but those of a body and Set-Cookie, so what RFC 9110,
 * section 15.4.5 asks for is there. A 412 keeps Date and Server and has no
 * body.
 *
 * Return: 0; -ENOMEM; -EFBIG; -E2BIG; -EBADMSG when @stored has no block.
 */
int lcc_valid_answer(struct lcc_pieces stored, int status, struct lcc_buf *head,
                     struct lcc_buf *pieces);

#endif
