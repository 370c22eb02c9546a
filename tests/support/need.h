/*
 * need.h - what a test wants of the machine
 *
 * What is missing skips a test, or one row of it, by name. In CI (CI=true) it
 * is a failure: there all of tools/install-deps is to be had.
 */
#ifndef TESTS_SUPPORT_NEED_H
#define TESTS_SUPPORT_NEED_H

#include <stdbool.h>

/* Ends the test unless the program @name is to be had. */
void need_program(const char *name);
/* The same for anything else: @what names it, @there says whether it is. */
void need_that(bool there, const char *what);
/* For one row of many: returns @there, so that the row can be passed over. */
bool need_row(bool there, const char *what);

#endif
