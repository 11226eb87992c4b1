#include "core/management/problems.hpp"

#include "core/base/json_writer.hpp"

namespace hookgate::management {

http::Reply Problems::reply() const {
    base::JsonWriter details;
    details.beginArray();
    for (const auto& [field, message] : problems_) {
        details.beginObject();
        details.key("field").string(field).key("message").string(message);
        details.endObject();
    }
    details.endArray();
    std::string summary = "the request is not valid";
    if (!problems_.empty())
        summary += ": " + problems_.front().first + ": " + problems_.front().second;
    return http::errorReply(http::ErrorCode::Validation, summary, 0, details.text());
}

} // namespace hookgate::management
