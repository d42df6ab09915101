// What every name that a person types shares: white space trimmed, one canonical form, nothing that
// cannot be seen, and a key under which two spellings of one name meet.
#pragma once

#include <boost/system/result.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace tenantry::domain {

/// What is wrong with a text, in the order it is looked for.
enum class text_fault {
    invalid,   ///< no UTF-8, or a character that `tidy` refuses
    blank,     ///< nothing in it can be seen
    secret,    ///< an API key, pasted into the wrong field
    too_long,  ///< more code points than allowed
};

/// `as_given` without white space (Unicode White_Space) at its ends, in Unicode normal form C.
/// Refuses, as `invalid`: malformed UTF-8 (surrogates and overlong forms among it), control
/// characters (Cc), line and paragraph separators (U+2028, U+2029), and the characters that reorder
/// the text around them (U+202A–202E, U+2066–2069), with which one name can be made to look like
/// another. Joiners and direction marks are letters of real names and stay; a text of nothing else
/// is `blank`. The limit counts code points of the result.
boost::system::result<std::string, text_fault> tidy(std::string_view as_given,
                                                    std::size_t max_code_points);

/// The same for a text of several lines: tabs and line ends may stand in it, and it may be blank.
boost::system::result<std::string, text_fault> tidy_lines(std::string_view as_given,
                                                          std::size_t max_code_points);

/// The same key for any two spellings that differ in case or in normal form alone: Unicode's
/// canonical caseless match (section 3.13, D145) with full case folding, kept in normal form C.
/// Takes what `tidy` returned.
std::string caseless_key(std::string_view tidied);

/// `as_given` for an error message: whole up to `max_excerpt` code points, cut with an ellipsis
/// beyond, and empty where it is no UTF-8.
std::string excerpt(std::string_view as_given);
inline constexpr std::size_t max_excerpt = 255;

}  // namespace tenantry::domain
