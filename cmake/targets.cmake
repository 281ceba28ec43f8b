# waybill::waybill   header-only core, without curl
# waybill::transport the same and libcurl
# waybill::compiled  the core with its bodies compiled once, for our own binaries and tests
# waybill::compiled_transport  the same for what needs libcurl
add_library(waybill INTERFACE)
add_library(waybill::waybill ALIAS waybill)
target_compile_features(waybill INTERFACE cxx_std_20)
target_include_directories(waybill INTERFACE
  "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>" "$<INSTALL_INTERFACE:include>")
target_link_libraries(waybill INTERFACE Boost::json OpenSSL::Crypto range-v3::range-v3 utf8proc::utf8proc Threads::Threads)

if(WAYBILL_WITH_TRANSPORT)
  add_library(waybill_transport INTERFACE)
  add_library(waybill::transport ALIAS waybill_transport)
  set_target_properties(waybill_transport PROPERTIES EXPORT_NAME transport)
  target_link_libraries(waybill_transport INTERFACE waybill CURL::libcurl)
endif()

# Flags of our own targets; never part of what consumers see.
add_library(waybill_flags INTERFACE)
target_compile_options(waybill_flags INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow
  $<$<BOOL:${WAYBILL_WERROR}>:-Werror>
  # g++ 12 reports false overlaps in std::string code at -O3
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
if(WAYBILL_SANITIZE)
  target_compile_options(waybill_flags INTERFACE -fsanitize=${WAYBILL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(waybill_flags INTERFACE -fsanitize=${WAYBILL_SANITIZE})
endif()

# A few body files of one folder a translation unit: most of the work is reading the headers they share, and what changes is still
# little. Tests of what is inside `alone` include these bodies themselves, in the place of the library's.
set(alone "^waybill/impl/(hash/crc64nvme|scan/beneath)[.]ipp$")
file(GLOB_RECURSE bodies RELATIVE "${PROJECT_SOURCE_DIR}/include" CONFIGURE_DEPENDS include/waybill/impl/*.ipp)
set(body_sources)
set(transport_sources)
foreach(body IN LISTS bodies)
  get_filename_component(folder "${body}" DIRECTORY)
  string(REPLACE "/" "_" unit "${body}")
  set(unit "${PROJECT_BINARY_DIR}/compiled/${unit}.cpp")
  file(CONFIGURE OUTPUT "${unit}" CONTENT "#include <${body}>\n" @ONLY)
  if(body MATCHES "^waybill/impl/http/curl")
    list(APPEND transport_sources "${unit}")
  else()
    list(APPEND body_sources "${unit}")
    if(NOT body MATCHES "${alone}")
      math(EXPR group "0${place_of_${folder}} / 6")
      math(EXPR place_of_${folder} "0${place_of_${folder}} + 1")
      string(REPLACE "/" "_" group "${folder}_${group}")
      set_source_files_properties("${unit}" PROPERTIES UNITY_GROUP "${group}")
    endif()
  endif()
endforeach()
add_library(waybill_compiled STATIC EXCLUDE_FROM_ALL ${body_sources})
add_library(waybill::compiled ALIAS waybill_compiled)
set_target_properties(waybill_compiled PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
target_compile_definitions(waybill_compiled PUBLIC WAYBILL_SEPARATE_COMPILATION)
target_link_libraries(waybill_compiled PUBLIC waybill PRIVATE waybill_flags)
# g++ 12 reports false bounds where it inlines much of a large unit into one function
target_compile_options(waybill_compiled PRIVATE
  $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-array-bounds>)
if(WAYBILL_WITH_TRANSPORT)
  add_library(waybill_compiled_transport STATIC EXCLUDE_FROM_ALL ${transport_sources})
  add_library(waybill::compiled_transport ALIAS waybill_compiled_transport)
  target_link_libraries(waybill_compiled_transport PUBLIC waybill_compiled waybill_transport PRIVATE waybill_flags)
endif()

# What our own binaries link: waybill_own, and waybill_own_transport for those that use the network.
add_library(waybill_own INTERFACE)
add_library(waybill_own_transport INTERFACE)
target_link_libraries(waybill_own_transport INTERFACE waybill_own)
if(WAYBILL_HEADER_ONLY_TESTS)
  target_link_libraries(waybill_own INTERFACE waybill waybill_flags)
else()
  target_link_libraries(waybill_own INTERFACE waybill_compiled waybill_flags)
endif()
if(WAYBILL_WITH_TRANSPORT AND WAYBILL_HEADER_ONLY_TESTS)
  target_link_libraries(waybill_own_transport INTERFACE waybill_transport)
elseif(WAYBILL_WITH_TRANSPORT)
  target_link_libraries(waybill_own_transport INTERFACE waybill_compiled_transport)
endif()
