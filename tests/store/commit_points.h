/*
 * commit_points.h - compiled into a copy of the store that the tests stop or
 * kill in the middle of a commit
 */
#ifndef LCC_COMMIT_POINTS_H
#define LCC_COMMIT_POINTS_H

enum lcc_commit_point {
    LCC_POINT_BETWEEN_PAGES,
    LCC_POINT_APPENDED,
    LCC_POINT_JOURNALLED,
    LCC_POINT_VALID,
    LCC_POINT_NUMBERED,
    LCC_POINT_OVERWRITTEN,
    LCC_POINT_SIZED,
    LCC_POINT_DONE,
    LCC_POINT_MERGED,
    LCC_POINT_RECENT_WRITTEN,
    LCC_POINT_RECENT_SIZED,
    LCC_POINT_MAX_
};

/* The signal this process sends itself at the nth passage of a point. */
void lcc_commit_point_arm(enum lcc_commit_point point, int passage, int signal);
void lcc_commit_point(enum lcc_commit_point point);

#define LCC_COMMIT_POINT(name) lcc_commit_point(LCC_POINT_##name)

#endif
