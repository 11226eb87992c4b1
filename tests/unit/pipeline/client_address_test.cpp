#include "core/pipeline/client_address.hpp"

#include <gtest/gtest.h>

namespace hookgate::pipeline {
namespace {

std::string clientOf(const std::string& peer, std::vector<std::string_view> forwarded,
                     std::vector<std::string_view> trusted) {
    base::IpNetworks networks;
    for (const auto network : trusted)
        networks.push_back(*base::IpNetwork::parse(network));
    http::Request request;
    request.peer_address = peer;
    for (const auto value : forwarded)
        request.headers.push_back({"x-forwarded-for", value});
    return ClientAddress{std::move(networks)}.of(request);
}

TEST(ClientAddress, IsThePeerWhenNobodyIsTrusted) {
    EXPECT_EQ(clientOf("203.0.113.9", {"1.2.3.4"}, {}), "203.0.113.9");
    EXPECT_EQ(clientOf("203.0.113.9", {"1.2.3.4"}, {"10.0.0.0/8"}), "203.0.113.9");
}

TEST(ClientAddress, IsTheRightmostUntrustedAddressBehindTrustedProxies) {
    EXPECT_EQ(clientOf("10.0.0.1", {"6.6.6.6, 203.0.113.9, 10.0.0.2"}, {"10.0.0.0/8"}),
              "203.0.113.9");
    EXPECT_EQ(clientOf("10.0.0.1", {"6.6.6.6", "203.0.113.9"}, {"10.0.0.0/8"}), "203.0.113.9");
    EXPECT_EQ(clientOf("::ffff:10.0.0.1", {"2001:db8::7"}, {"10.0.0.0/8"}), "2001:db8::7");
}

TEST(ClientAddress, BelievesNothingLeftOfGarbage) {
    EXPECT_EQ(clientOf("10.0.0.1", {"6.6.6.6, nonsense, 10.0.0.2"}, {"10.0.0.0/8"}), "10.0.0.2");
    EXPECT_EQ(clientOf("10.0.0.1", {"x'; drop table"}, {"10.0.0.0/8"}), "10.0.0.1");
    EXPECT_EQ(clientOf("10.0.0.1", {""}, {"10.0.0.0/8"}), "10.0.0.1");
}

TEST(ClientAddress, IsTheFarthestProxyWhenAllAreTrusted) {
    EXPECT_EQ(clientOf("10.0.0.1", {"10.0.0.3, 10.0.0.2"}, {"10.0.0.0/8"}), "10.0.0.3");
}

} // namespace
} // namespace hookgate::pipeline
