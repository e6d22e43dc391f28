/* Slices as messages of small integers: sizes. */
#include "stage_real.h"

#include "bits.h"

struct tw_stage tw_stage_of(uint64_t slice, uint64_t block, unsigned bits, unsigned value_B)
{
    struct tw_stage stage = {.slice = slice, .block = block, .bits = bits};
    stage.blocks = slice > 0 ? (slice - 1) / block + 1 : 0;
    stage.message_B = stage.blocks * value_B + tw_bits_B(slice, bits);
    stage.range = (1 << (bits - 1)) - 1;
    return stage;
}
