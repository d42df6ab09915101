// Asio's and Beast's own function bodies, compiled here once instead of in every source.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
