// hookgate/test_case.hpp - just enough of a test framework for a plugin that should need nothing
// but the SDK. Any other framework goes with testing.hpp as well.
//
//     HG_TEST("accepts what the provider signs") {
//         HG_EXPECT(shop.accepts(request));
//         HG_EXPECT_EQ(shop.verify(request).key_id, "current");
//     }
//     int main() { return hookgate::testing::runTests(); }
#pragma once

#include <concepts>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hookgate::testing {

struct TestCase {
    std::string_view name;
    void (*run)();
};

// Those of this program, in the order of the file.
inline std::vector<TestCase>& testCases() {
    static std::vector<TestCase> cases;
    return cases;
}

// What a test expected in vain; it goes on after it.
inline std::vector<std::string>& unmet() {
    static std::vector<std::string> all;
    return all;
}

struct TestRegistration {
    TestRegistration(std::string_view name, void (*run)()) { testCases().push_back({name, run}); }
};

template <class T>
void print(std::ostream& out, const T& value) {
    if constexpr (requires { out << value; })
        out << value;
    else
        out << "(not printable)";
}

inline void expect(bool holds, std::string_view what, std::string_view file, int line) {
    if (holds) return;
    unmet().push_back(std::string{file} + ':' + std::to_string(line) + ": expected " +
                      std::string{what});
}

// Integers compare by value, whatever their types.
template <class A, class B>
void expectEqual(const A& actual, const B& expected, std::string_view what, std::string_view file,
                 int line) {
    bool same = false;
    if constexpr (std::integral<A> && std::integral<B> && !std::same_as<A, bool> &&
                  !std::same_as<B, bool>)
        same = std::cmp_equal(actual, expected);
    else
        same = actual == expected;
    if (same) return;
    std::ostringstream values;
    print(values << what << "\n    actual:   ", actual);
    print(values << "\n    expected: ", expected);
    expect(false, values.str(), file, line);
}

template <class Exception, class Body>
void expectThrows(const Body& body, std::string_view what, std::string_view file, int line) {
    try {
        body();
    } catch (const Exception&) {
        return;
    } catch (const std::exception& other) {
        return expect(false, std::string{what} + ", got \"" + other.what() + '"', file, line);
    }
    expect(false, std::string{what} + ", got nothing", file, line);
}

// Runs all of them and says how each ended. 0: all passed; there has to be one.
inline int runTests() {
    std::size_t failed = 0;
    for (const auto& test : testCases()) {
        unmet().clear();
        try {
            test.run();
        } catch (const std::exception& error) {
            unmet().push_back(std::string{"it threw: "} + error.what());
        }
        std::cout << (unmet().empty() ? "ok   " : "FAIL ") << test.name << std::endl;
        for (const auto& line : unmet())
            std::cerr << "  " << line << '\n';
        failed += unmet().empty() ? 0U : 1U;
    }
    std::cout << testCases().size() << " tests, " << failed << " failed\n";
    return failed == 0 && !testCases().empty() ? 0 : 1;
}

} // namespace hookgate::testing

#define HG_TEST_PASTE_(a, b) a##b
#define HG_TEST_PASTE(a, b) HG_TEST_PASTE_(a, b)
// A test; `name` is a sentence.
#define HG_TEST(name)                                                                    \
    static void HG_TEST_PASTE(hgTest, __LINE__)();                                       \
    static const ::hookgate::testing::TestRegistration HG_TEST_PASTE(kHgTest, __LINE__){ \
        name, &HG_TEST_PASTE(hgTest, __LINE__)};                                         \
    static void HG_TEST_PASTE(hgTest, __LINE__)()
#define HG_EXPECT(condition) \
    ::hookgate::testing::expect(static_cast<bool>(condition), #condition, __FILE__, __LINE__)
#define HG_EXPECT_EQ(actual, expected)                                                        \
    ::hookgate::testing::expectEqual(actual, expected, #actual " to be " #expected, __FILE__, \
                                     __LINE__)
#define HG_EXPECT_THROWS(expression, exception)                                                 \
    ::hookgate::testing::expectThrows<exception>([&] { static_cast<void>(expression); },        \
                                                 #expression " to throw " #exception, __FILE__, \
                                                 __LINE__)
