/* Elementary functions without libm. */
#include "quantile.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* ln 2 in two parts: the first has 20 zeros at its end, so that k·high is exact */
#define LN2_HIGH 0x1.62e42fee00000p-1
#define LN2_LOW 0x1.a39ef35793c76p-33
#define SQRT2 1.41421356237309504880
#define INV_SQRT_2PI 0.39894228040143267794

/* x = m·2^e with m in [√½, √2); ln m = 2·artanh((m−1)/(m+1)), whose argument is below .172 */
double tw_ln(double x)
{
    int shift = 0;
    uint64_t bits;
    if (x < 0x1p-1022) {
        x *= 0x1p54;
        shift = -54;
    }
    memcpy(&bits, &x, sizeof bits);
    int exponent = (int)(bits >> 52) - 1023;
    bits = (bits & UINT64_C(0xfffffffffffff)) | UINT64_C(0x3ff0000000000000);
    double m;
    memcpy(&m, &bits, sizeof m);
    if (m >= SQRT2) {
        m *= 0.5;
        exponent++;
    }
    double f = (m - 1.0) / (m + 1.0), square = f * f, sum = 0.0, e = exponent + shift;
    for (int n = 23; n >= 3; n -= 2)
        sum = (sum + 1.0 / n) * square;
    return e * LN2_HIGH + (2.0 * f + (2.0 * f * sum + e * LN2_LOW));
}

static double power_of_two(int exponent)
{
    uint64_t bits = (uint64_t)(exponent + 1023) << 52;
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* e^x = 2^k·e^r with |r| ≤ ln(2)/2; Taylor's series of e^r to r^14/14! < 5e-18 */
double tw_exponential(double x)
{
    if (x > 710.0)
        return HUGE_VAL;
    if (x < -746.0)
        return 0.0;
    int k = (int)(x * 1.44269504088896340736 + (x < 0.0 ? -0.5 : 0.5));
    double r = (x - k * LN2_HIGH) - k * LN2_LOW, sum = 1.0;
    for (int n = 14; n >= 1; n--)
        sum = 1.0 + sum * r / n;
    int half = k / 2;
    return sum * power_of_two(half) * power_of_two(k - half);
}

static double density(double z)
{
    return INV_SQRT_2PI * tw_exponential(-0.5 * z * z);
}

/* P(Z > z), z ≥ 0 */
static double normal_tail(double z)
{
    if (z < 2.5) {
        double term = z, sum = z;
        for (int n = 3; term > 1e-18 * sum; n += 2) {
            term *= z * z / n;
            sum += term;
        }
        return 0.5 - density(z) * sum;
    }
    double below = z;
    for (int n = 200; n >= 1; n--)
        below = z + n / below;
    return density(z) / below;
}

double tw_normal_upper(double p)
{
    double t = sqrt(-2.0 * tw_ln(p));
    double z = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
                       (1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    if (z < 0.0)
        z = 0.0;
    for (int i = 0; i < 4; i++) {
        double tail = normal_tail(z);
        /* on the logarithm, which is nearly a parabola: far out the tail itself is too flat */
        z += tw_ln(tail / p) * tail / density(z);
    }
    return z < 0.0 ? 0.0 : z;
}

/* ln Γ(a), a > 0, by Lanczos' approximation (g = 7, nine terms) at a + 1 */
static double ln_gamma(double a)
{
    static const double c[] = {0.99999999999980993,  676.5203681218851,     -1259.1392167224028,
                               771.32342877765313,   -176.61502916214059,   12.507343278686905,
                               -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7};
    double sum = c[0], t = a + 7.5;
    for (int i = 1; i < 9; i++)
        sum += c[i] / (a + i);
    return 0.91893853320467274178 + (a + 0.5) * tw_ln(t) - t + tw_ln(sum) - tw_ln(a);
}

/* P(X > x), x > 0 */
static double gamma_tail(double a, double x, double ln_gamma_a)
{
    double front = tw_exponential(a * tw_ln(x) - x - ln_gamma_a);
    if (x < a + 1.0) {
        double term = 1.0 / a, sum = term;
        for (double n = a + 1.0; term > 1e-17 * sum; n += 1.0) {
            term *= x / n;
            sum += term;
        }
        return 1.0 - front * sum;
    }
    /* Lentz's method */
    double b = x + 1.0 - a, c = 1e300, d = 1.0 / b, h = d, change = 0.0;
    for (int i = 1; i < 10000 && fabs(change - 1.0) > 1e-16; i++) {
        double an = -i * (i - a);
        b += 2.0;
        d = 1.0 / (an * d + b);
        c = b + an / c;
        change = d * c;
        h *= change;
    }
    return front * h;
}

double tw_gamma_upper(double a, double p)
{
    double ln_gamma_a = ln_gamma(a), low = 0.0, high = a + 1.0;
    while (gamma_tail(a, high, ln_gamma_a) > p) {
        low = high;
        high *= 2.0;
    }
    /* a small shape puts nearly all mass next to 0: halve the exponent first */
    for (double least = high * 0.5; low == 0.0 && least > 1e-300; least *= least < 1 ? least : 0.5)
        if (gamma_tail(a, least, ln_gamma_a) > p)
            low = least;
        else
            high = least;
    for (int i = 0; i < 1100 && high - low > 1e-14 * high && high > 1e-300; i++) {
        double middle = low > 0.0 && high > 4.0 * low ? sqrt(low) * sqrt(high) : 0.5 * (low + high);
        if (gamma_tail(a, middle, ln_gamma_a) > p)
            low = middle;
        else
            high = middle;
    }
    return high;
}
