/* Seconds of a kernel from a device's table.
 * Linear in log(elements) between two measured sizes. The logarithm is our own, from + * / alone:
 * libm's log may differ in the last bit between processors, and seconds are part of results. */
#include "device.h"

#include <string.h>

/* Natural logarithm of a finite, normal x > 0, to about 1e-16: x = m·2^e with m in [√½, √2), and
 * ln m = 2·artanh(s) = 2·(s + s³/3 + s⁵/5 + …), s = (m−1)/(m+1), |s| < 0.172. */
static double natural_log(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & 0x000fffffffffffffU) | 0x3ff0000000000000U;
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m > 1.4142135623730951) {
        m *= 0.5;
        exponent++;
    }
    double s = (m - 1) / (m + 1), s2 = s * s, sum = 0;
    for (int n = 23; n >= 1; n -= 2)
        sum = sum * s2 + 1.0 / n;
    return 2 * s * sum + exponent * 0.69314718055994531;
}

static double element_seconds(const struct tw_kernel_cost *cost, double elements)
{
    int last = cost->points - 1;
    if (elements <= cost->elements[0])
        return cost->element_s[0];
    if (elements >= cost->elements[last])
        return cost->element_s[last];
    int i = 1;
    while (cost->elements[i] < elements)
        i++;
    double low = cost->elements[i - 1], high = cost->elements[i];
    double share = natural_log(elements / low) / natural_log(high / low);
    return cost->element_s[i - 1] + share * (cost->element_s[i] - cost->element_s[i - 1]);
}

tw_status tw_device_seconds(const struct tw_device *device, const struct tw_work_item *item,
                            double *seconds)
{
    *seconds = 0;
    if (device->id[0] == '\0' || item->elements == 0)
        return TW_OK;
    if ((unsigned)item->kernel >= TW_KERNEL_COUNT)
        return TW_INTERNAL;
    const struct tw_kernel_cost *cost = &device->kernels[item->kernel];
    if (cost->points <= 0)
        return TW_REFUSED;
    double elements = (double)item->elements;
    *seconds = cost->launch_s + elements * element_seconds(cost, elements) +
               (double)item->selected * cost->selected_s;
    return TW_OK;
}
