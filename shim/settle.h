/*
 * settle.h - the transfer has ended: store what was recorded, or say why not
 */
#ifndef LCC_SETTLE_H
#define LCC_SETTLE_H

#include "shim/recorder.h"

/**
 * lcc_settle_miss() - commit or drop a recorded response
 * @result: of the real curl_easy_perform()
 *
 * Stored only when the transfer succeeded, its length agrees, the program took
 * all of it and the rules allow it. What was stored before stays until then.
 *
 * Return: LCC_REASON_STORED, else why it is not stored.
 */
enum lcc_reason lcc_settle_miss(struct lcc_recorder *recorder, CURLcode result);

/* When the first block of a chain will have expired, by the rule of now. */
int64_t lcc_settle_expiry(const struct lcc_policy *policy, struct lcc_span url,
                          const struct lcc_response *blocks, size_t count,
                          int64_t response_time_s);

#endif
