/*
 * torment.c - time, chance, bodies and options for the storms
 */
#include "tests/support/torment.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MS_PER_S = 1000, NS_PER_MS = 1000000, TOP_BYTE = 56 };

int64_t torment_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / NS_PER_MS;
}

void torment_sleep_ms(long ms)
{
    struct timespec pause = {ms / MS_PER_S, ms % MS_PER_S * NS_PER_MS};

    while (nanosleep(&pause, &pause) != 0 && errno == EINTR) {
    }
}

/* --- bodies -------------------------------------------------------------- */

static uint64_t step(uint64_t state)
{
    return state * UINT64_C(6364136223846793005) + 1442695040888963407;
}

uint64_t torment_body(unsigned int number, unsigned int version)
{
    return (uint64_t)number << 32 | version;
}

uint64_t torment_skip(uint64_t state, size_t size)
{
    while (size-- > 0) {
        state = step(state);
    }
    return state;
}

uint64_t torment_fill(uint64_t state, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        state = step(state);
        bytes[i] = (uint8_t)(state >> TOP_BYTE);
    }
    return state;
}

bool torment_matches(uint64_t *state, const void *bytes, size_t size)
{
    const uint8_t *byte = bytes;
    uint64_t now = *state;

    for (size_t i = 0; i < size; i++) {
        now = step(now);
        if (byte[i] != (uint8_t)(now >> TOP_BYTE)) {
            return false;
        }
    }
    *state = now;
    return true;
}

/* --- options ------------------------------------------------------------- */

static bool parse_word(const char *word, const struct torment_option *options,
                       size_t count)
{
    const char *value = strchr(word, '=');

    for (size_t i = 0; value && i < count; i++) {
        size_t length = strlen(options[i].name);

        if ((size_t)(value - word) == length &&
            memcmp(word, options[i].name, length) == 0) {
            *options[i].value = strtol(value + 1, NULL, 10);
            return true;
        }
    }
    return false;
}

bool torment_parse(int count, char *const *words,
                   const struct torment_option *options, size_t option_count)
{
    for (int i = 0; i < count; i++) {
        if (!parse_word(words[i], options, option_count)) {
            return false;
        }
    }
    return true;
}

bool torment_shell(const char *folder, const char *line)
{
    return setenv("FOLDER", folder, 1) == 0 && system(line) == 0;
}
