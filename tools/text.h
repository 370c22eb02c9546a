/*
 * text.h - sizes, durations and times for people
 */
#ifndef LCC_TOOL_TEXT_H
#define LCC_TOOL_TEXT_H

#include "store/base.h"

enum { TEXT_SIZE = 48 };

/* "712", "12.3K", "1.0G": powers of 1024, as settings are written. */
const char *text_bytes(uint64_t bytes, char out[TEXT_SIZE]);
/* "45s", "12m", "3h 20m", "7d"; "never" for INT64_MAX. */
const char *text_duration(int64_t seconds, char out[TEXT_SIZE]);
/* Local time, "2026-01-31 12:00:00". */
const char *text_time(int64_t when_s, char out[TEXT_SIZE]);
/* "0.4 ms", "2.3 s". */
const char *text_us(uint64_t us, char out[TEXT_SIZE]);
/* "1 response", "3 responses". */
const char *text_responses(uint64_t count, char out[TEXT_SIZE]);

#endif
