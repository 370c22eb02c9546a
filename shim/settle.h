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

#endif
