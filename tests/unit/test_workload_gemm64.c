/* links: tw_workload tw_base */
#define TW_PRECISION 64
#include "test_workload_gemm.h"
