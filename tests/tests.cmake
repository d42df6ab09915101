# Three test programs (unit, integration, e2e), one CTest test for each source file.
# The rule: tests/KIND/PATH/NAME_test.cpp holds the one suite NAME_test and becomes the CTest test KIND.PATH.NAME.
file(GLOB support_sources CONFIGURE_DEPENDS tests/support/*.cpp)
add_library(tenantry_test_support STATIC ${support_sources})
target_link_libraries(tenantry_test_support PUBLIC tenantry_api_parts tenantry_worker_parts
  Boost::unit_test_framework rapidcheck)
target_compile_definitions(tenantry_test_support PUBLIC BOOST_TEST_DYN_LINK
  TENANTRY_SOURCE_DIR="${PROJECT_SOURCE_DIR}" TENANTRY_BINARY_DIR="${PROJECT_BINARY_DIR}")
target_precompile_headers(tenantry_test_support PRIVATE common/runtime/pch.hpp)

function(tenantry_tests kind timeout)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS tests/${kind}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(tests-${kind} ${sources})
  target_link_libraries(tests-${kind} PRIVATE tenantry_test_support)
  target_precompile_headers(tests-${kind} REUSE_FROM tenantry_test_support)
  foreach(source ${sources})
    if(NOT source MATCHES "_test\\.cpp$")
      continue()
    endif()
    cmake_path(RELATIVE_PATH source BASE_DIRECTORY ${PROJECT_SOURCE_DIR}/tests OUTPUT_VARIABLE name)
    cmake_path(GET source STEM suite)
    string(REGEX REPLACE "_test\\.cpp$" "" name ${name})
    string(REPLACE "/" "." name ${name})
    add_test(NAME ${name} COMMAND tests-${kind} --run_test=${suite} --log_level=test_suite
             WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout} LABELS ${kind})
  endforeach()
endfunction()

tenantry_tests(unit 120)
# The fuzz targets replay their corpus among the unit tests; libFuzzer's entries are compiled so that they do not rot.
target_sources(tests-unit PRIVATE tests/fuzz/targets.cpp)
add_library(fuzz_entries OBJECT tests/fuzz/api_key.cpp tests/fuzz/create_companies.cpp tests/fuzz/envelope.cpp)
target_link_libraries(fuzz_entries PRIVATE tenantry_options)
tenantry_tests(integration 300)
tenantry_tests(e2e 300)
if(TARGET tests-e2e)
  add_dependencies(tests-e2e tenantry-api tenantry-worker tenantry-admin)
endif()
tenantry_tests(chaos 300)
add_dependencies(tests-chaos tenantry-api tenantry-worker tenantry-admin)
# What says how long something may take, or keeps the machine busy, is not to share it with another test.
set_tests_properties(chaos.short chaos.proxy e2e.instructions e2e.job_engine e2e.rate_limits e2e.redis_loss
  integration.guard.rate_limiter PROPERTIES RUN_SERIAL TRUE)
include(tests/contract/contract.cmake)

add_test(NAME grafana COMMAND ${PYTHON} -B tests/grafana/grafana_test.py WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(grafana PROPERTIES TIMEOUT 60 LABELS unit)
