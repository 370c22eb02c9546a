#include "commit_points.h"

#include <signal.h>
#include <unistd.h>

static enum lcc_commit_point armed_point = LCC_POINT_MAX_;
static int armed_passage;
static int armed_signal;

void lcc_commit_point_arm(enum lcc_commit_point point, int passage, int signal)
{
    armed_point = point;
    armed_passage = passage;
    armed_signal = signal;
}

void lcc_commit_point(enum lcc_commit_point point)
{
    if (point == armed_point && --armed_passage == 0) {
        armed_point = LCC_POINT_MAX_;
        (void)raise(armed_signal);
    }
}
