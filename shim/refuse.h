/*
 * refuse.h - answers of our own, where nothing stored will do
 */
#ifndef LCC_REFUSE_H
#define LCC_REFUSE_H

#include "shim/transfer.h"

/**
 * lcc_refuse_build() - a 504, as if it had been stored (RFC 9111, 5.2.1.7)
 * @transfer: its state's hit, entry and decision are filled; then it is served
 *            like any other
 *
 * A status line, Date and an empty body.
 *
 * Return: 0; -ENOMEM.
 */
int lcc_refuse_build(struct lcc_transfer *transfer);

/**
 * lcc_refuse_offline() - no answer at all: the mode forbids the network
 *
 * The program's error buffer says why, and its answers are those of a
 * connection that failed.
 *
 * Return: what the program gets.
 */
CURLcode lcc_refuse_offline(struct lcc_transfer *transfer);

#endif
