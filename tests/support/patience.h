/*
 * patience.h - how much longer than elsewhere a test may take here
 *
 * A test's `.timeout`, and how long a program of run.h may run, are set for a
 * busy machine. LCC_PATIENCE in the environment multiplies them: a sanitised
 * build sets it, and so may whoever runs the tests beside other work.
 */
#ifndef LCC_TESTS_PATIENCE_H
#define LCC_TESTS_PATIENCE_H

/* From 1 on. */
int patience(void);

#endif
