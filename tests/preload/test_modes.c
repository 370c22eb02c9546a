/*
 * test_modes.c - CURLCACHE_MODE against everything a program may ask
 *
 * Each row asks once under a mode, after a setup without one, and looks at
 * what is stored then: offline shows it without the origin.
 */
#include "tests/preload/steps.h"
#include "tests/support/cases.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#define OFFLINE "CURLCACHE_MODE=offline"
#define REFRESH "CURLCACHE_MODE=refresh"
#define RECACHE "CURLCACHE_MODE=recache"
#define READONLY "CURLCACHE_MODE=readonly"
#define IGNORE "CURLCACHE_TTL=1h CURLCACHE_CACHE_CONTROL=0"

static const struct origin_response answers[] = {
    {.path = "/fresh",
     .fields = "Cache-Control: max-age=600\r\nETag: \"f\"\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/stale",
     .fields = "Cache-Control: max-age=0\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/strict",
     .fields = "Cache-Control: max-age=0, must-revalidate\r\n",
     .content = ORIGIN_NUMBERED},
    {.path = "/checked",
     .fields = "Cache-Control: no-cache\r\n",
     .body = "ask each time\n"},
    {.path = "/secret",
     .fields = "Cache-Control: no-store\r\n",
     .content = ORIGIN_NUMBERED},
};

#define GET(path) "curl -sS $URL" path
#define KEPT(path, text)                                                       \
    {                                                                          \
        GET(path), 0, text, 0, OFFLINE                                         \
    }
#define NOT_KEPT(path)                                                         \
    {                                                                          \
        GET(path) " 2>/dev/null", 0, "", 7, OFFLINE                            \
    }
#define STORED(path)                                                           \
    {                                                                          \
        GET(path), 1, "answer 1\n", 0, NULL                                    \
    }
#define CONDITIONAL " -H 'If-None-Match: \"f\"' -w %{response_code}"

/* clang-format off */
static const struct story stories[] = {
    /* --- offline: anything stored, and nothing else --- */
    {"offline, nothing", "", {{GET("/fresh") " 2>$DIR/e", 0, "", 7, OFFLINE}, {"grep -c 'curlcache is offline and has nothing stored for http' $DIR/e", 0, "1\n", 0, NULL}, {GET("/fresh"), 1, NULL, 0, NULL}}},
    {"offline, fresh", "", {STORED("/fresh"), KEPT("/fresh", "answer 1\n")}},
    {"offline, stale", "", {STORED("/stale"), KEPT("/stale", "answer 1\n")}},
    {"offline, stale with must-revalidate", "", {STORED("/strict"), KEPT("/strict", "answer 1\n")}},
    {"offline, no-store that was stored", "", {{GET("/secret"), 1, NULL, 0, IGNORE}, KEPT("/secret", "answer 1\n")}},
    {"offline, no-store that was not", "", {STORED("/secret"), NOT_KEPT("/secret")}},
    {"offline, the request's no-cache", "", {STORED("/fresh"), {GET("/fresh") " -H 'Cache-Control: no-cache'", 0, "answer 1\n", 0, OFFLINE}}},
    {"offline, the request's no-store", "", {STORED("/fresh"), {GET("/fresh") " -H 'Cache-Control: no-store'", 0, "answer 1\n", 0, OFFLINE}}},
    {"offline, only-if-cached and nothing stored", "", {{GET("/fresh") " -H 'Cache-Control: only-if-cached' 2>/dev/null", 0, "", 7, OFFLINE}}},
    {"offline, HEAD of a stored GET", "", {STORED("/stale"), {"curl -sSI $URL/stale | head -n 1 | tr -d '\\r'", 0, "HTTP/1.1 200 OK\n", 0, OFFLINE}}},
    {"offline, GET of a stored HEAD", "", {{"curl -sSI -o /dev/null $URL/stale", 1, NULL, 0, NULL}, NOT_KEPT("/stale")}},
    {"offline, POST", "", {STORED("/fresh"), {GET("/fresh") " -d x 2>/dev/null", 0, "", 7, OFFLINE}, KEPT("/fresh", "answer 1\n")}},
    {"offline, a stored POST", "CURLCACHE_METHODS=GET,POST", {{GET("/fresh") " -d x", 1, NULL, 0, NULL}, {GET("/fresh") " -d x", 0, "answer 1\n", 0, OFFLINE}, {GET("/fresh") " -d y 2>/dev/null", 0, "", 7, OFFLINE}}},
    {"offline, conditional", "", {{GET("/fresh") " -w ''", 1, NULL, 0, NULL}, {GET("/fresh") CONDITIONAL, 0, "304", 0, OFFLINE}}},
    {"offline, conditional and nothing stored", "", {{GET("/fresh") " 2>/dev/null" CONDITIONAL, 0, "000", 7, OFFLINE}}},
    {"offline, another host", "", {{"curl -sS http://localhost:$PORT/fresh 2>/dev/null", 0, "", 7, OFFLINE}}},

    /* --- refresh: the origin is asked each time --- */
    {"refresh, nothing", "", {{GET("/fresh"), 1, "answer 1\n", 0, REFRESH}, KEPT("/fresh", "answer 1\n")}},
    {"refresh, fresh", "", {STORED("/fresh"), {GET("/fresh"), 1, "answer 2\n", 0, REFRESH}, KEPT("/fresh", "answer 2\n")}},
    {"refresh, stale", "", {STORED("/stale"), {GET("/stale"), 1, "answer 2\n", 0, REFRESH}, KEPT("/stale", "answer 2\n")}},
    {"refresh, HEAD", "", {STORED("/fresh"), {"curl -sSI -o /dev/null $URL/fresh", 1, NULL, 0, REFRESH}}},
    {"refresh, POST", "", {STORED("/fresh"), {GET("/fresh") " -d x", 1, NULL, 0, REFRESH}, NOT_KEPT("/fresh")}},
    {"refresh, only-if-cached", "", {STORED("/fresh"), {GET("/fresh") " -w %{response_code} -H 'Cache-Control: only-if-cached'", 0, "504", 0, REFRESH}}},

    /* --- recache: the origin is asked as if nothing were stored --- */
    {"recache, nothing", "", {{GET("/fresh"), 1, "answer 1\n", 0, RECACHE}, KEPT("/fresh", "answer 1\n")}},
    {"recache, fresh", "", {STORED("/fresh"), {GET("/fresh"), 1, "answer 2\n", 0, RECACHE}, KEPT("/fresh", "answer 2\n")}},
    {"recache, stale", "", {STORED("/stale"), {GET("/stale"), 1, "answer 2\n", 0, RECACHE}, KEPT("/stale", "answer 2\n")}},
    {"recache sends no validator", "", {{"curl -sS $URL/small", 1, NULL, 0, NULL}, {"curl -sS -D - -o /dev/null $URL/small | grep -c '200 OK'", 1, "1\n", 0, RECACHE}}},
    {"recache, no-store", "", {STORED("/secret"), {GET("/secret"), 1, "answer 2\n", 0, RECACHE}, NOT_KEPT("/secret")}},
    {"recache, HEAD", "", {STORED("/fresh"), {"curl -sSI -o /dev/null $URL/fresh", 1, NULL, 0, RECACHE}}},
    {"recache, a stored POST", "CURLCACHE_METHODS=GET,POST", {{GET("/fresh") " -d x", 1, NULL, 0, NULL}, {GET("/fresh") " -d x", 1, "answer 2\n", 0, RECACHE}, {GET("/fresh") " -d x", 0, "answer 2\n", 0, OFFLINE}}},

    /* --- readonly: what is stored is served, and stays as it is --- */
    {"readonly, nothing", "", {STORED("/stale"), {GET("/fresh"), 1, "answer 2\n", 0, READONLY}, NOT_KEPT("/fresh")}},
    {"readonly without a cache", "", {{GET("/fresh"), 1, "answer 1\n", 0, READONLY}, NOT_KEPT("/fresh")}},
    {"readonly, fresh", "", {STORED("/fresh"), {GET("/fresh"), 0, "answer 1\n", 0, READONLY}}},
    {"readonly, stale", "", {STORED("/stale"), {GET("/stale"), 1, "answer 2\n", 0, READONLY}, KEPT("/stale", "answer 1\n")}},
    {"readonly, checked by a 304", "", {{"curl -sS $URL/checked", 1, NULL, 0, NULL}, {"cd $DIR/cache && find . -name '*.db' -type f -exec cksum {} + >$DIR/before", 0, NULL, 0, NULL}, {"curl -sS $URL/checked", 1, "ask each time\n", 0, READONLY}, {"cd $DIR/cache && find . -name '*.db' -type f -exec cksum {} + | cmp - $DIR/before && echo same", 0, "same\n", 0, NULL}}},
    {"refresh, checked by a 304", "", {{"curl -sS $URL/small", 1, NULL, 0, NULL}, {"curl -sS $URL/small", 0, NULL, 0, NULL}, {"curl -sS $URL/small", 1, "a small text\n", 0, REFRESH}, {"curl -sSi $URL/small | grep -c '^HTTP/1.1 200'", 1, "1\n", 0, REFRESH}}},
    {"offline, a chain", "CURLCACHE_TTL=1h", {{"curl -sSL $URL/hop1", 3, NULL, 0, NULL}, {"curl -sSL $URL/hop1", 0, "a small text\n", 0, OFFLINE}}},
    {"readonly, the request's no-cache", "", {STORED("/fresh"), {GET("/fresh") " -H 'Cache-Control: no-cache'", 1, "answer 2\n", 0, READONLY}, KEPT("/fresh", "answer 1\n")}},
    {"readonly, HEAD of a stored GET", "", {STORED("/fresh"), {"curl -sSI -o /dev/null $URL/fresh", 0, NULL, 0, READONLY}}},
    {"readonly, HEAD", "", {{"curl -sSI -o /dev/null $URL/fresh", 1, NULL, 0, READONLY}, {"curl -sSI -o /dev/null $URL/fresh", 1, NULL, 0, READONLY}}},
    {"readonly, POST drops nothing", "", {STORED("/fresh"), {GET("/fresh") " -d x", 1, NULL, 0, READONLY}, KEPT("/fresh", "answer 1\n")}},
    {"readonly, a stored POST", "CURLCACHE_METHODS=GET,POST", {{GET("/fresh") " -d x", 1, NULL, 0, NULL}, {GET("/fresh") " -d x", 0, "answer 1\n", 0, READONLY}, {GET("/fresh") " -d y", 1, NULL, 0, READONLY}, {GET("/fresh") " -d y", 1, NULL, 0, READONLY}}},
    {"readonly, conditional", "", {{GET("/fresh") " -w ''", 1, NULL, 0, NULL}, {GET("/fresh") CONDITIONAL, 0, "304", 0, READONLY}}},
    {"readonly changes no byte on the disk", "", {{GET("/stale"), 1, NULL, 0, NULL}, {"cd $DIR/cache && find . -name '*.db' -type f -exec cksum {} + >$DIR/before", 0, NULL, 0, NULL}, {GET("/stale") "; curl -sS -X PUT -d x $URL/stale", 2, NULL, 0, READONLY}, {"cd $DIR/cache && find . -name '*.db' -type f -exec cksum {} + | cmp - $DIR/before && test -s $DIR/before && echo same", 0, "same\n", 0, NULL}}},
};
/* clang-format on */

LCC_CASES(modes, stories, stories)
{
    stage_need("curl");
    story_play(&stories[*which], answers, LCC_ARRAY_SIZE(answers));
}
