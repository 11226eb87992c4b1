#include "core/base/ip_network.hpp"

#include <gtest/gtest.h>

namespace hookgate::base {
namespace {

bool contains(std::string_view network, std::string_view address) {
    return IpNetwork::parse(network)->contains(*IpAddress::parse(address));
}

TEST(IpAddress, KnowsOneAddressInBothSpellings) {
    EXPECT_EQ(IpAddress::parse("127.0.0.1"), IpAddress::parse("::ffff:127.0.0.1"));
    EXPECT_EQ(IpAddress::parse("::ffff:7f00:1")->text(), "127.0.0.1");
    EXPECT_EQ(IpAddress::parse("2001:DB8::1")->text(), "2001:db8::1");
}

TEST(IpAddress, RefusesEverythingThatIsNotNumericAndComplete) {
    for (const auto* text : {"", "localhost", "127.1", "0x7f.0.0.1", "2130706433", "[::1]",
                             "fe80::1%lo", "1.2.3.4:80", "01.2.3.4.5"})
        EXPECT_EQ(IpAddress::parse(text), std::nullopt) << text;
}

TEST(IpAddress, CountsAllOfAnIpv6NetworkAsOneClient) {
    EXPECT_EQ(clientRangeOf("203.0.113.9"), "203.0.113.9");
    EXPECT_EQ(clientRangeOf("::ffff:203.0.113.9"), "203.0.113.9");
    EXPECT_EQ(clientRangeOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    EXPECT_EQ(clientRangeOf("2001:DB8:1:2:ffff::"), "2001:db8:1:2::/64");
    EXPECT_NE(clientRangeOf("2001:db8:1:3::1"), clientRangeOf("2001:db8:1:2::1"));
    EXPECT_EQ(clientRangeOf("not:an address"), "not:an address");
}

TEST(IpNetwork, ContainsByPrefix) {
    EXPECT_TRUE(contains("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(contains("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_TRUE(contains("192.0.2.128/25", "192.0.2.200"));
    EXPECT_FALSE(contains("192.0.2.128/25", "192.0.2.1"));
    EXPECT_TRUE(contains("192.0.2.7", "192.0.2.7"));
    EXPECT_TRUE(contains("0.0.0.0/0", "203.0.113.9"));
    EXPECT_FALSE(contains("0.0.0.0/0", "2001:db8::1"));
    EXPECT_TRUE(contains("fe80::/10", "febf::1"));
}

TEST(IpNetwork, RefusesPrefixesThatDoNotExist) {
    for (const auto* text :
         {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10/8", "/8"})
        EXPECT_FALSE(IpNetwork::parse(text).has_value()) << text;
}

} // namespace
} // namespace hookgate::base
