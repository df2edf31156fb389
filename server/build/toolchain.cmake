# Compiler and linker choices. The target parley_options carries the warnings and the hardening of our
# own code; what changes the ABI of Asio or of the sanitizers is set for every file of the tree.
include_guard()

find_program(PARLEY_CCACHE ccache)
if(PARLEY_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    # The settings ride in the launcher because a preset's environment is absent in a direct build.
    # With them a second checkout finds what the first has compiled.
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros CCACHE_NOHASHDIR=1
        CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} ${PARLEY_CCACHE})
endif()

find_program(PARLEY_MOLD mold)
if(PARLEY_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

include(CheckPIESupported)
check_pie_supported(LANGUAGES CXX)

add_compile_definitions(
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED)

add_library(parley_options INTERFACE)
target_compile_options(parley_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)

if(CMAKE_BUILD_TYPE STREQUAL "Release")
    # GCC 12 is wrong twice once it inlines: on "literal" + std::string, and on the frames of
    # Asio's coroutines.
    target_compile_options(parley_options INTERFACE
        -fstack-protector-strong -fstack-clash-protection
        $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
        $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>)
    add_compile_definitions(_GLIBCXX_ASSERTIONS _FORTIFY_SOURCE=2)
    add_link_options(-Wl,-z,relro,-z,now)
endif()

if(PARLEY_SANITIZE)
    add_compile_options(-fsanitize=${PARLEY_SANITIZE} -fno-omit-frame-pointer
        -fno-sanitize-recover=undefined)
    add_link_options(-fsanitize=${PARLEY_SANITIZE})
    if(PARLEY_SANITIZE MATCHES "address")
        # Recycled coroutine frames hide a use after free.
        add_compile_definitions(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
        if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
            add_compile_options(-Wno-mismatched-new-delete)
        endif()
    endif()
    if(PARLEY_SANITIZE MATCHES "thread")
        # The thread sanitizer does not understand fences.
        add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
    endif()
    if(PARLEY_SANITIZE MATCHES "undefined")
        # It opens a pipe to look whether memory is there, and so finds an object wrong that is right
        # where a test has taken away the last descriptor.
        add_compile_options(-fno-sanitize=vptr)
        if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
            add_compile_options(-fno-sanitize=function)
        endif()
    endif()
endif()

if(PARLEY_MUTANTS)
    if(CMAKE_BUILD_TYPE STREQUAL "Release")
        message(FATAL_ERROR "PARLEY_MUTANTS builds mistakes in: never in a release")
    endif()
endif()

if(PARLEY_FUZZ)
    # Everything is instrumented for coverage; only the programs get libFuzzer's main().
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()
