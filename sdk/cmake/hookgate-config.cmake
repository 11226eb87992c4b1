# find_package(hookgate 1.0): what a plugin is built and tested with, from an installation or a build tree.
#   hookgate::sdk       the headers
#   hookgate::testing   what hookgate/testing.hpp calls
#   hookgate::hookgate  the program, for `plugins check`
#   hookgate_add_plugin(), hookgate_add_plugin_test()
# The last two targets are there only when the installation has more than the headers.
get_filename_component(hookgate_prefix ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
if(NOT TARGET hookgate::sdk)
  add_library(hookgate::sdk INTERFACE IMPORTED)
  set_target_properties(hookgate::sdk PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${hookgate_prefix}/include)
endif()
if(NOT TARGET hookgate::testing AND EXISTS ${hookgate_prefix}/lib/libhookgate_testing.so)
  add_library(hookgate::testing SHARED IMPORTED)
  set_target_properties(hookgate::testing PROPERTIES
    IMPORTED_LOCATION ${hookgate_prefix}/lib/libhookgate_testing.so
    INTERFACE_LINK_LIBRARIES hookgate::sdk)
endif()
if(NOT TARGET hookgate::hookgate AND EXISTS ${hookgate_prefix}/bin/hookgate)
  add_executable(hookgate::hookgate IMPORTED)
  set_target_properties(hookgate::hookgate PROPERTIES IMPORTED_LOCATION ${hookgate_prefix}/bin/hookgate)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/HookgatePlugin.cmake)
