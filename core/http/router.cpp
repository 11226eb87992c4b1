#include "core/http/router.hpp"

#include <algorithm>

namespace hookgate::http {
namespace {

constexpr std::string_view kAnyMethod = "*";
constexpr std::string_view kOptions = "OPTIONS";

std::string_view nextSegment(std::string_view& path) noexcept {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

// Fills `parameters` when the pattern matches; what it held before is lost either way.
bool matches(std::string_view pattern, std::string_view path,
             std::vector<std::pair<std::string_view, std::string>>& parameters) {
    parameters.clear();
    while (!pattern.empty() && !path.empty()) {
        const auto expected = nextSegment(pattern);
        const auto given = nextSegment(path);
        if (expected.starts_with(':')) {
            if (given.empty()) return false;
            parameters.emplace_back(expected.substr(1), given);
        } else if (expected != given) {
            return false;
        }
    }
    return pattern.empty() && path.empty();
}

bool takesMethod(const Route& route, std::string_view method) noexcept {
    return route.method == kAnyMethod || route.method == method ||
           (method == "HEAD" && route.method == "GET");
}

void addMethod(std::string& allow, std::string_view method) {
    if (allow.find(method) != std::string::npos) return;
    if (!allow.empty()) allow += ", ";
    allow += method;
}

void addMethodsOf(std::string& allow, const Route& route) {
    if (route.method == kAnyMethod) {
        addMethod(allow, "POST");
    } else {
        addMethod(allow, route.method);
        if (route.method == "GET") addMethod(allow, "HEAD");
    }
}

} // namespace

void Router::add(Route route) {
    routes_.push_back(std::move(route));
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
    Match match;
    if (method != kOptions) {
        for (const auto& route : routes_) {
            if (!takesMethod(route, method) || !matches(route.pattern, path, match.parameters))
                continue;
            match.route = &route;
            return match;
        }
    }
    match.parameters.clear();
    match.allow = allowedMethods(path);
    return match;
}

std::string Router::allowedMethods(std::string_view path) const {
    std::string allow;
    std::vector<std::pair<std::string_view, std::string>> parameters;
    for (const auto& route : routes_)
        if (matches(route.pattern, path, parameters)) addMethodsOf(allow, route);
    if (!allow.empty()) addMethod(allow, kOptions);
    return allow;
}

} // namespace hookgate::http
