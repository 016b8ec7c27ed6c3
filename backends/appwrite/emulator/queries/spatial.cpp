#include <emulator/queries/spatial.hpp>

#include <cmath>

#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

/// The distance of two points: in metres on a sphere if `metres`, otherwise in degrees in the plane.
double distance(const Json& a, const Json& b, bool metres) {
  const double x = b[0].get<double>() - a[0].get<double>();
  const double y = b[1].get<double>() - a[1].get<double>();
  if (!metres) return std::hypot(x, y);
  constexpr double radian = 3.14159265358979323846 / 180;
  constexpr double radius = 6'370'986;
  const double h = std::pow(std::sin(y * radian / 2), 2) + std::cos(a[1].get<double>() * radian) *
                                                               std::cos(b[1].get<double>() * radian) *
                                                               std::pow(std::sin(x * radian / 2), 2);
  return 2 * radius * std::asin(std::sqrt(h));
}

}  // namespace

Filter spatial_filter(const Query& query, const Column& column) {
  if (query.is("equal") || query.is("notEqual")) {
    return [query, slot = column.slot](const Row& row) {
      const Json& value = row.value(slot);
      return !value.is_null() && (value == query.values[0]) == query.is("equal");
    };
  }
  if (!query.method.starts_with("distance") || column.type != "point") {
    throw ServerError{400, "general_feature_unsupported", "Spatial queries are not supported by this server."};
  }
  return [query, slot = column.slot](const Row& row) {
    const Json& value = row.value(slot);
    if (value.is_null()) return false;
    const Json& given = query.values[0];
    const double found = distance(value, given[0], php_bool(given[2]));
    const double wanted = given[1].get<double>();
    if (query.is("distanceEqual")) return found == wanted;
    if (query.is("distanceNotEqual")) return found != wanted;
    return query.is("distanceLessThan") ? found < wanted : found > wanted;
  };
}

}  // namespace reel::emulator
