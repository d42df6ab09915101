// libFuzzer's way to create_companies. With clang: compile it and targets.cpp with
// -fsanitize=fuzzer,address, link the program's parts, run it on corpus/create_companies.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tenantry::fuzz::create_companies({reinterpret_cast<const char*>(data), size});
    return 0;
}
