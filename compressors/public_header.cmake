# Joins the headers that a program outside needs into one: <thinwire/compressors.h>. The parts stay
# what the library itself is built from, so that the two cannot drift apart.
#   cmake -DROOM=compressors -DOUT=FILE -DVERSION=0.1.0 -P public_header.cmake
set(parts base/status.h base/err.h base/exchange.h base/option.h base/member.h base/precision.h
  base/tensor.h base/work.h base/arena.h base/rng.h base/vec.h compressor.h one_rank.h plugin.h)
set(text "/* Thinwire's gradient compressors ${VERSION}: the whole door of libthinwire-compressors.
 * Made from the headers in compressors/ by public_header.cmake; edit those. */
#ifdef __cplusplus
extern \"C\" {
#endif
")
foreach(part ${parts})
  file(READ ${ROOM}/${part} one)
  string(REGEX REPLACE "#include \"[^\"]*\"[^\n]*\n" "" one "${one}")
  string(APPEND text "\n/* ======== ${part} ======== */\n${one}")
endforeach()
string(APPEND text "\n#ifdef __cplusplus\n}\n#endif\n")
file(WRITE ${OUT}.new "${text}")
execute_process(COMMAND ${CMAKE_COMMAND} -E copy_if_different ${OUT}.new ${OUT})
file(REMOVE ${OUT}.new)
