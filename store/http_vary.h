/*
 * http_vary.h - which stored variant a request selects (RFC 9111, section 4.1)
 *
 * A stored response names the fields it varies on and keeps, for each, the
 * keyed hash of the value the request had: a value may be a credential. The
 * encoded form is a list of (name, hash); an absent field has its own hash.
 */
#ifndef LCC_HTTP_VARY_H
#define LCC_HTTP_VARY_H

#include "store/hash.h"
#include "store/http_message.h"

enum {
    LCC_VARY_NAMES_MAX = 64,
    LCC_VARY_ELEMENTS_MAX = 128,      /* of a list that is put in order */
    LCC_VARY_VALUE_MAX = 1024 * 1024, /* bytes of all lines of one field */
};

enum { LCC_VARY_ANY = 1 }; /* outcome: "*", nothing can select it */

/**
 * lcc_vary_encode() - what a response varies on, for this request
 * @response: its Vary fields count
 * @request:  its fields' values are hashed
 * @out:      appended to; empty when there is no Vary
 *
 * Return: 0; LCC_VARY_ANY; -ENOMEM; -E2BIG past LCC_VARY_NAMES_MAX.
 */
int lcc_vary_encode(const struct lcc_secret *secret,
                    const struct lcc_response *response,
                    const struct lcc_request *request, struct lcc_buf *out);

/* Does it vary on what no request can tell (one "*" among its names)? */
bool lcc_vary_is_any(const struct lcc_response *response);

/**
 * lcc_vary_normal() - a request field's value as it is compared
 * @name: of the field, in any case
 * @out:  appended to; nothing when the field is absent
 *
 * Lines are combined and white space around commas goes (RFC 9111, section
 * 4.1), but not from fields that are no lists, such as Cookie. Accept,
 * Accept-Charset, Accept-Encoding and Accept-Language are lists whose order
 * says nothing (RFC 9110, section 12.5): they are put in order, without what is
 * only spelling: case, empty elements, a weight of 1.
 *
 * Return: 0; -ENOMEM; -E2BIG past LCC_VARY_VALUE_MAX or what @out takes.
 */
int lcc_vary_normal(const struct lcc_fields *fields, struct lcc_span name,
                    struct lcc_buf *out);

/* Does the request select the response that encoded this? */
bool lcc_vary_selects(const struct lcc_secret *secret, struct lcc_span encoded,
                      const struct lcc_request *request);

#endif
