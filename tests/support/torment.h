/*
 * torment.h - what programs share that are killed, and those that kill them
 *
 * Time, chance, bodies that check themselves, and options by name. No test
 * framework, and nothing of the project: ordinary clients use it too.
 */
#ifndef LCC_TESTS_TORMENT_H
#define LCC_TESTS_TORMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Monotonic. */
int64_t torment_now_ms(void);
void torment_sleep_ms(long ms);

/* The next number of a sequence that @state alone decides. */
static inline unsigned int torment_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (unsigned int)(*state >> 33);
}

/* --- bodies ---------------------------------------------------------------
 * Every byte depends on number, version and place. The state is that before
 * the byte at some place. */

uint64_t torment_body(unsigned int number, unsigned int version);
uint64_t torment_skip(uint64_t state, size_t size);
/* Fill in, or compare with, the next @size bytes; returns the state after. */
uint64_t torment_fill(uint64_t state, uint8_t *bytes, size_t size);
bool torment_matches(uint64_t *state, const void *bytes, size_t size);

/* --- options ------------------------------------------------------------- */

struct torment_option {
    const char *name;
    long *value;
};

/* Words of the form name=number; false for another one. */
bool torment_parse(int count, char *const *words,
                   const struct torment_option *options, size_t option_count);

/* Run a line by sh, where $FOLDER is @folder. Did it end well? */
bool torment_shell(const char *folder, const char *line);

#endif
