#include "apart.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include <reel/backends/legacy/model.hpp>
#include <reel/driver/same_data.hpp>
#include <reel/error.hpp>
#include <reel/store_url.hpp>

namespace tool {
namespace {

/// Whether `inner` is below `outer`, and not the same folder.
bool is_below(const std::filesystem::path& inner, const std::filesystem::path& outer) {
  const auto [end, rest] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end() && rest != inner.end();
}

[[nodiscard]] reel::Error same_store(const std::string& source, const std::string& target) {
  return {reel::Errc::invalid, "'" + source + "' and '" + target + "' are the same store; choose another target"};
}

}  // namespace

void check_apart(const std::string& target, const Store& source) {
  const bool is_tree = target.starts_with("legacy:");
  if (!is_tree && !target.starts_with("file:")) return;
  std::error_code none;
  const std::string location = reel::StoreUrl(target).location();
  if (std::filesystem::equivalent(source.folder(), location, none)) throw same_store(source.url(), target);
  if (!source.tree()) return;
  const std::filesystem::path folder = std::filesystem::weakly_canonical(location, none);
  if (is_below(folder, source.tree()->root))
    throw reel::Error(reel::Errc::invalid, "'" + target + "' is inside the tree '" + source.url() +
                                               "', which would then contain its own copy; choose a folder outside it");
  if (is_tree && is_below(source.tree()->root, folder))
    throw reel::Error(reel::Errc::invalid, "the tree '" + source.url() + "' is inside '" + target +
                                               "', which would then contain it twice; choose a folder beside it");
}

void check_apart(const Store& source, const Store& target) {
  if (reel::driver::has_same_records(source.identity(), target.identity()))
    throw same_store(source.url(), target.url());
}

}  // namespace tool
