/*
 * log.c - the decision log of CURLCACHE_LOG
 *
 * One line, one write: several threads and processes may share the file. The
 * file is opened for each line, so that no descriptor lies in the program's
 * way between two of them.
 */
#include "shim/log.h"

#include "store/clock.h"
#include "store/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { LOG_LINE_MAX = 8 * 1024 }; /* bytes; a longer line is cut */

/* Descriptor to write to and, where it is ours, to close again. */
static int open_log(const char *where, bool *ret_ours)
{
    *ret_ours = strcmp(where, "stderr") != 0;
    if (!*ret_ours) {
        return STDERR_FILENO;
    }
    return open(where,
                O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY |
                    O_NONBLOCK,
                0600);
}

static int put_line(struct lcc_buf *line, enum lcc_reason reason,
                    struct lcc_span redacted_url, const char *detail)
{
    int r = lcc_buf_printf(line, "%" PRId64 " %s[%ld] %s ", lcc_clock_now_s(),
                           program_invocation_short_name, (long)getpid(),
                           lcc_reason_word(reason));

    if (!r) {
        r = lcc_buf_append(line, redacted_url);
    }
    if (!r) {
        r = lcc_buf_printf(line, "%s(%s", redacted_url.size ? " " : "",
                           lcc_reason_sentence(reason));
    }
    if (!r && detail && *detail) {
        r = lcc_buf_printf(line, ": %s", detail);
    }
    return r ? r : lcc_buf_append_str(line, ")\n");
}

void lcc_log_write(int fd, struct lcc_span line)
{
    struct lcc_signals signals;
    ssize_t written;
    int error;

    lcc_signals_block_of_writes(&signals);
    do {
        written = write(fd, line.data, line.size);
        error = written < 0 ? errno : 0;
    } while (error == EINTR);
    if (error == EPIPE) {
        lcc_signals_forget_pipe(&signals);
    }
    lcc_signals_restore(&signals);
}

static void write_line(const char *where, const struct lcc_buf *line)
{
    bool ours;
    int fd = open_log(where, &ours);

    if (fd < 0) {
        return;
    }
    lcc_log_write(fd, lcc_buf_span(line));
    if (ours) {
        close(fd);
    }
}

void lcc_log_decision(const struct lcc_process *process, enum lcc_reason reason,
                      struct lcc_span redacted_url, const char *detail)
{
    struct lcc_buf line = LCC_BUF_INIT(LOG_LINE_MAX);
    int saved = errno;

    if (!process->settings->log) {
        return;
    }
    if (put_line(&line, reason, redacted_url, detail)) {
        /* Too long: the URL is what made it so. */
        lcc_buf_clear(&line);
        if (put_line(&line, reason, LCC_SPAN_EMPTY, NULL)) {
            lcc_buf_clear(&line);
        }
    }
    if (line.size) {
        write_line(process->settings->log, &line);
    }
    lcc_buf_done(&line);
    errno = saved;
}
