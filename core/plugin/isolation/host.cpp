#include "core/plugin/isolation/host.hpp"

#include "core/base/clock.hpp"
#include "core/base/crypto.hpp"
#include "core/base/log.hpp"
#include "core/plugin/inspection.hpp"
#include "core/plugin/isolation/answers.hpp"
#include "core/plugin/isolation/channel.hpp"
#include "core/plugin/isolation/confinement.hpp"
#include "core/plugin/isolation/description.hpp"
#include "core/plugin/isolation/questions.hpp"
#include "core/plugin/library.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <unistd.h>

namespace hookgate::plugin::isolation {
namespace {

constexpr std::size_t kQuestionBytesMax = std::size_t{2} << 30; // the gateway is trusted

// The plugin's lines go to the gateway, which bounds and logs them.
class LinesToGateway final : public base::Log {
public:
    explicit LinesToGateway(const Channel& channel) : channel_{channel} {}

    bool enabled(base::LogLevel) const noexcept override { return true; }

    void write(base::LogLevel level, std::string_view, base::LogFields fields) noexcept override {
        try {
            Writer line{Kind::Line};
            line.number(static_cast<std::uint32_t>(level));
            for (const auto& field : fields)
                if (field.key == "message")
                    if (const auto* const text = std::get_if<std::string_view>(&field.value))
                        line.text(*text);
            static_cast<void>(channel_.send(line.frame(), Channel::kNoDeadline));
        } catch (const std::exception&) {
            // A line that finds no memory is lost.
        }
    }

private:
    const Channel& channel_;
};

class Host {
public:
    explicit Host(Channel& channel) : channel_{channel}, log_{channel} {}

    // The error says why the plugin cannot be used.
    std::string load(std::string_view name) {
        const auto bytes = readPluginFile("/proc/self/fd/" + std::to_string(STDIN_FILENO));
        if (!bytes) return bytes.error();
        if (auto inspection = inspect(*bytes); !inspection.refusal.empty())
            return std::move(inspection.refusal);
        // The crypto library reads its configuration when it is first used.
        static_cast<void>(base::hmacSha256("key", "data"));
        if (!confineToLoading()) return "this kernel filters no system calls (seccomp)";
        const auto library = Library::load(name, *bytes);
        if (!library) return library.error();
        auto descriptor = readDescriptor((*library)->plugin(), (*library)->image());
        if (!descriptor) return descriptor.error();
        descriptor_ = std::move(*descriptor);
        if (!confineToComputing()) return "this kernel filters no system calls (seccomp)";
        return {};
    }

    bool serveOne() {
        Frame question;
        if (channel_.receive(question, kQuestionBytesMax, Channel::kNoDeadline) !=
            Channel::Result::Done)
            return false;
        return reply(answerTo(question));
    }

    bool reply(std::string_view frame) const {
        return channel_.send(frame, Channel::kNoDeadline) == Channel::Result::Done;
    }

    static std::string refusal(std::string_view why) {
        return std::string{Writer{Kind::Refusal}.text(why).frame()};
    }

private:
    std::string answerTo(const Frame& question) {
        Reader reader{question.payload};
        switch (question.kind) {
            case Kind::Describe:
                return write(descriptor_);
            case Kind::Create:
                return create(readSettings(reader));
            case Kind::Verify:
                if (provider_) return write(provider_->verify(readRequest(reader, headers_)));
                break;
            case Kind::Normalize:
                if (provider_) {
                    const auto request = readRequest(reader, headers_);
                    return write(provider_->normalize(request), request.body);
                }
                break;
            case Kind::Format:
                if (provider_) return write(provider_->format(readDelivery(reader)));
                break;
            case Kind::Ready:
            case Kind::Line:
            case Kind::Answer:
            case Kind::Refusal:
                break;
        }
        return refusal("it was asked for what it does not do");
    }

    std::string create(const InstanceSettings& settings) {
        const auto type = std::find_if(
            descriptor_.providers.begin(), descriptor_.providers.end(),
            [&](const ProviderType& each) { return each.info.name == settings.provider; });
        if (type == descriptor_.providers.end()) return refusal("it does not provide that");
        auto provider = ProviderInProcess::create(*type, settings, {log_, clock_});
        if (!provider) return refusal(provider.error());
        provider_ = std::move(*provider);
        return std::string{Writer{Kind::Answer}.frame()};
    }

    Channel& channel_;
    LinesToGateway log_;
    base::SystemClock clock_;
    Descriptor descriptor_;
    std::shared_ptr<const ProviderInProcess> provider_;
    std::vector<HeaderView> headers_;
};

} // namespace

int runHost(std::string_view plugin, std::size_t memory_bytes_max) {
    limitResources(memory_bytes_max);
    Channel channel{base::FileDescriptor{STDOUT_FILENO}};
    Host host{channel};
    if (const auto problem = host.load(plugin); !problem.empty()) {
        host.reply(Host::refusal(problem));
        return 1;
    }
    if (!host.reply(Writer{Kind::Ready}.frame())) return 0;
    while (host.serveOne()) {}
    return 0;
}

} // namespace hookgate::plugin::isolation
