// What testing.hpp does beyond what the template's test shows, on a provider that neither signs nor
// formats.
#include <hookgate/proof.hpp>
#include <hookgate/test_case.hpp>
#include <hookgate/testing.hpp>

namespace {

using hookgate::testing::Integration;
using hookgate::testing::Request;

// The signature is that of the sample's vector.
Request paid() {
    return {.body = R"({"id":"o-1","topic":"order.paid","order":{"total":19.90,"lines":[1,2]}})",
            .headers = {{"X-Shop-Timestamp", "1767225600"},
                        {"X-Shop-Signature",
                         "1eed0b1698bdaef8416b940a24a51d79fb8e017697555ee50560a12a04a33f90"}}};
}

const Integration& shop() {
    static const Integration kShop{HOOKGATE_PLUGIN_FILE,
                                   {.secrets = {{"current", "shop-vector-secret"}}}};
    return kShop;
}

template <class Body>
hg_status statusOf(const Body& body) {
    try {
        body();
    } catch (const hookgate::Failure& failure) {
        return failure.status();
    }
    return HG_OK;
}

HG_TEST("headers have names in any case") {
    HG_EXPECT(shop().accepts(paid()));
}

HG_TEST("a header can be set, doubled and taken away") {
    auto request = paid();
    request.set("x-shop-timestamp", "1767225601");
    HG_EXPECT_EQ(request.header("X-SHOP-TIMESTAMP"), "1767225601");
    HG_EXPECT_EQ(request.headers.size(), 2);
    HG_EXPECT_EQ(shop().verify(request).reason, HG_REASON_SIGNATURE_MISMATCH);
    request.set("x-shop-timestamp", "1767225600").add("x-shop-timestamp", "1767225600");
    HG_EXPECT_EQ(shop().verify(request).reason, HG_REASON_DUPLICATE_HEADER);
    HG_EXPECT_EQ(request.remove("X-shop-timestamp").headers.size(), 1);
}

HG_TEST("what a provider does not do is unsupported") {
    HG_EXPECT_EQ(statusOf([] { shop().sign(paid()); }), HG_UNSUPPORTED);
    HG_EXPECT_EQ(statusOf([] { shop().format({.payload = "{}"}); }), HG_UNSUPPORTED);
}

HG_TEST("settings that the schema does not know are refused with a reason") {
    try {
        const Integration integration{
            HOOKGATE_PLUGIN_FILE, {.secrets = {{"", "secret"}}, .settings = R"({"region":"eu"})"}};
        HG_EXPECT(false);
    } catch (const hookgate::InvalidSettings& refusal) {
        HG_EXPECT(std::string_view{refusal.what()}.find("region") != std::string_view::npos);
    }
}

HG_TEST("an unknown provider of the plugin is not found") {
    HG_EXPECT_EQ(statusOf([] {
                     const Integration integration{HOOKGATE_PLUGIN_FILE, {.provider = "shopp"}};
                 }),
                 HG_NOT_FOUND);
}

HG_TEST("a file that is no plugin is refused as a gateway would") {
    HG_EXPECT_EQ(statusOf([] {
                     const Integration integration{"/proc/self/exe", {}};
                 }),
                 HG_INTERNAL);
    HG_EXPECT_EQ(statusOf([] {
                     const Integration integration{"/nowhere/shop.so", {}};
                 }),
                 HG_INTERNAL);
}

HG_TEST("two integrations of one plugin do not know each other") {
    const Integration other{HOOKGATE_PLUGIN_FILE, {.secrets = {{"", "another secret"}}}};
    HG_EXPECT(!other.accepts(paid()));
    HG_EXPECT(shop().accepts(paid()));
}

HG_TEST("items of a list are found by name, and every signature is tried") {
    const auto signatures = hookgate::itemsNamed("ts=1;h1=ab;h1=cd;h2=;h1", ';', "h1");
    HG_EXPECT_EQ(signatures.size(), 3);
    HG_EXPECT_EQ(signatures[1], "cd");
    HG_EXPECT_EQ(signatures[2], "");
    int tried = 0;
    HG_EXPECT(hookgate::anyProves(signatures, [&](std::string_view signature) {
        ++tried;
        return signature == "ab";
    }));
    HG_EXPECT_EQ(tried, 3);
    HG_EXPECT(!hookgate::anyProves({}, [](std::string_view) { return true; }));
}

HG_TEST("times are written as ISO 8601") {
    HG_EXPECT_EQ(hookgate::iso8601(0), "1970-01-01T00:00:00Z");
    HG_EXPECT_EQ(hookgate::iso8601(1'709'251'199'999), "2024-02-29T23:59:59Z");
    HG_EXPECT_EQ(hookgate::iso8601(-1), "1969-12-31T23:59:59Z");
    HG_EXPECT_EQ(hookgate::iso8601(hookgate::testing::kReceivedUnixMs), "2026-01-01T00:00:00Z");
}

// Unicode, table 3-7 and what lies just outside of it.
HG_TEST("text is UTF-8 and nothing like it") {
    for (const std::string_view text :
         {"", "a\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
          "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"})
        HG_EXPECT(hookgate::isUtf8(text));
    for (const std::string_view bytes :
         {"\x80", "\xc1\xbf", "\xc2", "\xc2\x7f", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe1\x80",
          "\xe1\x80\xc0", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "a\xff"})
        HG_EXPECT(!hookgate::isUtf8(bytes));
}

} // namespace

int main() {
    return hookgate::testing::runTests();
}
