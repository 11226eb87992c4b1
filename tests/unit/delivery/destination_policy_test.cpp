#include "core/delivery/destination_policy.hpp"

#include "core/delivery/host_resolver.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace hookgate::delivery {
namespace {

base::IpAddress ip(const std::string& text) {
    const auto address = base::IpAddress::parse(text);
    EXPECT_TRUE(address) << text;
    return address.value_or(base::IpAddress{});
}

TEST(DefaultDestinationPolicy, AllowsLoopbackPrivateAndPublicAddresses) {
    const DestinationPolicy policy{{}};
    for (const auto* text :
         {"127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1",
          "8.8.8.8", "::1", "fc00::1", "fd12:3456::1", "2001:db8::1", "2606:4700::1111",
          "::ffff:127.0.0.1", "64:ff9b::8.8.8.8", "2002:808:808::1"})
        EXPECT_TRUE(policy.allows(ip(text))) << text;
}

TEST(DefaultDestinationPolicy, ForbidsLinkLocalMetadataMulticastAndUnspecifiedInAnySpelling) {
    const DestinationPolicy policy{{}};
    for (const auto* text : {
             "169.254.169.254",
             "169.254.0.1",
             "::ffff:169.254.169.254",
             "::ffff:a9fe:a9fe",
             "::169.254.169.254",        // compatible
             "::ffff:0:169.254.169.254", // translated
             "64:ff9b::169.254.169.254", // NAT64
             "64:ff9b::a9fe:a9fe",
             "64:ff9b:1::169.254.169.254", // NAT64 of the site
             "64:ff9b:1:a9fe:a9:fe00::",   // the same, laid out for /48
             "2002:a9fe:a9fe::1",          // 6to4
             "2001:0:a9fe:a9fe::1",        // Teredo server
             "2001:0:808:808::5601:5601",  // Teredo client, inverted
             "fe80::1",
             "febf::1",
             "fd00:ec2::254",
             "fd20:ce::254",
             "100.100.100.200",
             "192.0.0.192",
             "168.63.129.16",
             "224.0.0.1",
             "239.255.255.255",
             "::ffff:224.0.0.1",
             "ff02::1",
             "255.255.255.255",
             "0.0.0.0",
             "0.1.2.3",
             "::",
             "::ffff:0.0.0.0",
             "2002::1",
         })
        EXPECT_FALSE(policy.allows(ip(text))) << text;
}

// Whatever spelling reaches getaddrinfo() ends as bytes that are judged.
TEST(DefaultDestinationPolicy, ForbidsEverySpellingTheResolverUnderstands) {
    const DestinationPolicy policy{{}};
    for (const auto* text : {"0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518",
                             "0xA9.254.0251.254", "0", "0x0", "0.0", "fe80::1%lo"}) {
        const auto addresses = lookUpHost(text);
        for (const auto& address : addresses)
            EXPECT_FALSE(policy.allows(address)) << text << " is " << address.text();
    }
    ASSERT_EQ(lookUpHost("2852039166").size(), 1U);
}

TEST(ListedDestinationPolicy, AllowsWhatIsListedAndNothingElse) {
    const std::vector<std::string> networks{"10.0.0.0/8", "fd12::/16"};
    const DestinationPolicy policy{networks};
    for (const auto* text : {"10.1.2.3", "::ffff:10.1.2.3", "fd12::1"})
        EXPECT_TRUE(policy.allows(ip(text))) << text;
    for (const auto* text : {"127.0.0.1", "11.0.0.1", "::1", "fd13::1", "8.8.8.8", "::10.1.2.3",
                             "64:ff9b::10.1.2.3", "2002:a01:203::1"})
        EXPECT_FALSE(policy.allows(ip(text))) << text;
}

TEST(ListedDestinationPolicy, NeedsTheCarriedAddressListedToo) {
    const std::vector<std::string> networks{"64:ff9b::/96", "10.0.0.0/8"};
    const DestinationPolicy policy{networks};
    EXPECT_TRUE(policy.allows(ip("64:ff9b::10.1.2.3")));
    EXPECT_FALSE(policy.allows(ip("64:ff9b::169.254.169.254")));
}

TEST(ListedDestinationPolicy, MayAllowWhatTheDefaultForbids) {
    const std::vector<std::string> networks{"169.254.1.0/24"};
    const DestinationPolicy policy{networks};
    EXPECT_TRUE(policy.allows(ip("169.254.1.9")));
    EXPECT_FALSE(policy.allows(ip("169.254.169.254")));
}

TEST(ListedDestinationPolicy, WithNothingButNonsenseForbidsEverything) {
    const std::vector<std::string> networks{"nonsense", "10.0.0.0/99"};
    const DestinationPolicy policy{networks};
    EXPECT_FALSE(policy.allows(ip("10.0.0.1")));
    EXPECT_FALSE(policy.allows(ip("8.8.8.8")));
}

TEST(SocketAddressCheck, JudgesTheBytesAndForbidsOtherFamilies) {
    const DestinationPolicy policy{{}};
    sockaddr_storage storage{};
    auto* generic = reinterpret_cast<sockaddr*>(&storage);
    auto* v4 = reinterpret_cast<sockaddr_in*>(&storage);
    v4->sin_family = AF_INET;
    v4->sin_addr.s_addr = htonl(0x7f000001);
    EXPECT_TRUE(policy.allows(*generic));
    v4->sin_addr.s_addr = htonl(0xa9fea9fe);
    EXPECT_FALSE(policy.allows(*generic));

    storage = {};
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_addr.s6_addr[15] = 1;
    EXPECT_TRUE(policy.allows(*generic));
    v6->sin6_addr.s6_addr[0] = 0xfe;
    v6->sin6_addr.s6_addr[1] = 0x80;
    EXPECT_FALSE(policy.allows(*generic));

    storage = {};
    storage.ss_family = AF_UNIX;
    EXPECT_FALSE(policy.allows(*generic));
}

} // namespace
} // namespace hookgate::delivery
