#include "core/pipeline/acknowledgement.hpp"

namespace hookgate::pipeline {

http::Reply acknowledgement(const plugin::Provider& provider, plugin::Outcome outcome,
                            http::Reply own) {
    const auto* const answer = provider.contract().answerTo(outcome);
    if (answer == nullptr) return own;
    own.status = answer->status;
    own.content_type = answer->content_type;
    own.body = answer->body;
    return own;
}

} // namespace hookgate::pipeline
