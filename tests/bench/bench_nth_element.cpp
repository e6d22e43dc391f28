// A peer of `thinwire bench --table`: the k largest magnitudes by std::nth_element.
// bench_nth_element RATIO ELEMENTS RUNS prints the seconds of every run.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <random>
#include <vector>

static double now()
{
    std::timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    const double ratio = std::atof(argv[1]);
    const std::size_t n = std::strtoull(argv[2], nullptr, 10);
    const std::size_t kept = static_cast<std::size_t>(ratio * static_cast<double>(n));
    if (n == 0 || kept >= n)
        return 2;
    std::mt19937_64 generator(1);
    std::normal_distribution<float> normal;
    std::vector<float> x(n), magnitudes(n);
    for (float &value : x)
        value = normal(generator);
    for (int run = std::atoi(argv[3]); run > 0; run--) {
        const double start = now();
        std::transform(x.begin(), x.end(), magnitudes.begin(),
                       [](float value) { return std::fabs(value); });
        std::nth_element(magnitudes.begin(), magnitudes.begin() + static_cast<std::ptrdiff_t>(kept),
                         magnitudes.end(), std::greater<float>());
        std::printf("%.9f\n", now() - start);
    }
    return 0;
}
