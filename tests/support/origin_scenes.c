/*
 * origin_scenes.c - the answers that every origin knows
 */
#include "tests/support/origin.h"

#define TEXT "Content-Type: text/plain; charset=utf-8\r\n"
#define BINARY "Content-Type: application/octet-stream\r\n"

/* 200 lines of text, 7890 bytes, as gzip -9 -n makes it. */
static const char gzipped[] =
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x8d\xd9\xcb\x8d\x14\x31"
    "\x14\x86\xd1\x3d\x51\x54\x08\xfe\xfd\x76\x38\x23\x54\x08\xa4\x66"
    "\x66\x44\xb7\x04\xe1\x23\x22\xe0\xec\xef\xca\x47\xf5\xf8\xae\x1f"
    "\x3f\xde\xef\xab\x5c\x1f\xdf\xae\xb7\xeb\x75\xff\x79\x5d\xaf\xef"
    "\x6f\xaf\xeb\xeb\xc7\xcf\xcf\x5f\xf7\xf3\x79\x3f\xaf\xdf\xf7\xe3"
    "\xf1\xe5\xf1\x6f\x2a\x34\x55\x69\xaa\xd1\x54\xa7\xa9\x41\x53\x93"
    "\xa6\x16\x4d\x6d\x9a\x3a\x76\xaa\x78\xf8\x76\xfa\xb1\xe3\x8f\x9d"
    "\x7f\x0c\x20\x26\x10\x23\x88\x19\xc4\x10\x62\x0a\xd5\x14\x2a\x3e"
    "\x03\xa6\x50\x4d\xa1\x9a\x42\x35\x85\x6a\x0a\xd5\x14\xaa\x29\x54"
    "\x53\x68\xa6\xd0\x4c\xa1\xe1\xab\xc8\x14\x9a\x29\x34\x53\x68\xa6"
    "\xd0\x4c\xa1\x99\x42\x33\x85\x6e\x0a\xdd\x14\xba\x29\x74\xfc\x22"
    "\x98\x42\x37\x85\x6e\x0a\xdd\x14\xba\x29\x74\x53\x18\xa6\x30\x4c"
    "\x61\x98\xc2\x30\x85\x81\x1f\x66\x53\x18\xa6\x30\x4c\x61\x98\xc2"
    "\x30\x85\x69\x0a\xd3\x14\xa6\x29\x4c\x53\x98\xa6\x30\xf1\xff\xc8"
    "\x14\xa6\x29\x4c\x53\x98\xa6\xb0\x4c\x61\x99\xc2\x32\x85\x65\x0a"
    "\xcb\x14\x96\x29\x2c\xfc\x4d\x35\x85\x65\x0a\xcb\x14\xb6\x29\x6c"
    "\x53\xd8\xa6\xb0\x4d\x61\x9b\xc2\x36\x85\x6d\x0a\x1b\x6b\xc1\x14"
    "\xb6\x29\x1c\x53\x38\xa6\x70\x4c\xe1\x98\xc2\x31\x85\x63\x0a\xc7"
    "\x14\x8e\x29\x1c\x8c\x36\xad\x36\xcc\xb6\x82\xdd\x56\x30\xdc\x0a"
    "\x96\x5b\xc1\x74\x2b\xd8\x6e\x05\xe3\xad\x60\xbd\x15\xcc\xb7\x82"
    "\x1e\x9c\xd1\xe8\xa1\x21\xad\x25\xad\x29\xad\x2d\xad\x31\xad\x35"
    "\xad\x39\x8d\x3d\x1d\x0c\xea\x54\xdd\x6b\xa0\x07\x36\x75\x30\xaa"
    "\x83\x55\x1d\xcc\xea\x60\x57\x07\xc3\x3a\x58\xd6\xc1\xb4\x0e\xb6"
    "\x75\x9a\x2e\x9a\xd0\x03\xf3\x3a\xd8\xd7\xc1\xc0\x0e\x16\x76\x30"
    "\xb1\x83\x8d\x1d\x8c\xec\x60\x65\x07\x33\x3b\x5d\x37\x7f\xe8\x81"
    "\xa5\x1d\x4c\xed\x60\x6b\x07\x63\x3b\x58\xdb\xc1\xdc\x0e\xf6\x76"
    "\x30\xb8\x83\xc5\x9d\xa1\xab\x58\xf4\xc0\xe8\x0e\x56\x77\x30\xbb"
    "\x83\xdd\x1d\x0c\xef\x60\x79\x07\xd3\x3b\xd8\xde\xc1\xf8\xce\xd4"
    "\xdd\x38\x7a\x60\x7f\x07\x03\x3c\x58\xe0\xc1\x04\x0f\x36\x78\x30"
    "\xc2\x83\x15\x1e\xcc\xf0\x60\x87\x67\xe9\x65\x05\x7a\x60\x8a\x07"
    "\x5b\x3c\x18\xe3\xc1\x1a\x0f\xe6\x78\xb0\xc7\x83\x41\x1e\x2c\xf2"
    "\x60\x92\x67\xeb\xed\x11\x7a\x60\x95\x07\xb3\x3c\xd8\xe5\xc1\x30"
    "\x0f\x96\x79\x30\xcd\x83\x6d\x1e\x8c\xf3\x60\x9d\xe7\xe8\x75\xde"
    "\x7f\x3d\xfe\x02\x25\x7e\x10\xbc\xd2\x1e\x00\x00";

/* clang-format off */
const struct origin_response origin_scenes[] = {
    { .path = "/small",    .fields = TEXT "ETag: \"s1\"\r\nLast-Modified: Mon, 06 Jan 2020 10:20:30 GMT\r\n",
                           .body = "a small text\n" },
    { .path = "/other",    .fields = TEXT, .body = "another small text\n" },
    { .path = "/bare",     .fields = NULL, .body = "no type, no validator\n" },
    { .path = "/empty",    .fields = TEXT },
    { .path = "/nocontent", .status = 204, .framing = ORIGIN_BARE },
    { .path = "/medium",   .fields = BINARY, .size = 100000 },
    { .path = "/ranged",   .fields = BINARY "ETag: \"r1\"\r\n", .size = 300000, .ranges = true },
    { .path = "/to-ranged", .status = 301, .fields = TEXT "Location: /ranged\r\n" },
    { .path = "/large",    .fields = BINARY, .size = 10 * 1024 * 1024 },
    { .path = "/chunked",  .fields = TEXT, .size = 5500, .framing = ORIGIN_CHUNKED },
    { .path = "/trailers", .fields = TEXT "Trailer: X-Sum\r\n", .size = 2500,
                           .framing = ORIGIN_CHUNKED, .trailers = "X-Sum: 12345\r\n" },
    { .path = "/close",    .fields = TEXT, .size = 3000, .framing = ORIGIN_CLOSE },
    { .path = "/cut",      .fields = TEXT, .size = 3000, .framing = ORIGIN_TRUNCATED },
    { .path = "/slow",     .fields = BINARY, .size = 40000, .pause_ms = 20 },
    { .path = "/slower",   .fields = BINARY, .size = 40000, .pause_ms = 500 },
    { .path = "/gzip",     .fields = TEXT "Content-Encoding: gzip\r\n",
                           .body = gzipped, .size = sizeof(gzipped) - 1 },
    { .path = "/gzip-chunked", .fields = TEXT "Content-Encoding: gzip\r\n",
                           .body = gzipped, .size = sizeof(gzipped) - 1, .framing = ORIGIN_CHUNKED },
    { .path = "/hop1",     .status = 302, .fields = TEXT "Location: /hop2\r\nX-Hop: 1\r\n", .body = "go on\n" },
    { .path = "/hop2",     .status = 301, .fields = TEXT "Location: /small\r\nX-Hop: 2\r\n", .body = "go on\n" },
    { .path = "/moved",    .status = 301, .fields = TEXT "Location: small\r\n", .body = "it moved\n" },
    { .path = "/loop",     .status = 302, .fields = TEXT "Location: /loop\r\n", .body = "round\n" },
    { .path = "/hop-private", .status = 302, .fields = TEXT "Location: /small\r\nCache-Control: no-store\r\n", .body = "go on\n" },
    { .path = "/error",    .status = 503, .fields = TEXT "Retry-After: 7\r\n", .body = "later\n" },
    { .path = "/cookies",  .fields = TEXT "Set-Cookie: session=abc; Path=/\r\n"
                                     "Set-Cookie: lasting=def; Path=/; Expires=Fri, 01 Jan 2038 00:00:00 GMT\r\n"
                                     "Set-Cookie: hour=ghi; Path=/; Max-Age=3600; HttpOnly\r\n",
                           .body = "have a cookie\n" },
    { .path = "/auth",     .fields = TEXT, .body = "hello, user\n",
                           .authorization = "Basic dXNlcjpzM2NyZXQtcDRzcw==" },
    { .path = "/echo",     .fields = TEXT, .content = ORIGIN_ECHO },
    { .path = "/numbered", .fields = TEXT, .content = ORIGIN_NUMBERED },
    { .path = "/maxage",   .fields = TEXT "Cache-Control: max-age=600\r\n", .body = "ten minutes\n" },
    { .path = "/nostore",  .fields = TEXT "Cache-Control: no-store\r\n", .body = "not for keeping\n" },
    { .path = "/nocache",  .fields = TEXT "Cache-Control: no-cache\r\nETag: \"n\"\r\n", .body = "ask each time\n" },
    { .path = "/expired",  .fields = TEXT "Cache-Control: max-age=0\r\n", .body = "old at once\n" },
    { .path = "/vary",     .fields = TEXT "Vary: Accept-Language\r\n",
     .content = ORIGIN_ECHO },
    { .path = "/folded",   .fields = TEXT "X-Same: one\r\nX-Same: two\r\nx-same: three\r\nX-Empty:\r\nX-Spaces:   a  b  \r\n",
                           .body = "many fields\n" },
    { .path = NULL },
};
/* clang-format on */
