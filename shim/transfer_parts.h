/*
 * transfer_parts.h - between the files transfer*.c alone
 */
#ifndef LCC_TRANSFER_PARTS_H
#define LCC_TRANSFER_PARTS_H

#include "shim/process.h"
#include "shim/transfer.h"

/* Count and log a decision. */
void lcc_transfer_note(const struct lcc_transfer *transfer,
                       enum lcc_reason reason, bool served);
/* The way is over, with this result. */
enum lcc_step lcc_transfer_done(struct lcc_transfer *transfer, CURLcode result);
/* Stand aside. */
enum lcc_step lcc_transfer_pass(struct lcc_transfer *transfer,
                                enum lcc_reason reason);
/* Once more, as if nothing were stored. */
enum lcc_step lcc_transfer_fetch_again(struct lcc_transfer *transfer);
/* Steps 3 and 4: what lcc_lookup() answers, and what follows from it. */
int lcc_transfer_look_up(struct lcc_transfer *transfer);
enum lcc_step lcc_transfer_decide(struct lcc_transfer *transfer, int found);
/* The program wants nobody asked. */
bool lcc_transfer_may_refuse(const struct lcc_transfer *transfer);
/* Both, with a wait between them where another fetches the same. */
enum lcc_step lcc_transfer_answer(struct lcc_transfer *transfer);

#endif
