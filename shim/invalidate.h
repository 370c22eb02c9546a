/*
 * invalidate.h - what an unsafe method has made doubtful is dropped
 *
 * RFC 9111, section 4.4; RFC 9110, sections 9.3.3 and 9.3.4.
 */
#ifndef LCC_INVALIDATE_H
#define LCC_INVALIDATE_H

#include "shim/process.h"
#include "shim/transfer.h"

struct lcc_recorder;

/**
 * lcc_invalidate() - after the real transfer of an unsafe method
 * @handle:   its state holds the plan
 * @recorder: what was told, or NULL: then libcurl is asked for status and
 *            fields
 *
 * Called whatever the transfer's result was: an answer that came counts also
 * when the program did not take its body. For each request of the chain that
 * was made with the unsafe method and answered by 2xx or 3xx, drops its URL,
 * and Location and Content-Location where they are of that URL's origin. Of a
 * POST that is cached itself (CURLCACHE_METHODS) the answers to POST stay:
 * whoever names it says that it is a question there.
 */
void lcc_invalidate(struct lcc_handle *handle,
                    const struct lcc_process *process,
                    const struct lcc_recorder *recorder);

/**
 * lcc_post_answers_get() - may this answer to a POST be stored for the GET?
 * @response: the final header block, of a single request
 *
 * Only a 200 that states its own freshness and whose Content-Location is the
 * POST's URL (RFC 9110, section 9.3.3). Answers to PUT are not cacheable
 * (section 9.3.4): they invalidate and no more.
 */
bool lcc_post_answers_get(struct lcc_handle *handle,
                          const struct lcc_process *process,
                          const struct lcc_response *response);

#endif
