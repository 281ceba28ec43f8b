include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/waybill")
install(DIRECTORY include/waybill DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}")

# Core and transport are separate export sets: a consumer of the core does not need curl.
install(TARGETS waybill EXPORT waybill-core)
install(EXPORT waybill-core NAMESPACE waybill:: DESTINATION "${package_dir}")
if(WAYBILL_WITH_TRANSPORT)
  install(TARGETS waybill_transport EXPORT waybill-transport)
  install(EXPORT waybill-transport NAMESPACE waybill:: DESTINATION "${package_dir}")
endif()

configure_package_config_file(cmake/waybill-config.cmake.in "${PROJECT_BINARY_DIR}/waybill-config.cmake"
  INSTALL_DESTINATION "${package_dir}")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/waybill-config-version.cmake"
  COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES "${PROJECT_BINARY_DIR}/waybill-config.cmake" "${PROJECT_BINARY_DIR}/waybill-config-version.cmake"
  cmake/Findutf8proc.cmake DESTINATION "${package_dir}")

# Relative, so that an installation can be moved.
file(RELATIVE_PATH prefix_from_pkgconfig "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
foreach(module IN ITEMS waybill waybill-transport)
  configure_file(cmake/${module}.pc.in "${PROJECT_BINARY_DIR}/${module}.pc" @ONLY)
  install(FILES "${PROJECT_BINARY_DIR}/${module}.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endforeach()
