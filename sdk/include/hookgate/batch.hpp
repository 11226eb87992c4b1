// hookgate/batch.hpp - requests that carry a list of events.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "hookgate/provider.hpp"

namespace hookgate {

// The events of a body that is an array: `read(element)`, given a Json, for each, in order. An
// element that read() finds Malformed is rejected alone, and the operator is told of the first: a
// refusal would cost the others, which many senders do not send again. Throws Malformed for another
// body, and when all of its elements are malformed.
template <class Read>
std::vector<Event> eventsOfEach(const Json& body, const Context& context, const Read& read) {
    std::vector<Event> events;
    std::size_t malformed = 0;
    std::size_t first = 0; // counted from 1
    std::string why;
    body.forEach(body.at("", HG_JSON_ARRAY), [&](std::string_view, const JsonValue& element) {
        try {
            events.push_back(read(body.in(element)));
        } catch (const Failure& failure) {
            if (failure.status() != HG_MALFORMED) throw;
            // The contract has no reason for it: none of its others would be true.
            events.push_back({.rejected = HG_REASON_UNSPECIFIED});
            if (malformed++ > 0) return;
            first = events.size();
            why = failure.what();
        }
    });
    if (malformed == 0) return events;
    const auto count = std::to_string(events.size());
    why = "event " + std::to_string(first) + " of " + count + ": " + why;
    if (malformed == events.size()) throw Malformed{why};
    context.log(HG_LOG_WARNING, std::to_string(malformed) + " of " + count +
                                    " events are malformed and not stored; " + why);
    return events;
}

} // namespace hookgate
