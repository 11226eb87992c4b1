#include "core/offline/http_exchange.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include <curl/curl.h>

namespace hookgate::offline {
namespace {

using std::chrono::steady_clock;

struct FreeEasy {
    void operator()(CURL* easy) const noexcept { ::curl_easy_cleanup(easy); }
};

struct FreeList {
    void operator()(curl_slist* list) const noexcept { ::curl_slist_free_all(list); }
};

using Easy = std::unique_ptr<CURL, FreeEasy>;
using List = std::unique_ptr<curl_slist, FreeList>;

void append(List& list, const std::string& line) {
    auto* const longer = ::curl_slist_append(list.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc{};
    static_cast<void>(list.release()); // NOLINT(bugprone-unused-return-value): it is in `longer`
    list.reset(longer);
}

// What belongs to the connection is libcurl's to say.
bool isOfConnection(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 6> kNames{
        "host", "content-length", "connection", "transfer-encoding", "accept-encoding", "expect"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

List linesOf(const HttpRequest& request) {
    List lines;
    for (const auto& [name, value] : request.headers)
        if (!isOfConnection(name))
            append(lines, value.empty() ? std::string{name}.append(";")
                                        : std::string{name}.append(": ").append(value));
    append(lines, "expect:"); // the body goes along, whatever its size
    return lines;
}

// The answer's body as it comes.
struct Kept {
    std::string& body;
    std::size_t bytes_max;
};

std::size_t keep(char* data, std::size_t size, std::size_t count, void* to) noexcept {
    auto& [body, bytes_max] = *static_cast<Kept*>(to);
    try {
        body.append(data, std::min(size * count, bytes_max - body.size()));
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return size * count; // all is read, so that the other side sees no broken connection
}

} // namespace

base::Result<HttpAnswer, HttpFailure> exchange(const HttpRequest& request) {
    const Easy easy{::curl_easy_init()};
    if (!easy) throw std::bad_alloc{};
    const auto lines = linesOf(request);
    HttpAnswer answer;
    Kept kept{answer.body, request.answer_bytes_max};
    std::array<char, CURL_ERROR_SIZE> problem{};
    auto* const handle = easy.get();
    const auto set = [&](CURLoption option, auto value) {
        ::curl_easy_setopt(handle, option, value);
    };
    set(CURLOPT_ERRORBUFFER, problem.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_PROXY, "");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    if (request.connect_timeout.count() > 0)
        set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
    set(CURLOPT_USERAGENT, "hookgate");
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data()); // null: from stdin
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(CURLOPT_HTTPHEADER, lines.get());
    set(CURLOPT_WRITEFUNCTION, &keep);
    set(CURLOPT_WRITEDATA, &kept);
    const auto began = steady_clock::now();
    const auto code = ::curl_easy_perform(handle);
    answer.took =
        std::chrono::duration_cast<std::chrono::milliseconds>(steady_clock::now() - began);
    if (code != CURLE_OK)
        return base::Error{
            HttpFailure{code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST,
                        problem[0] == '\0' ? ::curl_easy_strerror(code) : problem.data()}};
    long status = 0;
    ::curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    answer.status = static_cast<int>(status);
    return answer;
}

} // namespace hookgate::offline
