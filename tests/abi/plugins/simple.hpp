// A provider that accepts everything, for plugins whose fault lies elsewhere.
#pragma once

#include <hookgate/provider.hpp>

class Simple : public hookgate::Provider {
public:
    static constexpr hookgate::Info kInfo{"simple", "Simple"};

    Simple(const hookgate::Settings&, const hookgate::Context&) {}

    hookgate::Verdict verify(const hookgate::Request&, const hookgate::Context&) const override {
        return hookgate::Verdict::accept();
    }

    std::vector<hookgate::Event> normalize(const hookgate::Request&,
                                           const hookgate::Context&) const override {
        return {{.type = "any"}};
    }
};
