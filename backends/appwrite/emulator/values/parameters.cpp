#include <emulator/values/parameters.hpp>

#include <emulator/server/server_error.hpp>

namespace reel::emulator {

void validate(std::string_view name, const Json& value, const Validator& validator) {
  if (const std::string problem = validator.problem(value); !problem.empty()) {
    invalid_argument("Invalid `" + std::string{name} + "` param: " + problem);
  }
}

Validator Parameters::worded(const Validator& validator) const {
  if (!nulls_are_absent_) return validator;
  return {[inner = validator.problem](const Json& value) {
    constexpr std::string_view newer = " or null";
    std::string problem = inner(value);
    if (problem.ends_with(newer)) problem.resize(problem.size() - newer.size());
    return problem;
  }};
}

Json Parameters::required(std::string_view name, const Validator& validator) const {
  const Json* value = find(name);
  if (value == nullptr) invalid_argument("Param \"" + std::string{name} + "\" is not optional.");
  validate(name, *value, worded(validator));
  return *value;
}

Json Parameters::optional(std::string_view name, const Json& fallback, const Validator& validator) const {
  const Json* value = find(name);
  if (value == nullptr || (nulls_are_absent_ && value->is_null())) return fallback;
  validate(name, *value, worded(validator));
  return value->is_null() ? fallback : *value;
}

}  // namespace reel::emulator
