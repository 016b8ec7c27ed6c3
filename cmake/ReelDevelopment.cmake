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

# gcc starts to collect its garbage at 256 MiB, which costs a tenth of the time of such sources; this moves the start to
# 1 GiB. The parameter is half of that, in KiB, because a collection waits until the heap has doubled.
add_compile_options("$<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=500000>")

# gold links the test programs in less than half the time of the linker of binutils.
include(CheckLinkerFlag)
check_linker_flag(CXX -fuse-ld=gold REEL_HAS_GOLD)
if(REEL_HAS_GOLD)
  add_link_options($<$<CONFIG:Debug>:-fuse-ld=gold>)
endif()

# Later versions of clang report std::get_temporary_buffer within std::stable_sort of libstdc++ 12.
set(later_clang "$<AND:$<CXX_COMPILER_ID:Clang>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,17>>")
set(stable_sort_warning "$<${later_clang}:-Wno-deprecated-declarations>")
add_compile_options("${stable_sort_warning}")

# Precompiled headers are cached only if ccache may trust that they stand for what they were made from.
find_program(REEL_CCACHE ccache)
if(REEL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros "${REEL_CCACHE}")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-fpch-preprocess)
  endif()
endif()

# A unity build compiles several sources of a program as one, so that they pay once for the templates and inline
# functions of the headers that they share. It hides a missing include, and an edit compiles the whole batch again, hence
# the option. A source must compile alone too; to check that, configure with -DREEL_UNITY_BUILD=OFF and build.
option(REEL_UNITY_BUILD "Compile several sources as one where that saves time" ON)

# reel_unity_build(<target>)
#
# Compiles the sources of <target> in batches of 20 at most, of equal size, and in two batches at least, for two cores. A
# batch of 20 of the reel command needs 2 GiB.
function(reel_unity_build target)
  get_target_property(sources ${target} SOURCES)
  list(LENGTH sources count)
  math(EXPR batches "(${count} + 19) / 20")
  if(batches LESS 2)
    set(batches 2)
  endif()
  math(EXPR size "(${count} + ${batches} - 1) / ${batches}")
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${REEL_UNITY_BUILD} UNITY_BUILD_BATCH_SIZE ${size})
endfunction()

# The compiled targets are a few sources, and most of the time of the tests is spent in them. With the address sanitizer
# optimising them takes longer than it saves: the source of Legacy two minutes instead of one.
set(compiled_level $<$<CONFIG:Debug>:-O1>)
if(CMAKE_CXX_FLAGS_DEBUG MATCHES "sanitize=address")
  set(compiled_level)
endif()
foreach(component IN ITEMS core memory filesystem legacy appwrite)
  if(TARGET reel_${component}_compiled)
    target_compile_options(reel_${component}_compiled PRIVATE "${compiled_level}" "${stable_sort_warning}")
  endif()
endforeach()
