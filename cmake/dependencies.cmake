# Everything the kit links; the list stands again in waybill-config.cmake.in for consumers.
if(PROJECT_IS_TOP_LEVEL)
  set(Boost_USE_STATIC_LIBS ON)  # adapters are copied into foreign containers: fewer libraries to bring along
endif()
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS json)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(range-v3 CONFIG REQUIRED)  # no version: its config file accepts only the exact one
find_package(Threads REQUIRED)
find_package(utf8proc MODULE REQUIRED)
if(WAYBILL_WITH_TRANSPORT)
  find_package(CURL 7.88 REQUIRED)
endif()
