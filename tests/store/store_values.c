#include "store_values.h"

#include "tests/support/torment.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct lcc_id help_id(unsigned int number)
{
    struct lcc_id id;

    memset(&id, 0, sizeof(id));
    (void)snprintf((char *)id.url.bytes, LCC_HASH_SIZE, "u%08x",
                   number * 2654435761u);
    (void)snprintf((char *)id.request.bytes, LCC_HASH_SIZE, "r%08x", number);
    return id;
}

void help_fill(uint8_t *body, size_t size, unsigned int number,
               unsigned int version)
{
    (void)torment_fill(torment_body(number, version), body, size);
}

static int put_body(struct lcc_writer *writer, unsigned int number,
                    unsigned int version, size_t size)
{
    uint8_t *body = malloc(size + 1);
    int result = 0;

    help_fill(body, size, number, version);
    for (size_t at = 0; result == 0 && at < size; at += 16384) {
        size_t piece = size - at < 16384 ? size - at : 16384;

        result = lcc_writer_append(writer, lcc_span_of(body + at, piece));
    }
    free(body);
    return result;
}

int help_put_at(struct lcc_store *store, unsigned int number,
                unsigned int version, size_t size, int64_t now_s)
{
    const struct lcc_stamp stamp = {now_s, INT64_MAX};
    struct lcc_id id = help_id(number);
    struct lcc_hash variant = {{0}};
    struct lcc_writer *writer = NULL;
    char meta[128];
    int result = lcc_writer_new(store, &writer);

    if (result != 0) {
        return result;
    }
    (void)snprintf(meta, sizeof(meta),
                   "GET http://test/%u version %u size %zu\n", number, version,
                   size);
    result = put_body(writer, number, version, size);
    if (result == 0) {
        result = lcc_writer_commit(writer, &id, &variant, lcc_span_str(meta),
                                   &stamp);
    }
    (void)lcc_writer_free(writer);
    return result;
}

int help_put(struct lcc_store *store, unsigned int number, unsigned int version,
             size_t size)
{
    return help_put_at(store, number, version, size, HELP_NOW);
}

/* --- parts ---------------------------------------------------------------- */

bool help_read_meta(struct lcc_span meta, struct help_part *ret)
{
    char text[128] = "";

    memcpy(text, meta.data, meta.size < sizeof(text) ? meta.size : 127);
    return sscanf(text, "GET http://test/%u version %u size %zu", &ret->number,
                  &ret->version, &ret->size) == 3;
}

static bool is_same_version(void *arg, struct lcc_span meta)
{
    const struct help_part *part = arg;
    struct help_part stored;

    return help_read_meta(meta, &stored) && stored.version == part->version;
}

int help_put_part(struct lcc_store *store, const struct help_part *part,
                  int64_t now_s)
{
    struct help_part copy = *part;
    const struct lcc_stamp stamp = {now_s, INT64_MAX};
    const struct lcc_part where = {
        .first = part->first,
        .complete_length =
            part->length_unknown ? LCC_LENGTH_UNKNOWN : part->size,
        .combines = is_same_version,
        .arg = &copy,
    };
    struct lcc_id id = help_id(part->number);
    struct lcc_hash variant = {{0}};
    struct lcc_writer *writer = NULL;
    uint8_t *body = malloc(part->size + 1);
    char meta[128];
    int result = lcc_writer_new(store, &writer);

    (void)snprintf(meta, sizeof(meta),
                   "GET http://test/%u version %u size %zu\n", part->number,
                   part->version, part->size);
    help_fill(body, part->size, part->number, part->version);
    if (result == 0) {
        result = lcc_writer_append(
            writer,
            lcc_span_of(body + part->first, part->last - part->first + 1));
    }
    if (result == 0) {
        result = lcc_writer_commit_part(writer, &id, &variant,
                                        lcc_span_str(meta), &stamp, &where);
    }
    (void)lcc_writer_free(writer);
    free(body);
    return result;
}

int help_check_part(struct lcc_store *store, const struct lcc_hit *hit,
                    const struct help_part *part)
{
    size_t left = part->last - part->first + 1;
    size_t at = part->first;
    uint8_t *filled = part->body ? NULL : malloc(part->size + 1);
    const uint8_t *want = part->body ? part->body : filled;
    uint8_t *got = malloc(left);
    bool yes = false;
    int result = lcc_store_covers(store, hit, part->first, part->last, &yes);

    if (filled) {
        help_fill(filled, part->size, part->number, part->version);
    }
    if (result == 0 && !yes) {
        result = HELP_GAP;
    }
    while (result == 0 && left > 0) {
        size_t count = 0;

        result = lcc_store_read_body(store, hit, at, got,
                                     left < 70000 ? left : 70000, &count);
        if (result == 0 && (count == 0 || count > left ||
                            memcmp(got, want + at, count) != 0)) {
            result = HELP_WRONG;
        }
        at += count;
        left -= result == 0 ? count : 0;
    }
    free(filled);
    free(got);
    return result;
}

/* --- getting -------------------------------------------------------------- */

static int check_body(struct lcc_store *store, const struct lcc_hit *hit,
                      const uint8_t *want, size_t size)
{
    uint8_t *got = malloc(size + 65536);
    size_t at = 0;
    int result = 0;

    while (result == 0 && at < size) {
        size_t piece = 0;

        result = lcc_store_read_body(store, hit, at, got + at, 65536, &piece);
        if (result == 0 && (piece == 0 || piece > size - at)) {
            result = HELP_WRONG;
        }
        at += piece;
    }
    if (result == 0 && memcmp(got, want, size) != 0) {
        result = HELP_WRONG;
    }
    free(got);
    return result;
}

int help_get_renewed(struct lcc_store *store, unsigned int number,
                     int64_t now_s, unsigned int *ret_version, size_t *ret_size,
                     unsigned int *ret_renewal)
{
    struct lcc_id id = help_id(number);
    struct lcc_hit hit = LCC_HIT_INIT;
    struct help_part said;
    char meta[128] = "";
    uint8_t *want;
    int result = lcc_store_lookup(store, &id, NULL, NULL, now_s, &hit);

    if (result != 0) {
        lcc_hit_done(&hit);
        return result;
    }
    memcpy(meta, hit.meta.data,
           hit.meta.size < sizeof(meta) ? hit.meta.size : sizeof(meta) - 1);
    *ret_renewal = 0;
    if (!help_read_meta(hit.meta, &said) || said.number != number ||
        said.size != hit.body_size ||
        (strstr(meta, " renewal ") &&
         sscanf(strstr(meta, " renewal "), " renewal %u", ret_renewal) != 1)) {
        lcc_hit_done(&hit);
        return HELP_WRONG;
    }
    *ret_version = said.version;
    *ret_size = said.size;
    want = malloc(*ret_size + 1);
    help_fill(want, *ret_size, number, *ret_version);
    result = check_body(store, &hit, want, *ret_size);
    free(want);
    lcc_hit_done(&hit);
    return result;
}

int help_get_at(struct lcc_store *store, unsigned int number, int64_t now_s,
                unsigned int *ret_version, size_t *ret_size)
{
    unsigned int renewal;

    return help_get_renewed(store, number, now_s, ret_version, ret_size,
                            &renewal);
}

int help_renew(struct lcc_store *store, unsigned int number, int64_t now_s,
               unsigned int renewal)
{
    const struct lcc_stamp stamp = {now_s, INT64_MAX};
    struct lcc_id id = help_id(number);
    struct lcc_hit hit = LCC_HIT_INIT;
    struct help_part said;
    char meta[128];
    int result = lcc_store_lookup(store, &id, NULL, NULL, now_s, &hit);

    if (result == 0 && !help_read_meta(hit.meta, &said)) {
        result = HELP_WRONG;
    }
    if (result == 0) {
        (void)snprintf(meta, sizeof(meta),
                       "GET http://test/%u version %u size %zu renewal %u\n",
                       said.number, said.version, said.size, renewal);
        result =
            lcc_store_refresh(store, &id, &hit, lcc_span_str(meta), &stamp);
    }
    lcc_hit_done(&hit);
    return result;
}

int help_get(struct lcc_store *store, unsigned int number,
             unsigned int *ret_version, size_t *ret_size)
{
    return help_get_at(store, number, HELP_NOW, ret_version, ret_size);
}
