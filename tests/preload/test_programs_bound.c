/*
 * test_programs_bound.c - languages: modules that are linked to libcurl, and
 * foreign function interfaces, which find it by dlopen() and dlsym()
 */
#include "tests/preload/programs.h"

#define PYTHON "/usr/bin/python3"

/* clang-format off */
static const struct program_row rows[] = {
    /* name, what it needs, line; requests plain, cold, warm; large? */
    {"pycurl's CurlMulti", PYTHON " -c 'import pycurl'",
     PYTHON " $PROGRAMS/curlmulti.py", 10, 10, 0, false},
    /* One is a 404, which is not kept. */
    {"tornado", PYTHON " -c 'import pycurl, tornado.curl_httpclient'",
     PYTHON " $PROGRAMS/tornado_curl.py", 11, 11, 1, false},
    {"Python's ctypes",
     PYTHON " -c 'import ctypes; ctypes.CDLL(\"libcurl-gnutls.so.4\")'",
     PYTHON " $PROGRAMS/ffi.py", 2, 2, 0, false},
    {"PHP's curl_multi", "php -r 'exit(extension_loaded(\"curl\") ? 0 : 1);'",
     "php $PROGRAMS/multi.php", 10, 10, 0, false},
    {"Ruby's ethon", "ruby -e 'require \"ethon\"'",
     "ruby $PROGRAMS/ethon.rb", 1, 1, 0, false},
    {"Ruby's typhoeus", "ruby -e 'require \"typhoeus\"'",
     "ruby $PROGRAMS/typhoeus.rb", 11, 11, 0, false},
    {"Ruby's curb", "ruby -e 'require \"curb\"'",
     "ruby $PROGRAMS/curb.rb", 6, 6, 0, false},
    {"LuaJIT", "command -v luajit",
     "luajit $PROGRAMS/ffi.lua", 1, 1, 0, false},
    {"Lua's curl", "lua5.1 -e 'require(\"curl\")'",
     "lua5.1 $PROGRAMS/module.lua", 1, 1, 0, false},
    {"Perl's WWW::Curl", "perl -MWWW::Curl::Multi -e 1",
     "perl $PROGRAMS/multi.pl", 6, 6, 0, false},
    {"Tcl", "echo 'package require TclCurl; puts here' | tclsh | grep here",
     "tclsh $PROGRAMS/easy.tcl", 1, 1, 0, false},
    {"S-Lang", "slsh -e 'require(\"curl\");'",
     "slsh $PROGRAMS/multi.sl", 4, 4, 0, false},
    {"R's download.file", "command -v Rscript",
     "Rscript --vanilla $PROGRAMS/download.R", 7, 6, 0, true},
    {"R's curl", "Rscript -e 'library(curl)'",
     "Rscript --vanilla $PROGRAMS/package.R", 8, 6, 0, true},
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

ParameterizedTestParameters(programs_bound, ask_once)
{
    return program_indices(ROWS);
}

ParameterizedTest(size_t *which, programs_bound, ask_once, .timeout = 120)
{
    program_play(&rows[*which], "");
}
