# The programs that scripts/bench measures with; in the release preset, with -DTENANTRY_BENCH=ON.
foreach(program load hello pgbench_script)
  tenantry_program(tenantry-bench-${program} tests/bench/${program}.cpp tenantry_common)
endforeach()
