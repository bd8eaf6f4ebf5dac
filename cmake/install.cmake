# install.cmake -- what `cmake --install` puts where: the command (cli/), its scenarios, and the core as a library.
#
# Nothing holds an absolute path, so an installed tree may be moved.
install(TARGETS gang_core ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/core/include/gang DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

file(RELATIVE_PATH GANG_PC_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" GANG_PC_PREFIX "${GANG_PC_PREFIX}")
configure_file(${CMAKE_SOURCE_DIR}/cmake/gang_core.pc.in ${CMAKE_BINARY_DIR}/gang_core.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/gang_core.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/README.md ${CMAKE_SOURCE_DIR}/CHANGELOG.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})
if(EXISTS ${CMAKE_SOURCE_DIR}/NOTICE)
  install(FILES ${CMAKE_SOURCE_DIR}/NOTICE DESTINATION ${CMAKE_INSTALL_DOCDIR})
endif()

file(RELATIVE_PATH scenarios_from_bin /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_DATADIR}/muster/scenarios)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/scenarios/ DESTINATION ${CMAKE_INSTALL_DATADIR}/muster/scenarios
  FILES_MATCHING PATTERN "*.lua" PATTERN "*.csv" PATTERN "*.md"
  PATTERN "src" EXCLUDE PATTERN "include" EXCLUDE PATTERN "exec" EXCLUDE)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/scenarios/schedulers/exec DESTINATION ${CMAKE_INSTALL_DATADIR}/muster/scenarios/schedulers
  FILES_MATCHING PATTERN "*.py" PATTERN "*.c" PATTERN "*.pl")
install(FILES ${CMAKE_SOURCE_DIR}/docs/protocol.md ${CMAKE_SOURCE_DIR}/docs/protocol-scheduler.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs/protocol DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.schema.json")
