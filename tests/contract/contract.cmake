# The tests of the published document. Their tools come out of npm and PyPI, pinned, into TENANTRY_TOOLS.

find_program(PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)  # Debian's: it has jsonschema and yaml
set(contract ${PROJECT_SOURCE_DIR}/tests/contract)

tenantry_npm(contract ${contract})
set(venv ${TENANTRY_TOOLS}/venv)
add_custom_command(OUTPUT ${venv}/installed
  COMMAND ${PYTHON} -m venv --clear ${venv}
  COMMAND ${venv}/bin/pip install --quiet --disable-pip-version-check --no-deps --requirement ${contract}/requirements.txt
  COMMAND ${CMAKE_COMMAND} -E touch ${venv}/installed
  DEPENDS ${contract}/requirements.txt
  COMMENT "Installing Schemathesis with pip" VERBATIM)
add_custom_target(contract-tools DEPENDS ${stamp_contract} ${venv}/installed)
add_dependencies(tests-e2e contract-tools)

# Its requests are bounded: a quarter of a minute on an idle machine, minutes beside a build.
set_tests_properties(e2e.schemathesis PROPERTIES TIMEOUT 600)

# The golden exchanges, as they really went over the wire, against the document.
set_tests_properties(e2e.golden PROPERTIES FIXTURES_SETUP exchanges)
add_test(NAME contract.exchanges COMMAND ${PYTHON} ${contract}/exchanges.py ${TENANTRY_OPENAPI} ${PROJECT_BINARY_DIR}/exchanges.jsonl)
set_tests_properties(contract.exchanges PROPERTIES FIXTURES_REQUIRED exchanges)

add_test(NAME contract.lint COMMAND ${CMAKE_COMMAND} -E env REDOCLY_TELEMETRY=off
  ${TENANTRY_TOOLS}/contract/node_modules/.bin/redocly lint --config ${contract}/redocly.yaml ${TENANTRY_OPENAPI})
add_test(NAME contract.checker COMMAND ${PYTHON} -B -m unittest discover --start-directory ${contract} --pattern "*_test.py")
set_tests_properties(contract.exchanges contract.lint contract.checker PROPERTIES TIMEOUT 120 LABELS contract)
