#include "core/plugin/isolation/questions.hpp"

namespace hookgate::plugin::isolation {
namespace {

constexpr std::size_t kPairBytes = 2 * sizeof(std::uint32_t);
constexpr std::int64_t kNoTolerance = -1;

} // namespace

void write(Writer& writer, const InstanceSettings& settings) {
    writer.text(settings.provider).text(settings.integration);
    writer.text(settings.settings_json).text(settings.alias);
    writer.wide(settings.tolerance ? settings.tolerance->count() : kNoTolerance);
    writer.number(static_cast<std::uint32_t>(settings.secrets.size()));
    for (const auto& secret : settings.secrets)
        writer.text(secret.key_id).text(secret.bytes);
}

InstanceSettings readSettings(Reader& reader) {
    InstanceSettings settings;
    settings.provider = reader.text();
    settings.integration = reader.text();
    settings.settings_json = reader.text();
    settings.alias = reader.text();
    if (const auto tolerance = reader.wide(); tolerance != kNoTolerance)
        settings.tolerance = std::chrono::milliseconds{tolerance};
    settings.secrets.resize(reader.count(kPairBytes));
    for (auto& secret : settings.secrets) {
        secret.key_id = reader.text();
        secret.bytes = reader.text();
    }
    return settings;
}

void write(Writer& writer, const InboundRequest& request) {
    writer.number(static_cast<std::uint32_t>(request.headers.size()));
    for (const auto& header : request.headers)
        writer.text(header.name).text(header.value);
    writer.text(request.method).text(request.url).text(request.path).text(request.query);
    writer.text(request.body).text(request.client_ip).text(request.correlation_id);
    writer.wide(request.received_at);
}

InboundRequest readRequest(Reader& reader, std::vector<HeaderView>& headers) {
    headers.resize(reader.count(kPairBytes));
    for (auto& header : headers) {
        header.name = reader.text();
        header.value = reader.text();
    }
    InboundRequest request{.headers = headers};
    request.method = reader.text();
    request.url = reader.text();
    request.path = reader.text();
    request.query = reader.text();
    request.body = reader.text();
    request.client_ip = reader.text();
    request.correlation_id = reader.text();
    request.received_at = reader.wide();
    return request;
}

void write(Writer& writer, const DeliveryView& delivery) {
    writer.text(delivery.event_id).text(delivery.external_id).text(delivery.type);
    writer.text(delivery.subject).text(delivery.payload);
    writer.wide(delivery.occurred_at).wide(delivery.received_at).number(delivery.attempt);
}

DeliveryView readDelivery(Reader& reader) {
    DeliveryView delivery;
    delivery.event_id = reader.text();
    delivery.external_id = reader.text();
    delivery.type = reader.text();
    delivery.subject = reader.text();
    delivery.payload = reader.text();
    delivery.occurred_at = reader.wide();
    delivery.received_at = reader.wide();
    delivery.attempt = reader.number();
    return delivery;
}

} // namespace hookgate::plugin::isolation
