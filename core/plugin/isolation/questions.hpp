#pragma once

#include "core/plugin/instance_settings.hpp"
#include "core/plugin/isolation/wire.hpp"
#include "core/plugin/provider.hpp"

#include <vector>

namespace hookgate::plugin::isolation {

// What the gateway asks, written by it and read by the plugin host. Views that are read live as
// long as the frame.

void write(Writer& writer, const InstanceSettings& settings);
InstanceSettings readSettings(Reader& reader);

void write(Writer& writer, const InboundRequest& request);
// `headers` keeps what the request refers to.
InboundRequest readRequest(Reader& reader, std::vector<HeaderView>& headers);

void write(Writer& writer, const DeliveryView& delivery);
DeliveryView readDelivery(Reader& reader);

} // namespace hookgate::plugin::isolation
