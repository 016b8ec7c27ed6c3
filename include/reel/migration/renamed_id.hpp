#pragma once

#include <string>
#include <string_view>

#include <reel/md5.hpp>
#include <reel/migration/progress.hpp>
#include <reel/text/ascii.hpp>

namespace reel {

/// The id under which `OnConflict::rename` copies a record or blob: up to 19 characters of the old id, a dash, and 16
/// digits of the md5 of the collection or bucket and the id in lower case. `kind`: in the source.
[[nodiscard]] inline std::string renamed_id(const MigrationKind& kind, std::string_view id) {
  Md5 digest;
  digest.update(kind.str() + '\n' + text::lower_ascii(id));
  return std::string(id.substr(0, 19)) + '-' + digest.finish().substr(0, 16);
}

}  // namespace reel
