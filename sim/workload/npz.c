/* NumPy's .npz (numpy.savez, numpy.savez_compressed): a zip whose members are NAME.npy. */
#include "arrays.h"

#include <stdlib.h>
#include <string.h>
#include "zip.h"

static tw_status add_member(const struct tw_zip_member *member, struct tw_arrays *arrays,
                            struct tw_err *err)
{
    const size_t suffix_B = 4;
    const uint8_t *bytes;
    uint8_t *owned;
    struct tw_npy npy;
    struct tw_err inner = {0};
    tw_status status;

    if (member->name_B <= suffix_B ||
        memcmp(member->name + member->name_B - suffix_B, ".npy", suffix_B) != 0) {
        tw_err_set(err, TW_REFUSED, ".npz: member '%.*s' is not called NAME.npy",
                   (int)(member->name_B < 64 ? member->name_B : 64), member->name);
        return tw_err_hint(err, TW_REFUSED, "numpy.savez(file, NAME=array, …)");
    }
    status = tw_zip_unpack(member, &bytes, &owned, &inner);
    if (status == TW_OK) {
        status = tw_npy_parse(bytes, (size_t)member->unpacked_B, &npy, &inner);
        if (status != TW_OK)
            free(owned);
    }
    if (status == TW_OK)
        return tw_arrays_add(arrays, member->name, member->name_B - suffix_B, &npy, owned, err);
    tw_err_set(err, status, "member '%.*s': %s", (int)(member->name_B < 64 ? member->name_B : 64),
               member->name, inner.text);
    return tw_err_hint(err, status, "%s", inner.hint);
}

tw_status tw_npz_parse(const uint8_t *bytes, size_t size, struct tw_arrays *arrays,
                       struct tw_err *err)
{
    struct tw_zip zip;
    tw_status status = tw_zip_open(bytes, size, &zip, err);

    while (status == TW_OK && zip.left > 0) {
        struct tw_zip_member member;
        status = tw_zip_next(&zip, &member, err);
        if (status == TW_OK)
            status = add_member(&member, arrays, err);
    }
    if (status == TW_OK && arrays->count == 0)
        status = tw_err_set(err, TW_CORRUPT, ".npz: it holds no array");
    if (status != TW_OK)
        tw_arrays_free(arrays);
    return status;
}
