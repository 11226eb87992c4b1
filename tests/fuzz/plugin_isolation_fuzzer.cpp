#include "core/base/text.hpp"
#include "core/plugin/isolation/answers.hpp"
#include "core/plugin/isolation/description.hpp"
#include "tests/fuzz/require.hpp"

#include <cstdint>
#include <string_view>

// What a hostile plugin host answers: an answer that keeps the rules, or a failure.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace hookgate::plugin; // NOLINT(google-build-using-namespace)
    if (size == 0) return 0;
    const std::string_view payload{reinterpret_cast<const char*>(data) + 1, // NOLINT(*-cast)
                                   size - 1};
    switch (data[0] % 4) {
        case 0: {
            const auto verdict = isolation::readVerdictAnswer(payload);
            if (verdict && verdict->decision == Decision::Respond)
                HG_REQUIRE(verdict->response_status >= 200 && verdict->response_status <= 499);
            break;
        }
        case 1: {
            const auto events = isolation::readEventsAnswer(payload, "{}");
            if (events) HG_REQUIRE(!events->empty() && events->size() <= 1000);
            break;
        }
        case 2: {
            const auto outbound = isolation::readOutboundAnswer(payload);
            if (outbound) HG_REQUIRE(!outbound->content_type.empty());
            break;
        }
        default: {
            const auto description = isolation::readDescription(payload);
            if (!description) break;
            for (const auto& type : description->providers)
                HG_REQUIRE(hookgate::base::isProviderName(type.info.name));
        }
    }
    return 0;
}
