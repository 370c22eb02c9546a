/*
 * test_text.c - sizes and durations for people
 */
#include "tools/text.h"

#include <criterion/criterion.h>

Test(text, bytes)
{
    static const struct {
        uint64_t bytes;
        const char *want;
    } cases[] = {
        {0, "0"},
        {1023, "1023"},
        {1024, "1.0K"},
        {1536, "1.5K"},
        {1048575, "1.0M"},
        {1048576, "1.0M"},
        {1ULL << 30, "1.0G"},
        {UINT64_MAX, "16.0E"},
    };
    char out[TEXT_SIZE];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(cases); i++) {
        cr_expect_str_eq(text_bytes(cases[i].bytes, out), cases[i].want);
    }
}

Test(text, durations)
{
    static const struct {
        int64_t seconds;
        const char *want;
    } cases[] = {
        {0, "0s"},        {59, "59s"},     {60, "1m"},           {90, "1m 30s"},
        {3599, "59m"},    {3600, "1h"},    {12000, "3h 20m"},    {86400, "1d"},
        {90000, "1d 1h"}, {864000, "10d"}, {INT64_MAX, "never"},
    };
    char out[TEXT_SIZE];

    for (size_t i = 0; i < LCC_ARRAY_SIZE(cases); i++) {
        cr_expect_str_eq(text_duration(cases[i].seconds, out), cases[i].want);
    }
}
