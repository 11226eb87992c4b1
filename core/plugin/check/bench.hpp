#pragma once

#include "core/plugin/check/guarded_memory.hpp"
#include "core/plugin/check/listener.hpp"
#include "core/plugin/check/vectors.hpp"
#include "core/plugin/descriptor.hpp"
#include "core/plugin/provider_in_process.hpp"

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::plugin::check {

// A request as a provider sees it, in guarded memory, at the time of the vector clock. Ends with
// the next reset of the memory.
class ShownRequest {
public:
    ShownRequest(const SampleRequest& request, GuardedMemory& memory);

    const InboundRequest& view() const noexcept { return view_; }

private:
    std::vector<HeaderView> headers_;
    InboundRequest view_;
};

// Where one vector meets one provider. Requests are put into memory that ends at guard pages, the
// clock shows the vector's time, and what is found is told once for each id. Not thread-safe; the
// type is a Witness's.
class Bench {
public:
    using Instance = std::shared_ptr<const ProviderInProcess>;

    Bench(const ProviderType& type, const Vector& vector, Listener& listener);
    ~Bench();
    Bench(const Bench&) = delete;
    Bench& operator=(const Bench&) = delete;

    const ProviderType& type() const noexcept { return type_; }

    const Vector& vector() const noexcept { return vector_; }

    // What is going on, should it be the last that is heard.
    void doing(std::string_view what);

    // The calls of all instances get so much memory at most.
    void limitArena(std::size_t bytes) noexcept { arena_bytes_max_ = bytes; }

    // Null: refused, with the reason.
    Instance instantiate(const InstanceSettings& settings, std::string& why);
    base::Result<Verdict, CallError> verify(const Provider& provider, const SampleRequest& request);
    base::Result<std::vector<NormalizedEvent>, CallError> normalize(const Provider& provider,
                                                                    const SampleRequest& request);
    // Of an event that normalize gave.
    base::Result<Outbound, CallError> format(const Provider& provider,
                                             const NormalizedEvent& event);

    // What sign makes of the request with the newest secret.
    base::Result<Signed, CallError> sign(const ProviderInProcess& provider,
                                         const SampleRequest& request);

    // Whether verify does anything but reject; that it breaks is told, too.
    bool accepts(const Provider& provider, const SampleRequest& request);
    void mustReject(const Provider& provider, const SampleRequest& request, const char* id,
                    const std::string& change);

    // Nothing when the vector permits it.
    void report(const std::string& id, const std::string& text);

    // Whether what a vector permits was found.
    bool needed(const std::string& id) const { return permitted_.find(id) != permitted_.end(); }

private:
    const ProviderType& type_;
    const Vector& vector_;
    Listener& listener_;
    GuardedMemory memory_;
    std::set<std::string> reported_;  // one finding of a kind tells enough
    std::set<std::string> permitted_; // what was found and is permitted
    std::size_t cases_ = 0;
    std::size_t arena_bytes_max_ = ~std::size_t{0};
};

// Where lines of plugins go that nobody reads.
base::Log& silentLog();

bool same(const NormalizedEvent& a, const NormalizedEvent& b);
bool same(const std::vector<NormalizedEvent>& a, const std::vector<NormalizedEvent>& b);
std::string describe(const base::Result<Verdict, CallError>& verdict);

} // namespace hookgate::plugin::check
