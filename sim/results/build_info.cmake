# Writes HEADER with the commit and whether the binary's sources differ from it. Run at every build,
# it touches the file only when something changed. Without git, or outside of a repository, the
# commit is empty: the manifest then says null.
set(commit "")
set(dirty 0)
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} --no-optional-locks -C ${SOURCE} rev-parse --verify HEAD
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
  if(failed)
    set(commit "")
  else()
    execute_process(COMMAND ${GIT} --no-optional-locks -C ${SOURCE} status --porcelain
      --untracked-files=all -- compressors sim CMakeLists.txt
      OUTPUT_VARIABLE changes OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(failed OR NOT changes STREQUAL "")
      set(dirty 1)
    endif()
  endif()
endif()
set(text "#define TW_GIT_COMMIT \"${commit}\"\n#define TW_GIT_DIRTY ${dirty}\n")
set(before "")
if(EXISTS ${HEADER})
  file(READ ${HEADER} before)
endif()
if(NOT before STREQUAL text)
  file(WRITE ${HEADER} "${text}")
endif()
