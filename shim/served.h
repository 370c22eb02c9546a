/*
 * served.h - a response while it is served, and its answers afterwards
 *
 * Owns a copy of the header lines in the order they are told, and what
 * curl_easy_getinfo() would know at this moment. Private to the hit side:
 * delivery, infos, header API, cookies, progress.
 */
#ifndef LCC_SERVED_H
#define LCC_SERVED_H

#include "shim/body_window.h"
#include "shim/replayer.h"

enum {
    LCC_LINE_NONE = -1,
    LCC_SPEED_SAMPLES = 6, /* libcurl's: five seconds and the present one */
};

/* What a field may teach libcurl. */
enum lcc_mark {
    LCC_MARK_NONE,
    LCC_MARK_LENGTH,
    LCC_MARK_RANGE,
    LCC_MARK_TYPE,     /* with a value */
    LCC_MARK_LOCATION, /* likewise */
    LCC_MARK_ENCODING,
    LCC_MARK_RETRY,
    LCC_MARK_MODIFIED,
    LCC_MARK_COOKIE,
    LCC_MARK_HSTS,
    LCC_MARK_ALTSVC,
    LCC_MARK_LOGIN,
    LCC_MARK_PROXY_LOGIN,
};

/* One call of the header callback. */
struct lcc_line {
    enum lcc_piece_kind kind;
    enum lcc_mark mark;
    int64_t length;      /* that LCC_MARK_LENGTH says; -1: none */
    unsigned int origin; /* CURLH_HEADER, _TRAILER, _CONNECT or _1XX */
    int request;         /* which request of the chain, from 0 */
    int status;          /* of its block */
    int version;         /* of its block: 10, 11, 20, 30 */
    bool last_block;     /* of the final response */
    size_t offset;       /* into served->head */
    size_t size;         /* bytes, line end included */
};

/* What libcurl keeps in its progress struct. Times are microseconds. */
struct lcc_progress {
    int64_t start_us;
    int64_t spent_us;      /* at the last update */
    int64_t first_byte_us; /* since the start, of the last response */
    int64_t redirect_us;   /* since the start, when the last hop began */
    int64_t last_shown_s;
    int64_t total;      /* bytes expected, -1 when not known */
    int64_t downloaded; /* bytes, encoded ones where libcurl decoded */
    int64_t speed;      /* bytes a second, since the start */
    int64_t current_speed;
    int64_t sample[LCC_SPEED_SAMPLES];
    int64_t sample_us[LCC_SPEED_SAMPLES];
    unsigned int samples;
};

/* Bytes that a callback did not take because it paused. */
struct lcc_held {
    char *data;
    size_t size; /* 0: nothing is held */
    unsigned int to;
    const struct lcc_line *line; /* NULL: body */
};

/* What is told next. */
enum lcc_telling_phase {
    LCC_TELL_START,
    LCC_TELL_LINES,
    LCC_TELL_RESUMED, /* does it go on where the program asked? */
    LCC_TELL_BODY,
    LCC_TELL_TRAILERS,
    LCC_TELL_LAST,
    LCC_TOLD,
};

/* How far the telling has come. */
struct lcc_telling {
    enum lcc_telling_phase phase;
    struct lcc_body_window window;
    size_t line; /* the next one */
    size_t at;   /* of the window, the next byte */
    bool due;    /* a line or piece was told; what follows it was not done */
};

struct lcc_header_node; /* header_api.c */

struct lcc_served {
    /* What is told: stays for the next transfer, which may tell the same. */
    struct lcc_buf head;
    struct lcc_line *lines;
    size_t line_count;
    size_t line_capacity;
    size_t longest_line;
    unsigned int marks;   /* 1 << enum lcc_mark of all lines, ored */
    uint64_t laid_out_of; /* known.serial of what they are made of; 0: none */
    int64_t laid_out_age; /* the Age among them, or LCC_TIME_ABSENT */
    int64_t recorded_header_bytes; /* of the stored lines, without trailers */
    struct lcc_buf infos;          /* the STORED answers, as encoded */
    /* Memory that is used again. */
    struct lcc_buf url;  /* as the program gave it, NUL included */
    struct lcc_buf type; /* text of type_line, made when asked for */
    char *scratch;       /* for header lines: longest_line + 1 bytes */
    size_t scratch_size;
    bool meter_titled;

    /* From here on all is new for each transfer. */
    int64_t stored_s;    /* when the response arrived */
    uint64_t body_bytes; /* as delivered, in all */
    uint64_t body_told;  /* so far */
    int64_t wire_bytes;  /* as sent, before libcurl decoded */
    /* The request it answers. */
    bool url_is_text; /* CURLOPT_URL, not a CURLU */
    /* shadow->urls_given when the request that is told was made: where it has
     * grown, libcurl knows the URL given since. */
    unsigned int urls_given;
    const char *method; /* static */

    /* Answers of this moment. */
    int status;
    int version;
    int connect_status;
    int request;
    int64_t header_size;
    int64_t length;       /* announced by the block that is told, or -1 */
    bool length_unusable; /* Transfer-Encoding, or a status without a body */
    bool no_body_status;  /* 1xx, 204, 304: the length is not looked at */
    int64_t range_line_bytes; /* of the Range line that would be sent */
    int64_t resume_asked;     /* where the program resumes; 0: it does not */
    int64_t resume_from;      /* the same, until the answer says otherwise */
    bool resumes;             /* the answer goes on there */
    bool body_ignored;        /* of a 416 to a resumed request */
    int64_t file_time;
    int64_t retry_after;
    bool offered[LCC_LOGINS]; /* ways to log in */
    ssize_t type_line;        /* of Content-Type, or LCC_LINE_NONE */
    ssize_t location_line;    /* of the block that is told */
    ssize_t type_built_line;  /* the one `type` was made of */
    unsigned int cookies;     /* set by the response that is told */

    /* URLs of the chain, made when asked for; see effective_url.h. */
    char *effective_url; /* real->free() */
    int effective_request;
    char *redirect_url; /* real->free() */
    bool redirect_made;

    /* Header API. */
    struct lcc_header_node *first;
    struct lcc_header_node *last;
    size_t nodes_of;          /* lines turned into nodes */
    size_t lines_told;        /* lines that the header API may know of */
    struct curl_header found; /* of curl_easy_header() */
    struct curl_header next;  /* of curl_easy_nextheader() */
    struct curl_certinfo no_certificates;

    /* The delivery. */
    struct lcc_progress progress;
    struct lcc_held held;
    struct lcc_telling telling;
    bool active;    /* from lcc_replay_begin() to its end */
    bool dropped;   /* freed by the program inside a callback */
    bool paused;    /* the program asked for it */
    bool left_over; /* since then a reset, or a transfer without a URL */
    bool anew;      /* a reset in a callback: what was sent is forgotten */
    bool begun;     /* a first line has come: the request was sent */
    const struct lcc_real *real;
};

/**
 * lcc_served_begin() - lay out what will be told; touches no callback
 *
 * Takes over handle->state->served or makes one, and leaves it there.
 *
 * Return: 0; -ENOMEM; -EBADMSG when the entry has no header block.
 */
int lcc_served_begin(struct lcc_handle *handle, const struct lcc_entry *entry,
                     const struct lcc_decision *decision);

/* The lines alone, marked. @status_header: with Cache-Status. Same results. */
int lcc_served_lay_out(struct lcc_served *served, const struct lcc_entry *entry,
                       const struct lcc_decision *decision, bool status_header);
/* The handle is reset, or a transfer without a URL fails at once: of what it
 * knew of the transfer before libcurl keeps the fields of the header API, how
 * many redirects were followed, and the method. Accepts NULL. */
void lcc_served_leave_over(struct lcc_served *served);
/* The handle is reset, perhaps while it is told. Accepts NULL. */
void lcc_served_reset(struct lcc_served *served);
/* A transfer follows that is libcurl's alone. */
void lcc_served_step_aside(struct lcc_handle *handle);
/* Bytes of a line; borrowed, not to be changed. */
struct lcc_span lcc_served_line(const struct lcc_served *served, size_t index);
/* Take in what a line says, before the program sees it. */
void lcc_served_learn(struct lcc_handle *handle, size_t index);
/* The value after the colon, without white space at either end. */
struct lcc_span lcc_line_value(struct lcc_span line);
/* Does the line carry this field? @name includes the colon. */
bool lcc_line_is(struct lcc_span line, const char *name);
/* A number as libcurl reads one: blanks, digits, rest ignored. */
bool lcc_line_number(struct lcc_span text, int64_t *ret);

#endif
