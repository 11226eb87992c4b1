#include "core/store/postgresql/parameters.hpp"

namespace hookgate::store::postgresql {

// array_send: dimensions, whether there are nulls, element type, length, lower bound.
std::string Array::take() && {
    std::string header;
    appendBinary(header, std::int32_t{1});
    appendBinary(header, std::int32_t{1});
    appendBinary(header, static_cast<std::uint32_t>(element_));
    appendBinary(header, count_);
    appendBinary(header, std::int32_t{1});
    bytes_.replace(0, kHeader, header);
    return std::move(bytes_);
}

} // namespace hookgate::store::postgresql
