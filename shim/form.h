/*
 * form.h - the two forms of a body: as it was sent, and decoded by libcurl
 *
 * A request that lets libcurl decode (CURLOPT_ACCEPT_ENCODING) has a key of its
 * own, as other bytes reach its program. Where a response names no content
 * coding the bytes are the same in both forms: it is stored under the shared
 * key, which is that of the same request without that option, and answers both.
 */
#ifndef LCC_FORM_H
#define LCC_FORM_H

#include "store/entry.h"
#include "store/hash.h"

/* The other of the two keys of a request: its own for the shared one, and the
 * shared one for its own. They are neighbours in the database. */
struct lcc_id lcc_form_other(const struct lcc_id *id);

/**
 * lcc_form_is_shared() - does this response read the same in both forms?
 *
 * No line of any of its header blocks is Content-Encoding (RFC 9110, section
 * 8.4), and it is no part (206): parts stay with the form they were asked in.
 */
bool lcc_form_is_shared(const struct lcc_entry *entry);

#endif
