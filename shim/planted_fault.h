/*
 * planted_fault.h - a fault on purpose, to prove that the sanitizers look
 *
 * Empty in every ordinary build. `meson setup -Dplanted_fault=overflow` or
 * `=race` puts one on the way of each transfer; `tools/check planted` expects
 * the sanitised preload tests to turn red with it, and with nothing else.
 */
#ifndef LCC_PLANTED_FAULT_H
#define LCC_PLANTED_FAULT_H

#if defined(LCC_PLANTED_OVERFLOW) || defined(LCC_PLANTED_RACE)
void lcc_planted_fault(void);
#else
static inline void lcc_planted_fault(void)
{
}
#endif

#endif
