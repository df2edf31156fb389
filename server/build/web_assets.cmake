# Builds web-client/ and embeds what comes out, and the API's documents: the library parley_web_assets.
include_guard()

set(web_client ${PROJECT_SOURCE_DIR}/web-client)
set(web_scripts ${PROJECT_SOURCE_DIR}/server/build)
set(web_output ${CMAKE_BINARY_DIR}/web)
set(web_source ${CMAKE_BINARY_DIR}/generated/web_assets.cpp)
# The documents of the API are served beside the client, as /api/NAME.
set(api_documents
    ${PROJECT_SOURCE_DIR}/server/protocol/documents/asyncapi.yaml
    ${PROJECT_SOURCE_DIR}/server/protocol/documents/openapi.yaml)

find_program(PARLEY_NODE NAMES node nodejs REQUIRED)

file(GLOB_RECURSE web_files CONFIGURE_DEPENDS
    ${web_client}/src/* ${web_client}/pages/* ${web_client}/styles/* ${web_client}/*.mjs
    ${web_client}/package.json ${web_client}/package-lock.json)
list(FILTER web_files EXCLUDE REGEX "/node_modules/")
add_custom_command(
    OUTPUT ${web_source}
    COMMAND bash ${web_scripts}/npm_ci.sh ${web_client}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${web_output}
    COMMAND npm --prefix ${web_client} run --silent build -- --out ${web_output}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${web_output}/api
    COMMAND ${CMAKE_COMMAND} -E copy ${api_documents} ${web_output}/api
    COMMAND ${PARLEY_NODE} ${web_scripts}/embed_assets.mjs ${web_output} ${web_source}
    DEPENDS ${web_files} ${api_documents} ${web_scripts}/npm_ci.sh ${web_scripts}/embed_assets.mjs
    COMMENT "Building the web client"
    VERBATIM)

add_library(parley_web_assets STATIC ${web_source})
target_sources(parley_web_assets PUBLIC
    FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR}/server
    FILES ${PROJECT_SOURCE_DIR}/server/net/http/embedded_assets.hpp)
target_link_libraries(parley_web_assets PRIVATE parley_options)
