# rooms.cmake -- how a room is built, and who may depend on whom.

# Options ride on targets, never on directories.
add_library(project_warnings INTERFACE)
target_compile_options(project_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wno-sign-conversion -Wshadow -Wswitch-enum -Wdate-time -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -UNDEBUG -fno-strict-aliasing -ffp-contract=off)
if(MUSTER_WERROR)
  target_compile_options(project_warnings INTERFACE -Werror)
endif()
if(MUSTER_SANITIZE)
  target_compile_options(project_warnings INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(project_warnings INTERFACE -fsanitize=address,undefined)
endif()
if(MUSTER_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
    message(FATAL_ERROR "MUSTER_FUZZ needs clang, and its libFuzzer; this is ${CMAKE_C_COMPILER_ID} (cmake --preset fuzz)")
  endif()
  set(fuzz_flags -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(project_warnings INTERFACE ${fuzz_flags})
  target_link_options(project_warnings INTERFACE ${fuzz_flags})
endif()

# allow_only(target dep...): stops the configure when a target links to anything that is not named here.
function(allow_only target)
  if(NOT TARGET ${target})
    message(FATAL_ERROR "allow_only: there is no target ${target}")
  endif()
  get_target_property(linked ${target} LINK_LIBRARIES)
  foreach(dep IN LISTS linked)
    if(dep AND NOT dep IN_LIST ARGN)
      message(FATAL_ERROR "${target} may not depend on ${dep}: allowed are ${ARGN} (see ARCHITECTURE.md, the rooms)")
    endif()
  endforeach()
endfunction()
