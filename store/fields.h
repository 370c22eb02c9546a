/*
 * fields.h - header fields of one message, in the order they came
 *
 * RFC 9110, section 5. Names and values borrow from the bytes they were
 * parsed from.
 */
#ifndef LCC_FIELDS_H
#define LCC_FIELDS_H

#include "store/bytes.h"

enum { LCC_FIELDS_MAX = 1024 }; /* field lines of one message */

struct lcc_field {
    struct lcc_span name;
    struct lcc_span value; /* trimmed of OWS */
};

struct lcc_fields {
    struct lcc_field *list;
    size_t count;
    size_t capacity;
};

#define LCC_FIELDS_INIT ((struct lcc_fields){NULL, 0, 0})

/* Release the list; the fields' bytes belong to somebody else. */
void lcc_fields_done(struct lcc_fields *fields);
/* Add one. 0; -ENOMEM; -E2BIG past LCC_FIELDS_MAX. Name and value borrowed. */
int lcc_fields_add(struct lcc_fields *fields, struct lcc_span name,
                   struct lcc_span value);

/**
 * lcc_fields_add_line() - parse one field line and add it
 * @line: "Name: value", with or without its line end; borrowed by @fields
 *
 * A line without a colon, with an empty name or with white space before the
 * colon (RFC 9112, section 5.1) is no field and is passed over.
 *
 * Return: 0, also for a line that is no field; -ENOMEM; -E2BIG.
 */
int lcc_fields_add_line(struct lcc_fields *fields, struct lcc_span line);

/* The first of that name, or NULL. @name is matched without case. */
const struct lcc_field *lcc_fields_find(const struct lcc_fields *fields,
                                        const char *name);
/* The next of that name after @after (NULL: the first), or NULL. */
const struct lcc_field *lcc_fields_next(const struct lcc_fields *fields,
                                        struct lcc_span name,
                                        const struct lcc_field *after);
/* All values of @name joined by ", " (RFC 9110, section 5.3) onto @out. */
int lcc_fields_join(const struct lcc_fields *fields, struct lcc_span name,
                    struct lcc_buf *out);

/**
 * lcc_fields_is_hop_by_hop() - does this field end at the next hop?
 * @fields: of the message; its Connection fields name further ones
 * @name:   matched without case
 *
 * The fields of a connection and those of a proxy: neither belongs to the
 * response that a cache stores (RFC 9110, section 7.6.1; RFC 9111, section
 * 3.1).
 */
bool lcc_fields_is_hop_by_hop(const struct lcc_fields *fields,
                              struct lcc_span name);

/**
 * lcc_list_next() - one element of a comma-separated list
 * @rest: what is still to read; advanced past the element
 * @ret:  the element without OWS; quoted strings are kept whole
 *
 * Empty elements are passed over (RFC 9110, section 5.6.1).
 *
 * Return: false at the end of the list.
 */
bool lcc_list_next(struct lcc_span *rest, struct lcc_span *ret);

#endif
