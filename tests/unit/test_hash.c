/*
 * SipHash-2-4-128 against vectors of its authors' reference code (key 00..0f,
 * message 00 01 02 ... of the row's length), against libsodium, which has the
 * same function under another name, and the checksum against damage.
 */
#include "store/hash.h"
#include "tests/support/cases.h"

#include <string.h>

#ifdef HAVE_LIBSODIUM
#include <sodium.h>
#endif

struct vector {
    const char *name;
    size_t length;
    const char *hex;
};

static const struct vector vectors[] = {
    {"empty", 0, "a3817f04ba25a8e66df67214c7550293"},
    {"one byte", 1, "da87c1d86b99af44347659119b22fc45"},
    {"a word but one", 7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
    {"one word", 8, "3b62a9ba6258f5610f83e264f31497b4"},
    {"two words but one", 15, "5493e99933b0a8117e08ec0f97cfc3d9"},
};

static struct lcc_secret counting_secret(void)
{
    struct lcc_secret secret;

    for (size_t i = 0; i < sizeof(secret.bytes); i++) {
        secret.bytes[i] = (uint8_t)i;
    }
    return secret;
}

LCC_CASES(hash, published_vectors, vectors)
{
    const struct vector *v = &vectors[*which];
    const struct lcc_secret secret = counting_secret();
    uint8_t message[64];
    char hex[LCC_HASH_HEX_SIZE];

    for (size_t i = 0; i < sizeof(message); i++) {
        message[i] = (uint8_t)i;
    }
    struct lcc_hash hash =
        lcc_hash_keyed(&secret, lcc_span_of(message, v->length));
    lcc_hash_to_hex(&hash, hex);
    cr_expect_str_eq(hex, v->hex, "%s", v->name);
}

#ifdef HAVE_LIBSODIUM
Test(hash, agrees_with_libsodium_on_random_input)
{
    cr_assert_geq(sodium_init(), 0);
    for (size_t round = 0; round < 20000; round++) {
        uint8_t message[300];
        struct lcc_secret secret;
        uint8_t want[crypto_shorthash_siphashx24_BYTES];
        size_t size = randombytes_uniform(sizeof(message) + 1);

        randombytes_buf(message, size);
        randombytes_buf(secret.bytes, sizeof(secret.bytes));
        crypto_shorthash_siphashx24(want, message, size, secret.bytes);
        struct lcc_hash got =
            lcc_hash_keyed(&secret, lcc_span_of(message, size));
        cr_assert_arr_eq(got.bytes, want, sizeof(want), "%zu bytes", size);
    }
}
#endif

Test(hash, hex_and_back)
{
    const struct lcc_secret secret = counting_secret();
    struct lcc_hash hash = lcc_hash_keyed(&secret, lcc_span_str("x"));
    struct lcc_hash back;
    char hex[LCC_HASH_HEX_SIZE];

    lcc_hash_to_hex(&hash, hex);
    cr_assert(lcc_hash_from_hex(lcc_span_str(hex), &back));
    cr_expect(lcc_hash_equal(&hash, &back));
    cr_expect_not(lcc_hash_is_zero(&hash));
    hex[31] = 'g';
    cr_expect_not(lcc_hash_from_hex(lcc_span_str(hex), &back));
    cr_expect_not(lcc_hash_from_hex(lcc_span_of(hex, 31), &back));
    cr_expect_not(lcc_hash_from_hex(LCC_SPAN_EMPTY, &back));
}

Test(hash, the_checksum_sees_every_flipped_bit_and_every_lost_byte)
{
    uint8_t bytes[259];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    uint64_t want = lcc_checksum(lcc_span_of(bytes, sizeof(bytes)));
    for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        cr_assert_neq(lcc_checksum(lcc_span_of(bytes, sizeof(bytes))), want,
                      "bit %zu", bit);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t size = 0; size < sizeof(bytes); size++) {
        cr_assert_neq(lcc_checksum(lcc_span_of(bytes, size)), want);
    }
    const uint8_t zeros[64] = {0};
    cr_expect_neq(lcc_checksum(lcc_span_of(zeros, 63)),
                  lcc_checksum(lcc_span_of(zeros, 64)));
}
