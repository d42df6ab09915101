# The programs that scripts/bench measures with; it builds them in the release preset. The dev preset builds them too, so
# that they do not rot.
foreach(program load hello pgbench_script)
  tenantry_program(tenantry-bench-${program} tests/bench/${program}.cpp tenantry_common)
endforeach()

# The peer of the job engine's bench is installed when that bench asks for it, and by no other build.
tenantry_npm(bullmq ${PROJECT_SOURCE_DIR}/tests/bench/bullmq)
add_custom_target(bench-peer DEPENDS ${stamp_bullmq})
