#pragma once

#include "core/plugin/check/vectors.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace hookgate::plugin::check {

// Hears what a trial does. Calls come in the order things happen, so that whoever listens from
// another process knows what was going on when the trial died.
class Listener {
public:
    virtual ~Listener() = default;
    virtual void began(std::string_view what) = 0;
    virtual void ran(std::size_t cases) = 0;
    virtual void found(std::string_view id, std::string_view where, std::string_view text) = 0;
};

// One vector against one provider: first as it is written, then with changes that no provider may
// accept and payloads that none may stumble over.
class Trial {
public:
    Trial(const ProviderType& type, const Vector& vector, Listener& listener);

    void run();

    // Only as it is written.
    void playAsWritten();

private:
    using Instance = std::shared_ptr<const ProviderInProcess>;

    // Null: refused, with the reason.
    Instance instantiate(const InstanceSettings& settings, std::string& why) const;
    base::Result<Verdict, CallError> verify(const Provider& provider,
                                            const SampleRequest& request) const;
    base::Result<std::vector<NormalizedEvent>, CallError> normalize(
        const Provider& provider, const SampleRequest& request) const;

    // As it is written.
    bool playVerdict(const Provider& provider);
    void playEvents(const Provider& provider);
    void compareEvents(const std::vector<NormalizedEvent>& events);
    void playFormat(const Provider& provider, const NormalizedEvent& event);

    // What must be rejected.
    void changeSecrets();
    void changeBody(const Provider& provider);
    void changeHeaders(const Provider& provider);
    void changeTime(const ProviderInProcess& provider);
    void changeProof(const Provider& provider, std::size_t header);
    void mustReject(const Provider& provider, const SampleRequest& request, const char* id,
                    const std::string& change);
    bool accepts(const Provider& provider, const SampleRequest& request);

    // What must be answered, whatever the payload is.
    void readChangedBodies(const Provider& provider);
    void mustAnswer(const Provider& provider, std::string body, const std::string& change);

    void report(const std::string& id, const std::string& text);
    void count();

    const ProviderType& type_;
    const Vector& vector_;
    Listener& listener_;
    std::set<std::string> reported_; // one finding of a kind tells enough
    std::size_t cases_ = 0;
};

} // namespace hookgate::plugin::check
