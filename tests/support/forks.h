/*
 * forks.h - may a child allocate that was forked while threads were at work?
 *
 * With glibc's allocator, yes. The address sanitizers of gcc 12 and clang 14
 * hold no lock of their own allocator across a fork, and such a child may wait
 * for ever.
 */
#ifndef LCC_TESTS_FORKS_H
#define LCC_TESTS_FORKS_H

#ifdef LCC_SANITIZED_ADDRESS
#define FORKS_BESIDE_THREADS 0
#else
#define FORKS_BESIDE_THREADS 1
#endif

#endif
