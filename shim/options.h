/*
 * options.h - the table of CURLoptions, from options.def
 *
 * Numbers are in the table, so that a build against old headers knows the
 * options of a newer libcurl. An option without a row, once set, passes every
 * transfer of its handle through.
 */
#ifndef LCC_OPTIONS_H
#define LCC_OPTIONS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* What an option means to a cached answer. */
enum lcc_option_class {
    LCC_OPTION_REQUEST, /* what is asked: method, URI, fields; plan.c reads it
                         */
    LCC_OPTION_SCOPE, /* who answers, how far trusted: digested into the key */
    LCC_OPTION_DELIVERY,  /* how the answer reaches the program */
    LCC_OPTION_TRANSPORT, /* can change neither bytes nor trust */
    LCC_OPTION_REFUSE,    /* set to anything but its default: not for us */
};

/* How its argument is passed and kept. */
enum lcc_option_kind {
    LCC_KIND_LONG,
    LCC_KIND_OFF,
    LCC_KIND_STRING,  /* copied, as libcurl does */
    LCC_KIND_SLIST,   /* kept by reference, as libcurl does */
    LCC_KIND_POINTER, /* object or callback data: kept by reference */
    LCC_KIND_FUNCTION,
    LCC_KIND_BLOB, /* struct curl_blob: bytes copied for the key */
};

/* LCC_OPTION(NAME, number, class, kind, default-as-long) */
enum lcc_option_row {
#define LCC_OPTION(name, number, class_, kind, dflt) LCC_OPT_##name,
#include "shim/options.def"
#undef LCC_OPTION
    LCC_OPT_MAX_
};

struct lcc_option {
    char name[28]; /* without CURLOPT_; no pointer, so that the table needs no
                      relocation when a program starts */
    CURLoption number;
    enum lcc_option_class class_;
    enum lcc_option_kind kind;
    long dflt; /* libcurl's default; 0 or NULL for all but numbers */
};

/* The row of a number, or -1. */
int lcc_option_row(CURLoption number);
const struct lcc_option *lcc_option_at(enum lcc_option_row row);

#endif
