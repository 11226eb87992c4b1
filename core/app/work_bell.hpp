#pragma once

#include <functional>
#include <mutex>
#include <utility>

namespace hookgate::app {

// Lets a part that is made early call one that is made later and goes earlier: the store rings when
// another node has made work, and the delivery answers while there is one. Any thread.
class WorkBell {
public:
    void ring() {
        const std::lock_guard lock{mutex_};
        if (answer_) answer_();
    }

    // An empty answer: nobody listens any more. No ring is under way afterwards.
    void answerWith(std::function<void()> answer) {
        const std::lock_guard lock{mutex_};
        answer_ = std::move(answer);
    }

private:
    std::mutex mutex_;
    std::function<void()> answer_;
};

} // namespace hookgate::app
