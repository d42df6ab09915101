# The published contract, made at build: one document out of the YAML files here, and the reference page's viewer out of
# the npm registry. Both become part of tenantry-api; no file is read at run time.

find_program(NPM npm REQUIRED)

# What npm installs is shared by all presets and comes out of npm's cache where that has it.
set(TENANTRY_TOOLS ${PROJECT_SOURCE_DIR}/build/tools)

# tenantry_npm(NAME DIR): a stamp, in stamp_NAME, of what the package-lock.json of DIR names being in TENANTRY_TOOLS/NAME.
# No script of a package is run.
function(tenantry_npm name dir)
  set(target ${TENANTRY_TOOLS}/${name})
  add_custom_command(OUTPUT ${target}/installed
    COMMAND ${CMAKE_COMMAND} -E make_directory ${target}
    COMMAND ${CMAKE_COMMAND} -E copy ${dir}/package.json ${dir}/package-lock.json ${target}
    COMMAND ${CMAKE_COMMAND} -E chdir ${target} ${NPM} ci --ignore-scripts --prefer-offline --no-audit --no-fund --loglevel=error
    COMMAND ${CMAKE_COMMAND} -E touch ${target}/installed
    DEPENDS ${dir}/package.json ${dir}/package-lock.json
    COMMENT "Installing ${name} with npm" VERBATIM)
  set(stamp_${name} ${target}/installed PARENT_SCOPE)
endfunction()

set(openapi_tool ${PROJECT_SOURCE_DIR}/scripts/openapi)
set(openapi_source ${PROJECT_SOURCE_DIR}/api/openapi)
set(TENANTRY_OPENAPI ${PROJECT_BINARY_DIR}/openapi/openapi.json)
file(GLOB openapi_parts CONFIGURE_DEPENDS ${openapi_source}/*.yaml)
add_custom_command(OUTPUT ${TENANTRY_OPENAPI}
  COMMAND ${openapi_tool} document ${TENANTRY_OPENAPI} ${openapi_source}
  COMMAND ${CMAKE_COMMAND} -E touch ${TENANTRY_OPENAPI}
  DEPENDS ${openapi_tool} ${openapi_parts}
  COMMENT "Merging the OpenAPI document" VERBATIM)

tenantry_npm(viewer ${openapi_source}/viewer)
set(viewer ${TENANTRY_TOOLS}/viewer/node_modules/swagger-ui-dist)
set(TENANTRY_ASSETS ${PROJECT_BINARY_DIR}/openapi/assets.cpp)
add_custom_command(OUTPUT ${TENANTRY_ASSETS}
  COMMAND ${openapi_tool} embed ${TENANTRY_ASSETS}
    "/api/v1/openapi.json=${TENANTRY_OPENAPI}"
    "/api/v1/docs=${openapi_source}/viewer/index.html"
    "/api/v1/docs/page.js=${openapi_source}/viewer/page.js"
    "/api/v1/docs/page.css=${openapi_source}/viewer/page.css"
    "/api/v1/docs/swagger-ui-bundle.js=${viewer}/swagger-ui-bundle.js"
    "/api/v1/docs/swagger-ui.css=${viewer}/swagger-ui.css"
    "/api/v1/docs/favicon.png=${viewer}/favicon-32x32.png"
    "/api/v1/docs/LICENSE=${viewer}/LICENSE"
    "/api/v1/docs/NOTICE=${viewer}/NOTICE"
    "/api/v1/docs/swagger-ui-bundle.js.LICENSE.txt=${viewer}/swagger-ui-bundle.js.LICENSE.txt"
  COMMAND ${CMAKE_COMMAND} -E touch ${TENANTRY_ASSETS}
  DEPENDS ${openapi_tool} ${TENANTRY_OPENAPI} ${stamp_viewer}
    ${openapi_source}/viewer/index.html ${openapi_source}/viewer/page.js ${openapi_source}/viewer/page.css
  COMMENT "Embedding the reference" VERBATIM)
# The assembler reads the files themselves, which no compiler's dependency tells.
set_source_files_properties(${TENANTRY_ASSETS} PROPERTIES SKIP_PRECOMPILE_HEADERS ON
  OBJECT_DEPENDS "${TENANTRY_OPENAPI};${stamp_viewer}")
