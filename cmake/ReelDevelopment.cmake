# Settings for work on Reel itself.

set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# The headers are held to all of reel_strict_warnings, in tests/static. A program writes a record with designated
# initialisers and means what it leaves out, hence reel_warnings.
set(warnings -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
add_library(reel_strict_warnings INTERFACE)
target_compile_options(reel_strict_warnings INTERFACE ${warnings})
add_library(reel_warnings INTERFACE)
target_compile_options(reel_warnings INTERFACE ${warnings} -Wno-missing-field-initializers)

# Precompiled headers are cached only if ccache may trust that they stand for what they were made from.
find_program(REEL_CCACHE ccache)
if(REEL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros "${REEL_CCACHE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()
