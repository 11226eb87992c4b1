#include "core/base/printable.hpp"

#include <gtest/gtest.h>

namespace hookgate::base {
namespace {

TEST(Printable, IsOneLineWithoutWhatATerminalWouldActOn) {
    EXPECT_EQ(printable("a\x1b[31mb\r\nc"), "a\\u001b[31mb\\r\\nc");
    EXPECT_EQ(printable("quotes \" and \\ stay"), "quotes \" and \\ stay");
}

TEST(Printable, CutsWhatIsLong) {
    EXPECT_EQ(printable(std::string(3000, 'x')), std::string(2000, 'x') + "...");
}

} // namespace
} // namespace hookgate::base
