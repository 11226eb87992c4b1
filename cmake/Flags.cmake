# hookgate_flags: what every target of ours is compiled and linked with. Warnings become errors through
# the presets (CMAKE_COMPILE_WARNING_AS_ERROR), so that packagers with another compiler are not punished.
add_library(hookgate_flags INTERFACE)
target_compile_options(hookgate_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wformat=2
  -Wimplicit-fallthrough -Wundef
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast> $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor>
  $<$<COMPILE_LANGUAGE:CXX>:-Woverloaded-virtual>
  # At -O3 GCC 12 sees overlapping copies in "text" + std::string{...} (gcc.gnu.org/PR105651).
  $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>
  -fstack-protector-strong -fstack-clash-protection -fcf-protection -fno-omit-frame-pointer)
target_link_options(hookgate_flags INTERFACE LINKER:-z,relro LINKER:-z,now)
if(HOOKGATE_SANITIZE)
  target_compile_options(hookgate_flags INTERFACE -fsanitize=${HOOKGATE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(hookgate_flags INTERFACE -fsanitize=${HOOKGATE_SANITIZE})
else()
  target_compile_definitions(hookgate_flags INTERFACE
    _GLIBCXX_ASSERTIONS $<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
endif()
if(HOOKGATE_FUZZ)
  target_compile_options(hookgate_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(HOOKGATE_FAIL_POINTS)
  target_compile_definitions(hookgate_flags INTERFACE HOOKGATE_FAIL_POINTS)
endif()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
