/* What kernels cost on a device: launch + elements·(seconds per element at that size)
 * + selected·(seconds per selected). */
#ifndef TW_BASE_DEVICE_H
#define TW_BASE_DEVICE_H

#include "work.h"

#define TW_DEVICE_POINTS 16

/* seconds per element at the sizes `elements` (ascending); between them linear in log(elements),
 * outside them the end's value. points = 0: this kernel is unknown to the device. */
struct tw_kernel_cost {
    double launch_s;
    double selected_s;
    int points;
    double elements[TW_DEVICE_POINTS];
    double element_s[TW_DEVICE_POINTS];
};

struct tw_device {
    char id[64];
    char source[256];  /* where the numbers come from */
    double combine_sB; /* γ: seconds per byte combined during a reduction */
    double flops;      /* floating-point operations per second that training reaches; 0: unknown */
    struct tw_kernel_cost kernels[TW_KERNEL_COUNT];
};

/* Seconds of one item; TW_REFUSED when the device does not know the kernel. A zeroed device (id "")
 * is "no device": every kernel costs 0. elements = 0 costs nothing, not even the launch. */
tw_status tw_device_seconds(const struct tw_device *device, const struct tw_work_item *item,
                            double *seconds) TW_MUST_CHECK;

#endif
