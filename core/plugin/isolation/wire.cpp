#include "core/plugin/isolation/wire.hpp"

#include <array>
#include <cstring>

namespace hookgate::plugin::isolation {
namespace {

template <class Number>
void append(std::string& bytes, Number value) {
    std::array<char, sizeof(value)> raw{};
    std::memcpy(raw.data(), &value, sizeof(value));
    bytes.append(raw.data(), raw.size());
}

} // namespace

Writer::Writer(Kind kind) {
    append(bytes_, kProtocol);
    append(bytes_, static_cast<std::uint32_t>(kind));
    append(bytes_, std::uint32_t{0});
}

Writer& Writer::number(std::uint32_t value) {
    append(bytes_, value);
    return *this;
}

Writer& Writer::wide(std::int64_t value) {
    append(bytes_, value);
    return *this;
}

Writer& Writer::text(std::string_view value) {
    append(bytes_, static_cast<std::uint32_t>(value.size()));
    bytes_ += value;
    return *this;
}

Writer& Writer::texts(const std::vector<std::string>& values) {
    number(static_cast<std::uint32_t>(values.size()));
    for (const auto& value : values)
        text(value);
    return *this;
}

std::string_view Writer::frame() {
    const auto size = static_cast<std::uint32_t>(bytes_.size() - kHeadBytes);
    std::memcpy(bytes_.data() + 2 * sizeof(std::uint32_t), &size, sizeof(size));
    return bytes_;
}

bool Reader::take(void* to, std::size_t size) noexcept {
    if (broken_ || size > rest_.size()) {
        broken_ = true;
        return false;
    }
    std::memcpy(to, rest_.data(), size);
    rest_.remove_prefix(size);
    return true;
}

std::uint32_t Reader::number() noexcept {
    std::uint32_t value = 0;
    return take(&value, sizeof(value)) ? value : 0;
}

std::int64_t Reader::wide() noexcept {
    std::int64_t value = 0;
    return take(&value, sizeof(value)) ? value : 0;
}

std::string_view Reader::text() noexcept {
    const auto size = number();
    if (broken_ || size > rest_.size()) {
        broken_ = true;
        return {};
    }
    const auto value = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return value;
}

std::size_t Reader::count(std::size_t bytes) noexcept {
    const std::size_t count = number();
    if (count > rest_.size() / bytes) broken_ = true;
    return broken_ ? 0 : count;
}

std::vector<std::string> Reader::texts() {
    std::vector<std::string> values(count(sizeof(std::uint32_t)));
    for (auto& value : values)
        value = text();
    return values;
}

} // namespace hookgate::plugin::isolation
