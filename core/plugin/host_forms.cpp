#include "core/plugin/host_forms.hpp"

#include "core/base/hex.hpp"
#include "core/base/text.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

namespace hookgate::plugin {
namespace {

constexpr std::size_t kCountMax = 4096;
constexpr std::size_t kBoundaryBytesMax = 70; // RFC 2046
constexpr std::string_view kLine = "\r\n";

hg_str rawOf(std::string_view text) noexcept {
    return {text.data(), text.size()};
}

// Percent-decoded with a plus as a space; the text itself where there is nothing to decode.
hg_status decodeField(std::string_view text, const Allocate& allocate, hg_str& result) {
    result = rawOf(text);
    if (text.find_first_of("%+") == std::string_view::npos) return HG_OK;
    char* const out = allocate(text.size());
    if (out == nullptr) return HG_LIMIT;
    std::size_t size = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out[size++] = text[i] == '+' ? ' ' : text[i];
            continue;
        }
        if (text.size() - i < 3) return HG_MALFORMED;
        const int high = base::hexDigit(text[i + 1]);
        const int low = base::hexDigit(text[i + 2]);
        if (high < 0 || low < 0) return HG_MALFORMED;
        out[size++] = static_cast<char>(high * 16 + low);
        i += 2;
    }
    result = {out, size};
    return HG_OK;
}

// The value of a parameter of a header, "name=value" or with quotes, whose backslashes escape;
// nullopt: not there, or there twice, or broken.
std::optional<std::string> parameterOf(std::string_view header, std::string_view name) {
    std::optional<std::string> found;
    auto at = header.find(';');
    while (at != std::string_view::npos) {
        auto rest = base::trim(header.substr(at + 1));
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos) return found;
        const auto key = base::trim(rest.substr(0, equals));
        rest.remove_prefix(equals + 1);
        std::string value;
        std::size_t used = 0;
        if (rest.starts_with('"')) {
            for (used = 1; used < rest.size() && rest[used] != '"'; ++used) {
                if (rest[used] == '\\' && used + 1 < rest.size()) ++used;
                value += rest[used];
            }
            if (used == rest.size()) return std::nullopt;
        } else {
            used = std::min(rest.find(';'), rest.size());
            value = base::trim(rest.substr(0, used));
        }
        if (base::equalIgnoringCase(key, name)) {
            if (found) return std::nullopt;
            found = std::move(value);
        }
        header = rest.substr(std::min(used, rest.size()));
        at = header.find(';');
    }
    return found;
}

// Reads the parts of one body from front to back.
class PartReader {
public:
    PartReader(std::string_view body, std::string_view boundary, const Allocate& allocate)
        : rest_{body},
          delimiter_{std::string{"--"} + std::string{boundary}},
          allocate_{allocate} {}

    hg_status read(std::vector<hg_part>& parts) {
        if (!rest_.starts_with(delimiter_)) return HG_MALFORMED;
        rest_.remove_prefix(delimiter_.size());
        const std::string separator = std::string{kLine} + delimiter_;
        while (!rest_.starts_with("--")) {
            if (!rest_.starts_with(kLine)) return HG_MALFORMED;
            rest_.remove_prefix(kLine.size());
            const auto end = rest_.find(separator);
            if (end == std::string_view::npos) return HG_MALFORMED;
            if (parts.size() == kCountMax) return HG_LIMIT;
            if (const auto status = readPart(rest_.substr(0, end), parts.emplace_back());
                status != HG_OK)
                return status;
            rest_.remove_prefix(end + separator.size());
        }
        const auto epilogue = rest_.substr(2);
        return epilogue.empty() || epilogue == kLine ? HG_OK : HG_MALFORMED;
    }

private:
    hg_status readPart(std::string_view text, hg_part& part) {
        bool named = false;
        while (!text.starts_with(kLine)) {
            const auto end = text.find(kLine);
            if (end == std::string_view::npos) return HG_MALFORMED;
            const auto line = text.substr(0, end);
            text.remove_prefix(end + kLine.size());
            const auto colon = line.find(':');
            if (colon == std::string_view::npos) return HG_MALFORMED;
            const auto name = line.substr(0, colon);
            const auto value = base::trim(line.substr(colon + 1));
            if (base::equalIgnoringCase(name, "content-type")) part.content_type = rawOf(value);
            if (!base::equalIgnoringCase(name, "content-disposition")) continue;
            const auto field = parameterOf(value, "name");
            if (named || !field || !value.starts_with("form-data")) return HG_MALFORMED;
            named = true;
            if (!keep(*field, part.name) ||
                !keep(parameterOf(value, "filename").value_or(std::string{}), part.file_name))
                return HG_LIMIT;
        }
        part.body = rawOf(text.substr(kLine.size()));
        return named ? HG_OK : HG_MALFORMED;
    }

    bool keep(std::string_view text, hg_str& kept) const {
        if (text.empty()) return true;
        char* const copy = allocate_(text.size());
        if (copy == nullptr) return false;
        std::memcpy(copy, text.data(), text.size());
        kept = {copy, text.size()};
        return true;
    }

    std::string_view rest_;
    const std::string delimiter_;
    const Allocate& allocate_;
};

} // namespace

hg_status readForm(std::string_view text, const Allocate& allocate, std::vector<hg_field>& fields) {
    while (!text.empty()) {
        const auto item = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), item.size() + 1));
        if (item.empty()) continue;
        if (fields.size() == kCountMax) return HG_LIMIT;
        auto& field = fields.emplace_back();
        const auto equals = item.find('=');
        const auto value =
            equals == std::string_view::npos ? std::string_view{} : item.substr(equals + 1);
        auto status = decodeField(item.substr(0, equals), allocate, field.name);
        if (status == HG_OK) status = decodeField(value, allocate, field.value);
        if (status != HG_OK) return status;
    }
    return HG_OK;
}

hg_status readMultipart(std::string_view content_type, std::string_view body,
                        const Allocate& allocate, std::vector<hg_part>& parts) {
    const auto media_type = base::trim(content_type.substr(0, content_type.find(';')));
    if (!base::equalIgnoringCase(media_type, "multipart/form-data")) return HG_MALFORMED;
    const auto boundary = parameterOf(content_type, "boundary");
    if (!boundary || boundary->empty() || boundary->size() > kBoundaryBytesMax) return HG_MALFORMED;
    return PartReader{body, *boundary, allocate}.read(parts);
}

} // namespace hookgate::plugin
