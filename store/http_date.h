/*
 * http_date.h - the three forms of HTTP-date (RFC 9110, section 5.6.7)
 */
#ifndef LCC_HTTP_DATE_H
#define LCC_HTTP_DATE_H

#include "store/bytes.h"

/**
 * lcc_http_date_parse() - read IMF-fixdate, RFC 850 or asctime form
 * @text: the field's value; without locale, months and days in English
 * @now_s: Unix seconds, for the two-digit years of the RFC 850 form
 * @ret:  Unix seconds, UTC; untouched when the text is no date
 *
 * Return: false when the text is none of the three.
 */
bool lcc_http_date_parse(struct lcc_span text, int64_t now_s, int64_t *ret);

/* IMF-fixdate, 29 characters and a NUL. */
enum { LCC_HTTP_DATE_SIZE = 30 };
void lcc_http_date_format(int64_t when_s, char out[LCC_HTTP_DATE_SIZE]);

#endif
