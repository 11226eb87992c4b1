#include "core/base/text.hpp"
#include "core/http/router.hpp"
#include "tests/fuzz/require.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace hookgate::http {
namespace {

class UnusedHandler final : public Handler {
public:
    void handle(std::unique_ptr<Request>, Completion) override {}
};

bool hasControlByte(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
}

const Router& router() {
    static UnusedHandler handler;
    static const Router kRouter = [] {
        Router made;
        made.add({"GET", "/api/v1/events", Access::Key, &handler});
        made.add({"GET", "/api/v1/events/:id", Access::Key, &handler});
        made.add({"POST", "/api/v1/events/:id/replay", Access::Key, &handler});
        made.add({"*", "/api/v1/webhooks/:provider", Access::Public, &handler});
        made.add({"GET", "/", Access::Public, &handler});
        return made;
    }();
    return kRouter;
}

// `path` with every byte but the slashes written as an escape: another spelling of the same.
std::string escapeAll(std::string_view path) {
    static constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string escaped;
    for (const char c : path) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '/')
            escaped.push_back(c);
        else
            escaped.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
    }
    return escaped;
}

void checkPath(std::string_view raw) {
    const auto path = normalizePath(raw);
    if (!path) return;
    HG_REQUIRE(path->starts_with('/'));
    HG_REQUIRE(path->find("//") == std::string::npos);
    HG_REQUIRE(path->find('\\') == std::string::npos);
    HG_REQUIRE((*path + "/").find("/../") == std::string::npos);
    HG_REQUIRE((*path + "/").find("/./") == std::string::npos);
    HG_REQUIRE(!hasControlByte(*path));
    HG_REQUIRE(base::isUtf8(*path));
    HG_REQUIRE(normalizePath(escapeAll(*path)) == path);
    for (const char* method : {"GET", "HEAD", "POST", "OPTIONS", "BREW"}) {
        const auto match = router().match(method, *path);
        HG_REQUIRE(match.route == nullptr || match.allow.empty());
        for (const auto& [name, value] : match.parameters)
            HG_REQUIRE(!value.empty() && value.find('/') == std::string::npos);
    }
}

void checkQuery(std::string_view raw) {
    const auto pairs = parseQuery(raw);
    if (!pairs) return;
    for (const auto& [name, value] : *pairs) {
        HG_REQUIRE(!hasControlByte(name) && !hasControlByte(value));
        HG_REQUIRE(base::isUtf8(name) && base::isUtf8(value));
    }
}

} // namespace
} // namespace hookgate::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(data, data + size);
    hookgate::http::checkPath(text);
    hookgate::http::checkPath("/api/v1/" + text);
    hookgate::http::checkQuery(text);
    return 0;
}
