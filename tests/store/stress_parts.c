/*
 * stress_parts.c - the keys of the stress that are stored in parts
 *
 * A body is STRESS_BLOCKS blocks; a range is a run of them, so that what must
 * be there is a set of bits.
 */
#include "stress.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = STRESS_BLOCKS * STRESS_BLOCK_SIZE };

static unsigned int part_number(long worker, long thread, unsigned int key)
{
    return 1000000 +
           (unsigned int)((worker * STRESS_THREADS_MAX + thread) *
                          STRESS_PART_KEYS) +
           key;
}

static uint64_t bits_of(unsigned int block, unsigned int count)
{
    uint64_t run = count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;

    return run << block;
}

static struct help_part range_of(unsigned int number, unsigned int version,
                                 unsigned int block, unsigned int count)
{
    return (struct help_part){
        .number = number,
        .version = version,
        .size = SIZE,
        .first = (size_t)block * STRESS_BLOCK_SIZE,
        .last = (size_t)(block + count) * STRESS_BLOCK_SIZE - 1,
    };
}

/* A run of blocks: mostly short, at times long enough for a side file. */
static void random_run(struct thread *t, unsigned int *ret_block,
                       unsigned int *ret_count)
{
    unsigned int most = stress_random(t) % 4 == 0 ? 30 : 4;
    unsigned int block = stress_random(t) % STRESS_BLOCKS;
    unsigned int count = 1 + stress_random(t) % most;

    *ret_block = block;
    *ret_count = count > STRESS_BLOCKS - block ? STRESS_BLOCKS - block : count;
}

static void wrong(unsigned int number, const char *what)
{
    (void)fprintf(stderr, "stress: parts of %u: %s\n", number, what);
    atomic_fetch_add(&stress_shared->wrong, 1);
}

/* --- looking ------------------------------------------------------------- */

/* Which blocks of a found one are covered, and are they right? */
static int look_at(struct lcc_store *store, const struct lcc_hit *hit,
                   const struct help_part *said, uint64_t *ret_blocks)
{
    uint64_t blocks = 0;
    uint8_t *body = malloc(SIZE);
    int result = 0;

    help_fill(body, SIZE, said->number, said->version);
    for (unsigned int block = 0; result == 0 && block < STRESS_BLOCKS;
         block++) {
        struct help_part range =
            range_of(said->number, said->version, block, 1);

        range.body = body;
        result = help_check_part(store, hit, &range);
        if (result == 0) {
            blocks |= bits_of(block, 1);
        } else if (result == HELP_GAP) {
            result = 0;
        }
    }
    free(body);
    *ret_blocks = blocks;
    return result;
}

static int find(struct lcc_store *store, unsigned int number, int64_t now_s,
                struct lcc_hit *hit, struct help_part *said)
{
    struct lcc_id id = help_id(number);
    int result = lcc_store_lookup(store, &id, NULL, NULL, now_s, hit);

    return result == 0 && (!help_read_meta(hit->meta, said) ||
                           said->number != number || said->size != SIZE)
               ? HELP_WRONG
               : result;
}

static void judge(const struct stress_parts *p, unsigned int number, int result,
                  unsigned int version, uint64_t blocks)
{
    unsigned int accepted = atomic_load(&p->version);
    uint64_t accepted_blocks = atomic_load(&p->blocks);
    unsigned int tried = atomic_load(&p->tried_version);
    uint64_t tried_blocks = atomic_load(&p->tried_blocks);

    if (result == HELP_WRONG) {
        wrong(number, "wrong bytes");
    } else if (result == -ESTALE ||
               (result == LCC_STORE_MISS && accepted != 0 &&
                !atomic_load(&p->removing))) {
        (void)fprintf(stderr, "stress: parts of %u are lost (%d)\n", number,
                      result);
        atomic_fetch_add(&stress_shared->lost, 1);
    } else if (result == 0 &&
               (version != accepted || blocks != accepted_blocks) &&
               (tried == 0 || version != tried || blocks != tried_blocks)) {
        (void)fprintf(stderr,
                      "stress: parts of %u are %u %" PRIx64
                      ", promised %u %" PRIx64 " or %u %" PRIx64 "\n",
                      number, version, blocks, accepted, accepted_blocks, tried,
                      tried_blocks);
        if (version == accepted && (blocks & accepted_blocks) == blocks) {
            atomic_fetch_add(&stress_shared->lost, 1);
        } else {
            atomic_fetch_add(&stress_shared->wrong, 1);
        }
    }
}

static void settle(struct stress_parts *p, int result, unsigned int version,
                   uint64_t blocks)
{
    if (result == 0 || result == LCC_STORE_MISS) {
        atomic_store(&p->blocks, blocks);
        atomic_store(&p->version, result == 0 ? version : 0);
        atomic_store(&p->tried_version, 0);
        atomic_store(&p->removing, false);
    }
}

/* By the owner, or by nobody at work any more. */
static int look(struct lcc_store *store, struct stress_parts *p,
                unsigned int number, int64_t now_s)
{
    struct lcc_hit hit = LCC_HIT_INIT;
    struct help_part said = {.number = number};
    uint64_t blocks = 0;
    int result = find(store, number, now_s, &hit, &said);

    if (result == 0) {
        result = look_at(store, &hit, &said, &blocks);
    }
    judge(p, number, result, said.version, blocks);
    settle(p, result, said.version, blocks);
    lcc_hit_done(&hit);
    return result;
}

static void note_get(int result)
{
    atomic_fetch_add(&stress_shared->part_gets, 1);
    if (result != 0 && result != LCC_STORE_MISS && result != -ESTALE &&
        result != HELP_WRONG && result != HELP_GAP) {
        stress_count_refusal(result);
    }
}

void stress_settle_parts(struct thread *t, unsigned int key)
{
    int result;

    stress_enter(t);
    result = look(t->store, &t->state->parts[key],
                  part_number(t->worker, t->number, key), stress_clock_s());
    stress_leave(t);
    note_get(result);
}

void stress_judge_parts(struct lcc_store *store)
{
    for (long w = 0; w < stress_options.workers; w++) {
        for (long i = 0; i < stress_options.threads * STRESS_PART_KEYS; i++) {
            long thread = i / STRESS_PART_KEYS;
            unsigned int key = (unsigned int)(i % STRESS_PART_KEYS);
            unsigned int number = part_number(w, thread, key);
            int result =
                look(store, &stress_shared->threads[w][thread].parts[key],
                     number, HELP_NOW);

            if (result != 0 && result != LCC_STORE_MISS) {
                wrong(number, "not readable at the end");
            }
        }
    }
}

/* Somebody else's: it may change under us, but never be wrong. */
static void get_any(struct thread *t)
{
    unsigned int number = part_number(stress_random(t) % stress_options.workers,
                                      stress_random(t) % stress_options.threads,
                                      stress_random(t) % STRESS_PART_KEYS);
    struct lcc_hit hit = LCC_HIT_INIT;
    struct help_part said;
    unsigned int block;
    unsigned int count;
    int result;

    random_run(t, &block, &count);
    stress_enter(t);
    result = find(t->store, number, stress_clock_s(), &hit, &said);
    if (result == 0) {
        said = range_of(number, said.version, block, count);
        result = help_check_part(t->store, &hit, &said);
    }
    stress_leave(t);
    lcc_hit_done(&hit);
    note_get(result);
    if (result == HELP_WRONG) {
        wrong(number, "wrong bytes, of another's");
    }
}

/* --- changing ------------------------------------------------------------ */

static void conclude(struct stress_parts *p, int result)
{
    atomic_fetch_add(&stress_shared->part_puts, 1);
    if (result == 0) {
        atomic_store(&p->blocks, atomic_load(&p->tried_blocks));
        atomic_store(&p->version, atomic_load(&p->tried_version));
    } else {
        stress_count_refusal(result);
    }
    atomic_store(&p->tried_version, 0);
}

/* A range of the version that is there, or of a new one. */
static void put_range(struct thread *t, unsigned int key)
{
    struct stress_parts *p = &t->state->parts[key];
    unsigned int version = atomic_load(&p->version);
    uint64_t blocks = atomic_load(&p->blocks);
    struct help_part range;
    unsigned int block;
    unsigned int count;
    int result;

    if (version == 0 || stress_random(t) % 40 == 0) {
        version = atomic_fetch_add(&t->state->version, 1) + 1;
        blocks = 0;
    }
    random_run(t, &block, &count);
    range =
        range_of(part_number(t->worker, t->number, key), version, block, count);
    atomic_store(&p->tried_blocks, blocks | bits_of(block, count));
    atomic_store(&p->tried_version, version);
    stress_enter(t);
    result = help_put_part(t->store, &range, stress_clock_s());
    stress_leave(t);
    conclude(p, result);
}

static void put_whole(struct thread *t, unsigned int key)
{
    struct stress_parts *p = &t->state->parts[key];
    unsigned int version = atomic_fetch_add(&t->state->version, 1) + 1;
    int result;

    atomic_store(&p->tried_blocks, UINT64_MAX);
    atomic_store(&p->tried_version, version);
    stress_enter(t);
    result = help_put_at(t->store, part_number(t->worker, t->number, key),
                         version, SIZE, stress_clock_s());
    stress_leave(t);
    conclude(p, result);
}

/* Only the entry changes, which says nothing here but its version. */
static void renew(struct thread *t, unsigned int key)
{
    unsigned int number = part_number(t->worker, t->number, key);
    int result;

    stress_enter(t);
    result = help_renew(t->store, number, stress_clock_s(), 1);
    stress_leave(t);
    atomic_fetch_add(&stress_shared->renewals, 1);
    if (result != 0 && result != LCC_STORE_MISS) {
        stress_count_refusal(result);
    }
}

static void drop(struct thread *t, unsigned int key)
{
    struct stress_parts *p = &t->state->parts[key];
    struct lcc_id id = help_id(part_number(t->worker, t->number, key));
    const struct lcc_hash variant = {{0}};
    int result;

    atomic_store(&p->removing, true);
    stress_enter(t);
    result = lcc_store_remove(t->store, &id, &variant);
    stress_leave(t);
    atomic_fetch_add(&stress_shared->removes, 1);
    if (result == 0 || result == LCC_STORE_MISS) {
        atomic_store(&p->version, 0);
        atomic_store(&p->blocks, 0);
    } else {
        stress_count_refusal(result);
    }
    atomic_store(&p->removing, false);
}

void stress_do_parts(struct thread *t)
{
    unsigned int key = stress_random(t) % STRESS_PART_KEYS;
    unsigned int what = stress_random(t) % 100;
    const struct stress_parts *p = &t->state->parts[key];

    if (atomic_load(&p->tried_version) != 0 || atomic_load(&p->removing)) {
        stress_settle_parts(t, key);
    } else if (what < 50) {
        put_range(t, key);
    } else if (what < 52) {
        put_whole(t, key);
    } else if (what < 54) {
        drop(t, key);
    } else if (what < 60) {
        renew(t, key);
    } else if (what < 75) {
        stress_settle_parts(t, key);
    } else {
        get_any(t);
    }
}
