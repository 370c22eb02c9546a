/*
 * shadow_value.h - between shadow.c, shadow_follow.c and shadow_cookies.c alone
 *
 * Keeping one value. What one option does to others is shadow_follow.c.
 */
#ifndef LCC_SHADOW_VALUE_H
#define LCC_SHADOW_VALUE_H

#include "shim/shadow.h"

/* Back to default, its memory freed. */
void lcc_shadow_clear(struct lcc_shadow *shadow, enum lcc_option_row row);
/* Count a change of this row, where it takes part in the key. */
void lcc_shadow_changed(struct lcc_shadow *shadow, enum lcc_option_row row);
/* Set by the row's kind; copies strings and blobs. A value that is there
 * already changes nothing. */
void lcc_shadow_put(struct lcc_shadow *shadow, enum lcc_option_row row,
                    const union lcc_value *value);
void lcc_shadow_put_string(struct lcc_shadow *shadow, enum lcc_option_row row,
                           const char *text);
/* For the rows of numbers, long or offset. */
void lcc_shadow_put_number(struct lcc_shadow *shadow, enum lcc_option_row row,
                           curl_off_t number);
/* COPYPOSTFIELDS: @size bytes, or a string when it is -1; @data not NULL. */
void lcc_shadow_put_postfields(struct lcc_shadow *shadow, const char *data,
                               curl_off_t size);

/* --- shadow_cookies.c ---------------------------------------------------- */

/* COOKIEFILE and COOKIELIST. */
void lcc_shadow_cookie_file(struct lcc_shadow *shadow, const char *file);
void lcc_shadow_cookie_list(struct lcc_shadow *shadow, const char *line);
/* In a share: cookies that libcurl does not list may be there. */
void lcc_shadow_learn_hidden(struct lcc_shadow *shadow);

#endif
