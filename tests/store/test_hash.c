/*
 * The keyed hash against the published vectors of SipHash-2-4-128
 * (key 00..0f, message 00 01 02 .. of the row's length) and the checksum
 * against single flipped bits.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "store/hash.h"

#include <stdio.h>
#include <string.h>

struct vector {
    const char *name;
    size_t length;
    const char *hex;
};

static const struct vector vectors[] = {
    {"nothing", 0, "a3817f04ba25a8e66df67214c7550293"},
    {"one byte", 1, "da87c1d86b99af44347659119b22fc45"},
    {"two bytes", 2, "8177228da4a45dc7fca38bdef60affe4"},
    {"seven bytes", 7, "a1f1ebbed8dbc153c0b84aa61ff08239"},
    {"eight bytes", 8, "3b62a9ba6258f5610f83e264f31497b4"},
    {"fifteen bytes", 15, "5493e99933b0a8117e08ec0f97cfc3d9"},
};

ParameterizedTestParameters(hash, the_published_vectors_hold)
{
    static size_t rows[LCC_ARRAY_SIZE(vectors)];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(rows); i++) {
        rows[i] = i;
    }
    return cr_make_param_array(size_t, rows, LCC_ARRAY_SIZE(rows));
}

ParameterizedTest(size_t *which, hash, the_published_vectors_hold)
{
    const struct vector *v = &vectors[*which];
    struct lcc_secret secret;
    uint8_t message[64];
    char hex[LCC_HASH_HEX_SIZE];
    struct lcc_hash hash;
    struct lcc_hash back;

    for (uint8_t i = 0; i < sizeof(message); i++) {
        message[i] = i;
    }
    memcpy(secret.bytes, message, sizeof(secret.bytes));
    hash = lcc_hash_keyed(&secret, lcc_span_of(message, v->length));
    lcc_hash_to_hex(&hash, hex);
    cr_expect_str_eq(hex, v->hex, "%s", v->name);
    cr_expect(lcc_hash_from_hex(lcc_span_str(hex), &back));
    cr_expect(lcc_hash_equal(&hash, &back));
}

Test(hash, every_flipped_bit_changes_the_checksum)
{
    uint8_t bytes[203];
    uint64_t want;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * 7);
    }
    want = lcc_checksum(lcc_span_of(bytes, sizeof(bytes)));
    for (size_t bit = 0; bit < sizeof(bytes) * 8; bit++) {
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
        cr_expect_neq(lcc_checksum(lcc_span_of(bytes, sizeof(bytes))), want,
                      "bit %zu", bit);
        bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
    }
    cr_expect_eq(lcc_checksum(lcc_span_of(bytes, sizeof(bytes))), want);
}

Test(hash, zeroes_of_different_length_differ)
{
    static const uint8_t zero[128];

    for (size_t i = 1; i < sizeof(zero); i++) {
        cr_expect_neq(lcc_checksum(lcc_span_of(zero, i)),
                      lcc_checksum(lcc_span_of(zero, i - 1)), "%zu", i);
    }
}

Test(hash, only_thirty_two_hex_digits_are_a_hash)
{
    struct lcc_hash hash;

    cr_expect_not(lcc_hash_from_hex(lcc_span_str(""), &hash));
    cr_expect_not(lcc_hash_from_hex(
        lcc_span_str("0123456789abcdef0123456789abcde"), &hash));
    cr_expect_not(lcc_hash_from_hex(
        lcc_span_str("0123456789abcdef0123456789abcdeg"), &hash));
    cr_expect(lcc_hash_from_hex(
        lcc_span_str("0123456789ABCDEF0123456789abcdef"), &hash));
}
