# hookgate_add_plugin(<name> VERSION <semver> SOURCES <file>... [VECTORS <json>...] [OUTPUT_DIRECTORY <dir>]
#                     [STATIC_RUNTIME] [NO_CHECK])
#
# Builds <name>.so the way the gateway expects it: one exported symbol, nothing unresolved, its own
# statics. The vectors travel inside the file, for `hookgate plugins check`, which is also a test named
# plugin.check.<name> when hookgate is installed or built alongside; NO_CHECK leaves that test out.
# STATIC_RUNTIME links libstdc++ in, for plugins that are shipped as binaries. `cmake --install` puts a
# plugin without an OUTPUT_DIRECTORY of its own into <prefix>/plugins, where an installed hookgate looks for it.
#
# hookgate_add_plugin_test(<name> PLUGIN <plugin> SOURCES <file>...)
#
# A test program named <name> that may use hookgate/testing.hpp; the macro HOOKGATE_PLUGIN_FILE is the path of the
# plugin that was built.

# Writes a source that puts the vectors, each ended by a zero byte, into the section .hg_vectors.
function(hookgate_embed_vectors name source)
  set(items "")
  foreach(vectors IN LISTS ARGN)
    get_filename_component(path ${vectors} ABSOLUTE)
    string(APPEND items "        \".incbin \\\"${path}\\\"\\n\"\n        \".byte 0\\n\"\n")
    set_property(SOURCE ${source} APPEND PROPERTY OBJECT_DEPENDS ${path})
  endforeach()
  file(CONFIGURE OUTPUT ${source} CONTENT
"__asm__(\".pushsection .hg_vectors,\\\"a\\\"\\n\"\n${items}        \".popsection\\n\");\n" @ONLY)
endfunction()

function(hookgate_add_plugin name)
  cmake_parse_arguments(arg "STATIC_RUNTIME;NO_CHECK" "VERSION;OUTPUT_DIRECTORY" "SOURCES;VECTORS" ${ARGN})
  if(NOT arg_VERSION OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "hookgate_add_plugin(${name}): VERSION and SOURCES are required")
  endif()
  set(installed NO)
  if(NOT arg_OUTPUT_DIRECTORY)
    set(arg_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
    set(installed YES)
  endif()
  # A plugin all in C needs no C++ compiler, and no C++ library.
  set(language C)
  set(extension c)
  if(arg_SOURCES MATCHES "\\.(cpp|cc|cxx|C)(;|$)")
    set(language CXX)
    set(extension cpp)
  endif()
  if(arg_VECTORS)
    set(embedded ${CMAKE_CURRENT_BINARY_DIR}/${name}_vectors.${extension})
    hookgate_embed_vectors(${name} ${embedded} ${arg_VECTORS})
    list(APPEND arg_SOURCES ${embedded})
  endif()

  add_library(${name} MODULE ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE hookgate::sdk)
  if(TARGET hookgate_flags)
    target_link_libraries(${name} PRIVATE hookgate_flags)
  endif()
  if(language STREQUAL CXX)
    target_compile_features(${name} PRIVATE cxx_std_20)
  endif()
  target_compile_definitions(${name} PRIVATE HG_PLUGIN_VERSION="${arg_VERSION}")
  target_compile_options(${name} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
  target_link_options(${name} PRIVATE
    LINKER:--version-script=${CMAKE_CURRENT_FUNCTION_LIST_DIR}/hookgate_plugin.map LINKER:-z,now LINKER:-z,relro
    $<$<BOOL:${arg_STATIC_RUNTIME}>:-static-libstdc++> $<$<BOOL:${arg_STATIC_RUNTIME}>:-static-libgcc>)
  # Sanitized code takes the sanitizer's runtime from the program that loads it: the tests of the same build, but not an
  # installed hookgate.
  string(FIND "${CMAKE_C_FLAGS} ${CMAKE_CXX_FLAGS}" "-fsanitize" sanitized_at)
  if(NOT HOOKGATE_SANITIZE AND NOT HOOKGATE_FUZZ AND sanitized_at EQUAL -1)
    target_link_options(${name} PRIVATE LINKER:-z,defs)
  endif()
  set_target_properties(${name} PROPERTIES
    PREFIX "" OUTPUT_NAME ${name} LIBRARY_OUTPUT_DIRECTORY ${arg_OUTPUT_DIRECTORY} CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON LINK_DEPENDS ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/hookgate_plugin.map)
  if(installed)
    install(TARGETS ${name} LIBRARY DESTINATION plugins)
  endif()
  if(TARGET hookgate::hookgate AND BUILD_TESTING AND NOT arg_NO_CHECK AND sanitized_at EQUAL -1)
    add_test(NAME plugin.check.${name}
      COMMAND $<TARGET_FILE:hookgate::hookgate> plugins check $<TARGET_FILE:${name}>)
    set_tests_properties(plugin.check.${name} PROPERTIES LABELS unit TIMEOUT 120)
  endif()
endfunction()

function(hookgate_add_plugin_test name)
  cmake_parse_arguments(arg "" "PLUGIN" "SOURCES" ${ARGN})
  if(NOT arg_PLUGIN OR NOT arg_SOURCES OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "hookgate_add_plugin_test(${name}): PLUGIN and SOURCES are required")
  endif()
  if(NOT TARGET hookgate::testing)
    message(FATAL_ERROR "hookgate_add_plugin_test(${name}): this SDK has headers only; install all of hookgate")
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE hookgate::testing)
  if(TARGET hookgate_flags)
    target_link_libraries(${name} PRIVATE hookgate_flags)
  endif()
  target_compile_features(${name} PRIVATE cxx_std_20)
  target_compile_definitions(${name} PRIVATE HOOKGATE_PLUGIN_FILE="$<TARGET_FILE:${arg_PLUGIN}>")
  set_target_properties(${name} PROPERTIES CXX_EXTENSIONS OFF)
  add_dependencies(${name} ${arg_PLUGIN})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 120)
endfunction()
