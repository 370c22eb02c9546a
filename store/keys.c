/*
 * keys.c - the keys of the database: made, and read back
 *
 * Pure. FORMAT.md draws every byte.
 */
#include "store/keys.h"

#include <string.h>

static void key_add(struct lcc_key *key, const void *bytes, size_t size)
{
    memcpy(key->bytes + key->size, bytes, size);
    key->size += size;
}

static void key_add_u64(struct lcc_key *key, uint64_t value)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(value >> (56 - 8 * i));
    }
    key_add(key, bytes, sizeof(bytes));
}

/* Signed numbers in the order of unsigned ones. */
static uint64_t sortable(int64_t value)
{
    return (uint64_t)value ^ UINT64_C(1) << 63;
}

static struct lcc_key key_start(char kind)
{
    struct lcc_key key = {.size = 1};

    key.bytes[0] = (uint8_t)kind;
    return key;
}

static void key_add_name(struct lcc_key *key, const struct lcc_name *name)
{
    key_add(key, name->id.url.bytes, LCC_HASH_SIZE);
    key_add(key, name->id.request.bytes, LCC_HASH_SIZE);
    key_add(key, name->variant.bytes, LCC_HASH_SIZE);
}

struct lcc_key lcc_key_entry(const struct lcc_name *name)
{
    struct lcc_key key = key_start('E');

    key_add_name(&key, name);
    return key;
}

struct lcc_key lcc_key_of_url(const struct lcc_hash *url)
{
    struct lcc_key key = key_start('E');

    if (url) {
        key_add(&key, url->bytes, LCC_HASH_SIZE);
    }
    return key;
}

struct lcc_key lcc_key_of_request(const struct lcc_id *id)
{
    struct lcc_key key = lcc_key_of_url(&id->url);

    key_add(&key, id->request.bytes, LCC_HASH_SIZE);
    return key;
}

struct lcc_key lcc_key_side_file(const struct lcc_hash *file)
{
    struct lcc_key key = key_start('B');

    key_add(&key, file->bytes, LCC_HASH_SIZE);
    return key;
}

struct lcc_key lcc_key_uses(bool used)
{
    struct lcc_key key = key_start('U');

    key.bytes[key.size++] = used;
    return key;
}

struct lcc_key lcc_key_expiries(void)
{
    return key_start('X');
}

struct lcc_key lcc_key_life(const struct lcc_name *name)
{
    struct lcc_key key = key_start('L');

    key_add_name(&key, name);
    return key;
}

struct lcc_key lcc_key_use(const struct lcc_name *name, bool used,
                           int64_t last_used_s, uint64_t seq)
{
    struct lcc_key key = lcc_key_uses(used);

    key_add_u64(&key, sortable(last_used_s));
    key_add_u64(&key, seq);
    key_add_name(&key, name);
    return key;
}

struct lcc_key lcc_key_expiring(const struct lcc_name *name, int64_t expires_s)
{
    struct lcc_key key = lcc_key_expiries();

    key_add_u64(&key, sortable(expires_s));
    key_add_name(&key, name);
    return key;
}

struct lcc_key lcc_key_totals(void)
{
    return key_start('T');
}

struct lcc_key lcc_key_parts(const struct lcc_hash *set)
{
    struct lcc_key key = key_start('P');

    key_add(&key, set->bytes, LCC_HASH_SIZE);
    return key;
}

struct lcc_key lcc_key_part(const struct lcc_hash *set, uint64_t last)
{
    struct lcc_key key = lcc_key_parts(set);

    key_add_u64(&key, last);
    return key;
}

struct lcc_key lcc_key_gone(const struct lcc_hash *set)
{
    struct lcc_key key = key_start('G');

    if (set) {
        key_add(&key, set->bytes, LCC_HASH_SIZE);
    }
    return key;
}

bool lcc_key_name(struct lcc_span key, struct lcc_name *ret)
{
    const uint8_t *bytes = key.data;
    size_t before;

    if (key.size == 0) {
        return false;
    }
    before = bytes[0] == 'E' ? 1 : bytes[0] == 'X' ? 9 : 18;
    if (!memchr("EXU", bytes[0], 3) || key.size != before + LCC_NAME_SIZE) {
        return false;
    }
    bytes += before;
    memcpy(ret->id.url.bytes, bytes, LCC_HASH_SIZE);
    memcpy(ret->id.request.bytes, bytes + LCC_HASH_SIZE, LCC_HASH_SIZE);
    memcpy(ret->variant.bytes, bytes + 2 * LCC_HASH_SIZE, LCC_HASH_SIZE);
    return true;
}

bool lcc_key_is_entry(struct lcc_span key, struct lcc_name *ret)
{
    return key.size > 0 && *(const uint8_t *)key.data == 'E' &&
           lcc_key_name(key, ret);
}

bool lcc_key_has_prefix(struct lcc_span key, const struct lcc_key *prefix)
{
    return key.size >= prefix->size &&
           memcmp(key.data, prefix->bytes, prefix->size) == 0;
}

int64_t lcc_key_expiry(struct lcc_span key)
{
    uint64_t value = 0;
    struct lcc_span number =
        lcc_span_of((const uint8_t *)key.data + 1, key.size - 1);

    (void)lcc_take_u64(&number, &value);
    return (int64_t)(value ^ UINT64_C(1) << 63);
}

bool lcc_key_part_last(struct lcc_span key, uint64_t *ret)
{
    struct lcc_span number;

    if (key.size != 1 + LCC_HASH_SIZE + sizeof(*ret)) {
        return false;
    }
    number = lcc_span_of((const uint8_t *)key.data + 1 + LCC_HASH_SIZE,
                         sizeof(*ret));
    return lcc_take_u64(&number, ret);
}

bool lcc_key_gone_set(struct lcc_span key, struct lcc_hash *ret)
{
    const uint8_t *bytes = key.data;

    if (key.size != 1 + LCC_HASH_SIZE || bytes[0] != 'G') {
        return false;
    }
    memcpy(ret->bytes, bytes + 1, LCC_HASH_SIZE);
    return true;
}
