# The functions that folders use to describe themselves.
include_guard()

# parley_mutate(a.cpp...)
#
# With PARLEY_MUTANTS, those that look for a mutant get them; all others compile to the same as
# without.
function(parley_mutate)
    if(NOT PARLEY_MUTANTS)
        return()
    endif()
    foreach(source IN LISTS ARGN)
        file(STRINGS ${source} asks REGEX "base/mutants.hpp" LIMIT_COUNT 1)
        if(asks)
            set_property(SOURCE ${source} APPEND PROPERTY COMPILE_DEFINITIONS PARLEY_MUTANTS)
        endif()
    endforeach()
endfunction()

# parley_library(NAME SOURCES a.cpp ... HEADERS a.hpp ... [PUBLIC target...] [PRIVATE target...])
#
# The static library parley_NAME of the folder server/NAME. Headers are included as "NAME/a.hpp".
# PUBLIC are the targets whose headers ours include, PRIVATE those that only sources use.
function(parley_library name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;PUBLIC;PRIVATE")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "parley_library(${name}): unknown arguments ${arg_UNPARSED_ARGUMENTS}")
    endif()
    parley_mutate(${arg_SOURCES})
    add_library(parley_${name} STATIC ${arg_SOURCES})
    target_sources(parley_${name} PUBLIC
        FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/server FILES ${arg_HEADERS})
    target_link_libraries(parley_${name} PUBLIC ${arg_PUBLIC} PRIVATE parley_options ${arg_PRIVATE})
endfunction()

# parley_test(LEVEL FOLDER SOURCES a_test.cpp ... [LINK target...])
#
# The executable LEVEL_FOLDER (for instance unit_base), one ctest test of the same name and label LEVEL.
# Test sources include "FOLDER/x.hpp" from server/ and "support/x.hpp" from tests/.
function(parley_test level folder)
    cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "SOURCES;LINK")
    if(arg_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${level} test ${folder}: unknown arguments ${arg_UNPARSED_ARGUMENTS}")
    endif()
    set(target ${level}_${folder})
    add_executable(${target} ${arg_SOURCES})
    target_include_directories(${target} PRIVATE
        ${PROJECT_SOURCE_DIR}/server ${PROJECT_SOURCE_DIR}/tests)
    # Only for the files that read test data, so that the others compile to the same in every checkout.
    foreach(source IN LISTS arg_SOURCES)
        file(STRINGS ${source} reads_data REGEX PARLEY_SOURCE_DIR LIMIT_COUNT 1)
        if(reads_data)
            set_property(SOURCE ${source} APPEND PROPERTY
                COMPILE_DEFINITIONS PARLEY_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
        endif()
    endforeach()
    target_link_libraries(${target} PRIVATE
        parley_options ${arg_LINK} GTest::gmock GTest::gtest_main)
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES LABELS ${level} TIMEOUT 300)
endfunction()
