# The libraries of Debian 12. server/CMakeLists.txt lists the targets to link.
include_guard()

find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(simdjson REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(md4c REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(libpq REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(hiredis REQUIRED IMPORTED_TARGET hiredis)

# Asio and Beast compiled once instead of in every file that includes them.
add_library(parley_asio STATIC server/build/asio.cpp)
target_link_libraries(parley_asio PUBLIC Boost::headers Threads::Threads OpenSSL::SSL)

add_library(parley_beast STATIC server/build/beast.cpp)
target_link_libraries(parley_beast PUBLIC parley_asio)
