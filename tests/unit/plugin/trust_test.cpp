#include "core/plugin/trust/trust.hpp"

#include "core/base/crypto.hpp"
#include "core/base/hex.hpp"
#include "core/plugin/trust/file_signature.hpp"
#include "tests/unit/plugin/loaded_plugin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include <sys/stat.h>
#include <unistd.h>

namespace hookgate::plugin {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// RFC 8410, section 10.3 and 10.1.
constexpr std::string_view kPrivateKey =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n"
    "-----END PRIVATE KEY-----\n";
constexpr std::string_view kPublicKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
    "-----END PUBLIC KEY-----\n";
// RFC 8032, section 7.1, test 1.
constexpr std::string_view kOtherKey =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
    "-----END PUBLIC KEY-----\n";

std::string hashOf(std::string_view bytes) {
    return base::toHex(base::sha256(bytes));
}

class PluginTrust : public ::testing::Test {
protected:
    PluginTrust() { ::chmod(directory.path().c_str(), 0755); }

    std::filesystem::path write(const std::string& name, std::string_view content,
                                mode_t mode = 0644) const {
        const auto path = directory.path() / name;
        std::ofstream{path, std::ios::binary} << content;
        ::chmod(path.c_str(), mode);
        return path;
    }

    base::Result<PluginFolder, std::string> open(AccessCheck check) const {
        return PluginFolder::open(directory.path(), check);
    }

    // Why a file cannot be read; empty: it can.
    std::string refusalOf(const std::string& name, AccessCheck check = AccessCheck::Strict) const {
        const auto folder = open(check);
        if (!folder) return folder.error();
        const auto bytes = folder->read(name);
        return bytes ? std::string{} : bytes.error();
    }

    // What a policy says of a file with these bytes.
    std::string judge(TrustPolicy policy, const std::string& name, std::string_view bytes,
                      const std::filesystem::path& keys = {}) const {
        const auto folder = open(AccessCheck::Strict);
        if (!folder) return folder.error();
        return Trust{*folder, {AccessCheck::Strict, policy, keys}}.refusal(name, bytes,
                                                                           hashOf(bytes));
    }

    PluginsDirectory directory;
};

TEST_F(PluginTrust, ReadsFilesOfItsOwnUser) {
    write("a.so", "bytes");
    EXPECT_EQ(refusalOf("a.so"), "");
    const auto folder = open(AccessCheck::Strict);
    ASSERT_TRUE(folder);
    EXPECT_EQ(*folder->read("a.so"), "bytes");
    EXPECT_THAT(folder->pluginNames(), ElementsAre("a.so"));
}

TEST_F(PluginTrust, RefusesWhatEverybodyMayWriteInAnyCase) {
    const auto path = write("a.so", "bytes", 0666);
    for (const auto check : {AccessCheck::Lenient, AccessCheck::Strict})
        EXPECT_THAT(refusalOf("a.so", check), AllOf(HasSubstr("written by everybody"),
                                                    HasSubstr("chmod go-w " + path.string())));
    ::chmod(path.c_str(), 0644);
    ::chmod(directory.path().c_str(), 0777);
    for (const auto check : {AccessCheck::Lenient, AccessCheck::Strict})
        EXPECT_THAT(refusalOf("a.so", check), HasSubstr("chmod go-w " + directory.path().string()));
    ::chmod(directory.path().c_str(), 01777);
    EXPECT_THAT(refusalOf("a.so"), HasSubstr("written by everybody"));
}

TEST_F(PluginTrust, RefusesWhatAGroupMayWriteWhenItIsStrict) {
    const auto path = write("a.so", "bytes", 0664);
    EXPECT_EQ(refusalOf("a.so", AccessCheck::Lenient), "");
    EXPECT_THAT(refusalOf("a.so"), HasSubstr("written by its group; chmod go-w " + path.string()));
    ::chmod(path.c_str(), 0644);
    ::chmod(directory.path().c_str(), 0775);
    EXPECT_THAT(refusalOf("a.so"), HasSubstr("chmod go-w " + directory.path().string()));
}

TEST_F(PluginTrust, RefusesAFileOfAnotherUserWhenItIsStrict) {
    const auto path = write("a.so", "bytes");
    if (::geteuid() != 0) return; // only root can give a file away
    ASSERT_EQ(::chown(path.c_str(), 12345, 12345), 0);
    EXPECT_THAT(refusalOf("a.so"), AllOf(HasSubstr("belongs to user 12345"),
                                         HasSubstr("chown root " + path.string())));
    EXPECT_EQ(refusalOf("a.so", AccessCheck::Lenient), "");
}

TEST_F(PluginTrust, LooksAtEveryParentWhenItIsStrict) {
    const auto parent = directory.path() / "parent";
    std::filesystem::create_directories(parent / "plugins");
    EXPECT_TRUE(PluginFolder::open(parent / "plugins", AccessCheck::Strict));
    ::chmod(parent.c_str(), 0777);
    EXPECT_TRUE(PluginFolder::open(parent / "plugins", AccessCheck::Lenient));
    EXPECT_THAT(PluginFolder::open(parent / "plugins", AccessCheck::Strict).error(),
                AllOf(HasSubstr("a parent of the plugins directory"),
                      HasSubstr("chmod go-w " + parent.string())));
}

TEST_F(PluginTrust, FollowsNoLinkToAFile) {
    write("real", "bytes");
    std::filesystem::create_symlink("real", directory.path() / "a.so");
    for (const auto check : {AccessCheck::Lenient, AccessCheck::Strict})
        EXPECT_THAT(refusalOf("a.so", check), HasSubstr("is a symbolic link"));
}

TEST_F(PluginTrust, FollowsNoLinkInThePathWhenItIsStrict) {
    std::filesystem::create_directory(directory.path() / "real");
    std::filesystem::create_symlink("real", directory.path() / "link");
    EXPECT_TRUE(PluginFolder::open(directory.path() / "link", AccessCheck::Lenient));
    EXPECT_THAT(PluginFolder::open(directory.path() / "link", AccessCheck::Strict).error(),
                AllOf(HasSubstr("link is a symbolic link"), HasSubstr("readlink -f")));
}

TEST_F(PluginTrust, ReadsFromTheDirectoryThatWasChecked) {
    std::filesystem::create_directory(directory.path() / "plugins");
    std::ofstream{directory.path() / "plugins/a.so"} << "checked";
    const auto folder = PluginFolder::open(directory.path() / "plugins", AccessCheck::Strict);
    ASSERT_TRUE(folder);
    std::filesystem::rename(directory.path() / "plugins", directory.path() / "old");
    std::filesystem::create_directory(directory.path() / "plugins");
    std::ofstream{directory.path() / "plugins/a.so"} << "another";
    EXPECT_EQ(*folder->read("a.so"), "checked");
}

TEST_F(PluginTrust, RefusesWhatIsNoRegularFile) {
    ASSERT_EQ(::mkfifo((directory.path() / "a.so").c_str(), 0600), 0);
    EXPECT_THAT(refusalOf("a.so"), HasSubstr("no regular file"));
    EXPECT_THAT(refusalOf("absent.so"), HasSubstr("cannot be read"));
}

TEST_F(PluginTrust, AnyTrustsAll) {
    EXPECT_EQ(judge(TrustPolicy::Any, "a.so", "whatever"), "");
}

TEST_F(PluginTrust, PinnedTrustsTheBytesThatAreWrittenDown) {
    write("plugins.lock", "# ours\n\n" + hashOf("good") + "  a.so\n");
    EXPECT_EQ(judge(TrustPolicy::Pinned, "a.so", "good"), "");
    EXPECT_THAT(judge(TrustPolicy::Pinned, "a.so", "gooe"),
                AllOf(HasSubstr(hashOf("gooe").substr(0, 12)), HasSubstr("plugins lock")));
    EXPECT_THAT(judge(TrustPolicy::Pinned, "b.so", "good"), HasSubstr("not in plugins.lock"));
}

TEST_F(PluginTrust, PinnedTrustsNothingWithoutAListThatCanBeUsed) {
    EXPECT_THAT(judge(TrustPolicy::Pinned, "a.so", "good"),
                AllOf(HasSubstr("there is no"), HasSubstr("run hookgate plugins lock")));
    write("plugins.lock", hashOf("good") + "  a.so\nand something else\n");
    EXPECT_THAT(judge(TrustPolicy::Pinned, "a.so", "good"), HasSubstr("line 2"));
    write("plugins.lock", hashOf("good") + "  a.so\n", 0666);
    EXPECT_THAT(judge(TrustPolicy::Pinned, "a.so", "good"), HasSubstr("written by everybody"));
}

TEST(HashList, IsWhatSha256sumWrites) {
    const auto hash = hashOf("x");
    const auto list = parseHashList(hash + "  a.so\n" + hash + " *b c.so\r\n");
    ASSERT_TRUE(list) << list.error();
    EXPECT_EQ(*list, (HashList{{"a.so", hash}, {"b c.so", hash}}));
    EXPECT_EQ(writeHashList(*list), hash + "  a.so\n" + hash + "  b c.so\n");
}

TEST(HashList, NamesTheLineThatIsNone) {
    const auto hash = hashOf("x");
    for (const auto& bad : {std::string{"x  a.so"}, hash, hash + " a.so", hash + "  ",
                            hash + "  ../a.so", hash.substr(1) + "g  a.so"})
        EXPECT_THAT(parseHashList("\n" + bad + "\n").error(), HasSubstr("line 2")) << bad;
    EXPECT_THAT(parseHashList(hash + "  a.so\n" + hash + "  a.so").error(),
                HasSubstr("line 2 names a file again"));
}

TEST_F(PluginTrust, SignedTrustsWhatAKeyHasSigned) {
    const auto keys =
        write("keys.pem", std::string{kOtherKey} + "some words\n" + std::string{kPublicKey});
    write("a.so.sig", *signatureOf(kPrivateKey, "good"));
    EXPECT_EQ(judge(TrustPolicy::Signed, "a.so", "good", keys), "");
    EXPECT_THAT(judge(TrustPolicy::Signed, "a.so", "gooe", keys),
                AllOf(HasSubstr("a.so.sig"), HasSubstr("for these bytes")));
    EXPECT_THAT(judge(TrustPolicy::Signed, "b.so", "good", keys),
                AllOf(HasSubstr("there is no b.so.sig"), HasSubstr("hookgate plugins sign b.so")));
    write("a.so.sig", "not base64!");
    EXPECT_THAT(judge(TrustPolicy::Signed, "a.so", "good", keys),
                HasSubstr("no Ed25519 signature"));
}

TEST_F(PluginTrust, SignedTrustsNoOtherKeyAndNothingWithoutKeys) {
    write("a.so.sig", *signatureOf(kPrivateKey, "good"));
    const auto other = write("keys.pem", kOtherKey);
    EXPECT_THAT(judge(TrustPolicy::Signed, "a.so", "good", other), HasSubstr("no key of"));
    EXPECT_THAT(judge(TrustPolicy::Signed, "a.so", "good", write("keys.pem", "")),
                HasSubstr("no public key"));
    EXPECT_THAT(judge(TrustPolicy::Signed, "a.so", "good", directory.path() / "absent.pem"),
                HasSubstr("PLUGIN_KEYS_FILE"));
    EXPECT_THAT(judge(TrustPolicy::Signed, "a.so", "good", write("keys.pem", kPublicKey, 0666)),
                HasSubstr("written by everybody"));
}

TEST(FileSignature, RefusesKeysOfOtherKinds) {
    EXPECT_THAT(publicKeysIn(kPrivateKey).error(), HasSubstr("no public key"));
    EXPECT_THAT(publicKeysIn("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----").error(),
                HasSubstr("key 1 is no public Ed25519 key"));
    EXPECT_THAT(signatureOf(kPublicKey, "x").error(), HasSubstr("no private Ed25519 key"));
    EXPECT_THAT(signatureOf("", "x").error(), HasSubstr("openssl genpkey"));
}

} // namespace
} // namespace hookgate::plugin
