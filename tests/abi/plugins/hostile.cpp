// Does what its request's body says, all of it against the contract.
#include <hookgate/provider.hpp>

#include <map>

namespace {

struct NotAnException {};

class Hostile final : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{"hostile", "Hostile", "{}"};
    static constexpr std::array<std::string_view, 1> kMethods{"GET"};

    Hostile(const hookgate::Settings& settings, const hookgate::Context& context) {
        if (settings.json.find("/refuse"))
            throw hookgate::InvalidSettings{"refuse must not be set, not even to " +
                                            settings.secrets.at(0).bytes};
        if (settings.json.find("/flood"))
            for (int i = 0; i < 1000; ++i)
                context.log(HG_LOG_WARNING, "flood\n" + settings.secrets.at(0).bytes);
    }

    hookgate::Verdict verify(const hookgate::Request& request,
                             const hookgate::Context& context) const override {
        const auto wish = request.body();
        if (wish == "throw int") throw 42;
        if (wish == "throw class") throw NotAnException{};
        if (wish == "throw runtime_error") throw std::runtime_error{"boom"};
        if (wish == "out of memory") throw std::bad_alloc{};
        if (wish == "fail without failing") throw hookgate::Failure{HG_OK, "odd"};
        if (wish == "malformed") throw hookgate::Malformed{"no proof"};
        if (wish == "exhaust arena") context.keep(std::string(std::size_t{64} << 20, 'x'));
        if (wish == "swallow doubled header") {
            try {
                static_cast<void>(request.header("x-proof"));
            } catch (const hookgate::Failure&) {
                return hookgate::Verdict::accept();
            }
        }
        if (wish == "greet") return hookgate::Verdict::respond(200, "text/plain", "hello");
        if (wish == "respond oddly") return hookgate::Verdict::respond(99, "text/plain", "hello");
        if (wish == "split the answer")
            return hookgate::Verdict::respond(200, "text/plain\r\nx: y", "hello");
        return hookgate::Verdict::accept("k1");
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request& request,
                                           const hookgate::Context&) const override {
        const auto wish = request.body();
        if (wish == "throw int") throw 42;
        if (wish == "ignore") throw hookgate::Ignored{"not for us"};
        if (wish == "nothing") return {};
        if (wish == "invalid settings") throw hookgate::InvalidSettings{"too late"};
        if (wish == "payload no json") return {{.type = "t", .payload = "{\"a\":"}};
        if (wish == "payload no utf8") return {{.type = "t", .payload = "{\"a\":\"\xff\"}"}};
        if (wish == "type no utf8") return {{.type = "\xff", .payload = "{}"}};
        if (wish == "no type") return {{.payload = "{}"}};
        if (wish == "control") return {{.external_id = {"a\0b", 3}, .type = "t", .payload = "{}"}};
        if (wish == "long id")
            return {{.external_id = std::string(513, 'i'), .type = "t", .payload = "{}"}};
        if (wish == "many events")
            return std::vector<hookgate::Event>(1001, {.type = "t", .payload = "{}"});
        return {{.type = "t"}};
    }

    hookgate::Outbound format(const hookgate::Delivery& delivery,
                              const hookgate::Context&) const override {
        if (delivery.type == "throw") throw 42;
        if (delivery.type == "inject")
            return {.body = "{}", .headers = {{"x-a", "b\r\nx-injected: 1"}}};
        return {.body = "{}",
                .headers = {{"Content-Length", "0"}, {"X-Event-Id", "mine"}, {"X-Mine", "kept"}}};
    }
};

} // namespace

HG_EXPORT_PROVIDERS(Hostile);
