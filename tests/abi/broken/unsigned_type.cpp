// Takes the event's type from a header that nobody signs.
#include "tests/abi/broken/till.hpp"

namespace {

class UnsignedType final : public Till {
public:
    using Till::Till;

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context& context) const override {
        auto events = Till::normalize(request, context);
        if (const auto type = request.header("x-till-event"); !type.empty())
            events.front().type = type;
        return events;
    }
};

} // namespace

HG_EXPORT_PROVIDERS(UnsignedType);
