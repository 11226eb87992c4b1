#include "core/simulate/post.hpp"

namespace hookgate::simulate {
namespace {

constexpr std::size_t kBodyBytesMax = std::size_t{64} * 1024;

} // namespace

base::Result<offline::HttpAnswer, std::string> post(const std::string& url,
                                                    const plugin::check::SampleRequest& request,
                                                    std::chrono::milliseconds timeout) {
    auto answer = offline::exchange({.url = url,
                                     .method = request.method,
                                     .headers = {request.headers.begin(), request.headers.end()},
                                     .body = request.body,
                                     .timeout = timeout,
                                     .answer_bytes_max = kBodyBytesMax});
    if (answer) return std::move(*answer);
    const auto& [unreachable, why] = answer.error();
    if (unreachable)
        return base::Error{"nothing answers at " + url + " (" + why +
                           "). Start `hookgate serve`, or name another gateway with --to URL"};
    return base::Error{"no answer from " + url + ": " + why};
}

} // namespace hookgate::simulate
