/*
 * settings_values.c - single values: durations, sizes, near words, paths
 *
 * Pure: no environment, no files.
 */
#include "store/settings_parse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORD_MAX = 64, /* letters of a word that is compared */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits off the front; false when there are none or they overflow. */
static bool take_number(struct lcc_span *text, uint64_t *ret)
{
    const char *at = text->data;
    uint64_t value = 0;
    size_t i = 0;

    for (; i < text->size && is_digit(at[i]); i++) {
        uint64_t digit = (uint64_t)(at[i] - '0');
        if (__builtin_mul_overflow(value, (uint64_t)10, &value) ||
            __builtin_add_overflow(value, digit, &value)) {
            return false;
        }
    }
    if (i == 0) {
        return false;
    }
    *text = lcc_span_of(at + i, text->size - i);
    *ret = value;
    return true;
}

/* What the one letter behind a number multiplies it by; 0 for no unit. */
static uint64_t unit_of(struct lcc_span unit, const char *letters,
                        const uint64_t *factors)
{
    if (unit.size == 0) {
        return 1;
    }
    const char letter = *(const char *)unit.data;
    const char *found = letter ? strchr(letters, letter) : NULL;
    return unit.size == 1 && found ? factors[found - letters] : 0;
}

bool lcc_duration_parse(struct lcc_span text, int64_t *ret_s)
{
    static const uint64_t factors[] = {1, 60, 3600, 86400};
    uint64_t seconds;

    text = lcc_span_trim(text);
    if (lcc_span_equal(text, lcc_span_str("never")) ||
        lcc_span_equal(text, lcc_span_str("-1"))) {
        *ret_s = LCC_TTL_NEVER;
        return true;
    }
    if (!take_number(&text, &seconds)) {
        return false;
    }
    uint64_t factor = unit_of(text, "smhd", factors);
    if (factor == 0 || __builtin_mul_overflow(seconds, factor, &seconds) ||
        seconds >= (uint64_t)LCC_TTL_NEVER) {
        return false;
    }
    *ret_s = (int64_t)seconds;
    return true;
}

bool lcc_size_parse(struct lcc_span text, uint64_t *ret_bytes)
{
    static const uint64_t factors[] = {
        UINT64_C(1) << 10, UINT64_C(1) << 20, UINT64_C(1) << 30,
        UINT64_C(1) << 40, UINT64_C(1) << 10, UINT64_C(1) << 20,
        UINT64_C(1) << 30, UINT64_C(1) << 40,
    };
    uint64_t bytes;

    text = lcc_span_trim(text);
    if (!take_number(&text, &bytes)) {
        return false;
    }
    uint64_t factor = unit_of(text, "KMGTkmgt", factors);
    if (factor == 0 || __builtin_mul_overflow(bytes, factor, &bytes)) {
        return false;
    }
    *ret_bytes = bytes;
    return true;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static char fold(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* Edit distance with neighbours swapped as one step ("TLT" for "TTL"). */
static size_t distance(const char *a, size_t a_size, const char *b,
                       size_t b_size)
{
    size_t rows[3][WORD_MAX + 1];
    size_t *before = rows[0];
    size_t *above = rows[1];
    size_t *row = rows[2];

    for (size_t j = 0; j <= b_size; j++) {
        above[j] = j;
    }
    for (size_t i = 1; i <= a_size; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            bool same = fold(a[i - 1]) == fold(b[j - 1]);
            row[j] = least(least(above[j], row[j - 1]) + 1,
                           above[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1])) {
                row[j] = least(row[j], before[j - 2] + 1);
            }
        }
        size_t *oldest = before;
        before = above;
        above = row;
        row = oldest;
    }
    return above[b_size];
}

const char *lcc_nearest(const char *word, const char *const *names,
                        size_t count)
{
    size_t size = strlen(word);
    size_t best = (size + 2) / 3; /* further away is another word */
    const char *nearest = NULL;

    for (size_t i = 0; size <= WORD_MAX && i < count; i++) {
        size_t name_size = strlen(names[i]);
        if (name_size > WORD_MAX) {
            continue;
        }
        size_t found = distance(word, size, names[i], name_size);
        if (found < best || (found == best && !nearest)) {
            best = found;
            nearest = names[i];
        }
    }
    return nearest;
}

/* @base and a slash and the path; a folder's own slash is not doubled. */
static char *join(const char *base, struct lcc_span path)
{
    size_t base_size = strlen(base);

    while (base_size > 0 && base[base_size - 1] == '/') {
        base_size--;
    }
    char *joined = malloc(base_size + 1 + path.size + 1);
    if (!joined) {
        return NULL;
    }
    char *at = mempcpy(joined, base, base_size);
    *at++ = '/';
    at = mempcpy(at, path.size ? path.data : "", path.size);
    *at = '\0';
    return joined;
}

int lcc_path_absolute(struct lcc_span path, const struct lcc_bases *bases,
                      char **ret)
{
    const char *text = path.data;
    const char *base = bases->cwd;

    if (path.size == 0 || memchr(text, '\0', path.size)) {
        return LCC_SETTING_BAD;
    }
    if (text[0] == '/') {
        base = "";
    } else if (text[0] == '~' && (path.size == 1 || text[1] == '/')) {
        base = bases->home;
        path = lcc_span_of(text + 1, path.size - 1);
    }
    if (!base || strlen(base) + path.size + 2 > PATH_MAX) {
        return LCC_SETTING_BAD;
    }
    for (text = path.data; path.size > 0 && *text == '/'; text++) {
        path = lcc_span_of(text + 1, path.size - 1);
    }
    char *joined = join(base, path);
    if (!joined) {
        return -ENOMEM;
    }
    *ret = joined;
    return 0;
}
