# hookgate_add_module(<name> SOURCES <file>... [DEPENDS <target>...] [PRIVATE <target>...])
#
# One static library for each folder of core/. The link edges are the layer rule: a module may include
# only what it names in DEPENDS or PRIVATE.
function(hookgate_add_module name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS;PRIVATE" ${ARGN})
  add_library(hookgate_${name} STATIC ${arg_SOURCES})
  add_library(hookgate::${name} ALIAS hookgate_${name})
  target_include_directories(hookgate_${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(hookgate_${name} PUBLIC ${arg_DEPENDS} PRIVATE hookgate_flags ${arg_PRIVATE})
endfunction()

# hookgate_add_test(<name> SOURCES <file>... [DEPENDS <target>...] [LABELS <label>...] [SERVERS])
#
# One GoogleTest executable, every test of it known to ctest by its own name. SERVERS: it needs the private PostgreSQL
# and Redis servers that ctest starts once for all (tests/support/test_servers.py).
function(hookgate_add_test name)
  cmake_parse_arguments(arg "SERVERS" "" "SOURCES;DEPENDS;LABELS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE hookgate_flags ${arg_DEPENDS} GTest::gmock GTest::gtest_main)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  include(GoogleTest)
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  set(servers)
  if(arg_SERVERS)
    set(servers FIXTURES_REQUIRED test_servers ENVIRONMENT HOOKGATE_TEST_SERVERS=${PROJECT_BINARY_DIR}/test-servers)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS "${arg_LABELS}" TIMEOUT 120 ${servers})
endfunction()
