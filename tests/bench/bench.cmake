# The programs that scripts/bench measures with; it builds them in the release preset. The dev preset builds them too, so
# that they do not rot.
foreach(program load hello pgbench_script)
  tenantry_program(tenantry-bench-${program} tests/bench/${program}.cpp tenantry_common)
endforeach()

tenantry_program(tenantry-bench-agencies "tests/bench/agencies.cpp;api/admin/console.cpp;api/admin/key_commands.cpp"
  tenantry_api_parts)

# The peers are installed when the bench asks for them, and by no other build.
tenantry_npm(peer ${PROJECT_SOURCE_DIR}/tests/bench/peer)
add_custom_target(bench-peer DEPENDS ${stamp_peer})
