#pragma once

#include "core/domain/records.hpp"
#include "core/store/derived_audit.hpp"
#include "core/store/sqlite/database.hpp"

#include <cstdint>
#include <optional>

namespace hookgate::store::sqlite {

// Turns rows into entries of the trail. One thread at a time; ends before its database.
class AuditEntries {
public:
    explicit AuditEntries(const Database& database) : database_{database} {}

    // nullopt: there is no such row.
    std::optional<domain::AuditEntry> read(AuditSource source, std::int64_t row_id);

private:
    std::optional<domain::AuditEntry> stored(std::int64_t row_id);
    std::optional<domain::AuditEntry> ofAttempt(std::int64_t row_id);
    std::optional<domain::AuditEntry> ofEvent(std::int64_t row_id, bool queued);
    std::optional<domain::AuditEntry> ofWebhook(std::int64_t row_id);
    // Prepared when it is first needed.
    Statement& prepared(std::optional<Statement>& statement, std::string_view sql);

    const Database& database_;
    std::optional<Statement> stored_;
    std::optional<Statement> attempt_;
    std::optional<Statement> event_;
    std::optional<Statement> webhook_;
};

} // namespace hookgate::store::sqlite
