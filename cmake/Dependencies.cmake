# Everything from Debian 12's packages (scripts/install-dependencies).
find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(SQLITE REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
# Debian's Poco 1.11 names a target that FindPostgreSQL does not make.
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
if(NOT TARGET PostgreSQL::client)
  add_library(PostgreSQL::client INTERFACE IMPORTED)
  target_link_libraries(PostgreSQL::client INTERFACE PkgConfig::LIBPQ)
endif()
find_package(Poco 1.11 REQUIRED COMPONENTS Foundation Util Net Data DataSQLite)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)

# The generated C of llhttp, from node-llhttp.
add_library(llhttp STATIC /usr/share/llhttp/api.c /usr/share/llhttp/http.c /usr/share/llhttp/llhttp.c)
target_include_directories(llhttp SYSTEM PUBLIC /usr/share/include)
target_include_directories(llhttp SYSTEM PRIVATE /usr/share/include/llhttp)
target_compile_definitions(llhttp PUBLIC LLHTTP_STRICT_MODE=1)
target_compile_options(llhttp PRIVATE -w)

if(BUILD_TESTING)
  find_package(GTest 1.12 REQUIRED)
endif()
