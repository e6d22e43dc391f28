/* links: tw_base */
/* Vector kernels in float. */
#define TW_PRECISION 32
#include "unit/base_vec_body.h"
