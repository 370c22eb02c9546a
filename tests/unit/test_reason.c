/*
 * The rows of reason.def: words are counter names, and each is its own.
 */
#include "store/ledger.h"
#include "store/reason.h"
#include "tests/support/cases.h"

#include <string.h>

Test(reason, words_are_unique_and_fit_a_counter_name)
{
    for (size_t i = 0; i < LCC_REASON_MAX_; i++) {
        const char *word = lcc_reason_word((enum lcc_reason)i);
        cr_expect_gt(strlen(word), 0);
        cr_expect_eq(strspn(word, "abcdefghijklmnopqrstuvwxyz-"), strlen(word),
                     "%s", word);
        for (size_t j = 0; j < i; j++) {
            cr_expect_str_neq(word, lcc_reason_word((enum lcc_reason)j));
        }
    }
}

Test(reason, every_reason_has_a_sentence)
{
    for (size_t i = 0; i < LCC_REASON_MAX_; i++) {
        const char *sentence = lcc_reason_sentence((enum lcc_reason)i);
        cr_expect_gt(strlen(sentence), 10, "%zu", i);
        cr_expect_neq(sentence[strlen(sentence) - 1], '.', "%s", sentence);
        cr_expect_not_null(lcc_reason_section((enum lcc_reason)i));
    }
}

Test(reason, the_counters_fit_on_disk)
{
    cr_expect_leq((int)LCC_REASON_MAX_, (int)LCC_LEDGER_REASONS);
}

Test(reason, a_number_from_elsewhere_is_none)
{
    cr_expect_str_eq(lcc_reason_word((enum lcc_reason)4711), "none");
    cr_expect_eq(lcc_reason_kind((enum lcc_reason)4711),
                 LCC_REASON_KIND_BYPASS);
}

Test(reason, kinds)
{
    cr_expect_eq(lcc_reason_kind(LCC_REASON_HIT), LCC_REASON_KIND_SERVED);
    cr_expect_eq(lcc_reason_kind(LCC_REASON_EXPIRED), LCC_REASON_KIND_FETCHED);
    cr_expect_eq(lcc_reason_kind(LCC_REASON_RANGE), LCC_REASON_KIND_BYPASS);
}
