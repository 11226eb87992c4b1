#include "core/management/records_json.hpp"

#include "tests/unit/management/fakes.hpp"

#include <gtest/gtest.h>

namespace hookgate::management::test {
namespace {

template <class Write, class Record>
std::string written(Write write, const Record& record) {
    base::JsonWriter json;
    write(json, record);
    return std::move(json).take();
}

TEST(RecordsJson, KeepsTheNormalizedPayloadByteForByte) {
    store::EventRow event;
    event.payload = R"({"b":12345678901234567890,"a":1.10,"b2":1E+2})";
    const auto text = written(writeEvent, event);
    EXPECT_NE(text.find(R"("normalizedPayload":{"b":12345678901234567890,"a":1.10,"b2":1E+2},)"),
              std::string::npos);
}

TEST(RecordsJson, ShowsWhatAnEventLacksAsNull) {
    const auto event = nlohmann::json::parse(written(writeEvent, [] {
        store::EventRow row;
        row.payload = "{}";
        return row;
    }()));
    for (const auto* name : {"subject", "lastError", "lastProcessedAt", "externalEventId"})
        EXPECT_TRUE(event.at(name).is_null()) << name;
    EXPECT_EQ(event.at("status"), "pending");
    EXPECT_EQ(event.at("receivedAt"), "1970-01-01T00:00:00.000Z");
}

TEST(RecordsJson, ShowsABodyOfTextAsItIsAndAnyOtherInBase64) {
    store::WebhookRow webhook;
    webhook.body = "{\"a\":\t\"\xc3\xa4\"}\r\n";
    auto json = nlohmann::json::parse(written(writeWebhook, webhook));
    EXPECT_EQ(json.at("rawPayload"), "{\"a\":\t\"\xc3\xa4\"}\r\n");
    EXPECT_FALSE(json.contains("rawPayloadEncoding"));
    EXPECT_EQ(json.at("signatureValid"), true);

    webhook.body = std::string{"\xff\x00\x01", 3};
    json = nlohmann::json::parse(written(writeWebhook, webhook));
    EXPECT_EQ(json.at("rawPayload"), "/wAB");
    EXPECT_EQ(json.at("rawPayloadEncoding"), "base64");
}

TEST(RecordsJson, NamesTheSecretThatProvedAWebhook) {
    store::WebhookRow webhook;
    EXPECT_TRUE(nlohmann::json::parse(written(writeWebhook, webhook)).at("keyId").is_null());
    webhook.key_id = "2025";
    EXPECT_EQ(nlohmann::json::parse(written(writeWebhook, webhook)).at("keyId"), "2025");
}

TEST(RecordsJson, TellsATestEventFromBusiness) {
    store::EventRow event;
    event.payload = "{}";
    EXPECT_EQ(nlohmann::json::parse(written(writeEvent, event)).at("test"), false);
    event.test = true;
    EXPECT_EQ(nlohmann::json::parse(written(writeEvent, event)).at("test"), true);
}

TEST(RecordsJson, ShowsRepeatedHeadersAsAnArray) {
    base::JsonWriter json;
    writeHeaders(json, "host: gate:1\r\nx-a: 1\r\nx-b:\r\nx-a: \"2\"\r\nbroken\r\n");
    EXPECT_EQ(nlohmann::json::parse(json.text()),
              (nlohmann::json{{"host", "gate:1"}, {"x-a", {"1", "\"2\""}}, {"x-b", ""}}));
}

TEST(RecordsJson, ShowsNoHeadersAsAnEmptyObject) {
    base::JsonWriter json;
    writeHeaders(json, "");
    EXPECT_EQ(json.text(), "{}");
}

TEST(RecordsJson, TellsAnEmptyAnswerFromNone) {
    store::AttemptRow attempt;
    attempt.attempt_no = 3;
    attempt.error_message = "connection refused";
    auto json = nlohmann::json::parse(written(writeAttempt, attempt));
    EXPECT_TRUE(json.at("httpStatus").is_null());
    EXPECT_TRUE(json.at("responseBody").is_null());
    EXPECT_EQ(json.at("status"), "failed");
    EXPECT_EQ(json.at("attemptNo"), 3);

    attempt.http_status = 204;
    attempt.success = true;
    attempt.error_message.clear();
    json = nlohmann::json::parse(written(writeAttempt, attempt));
    EXPECT_EQ(json.at("httpStatus"), 204);
    EXPECT_EQ(json.at("responseBody"), "");
    EXPECT_EQ(json.at("status"), "success");
    EXPECT_TRUE(json.at("errorMessage").is_null());

    attempt.response_body = "\xfe";
    json = nlohmann::json::parse(written(writeAttempt, attempt));
    EXPECT_EQ(json.at("responseBody"), "/g==");
    EXPECT_EQ(json.at("responseBodyEncoding"), "base64");
}

TEST(RecordsJson, WritesJobsWithTheirKindAndTimes) {
    const std::vector<store::JobRow> jobs{{.id = uuid(1),
                                           .replay = false,
                                           .status = domain::EventStatus::Failed,
                                           .attempts = 2,
                                           .created_at = 1000,
                                           .finished_at = 2000},
                                          {.id = uuid(2),
                                           .replay = true,
                                           .status = domain::EventStatus::Processing,
                                           .attempts = 0,
                                           .created_at = 3000,
                                           .finished_at = 0}};
    const auto json = nlohmann::json::parse(written(writeJobs, jobs));
    EXPECT_EQ(json.at(0).at("kind"), "ingest");
    EXPECT_EQ(json.at(0).at("finishedAt"), "1970-01-01T00:00:02.000Z");
    EXPECT_EQ(json.at(1).at("kind"), "replay");
    EXPECT_TRUE(json.at(1).at("finishedAt").is_null());
}

TEST(RecordsJson, EmbedsAuditDetails) {
    domain::AuditEntry entry;
    entry.details_json = R"({"reason":"x","count":1.0})";
    EXPECT_NE(written(writeAuditEntry, entry).find(R"("details":{"reason":"x","count":1.0},)"),
              std::string::npos);
    entry.details_json.clear();
    EXPECT_NE(written(writeAuditEntry, entry).find(R"("details":{},)"), std::string::npos);
}

} // namespace
} // namespace hookgate::management::test
