#pragma once

#include "core/coordination/coordinator.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <ostream>
#include <string>

namespace hookgate::coordination {

// One backend under test, fresh for each test.
class CoordinatorHarness {
public:
    virtual ~CoordinatorHarness() = default;
    virtual Coordinator& coordinator() = 0;
    // Lets time pass for the backend: moves its clock, or waits where the clock is another's.
    virtual void pass(std::chrono::milliseconds duration) = 0;
};

struct CoordinatorBackend {
    std::string name;
    std::function<std::unique_ptr<CoordinatorHarness>()> make;

    friend void PrintTo(const CoordinatorBackend& backend, std::ostream* out) {
        *out << backend.name;
    }
};

// What every Coordinator promises. A backend instantiates it:
//   INSTANTIATE_TEST_SUITE_P(Memory, CoordinatorContract,
//   testing::Values(CoordinatorBackend{...}));
class CoordinatorContract : public testing::TestWithParam<CoordinatorBackend> {
protected:
    Coordinator& coordinator() { return harness_->coordinator(); }

    void pass(std::chrono::milliseconds duration) { harness_->pass(duration); }

    // How many of `requests` are admitted.
    int admitted(std::string_view key, std::int64_t limit, int requests);

private:
    std::unique_ptr<CoordinatorHarness> harness_ = GetParam().make();
};

} // namespace hookgate::coordination
