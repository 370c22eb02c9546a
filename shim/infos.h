/*
 * infos.h - the table of CURLINFOs, and answers of a served transfer
 *
 * STORED from the entry, SERVED measured on this delivery, ZERO because
 * nothing went over a network (and whatever is unknown: libcurl still holds
 * the previous transfer's values), REAL the handle's own, COMPUTED from the
 * request and the stored header lines, so that no secret of a URL is stored.
 */
#ifndef LCC_INFOS_H
#define LCC_INFOS_H

#include "shim/handle.h"
#include "store/bytes.h"

enum lcc_info_class {
    LCC_INFO_STORED,
    LCC_INFO_SERVED,
    LCC_INFO_ZERO,
    LCC_INFO_REAL,
    LCC_INFO_COMPUTED,
};

enum lcc_info_row {
#define LCC_INFO(name, number, class_, since) LCC_INFO_ROW_##name,
#include "shim/infos.def"
#undef LCC_INFO
    LCC_INFO_ROW_MAX_
};

enum { LCC_SMALL_SCHEMES_SINCE = 0x080a00 }; /* of CURLINFO_SCHEME */

struct lcc_info {
    const char *name; /* without CURLINFO_ */
    unsigned int number;
    enum lcc_info_class class_;
    unsigned int since; /* version number, or 0 for 7.88 and before */
};

/* The row of a CURLINFO, or -1. */
int lcc_info_row(unsigned int number);
const struct lcc_info *lcc_info_at(enum lcc_info_row row);
/* CURLINFO_STRING, CURLINFO_LONG, ... of its number. */
static inline unsigned int lcc_info_type(unsigned int number)
{
    return number & CURLINFO_TYPEMASK;
}

/**
 * lcc_infos_record() - the STORED answers of a transfer that just succeeded
 * @out: appended to: (number, value) pairs, the `infos` of a stored entry
 *
 * Asks the real handle; an answer that is zero or empty is left out.
 *
 * Return: 0; -ENOMEM; -EFBIG.
 */
int lcc_infos_record(const struct lcc_handle *handle, struct lcc_buf *out);

/* What only we want to know of a recorded transfer; no CURLINFO is so small. */
enum lcc_info_mark {
    LCC_INFO_MARK_RANGE_IGNORED = 1, /* a range was asked for, the whole came */
};
/* 0; -ENOMEM; -EFBIG. */
int lcc_infos_mark(struct lcc_buf *out, enum lcc_info_mark mark);
bool lcc_infos_marked(struct lcc_span infos, enum lcc_info_mark mark);

/**
 * lcc_infos_make() - the STORED answers of a transfer that never was
 * @https: of its URL
 * @out:   appended to, in the same form
 *
 * Scheme and protocol alone: curl shows no header line without them.
 *
 * Return: 0; -ENOMEM; -EFBIG.
 */
int lcc_infos_make(const struct lcc_real *real, bool https,
                   struct lcc_buf *out);

/* A recorded number; 0 when none was recorded. */
int64_t lcc_infos_number(struct lcc_span infos, enum lcc_info_row row);
/* A recorded text, in @infos; "" when none was recorded. */
const char *lcc_infos_text(struct lcc_span infos, enum lcc_info_row row);

struct lcc_served;
/* What the stored transfer sent of a body, from the first line told on:
 * announced, -1 when not known; and in all. */
int64_t lcc_infos_upload_length(const struct lcc_served *served);
int64_t lcc_infos_upload_size(const struct lcc_served *served);

#endif
