/* links: tw_base */
/* Vector kernels in double. */
#define TW_PRECISION 64
#include "unit/base_vec_body.h"
