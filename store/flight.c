/*
 * flight.c - the rows of the control page that say who is writing how much
 */
#include "store/flight.h"

#include "store/lease_holder.h"

#include <string.h>

enum { FLIGHT_BLOCK = 4096 };

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

void lcc_flight_set(struct lcc_ctl_page *page, const struct lcc_hash *name,
                    uint64_t bytes)
{
    const uint64_t blocks = (bytes + FLIGHT_BLOCK - 1) / FLIGHT_BLOCK;
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
        atomic_store(&row->blocks,
                     blocks < UINT32_MAX ? (uint32_t)blocks : UINT32_MAX);
    }
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

    if (holder.pid == 0 || holder.born == 0 || self->born > UINT32_MAX ||
        holder.space != (uint32_t)self->space) {
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
