/* Keys: XXH3-128 (Collet, xxHash 0.8) of a text, most significant byte first as xxhsum prints it.
 */
#include <xxhash.h>
#include "results.h"

void tw_key_of(const char *text, size_t size, char key[33])
{
    static const char digits[] = "0123456789abcdef";
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(text, size));
    for (size_t i = 0; i < sizeof canonical.digest; i++) {
        key[2 * i] = digits[canonical.digest[i] >> 4];
        key[2 * i + 1] = digits[canonical.digest[i] & 15];
    }
    key[32] = '\0';
}
