/*
 * transcript.h - what of a client's transcript must be equal
 *
 * The closed list of differences that a cached run may show lives here and
 * nowhere else; DIFFERENCES.md explains each.
 */
#ifndef LCC_TESTS_TRANSCRIPT_H
#define LCC_TESTS_TRANSCRIPT_H

/* The transcript with the allowed differences taken out; the caller frees. */
char *transcript_normal(const char *text);
/* NULL when equal, else a text that shows the first lines that differ; the
 * caller frees it. */
char *transcript_compare(const char *name_a, const char *a, const char *name_b,
                         const char *b);

#endif
