#pragma once

#include "core/domain/integration.hpp"
#include "core/domain/records.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hookgate::store {

// References as the text that backends store, and back; what is read must have been written so.
std::string referenceText(const domain::ValueReference& reference);
domain::ValueReference referenceOf(std::string_view text);
std::string secretsText(const std::vector<domain::SecretReference>& secrets);
std::vector<domain::SecretReference> secretsOf(std::string_view text);

// What else an integration is set to, as an object with only what is set; and back.
std::string optionsText(const domain::Integration& integration);
void readOptions(std::string_view text, domain::Integration& integration);

// What an upsert may change is the same.
bool sameContent(const domain::Integration& a, const domain::Integration& b);

// nullptr: none of these has that provider and name.
const domain::Integration* findIntegration(std::span<const domain::Integration> known,
                                           const domain::Integration& wanted);

// One integration of a provider is active: throws StoreError when a stored one that is not named
// stands in the way of another.
void refuseSecondActive(std::span<const domain::Integration> known,
                        std::span<const domain::Integration> given);

// Deactivations go first: two integrations of a provider may change places in one seed.
std::vector<domain::Integration> inactiveFirst(std::span<const domain::Integration> integrations);

// "integration.created" or "integration.updated", without id and time.
domain::AuditEntry integrationEntry(const domain::Integration& integration, bool created);

} // namespace hookgate::store
