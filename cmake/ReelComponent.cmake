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
  install(DIRECTORY ${headers} DESTINATION "${destination}" COMPONENT reel-${name} FILES_MATCHING PATTERN "*.hpp" ${without})
  reel_package_entry(${name} reel_${name} reel-${name})
endfunction()

if(REEL_INSTALL)
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/package/reel-config-version.cmake"
                                   COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
  reel_package(reel-core)
endif()
