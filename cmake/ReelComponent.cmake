include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(REEL_PACKAGE_DIR "${CMAKE_INSTALL_DATADIR}/cmake/reel")

# reel_package_entry(<name> <target> <install component>)
#
# Installs <target> as reel::<name>, which find_package(reel COMPONENTS <name>) provides. The caller's variables
# component_COMPONENTS and component_PACKAGES list the parts of Reel and the packages that must be found first.
function(reel_package_entry name target install_component)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT reel-${name}-targets COMPONENT ${install_component})
  install(EXPORT reel-${name}-targets NAMESPACE reel:: DESTINATION "${REEL_PACKAGE_DIR}" COMPONENT ${install_component})
  configure_file("${PROJECT_SOURCE_DIR}/cmake/reel-component.cmake.in"
                 "${PROJECT_BINARY_DIR}/package/reel-${name}-component.cmake" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/package/reel-${name}-component.cmake" DESTINATION "${REEL_PACKAGE_DIR}"
          COMPONENT ${install_component})
endfunction()

# reel_package(<install component>)
#
# Installs the package itself, which finds whatever entries are installed beside it, and the license.
function(reel_package install_component)
  install(FILES "${PROJECT_SOURCE_DIR}/cmake/reel-config.cmake" "${PROJECT_BINARY_DIR}/package/reel-config-version.cmake"
          DESTINATION "${REEL_PACKAGE_DIR}" COMPONENT ${install_component})
  install(FILES "${PROJECT_SOURCE_DIR}/LICENSE" DESTINATION "${CMAKE_INSTALL_DATADIR}/licenses/reel"
          COMPONENT ${install_component})
endfunction()

# reel_component(<name> [COMPONENTS <component>...] [PACKAGES <package>...] [LIBRARIES <target>...] [FEATURES <feature>...])
#
# Makes the INTERFACE target reel::<name> with the headers in ./include, its own export set and its own entry in the
# package. COMPONENTS are the parts of Reel it builds on; PACKAGES are what find_package must find before LIBRARIES
# exist, one string each, version included: "CURL 7.80".
function(reel_component name)
  cmake_parse_arguments(PARSE_ARGV 1 component "" "" "COMPONENTS;PACKAGES;LIBRARIES;FEATURES")
  foreach(package IN LISTS component_PACKAGES)
    separate_arguments(package)
    find_package(${package} REQUIRED)
  endforeach()

  add_library(reel_${name} INTERFACE)
  add_library(reel::${name} ALIAS reel_${name})
  target_compile_features(reel_${name} INTERFACE ${component_FEATURES})
  target_include_directories(reel_${name} INTERFACE "$<BUILD_INTERFACE:${CMAKE_CURRENT_SOURCE_DIR}/include>"
                                                    "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  list(TRANSFORM component_COMPONENTS PREPEND "reel::" OUTPUT_VARIABLE parts)
  target_link_libraries(reel_${name} INTERFACE ${parts} ${component_LIBRARIES})

  if(NOT REEL_INSTALL)
    return()
  endif()
  # The conformance suite lives in the core's folder, but belongs to its own component.
  if(name STREQUAL "testing")
    set(headers include/reel/testing)
    set(destination "${CMAKE_INSTALL_INCLUDEDIR}/reel")
  else()
    set(headers include/)
    set(destination "${CMAKE_INSTALL_INCLUDEDIR}")
  endif()
  if(name STREQUAL "core")
    set(without PATTERN testing EXCLUDE)
  endif()
  install(DIRECTORY ${headers} DESTINATION "${destination}" COMPONENT reel-${name} FILES_MATCHING
          PATTERN "*.hpp" PATTERN "*.ipp" ${without})
  reel_package_entry(${name} reel_${name} reel-${name})
endfunction()

option(REEL_BUILD_COMPILED "Build the compiled targets, reel::<component>_compiled, and install them" OFF)

# reel_compiled_component(<name> <header> [COMPONENTS <component>...])
#
# Makes the static library reel::<name>_compiled from one source, which includes <header>: the component <name>, with
# REEL_SEPARATE_COMPILATION for everything that links it. COMPONENTS are the compiled parts of Reel that it builds on. Built
# if it is linked, and always and for the package with REEL_BUILD_COMPILED. All sources of a program must link the compiled
# targets, or none.
function(reel_compiled_component name header)
  cmake_parse_arguments(PARSE_ARGV 2 component "" "" "COMPONENTS")
  set(target reel_${name}_compiled)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/${target}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "#include <${header}>\n")
  set(exclude EXCLUDE_FROM_ALL)
  if(REEL_BUILD_COMPILED)
    set(exclude)
  endif()
  add_library(${target} STATIC ${exclude} ${source})
  add_library(reel::${name}_compiled ALIAS ${target})
  target_compile_definitions(${target} PUBLIC REEL_SEPARATE_COMPILATION)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON CXX_EXTENSIONS OFF)
  list(TRANSFORM component_COMPONENTS PREPEND "reel::" OUTPUT_VARIABLE parts)
  list(TRANSFORM parts APPEND "_compiled")
  target_link_libraries(${target} PUBLIC reel::${name} ${parts})
  if(REEL_INSTALL AND REEL_BUILD_COMPILED)
    list(TRANSFORM component_COMPONENTS APPEND "_compiled")
    list(APPEND component_COMPONENTS ${name})
    reel_package_entry(${name}_compiled ${target} reel-${name}_compiled)
  endif()
endfunction()

if(REEL_INSTALL)
  set(any_architecture ARCH_INDEPENDENT)
  if(REEL_BUILD_COMPILED)
    set(any_architecture)
  endif()
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/reel-config-version.cmake"
                                   COMPATIBILITY SameMinorVersion ${any_architecture})
  reel_package(reel-core)
endif()
