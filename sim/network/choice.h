/* `auto`: which schedule carries an exchange that names none. */
#ifndef TW_NETWORK_CHOICE_H
#define TW_NETWORK_CHOICE_H

#include "network.h"

/* What every schedule would cost is its α-β cost (tw_algorithm_choose). Where the network has a
 * curve, bytes cost by the size of the message that they are in, which β alone does not know: there
 * each schedule that max-plus prices for this exchange alone, of all ranks at once, is priced by
 * it, with curve and γ, and the one whose last rank ends first is taken; ties go to the list's
 * order. Where messages share links (tw_choice_shares_links) and ranks are not too many
 * (TW_CHOICE_RANKS), each schedule is simulated, if the pricing has a place for what comes of it
 * (tw_pricing.choices; choice_events.h). Elsewhere α-β decides. O(messages of all schedules).
 * TW_MEMORY; TW_REFUSED: none carries it. */
tw_status tw_choice_auto(const struct tw_pricing *pricing, const struct tw_comm *comm,
                         const struct tw_layout *layout, double alpha_s, double beta_sB,
                         const struct tw_algorithm **algorithm, struct tw_err *err) TW_MUST_CHECK;

#endif
