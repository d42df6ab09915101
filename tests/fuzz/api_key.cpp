// libFuzzer's way to api_key. With clang: compile it and targets.cpp with
// -fsanitize=fuzzer,address, link the program's parts, run it on corpus/api_key.
#include <cstddef>
#include <cstdint>

#include "tests/fuzz/targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    tenantry::fuzz::api_key({reinterpret_cast<const char*>(data), size});
    return 0;
}
