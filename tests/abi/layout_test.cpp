// The ABI as a C++ compiler lays it out, beside what the C compiler says.
#include "tests/abi/layout_table.h"

#include <hookgate/provider_abi.h>

#include <gtest/gtest.h>

#include <span>
#include <vector>

namespace hookgate {
namespace {

const std::vector<std::size_t>& layoutInCpp() {
    static const std::vector<std::size_t> kLayout{
#define HG_LAYOUT(type, field, offset) offsetof(type, field),
#define HG_SIZE(type, size) sizeof(type),
#include "tests/abi/layout.h"
    };
    return kLayout;
}

const std::vector<std::size_t>& layoutAsReleased() {
    static const std::vector<std::size_t> kLayout{
#define HG_LAYOUT(type, field, offset) offset,
#define HG_SIZE(type, size) size,
#include "tests/abi/layout.h"
    };
    return kLayout;
}

TEST(AbiLayout, IsTheSameInCAndInCppAndAsReleased) {
    const std::vector<std::size_t> in_c{hg_layout_in_c, hg_layout_in_c + hg_layout_in_c_count};
    EXPECT_EQ(in_c, layoutAsReleased());
    EXPECT_EQ(layoutInCpp(), layoutAsReleased());
}

TEST(AbiLayout, HasTellsFieldsThatTheOtherSideKnows) {
    hg_host host{};
    host.struct_size = offsetof(hg_host, parse_time);
    EXPECT_TRUE(HG_HAS(&host, hg_host, verify_signature));
    EXPECT_FALSE(HG_HAS(&host, hg_host, parse_time));
}

} // namespace
} // namespace hookgate
