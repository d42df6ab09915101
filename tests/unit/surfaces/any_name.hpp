// Names that a company may have, with all that is hard to carry in JSON or to fold.
#pragma once

#include <rapidcheck.h>

#include <string>
#include <vector>

namespace tenantry::test {

inline rc::Gen<std::string> any_name() {
    auto piece = rc::gen::element<std::string>("a", "B", " ", "\"", "\\", "/", "<", "&", "'", "{",
                                               "\u00e9", "e\u0301", "\u00df", "\u0130", "\u4e2d",
                                               "\U0001f600", "a\u200db", "\u05d0");
    return rc::gen::map(rc::gen::container<std::vector<std::string>>(piece),
                        [](const std::vector<std::string>& pieces) {
                            std::string name = "x";
                            for (const auto& each : pieces) name += each;
                            return name;
                        });
}

}  // namespace tenantry::test
