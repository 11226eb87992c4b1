#include "core/plugin/host_signature.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <string_view>

namespace hookgate::plugin {
namespace {

hg_str rawOf(std::string_view text) {
    return {text.data(), text.size()};
}

std::string bytesOf(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2)
        bytes += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
    return bytes;
}

// "valid", "invalid", or the status.
std::string outcomeOf(hg_signature_scheme scheme, std::string_view key, std::string_view message,
                      std::string_view signature) {
    bool valid = false;
    const auto status =
        verifySignature(scheme, rawOf(key), rawOf(message), rawOf(signature), valid);
    if (status != HG_OK) return "status " + std::to_string(status);
    return valid ? "valid" : "invalid";
}

std::string sign(hg_signature_scheme scheme, std::string_view key, std::string_view message) {
    std::array<std::uint8_t, 1024> out{};
    std::uint64_t size = 0;
    EXPECT_EQ(makeSignature(scheme, rawOf(key), rawOf(message), out, size), HG_OK);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

const std::string kMalformed = "status " + std::to_string(HG_MALFORMED);

// RFC 8032, 7.1, TEST 2.
const std::string kEdSeed =
    bytesOf("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
const std::string kEdKey =
    bytesOf("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
const std::string kEdSignature = bytesOf(
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");

constexpr std::string_view kEcPrivate = R"(-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgYsAGtP1Td5RbHqcX
gXxTDVirsTTf5fDWGhWkvvNi0iKhRANCAAQWzsUG0JH5CRqcUyUIHWCc7L3PzGpb
V8YA8B/Icet7v3eaFL7MfENKsvWShcC1licWbz5X2AviZAJ41r/kGA/7
-----END PRIVATE KEY-----
)";
constexpr std::string_view kEcPublic = R"(-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEFs7FBtCR+QkanFMlCB1gnOy9z8xq
W1fGAPAfyHHre793mhS+zHxDSrL1koXAtZYnFm8+V9gL4mQCeNa/5BgP+w==
-----END PUBLIC KEY-----
)";
constexpr std::string_view kRsaPrivate = R"(-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDFuVtDesGrpPk4
SuVAXShP78c/f4yBhztor31VQty0ycLimKNhBrQy3qlk6z0FOjui4CUPGku5dq65
QN/xiQ4bL/TtGuito5rzUqSlFNF9+oWQBc+cI1OdopbM2oaww8nsTZG1pnvs0xTD
57GdqW4yjJxKfI+5gOrwUsl+89XJ5g/3s1wQBcKtJuuvE6fhEU5DwTuNkLpIvFDu
uIjNZtoBnB6PkKr4Eb4bcJwYSqTpupUQmeZMZIZJXA2lMZODPhajpy9rxdRNVHo4
/i7zzl+in852Qy9AK2FJAmDPyR1c8OeqTpFHLI25CtIGwBVT3Z1r6Z6yajKXI8Mj
2X6ViwB/AgMBAAECggEAWDS+8oUOZhjEN2kuCX8ljzecLwcjMtuV1LdJFeKsnBhQ
EQ9f/1ZiyDjN3+ATikP2u8v7rFeiRXwdKTa4UMPAH7/Op4H0IBZW90q8eYqmhGlg
8SWufuzBjhas6HlqUeweJgVaxesd6MInxteTRI8Dwpg41v/njC1nYcvE6RY1Hwpy
2oJN+nC/qyNY1VX8ndWhAYfqBttI8casAvJJ9mIZuOoGZ8FxPfTRaNcDCYUVU2cU
o5nizTJ+nqufk8qWwS+Ydj6EZ1nuamP4fYUbtZG7evpsPTpJMdZrwWyd2WsFdMxz
LjNbS4e04cGTI82itZvQiyL67u+40zyWdeGzfotpKQKBgQDqLROjUiMY4JVPEhe+
QgkLM8Fv9lCIKvkfnBxjiw55BuWxFT3BA+WFAE7BfPJ9xdLvpGCwybpCVF6wZdpL
tmsYdu+ogynQQ+vij6B4Lzct72ZfVCOkGwPmUk58yAi2vX/IZTN/MhjIb78U0TcZ
WU/8CrJqHdeS1hCJoBzClTCKOQKBgQDYJp1sWuYyCHg8kuhBYJBEyTuDDELfXY8Y
Y3Dpp4N4r8MOPkDiiuashi+bSUaozmWw5WikYEOMX57Mu1lOn4VitKycchL5kOBb
KS3cAsKN5ptAeYS2jYSh0hFmYzhAjXLh3+tFTFeCW9m/aZD3JuTyFxpn3JUK9xe8
m6UCttDAdwKBgCNT/5VxC8hyATR3l0tlrPWarkEU2NtiGElThNjjnqBVkQthF/rp
epPRExCPqAmfcY4jr06ccFQXZF2aUA+CCrAbKVazyvgXdxur7VqUTO/KIRiamfHk
/XaeziZ3CxF+jyuNUPKMfT6n1Rzv3y8c0TtF5dqqe940GzSYCh604SjJAoGBAKb2
VP2AzXVyY2Xu2Ga/r1Di3AxjKTiebU0aavqhQYW0xoe3AKm9P2eekyFxHZqBK73T
xtvJ3AOPTPu578cyo3bWNsr1tsB97z+bdGgQ3bV8nwnTk/brI7tXp8cd9zKt0EK3
k2VJDgOM7YrUgXzX11tFC0mU8q+wo+41j+Wjz2YLAoGAajT2RvKXkISrHls9+M9i
NSSTupclG7q6QOsSTUIpULC2nWIU2XvU0Mrgcl+bz/eTokxbAwjLS5k+K6fPwr5J
bxbybLEUIlddE6z3/P+RgRjYhYne773eeWLCTCTXL37jsuFtzZDNfGyrod8Yget4
UfttEqcOlWf4qPBjnnQ++yE=
-----END PRIVATE KEY-----
)";
constexpr std::string_view kRsaCertificate = R"(-----BEGIN CERTIFICATE-----
MIIDATCCAemgAwIBAgIUONqg6Ombp8lmKX7AN2SbVcV6BsEwDQYJKoZIhvcNAQEL
BQAwDzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjQyMzIxMTVaGA8yMTI2MTAzMTIz
MjExNVowDzENMAsGA1UEAwwEdGVzdDCCASIwDQYJKoZIhvcNAQEBBQADggEPADCC
AQoCggEBAMW5W0N6wauk+ThK5UBdKE/vxz9/jIGHO2ivfVVC3LTJwuKYo2EGtDLe
qWTrPQU6O6LgJQ8aS7l2rrlA3/GJDhsv9O0a6K2jmvNSpKUU0X36hZAFz5wjU52i
lszahrDDyexNkbWme+zTFMPnsZ2pbjKMnEp8j7mA6vBSyX7z1cnmD/ezXBAFwq0m
668Tp+ERTkPBO42Quki8UO64iM1m2gGcHo+QqvgRvhtwnBhKpOm6lRCZ5kxkhklc
DaUxk4M+FqOnL2vF1E1Uejj+LvPOX6KfznZDL0ArYUkCYM/JHVzw56pOkUcsjbkK
0gbAFVPdnWvpnrJqMpcjwyPZfpWLAH8CAwEAAaNTMFEwHQYDVR0OBBYEFEz2w8a/
aLfgjieW+xf9r/Pi/RduMB8GA1UdIwQYMBaAFEz2w8a/aLfgjieW+xf9r/Pi/Rdu
MA8GA1UdEwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADggEBAKGZn5GWp++qqhzN
0YxSG2TcqcNJf8eGbsb/xQcO6FJnTqSuoN90gdsjxva4Jd+VnVj0Z8Ws2ukY2SC0
W9mVrVH1nBvMyxMkgLD6xRd3EQ2ExHC66xbLesiOG/F46ij+OyIKWoRLRhAB52Ny
+/CCJ/XmUw84WK7Z6iwiRyCkwZxe2EH+PFs703lGiZQl0g9c7L4hBdoIfqoGLmtw
o5lBD0nNe4FDorNITE/nQ3NtuGbOaQxpC9i12lyh/dSIjU45Nd9wVB8cUOsCK+os
3NEizPyVzOjbbI9ak/c5zAsCIftfNzl5h3/vhLzvXg0CYwj+qvxGM721ppw33G4A
+MdnYnQ=
-----END CERTIFICATE-----
)";
constexpr std::string_view kShortRsaPublic = R"(-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCvvYfDplTBfpgOe/yDuU4c5vP1
yJFv/fO2FOAMSJzFcR/hIN5KUd9a8h3VowNVVCsvXQODBo9S5knYBYx6TDBvHNw6
BSnLQH/TTprvDH/Ou50qNJ8noHGvXGE5KektzjY7f1mh2/4FXnQ1cRU9usgEMC4l
OsZpwmQ8tC+oBKf6twIDAQAB
-----END PUBLIC KEY-----
)";

TEST(HostSignature, AgreesWithThePublishedEd25519Vector) {
    EXPECT_EQ(outcomeOf(HG_ED25519, kEdKey, "\x72", kEdSignature), "valid");
    EXPECT_EQ(outcomeOf(HG_ED25519, kEdKey, "\x73", kEdSignature), "invalid");
    EXPECT_EQ(outcomeOf(HG_ED25519, kEdKey, "\x72", kEdSignature.substr(0, 63)), "invalid");
    EXPECT_EQ(outcomeOf(HG_ED25519, kEdKey, "\x72", ""), "invalid");
    EXPECT_EQ(sign(HG_ED25519, kEdSeed, "\x72"), kEdSignature);
}

TEST(HostSignature, VerifiesEcdsaInDerAndRaw) {
    const auto der = sign(HG_ECDSA_P256_SHA256, kEcPrivate, "message");
    EXPECT_EQ(outcomeOf(HG_ECDSA_P256_SHA256, kEcPublic, "message", der), "valid");
    EXPECT_EQ(outcomeOf(HG_ECDSA_P256_SHA256, kEcPublic, "massage", der), "invalid");
    EXPECT_EQ(outcomeOf(HG_ECDSA_P256_SHA256, kEcPublic, "message", der + '\0'), "invalid");
    const auto raw = sign(HG_ECDSA_P256_SHA256_RAW, kEcPrivate, "message");
    ASSERT_EQ(raw.size(), 64U);
    EXPECT_EQ(outcomeOf(HG_ECDSA_P256_SHA256_RAW, kEcPublic, "message", raw), "valid");
    EXPECT_EQ(outcomeOf(HG_ECDSA_P256_SHA256_RAW, kEcPublic, "message", raw + '\0'), "invalid");
    EXPECT_EQ(outcomeOf(HG_ECDSA_P256_SHA256_RAW, kEcPublic, "message", std::string(64, '\0')),
              "invalid");
}

TEST(HostSignature, VerifiesRsaByCertificate) {
    for (const auto scheme : {HG_RSA_PKCS1_SHA256, HG_RSA_PKCS1_SHA1, HG_RSA_PSS_SHA256}) {
        const auto signature = sign(scheme, kRsaPrivate, "message");
        EXPECT_EQ(outcomeOf(scheme, kRsaCertificate, "message", signature), "valid") << scheme;
        EXPECT_EQ(outcomeOf(scheme, kRsaCertificate, "massage", signature), "invalid") << scheme;
    }
    const auto pkcs1 = sign(HG_RSA_PKCS1_SHA256, kRsaPrivate, "message");
    EXPECT_EQ(outcomeOf(HG_RSA_PSS_SHA256, kRsaCertificate, "message", pkcs1), "invalid");
}

TEST(HostSignature, RefusesKeysOfAnotherKindAndShortOnes) {
    EXPECT_EQ(outcomeOf(HG_ED25519, kEcPublic, "m", kEdSignature), kMalformed);
    EXPECT_EQ(outcomeOf(HG_ECDSA_P256_SHA256, kEdKey, "m", "s"), kMalformed);
    EXPECT_EQ(outcomeOf(HG_ECDSA_P256_SHA256, kRsaCertificate, "m", "s"), kMalformed);
    EXPECT_EQ(outcomeOf(HG_RSA_PKCS1_SHA256, kShortRsaPublic, "m", "s"), kMalformed);
    EXPECT_EQ(outcomeOf(HG_RSA_PKCS1_SHA256, kRsaPrivate, "m", "s"), kMalformed);
    EXPECT_EQ(outcomeOf(HG_ED25519, "", "m", "s"), kMalformed);
    EXPECT_EQ(outcomeOf(HG_ED25519, kEdKey + '\0', "m", "s"), kMalformed);
    EXPECT_EQ(outcomeOf(0, kEdKey, "m", "s"), "status " + std::to_string(HG_UNSUPPORTED));
    EXPECT_EQ(outcomeOf(7, kEdKey, "m", "s"), "status " + std::to_string(HG_UNSUPPORTED));
}

TEST(HostSignature, TellsWhenThereIsNoRoom) {
    std::array<std::uint8_t, 63> out{};
    std::uint64_t size = 0;
    EXPECT_EQ(makeSignature(HG_ED25519, rawOf(kEdSeed), rawOf("m"), out, size), HG_LIMIT);
}

} // namespace
} // namespace hookgate::plugin
