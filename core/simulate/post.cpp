#include "core/simulate/post.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <new>

#include <curl/curl.h>

namespace hookgate::simulate {
namespace {

constexpr std::size_t kBodyBytesMax = std::size_t{64} * 1024;

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
bool isOfConnection(const std::string& name) noexcept {
    constexpr std::array<const char*, 5> kNames{"host", "content-length", "connection",
                                                "transfer-encoding", "accept-encoding"};
    return std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

std::size_t keep(char* data, std::size_t size, std::size_t count, void* body) noexcept {
    auto& kept = *static_cast<std::string*>(body);
    try {
        kept.append(data, std::min(size * count, kBodyBytesMax - kept.size()));
    } catch (const std::bad_alloc&) {
        return 0;
    }
    return size * count; // all is read, so that the gateway sees no broken connection
}

} // namespace

base::Result<Reply, std::string> post(const std::string& url,
                                      const plugin::check::SampleRequest& request,
                                      std::chrono::milliseconds timeout) {
    const Easy easy{::curl_easy_init()};
    if (!easy) throw std::bad_alloc{};
    Reply reply;
    List headers;
    for (const auto& [name, value] : request.headers)
        if (!isOfConnection(name))
            append(headers, value.empty() ? std::string{name}.append(";")
                                          : std::string{name}.append(": ").append(value));
    append(headers, "Expect:");
    std::array<char, CURL_ERROR_SIZE> problem{};
    auto* const handle = easy.get();
    ::curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, problem.data());
    ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    ::curl_easy_setopt(handle, CURLOPT_PROXY, "");
    ::curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    ::curl_easy_setopt(handle, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    ::curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    ::curl_easy_setopt(handle, CURLOPT_USERAGENT, "hookgate");
    ::curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    ::curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.c_str());
    ::curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
    ::curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    ::curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    ::curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &keep);
    ::curl_easy_setopt(handle, CURLOPT_WRITEDATA, &reply.body);
    const auto began = std::chrono::steady_clock::now();
    const auto code = ::curl_easy_perform(handle);
    reply.took = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began);
    if (code == CURLE_COULDNT_CONNECT || code == CURLE_COULDNT_RESOLVE_HOST)
        return base::Error{"nothing answers at " + url + " (" + problem.data() +
                           "). Start `hookgate serve`, or name another gateway with --to URL"};
    if (code != CURLE_OK)
        return base::Error{"no answer from " + url + ": " +
                           (problem[0] == '\0' ? ::curl_easy_strerror(code) : problem.data())};
    long status = 0;
    ::curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    reply.status = static_cast<int>(status);
    return reply;
}

} // namespace hookgate::simulate
