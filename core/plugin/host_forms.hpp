#pragma once

#include <hookgate/provider_abi.h>

#include <functional>
#include <string_view>
#include <vector>

namespace hookgate::plugin {

// Gives out memory that lives as long as what is read; null when there is none left.
using Allocate = std::function<char*(std::size_t bytes)>;

// What hg_call.form and hg_call.multipart read, into `fields` and `parts`. HG_MALFORMED, or
// HG_LIMIT for more than 4096 of them or no memory. Stateless.
hg_status readForm(std::string_view text, const Allocate& allocate, std::vector<hg_field>& fields);
hg_status readMultipart(std::string_view content_type, std::string_view body,
                        const Allocate& allocate, std::vector<hg_part>& parts);

} // namespace hookgate::plugin
