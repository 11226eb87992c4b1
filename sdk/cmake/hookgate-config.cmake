# find_package(hookgate): the target hookgate::sdk and hookgate_add_plugin(), from an installed SDK.
if(NOT TARGET hookgate::sdk)
  add_library(hookgate::sdk INTERFACE IMPORTED)
  set_target_properties(hookgate::sdk PROPERTIES
    INTERFACE_INCLUDE_DIRECTORIES ${CMAKE_CURRENT_LIST_DIR}/../../../include)
endif()
include(${CMAKE_CURRENT_LIST_DIR}/HookgatePlugin.cmake)
