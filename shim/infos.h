/*
 * infos.h - the table of CURLINFOs, and answers of a served transfer
 *
 * STORED from the entry, SERVED measured on this delivery, ZERO because
 * nothing went over a network (and whatever is unknown: libcurl still holds
 * the previous transfer's values), REAL the handle's own, COMPUTED from the
 * request and the stored Location fields, so that no secret of a URL is
 * stored.
 */
#ifndef LCC_INFOS_H
#define LCC_INFOS_H

#include "shim/handle.h"
#include "store/bytes.h"

/**
 * lcc_infos_record() - the STORED answers of a transfer that just succeeded
 * @out: appended to: (number, value) pairs, the `infos` of a stored entry
 *
 * Return: 0; -ENOMEM; -EFBIG.
 */
int lcc_infos_record(const struct lcc_handle *handle, struct lcc_buf *out);

#endif
