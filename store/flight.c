/*
 * flight.c - the rows of the control page that say who is writing how much
 */
#include "store/flight.h"

#include "store/lease_holder.h"

#include <string.h>

enum {
    FLIGHT_BLOCK = 4096,
    SPARES_MAX = LCC_CTL_FLIGHTS / 2, /* rows of the table */
};

static const uint32_t spare_pid = UINT32_MAX; /* no process has it */

static bool is_row_of(const struct lcc_ctl_flight *row, uint32_t pid,
                      const struct lcc_hash *name)
{
    return atomic_load(&row->pid) == pid && lcc_hash_equal(&row->name, name);
}

static struct lcc_ctl_flight *find(struct lcc_ctl_page *page, uint32_t pid,
                                   const struct lcc_hash *name)
{
    for (size_t i = 0; i < LCC_CTL_FLIGHTS; i++) {
        if (is_row_of(&page->flights[i], pid, name)) {
            return &page->flights[i];
        }
    }
    return NULL;
}

static void row_free(struct lcc_ctl_flight *row)
{
    atomic_store(&row->blocks, 0);
    row->name = (struct lcc_hash){0};
    row->born = 0;
    row->space = 0;
    atomic_store(&row->pid, 0); /* last: now it is somebody else's */
}

static struct lcc_ctl_flight *claim(struct lcc_ctl_page *page,
                                    const struct lcc_holder *self,
                                    const struct lcc_hash *name)
{
    for (size_t i = 0; i < LCC_CTL_FLIGHTS; i++) {
        struct lcc_ctl_flight *row = &page->flights[i];
        uint32_t nobody = 0;

        if (atomic_compare_exchange_strong(&row->pid, &nobody,
                                           (uint32_t)self->pid)) {
            row->name = *name;
            row->space = (uint32_t)self->space;
            row->born = (uint32_t)self->born;
            return row;
        }
    }
    return NULL;
}

static uint32_t blocks_of(uint64_t bytes)
{
    const uint64_t blocks = (bytes + FLIGHT_BLOCK - 1) / FLIGHT_BLOCK;

    return blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX;
}

void lcc_flight_set(struct lcc_ctl_page *page, const struct lcc_hash *name,
                    uint64_t bytes)
{
    struct lcc_ctl_flight *row;
    struct lcc_holder self;

    if (!page) {
        return;
    }
    lcc_holder_self(&self);
    row = find(page, (uint32_t)self.pid, name);
    if (bytes == 0) {
        if (row) {
            row_free(row);
        }
        return;
    }
    row = row ? row : claim(page, &self, name);
    if (row) {
        atomic_store(&row->blocks, blocks_of(bytes));
    }
}

static size_t count_spares(const struct lcc_ctl_page *page)
{
    size_t count = 0;

    for (size_t i = 0; i < LCC_CTL_FLIGHTS; i++) {
        count += atomic_load(&page->flights[i].pid) == spare_pid;
    }
    return count;
}

bool lcc_flight_add_spare(struct lcc_ctl_page *page,
                          const struct lcc_hash *name, uint64_t bytes)
{
    struct lcc_ctl_flight *row;
    struct lcc_holder self;

    if (!page || count_spares(page) >= SPARES_MAX) {
        return false;
    }
    lcc_holder_self(&self);
    row = claim(page, &self, name);
    if (row) {
        atomic_store(&row->blocks, blocks_of(bytes));
        atomic_store(&row->pid, spare_pid); /* last: now it may be taken */
    }
    return row != NULL;
}

/* Is @a a better one than @b for so many blocks? */
static bool fits_better(uint32_t a, uint32_t b, uint32_t blocks)
{
    return a >= blocks ? b < blocks || a < b : b < blocks && a > b;
}

static struct lcc_ctl_flight *best_spare(struct lcc_ctl_page *page,
                                         uint32_t blocks)
{
    struct lcc_ctl_flight *best = NULL;

    for (size_t i = 0; page && i < LCC_CTL_FLIGHTS; i++) {
        struct lcc_ctl_flight *row = &page->flights[i];

        if (atomic_load(&row->pid) == spare_pid &&
            (!best || fits_better(atomic_load(&row->blocks),
                                  atomic_load(&best->blocks), blocks))) {
            best = row;
        }
    }
    return best;
}

bool lcc_flight_take_spare(struct lcc_ctl_page *page, uint64_t bytes,
                           const struct lcc_hash *as, struct lcc_hash *ret_was,
                           uint64_t *ret_bytes)
{
    struct lcc_ctl_flight *row = best_spare(page, blocks_of(bytes));
    uint32_t pid = spare_pid;
    struct lcc_holder self;

    if (!row) {
        return false;
    }
    lcc_holder_self(&self);
    if (!atomic_compare_exchange_strong(&row->pid, &pid, (uint32_t)self.pid)) {
        return false; /* somebody else was faster */
    }
    row->space = (uint32_t)self.space;
    row->born = (uint32_t)self.born;
    *ret_was = row->name;
    row->name = as ? *as : row->name;
    *ret_bytes = (uint64_t)atomic_load(&row->blocks) * FLIGHT_BLOCK;
    return true;
}

uint64_t lcc_flight_bytes(const struct lcc_ctl_page *page,
                          const struct lcc_hash *but)
{
    uint64_t blocks = 0;

    for (size_t i = 0; page && i < LCC_CTL_FLIGHTS; i++) {
        const struct lcc_ctl_flight *row = &page->flights[i];

        if (atomic_load(&row->pid) != 0 &&
            !(but && lcc_hash_equal(&row->name, but))) {
            blocks += atomic_load(&row->blocks);
        }
    }
    return blocks * FLIGHT_BLOCK;
}

/* Of another start or another namespace the low half is all that is kept. */
static bool is_gone(const struct lcc_ctl_flight *row,
                    const struct lcc_holder *self)
{
    const struct lcc_holder holder = {
        .pid = atomic_load(&row->pid),
        .space = row->space,
        .born = row->born,
    };

    if (holder.pid == 0 || holder.pid == spare_pid || holder.born == 0 ||
        self->born > UINT32_MAX || holder.space != (uint32_t)self->space) {
        return false;
    }
    return lcc_holder_is_gone(&(struct lcc_holder){.pid = holder.pid,
                                                   .space = self->space,
                                                   .born = holder.born});
}

bool lcc_flight_has(const struct lcc_ctl_page *page,
                    const struct lcc_hash *name)
{
    struct lcc_holder self;

    lcc_holder_self(&self);
    for (size_t i = 0; page && i < LCC_CTL_FLIGHTS; i++) {
        const struct lcc_ctl_flight *row = &page->flights[i];

        if (atomic_load(&row->pid) != 0 && lcc_hash_equal(&row->name, name)) {
            return !is_gone(row, &self);
        }
    }
    return false;
}

void lcc_flight_sweep(struct lcc_ctl_page *page, lcc_flight_fn gone, void *arg)
{
    struct lcc_holder self;

    if (!page) {
        return;
    }
    lcc_holder_self(&self);
    for (size_t i = 0; i < LCC_CTL_FLIGHTS; i++) {
        struct lcc_ctl_flight *row = &page->flights[i];
        const struct lcc_hash name = row->name;

        if (is_gone(row, &self) && gone(arg, &name)) {
            row_free(row);
        }
    }
}
