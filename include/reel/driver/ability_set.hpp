#pragma once

#include <concepts>
#include <string>

#include <reel/driver/backend.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// The abilities of a store: a member for each concept of `<reel/driver/backend.hpp>`, true where the store models it.
struct AbilitySet {
  bool records = false;          ///< `RecordBackend`
  bool blobs = false;            ///< `BlobBackend`
  bool bulk = false;             ///< `BulkBackend`
  bool atomic_batches = false;   ///< `BulkBackend`, and `Batch::atomic` is kept
  bool increment = false;        ///< `IncrementBackend`
  bool explain = false;          ///< `ExplainBackend`
  bool referrers = false;        ///< `ReferrerBackend`
  bool preview = false;          ///< `PreviewBackend`
  bool blob_preview = false;     ///< `BlobPreviewBackend`
  bool foreign_columns = false;  ///< `ForeignColumnBackend`
  bool blob_update = false;      ///< `BlobUpdateBackend`
  bool resumable_put = false;    ///< `ResumableBackend`
  bool url = false;              ///< `UrlBackend`

  friend constexpr bool operator==(const AbilitySet&, const AbilitySet&) = default;
};

/// The abilities that the type `B` has. `atomic_batches`, a property of the object, is false.
template <class B>
inline constexpr AbilitySet type_abilities{
    .records = RecordBackend<B>,
    .blobs = BlobBackend<B>,
    .bulk = BulkBackend<B>,
    .increment = IncrementBackend<B>,
    .explain = ExplainBackend<B>,
    .referrers = ReferrerBackend<B>,
    .preview = PreviewBackend<B>,
    .blob_preview = BlobPreviewBackend<B>,
    .foreign_columns = ForeignColumnBackend<B>,
    .blob_update = BlobUpdateBackend<B>,
    .resumable_put = ResumableBackend<B>,
    .url = UrlBackend<B>,
};

/// A store that knows its abilities only at run time: its type models every concept, and an operation that the store
/// lacks throws `Errc::unsupported`.
template <class B>
concept ReportsAbilities = requires(const B& store) {
  { store.abilities() } -> std::same_as<AbilitySet>;
};

/// The abilities of `store`. The core asks before it uses an optional operation.
template <class B>
[[nodiscard]] constexpr AbilitySet abilities_of([[maybe_unused]] const B& store) {
  AbilitySet abilities = type_abilities<B>;
  if constexpr (ReportsAbilities<B>) abilities = store.abilities();
  if constexpr (BulkBackend<B>) abilities.atomic_batches = abilities.bulk && store.atomic_batches;
  return abilities;
}

/// Throws `unsupported` for a store without an ability: `throw_lacking("explains queries")`.
[[noreturn]] inline void throw_lacking(const char* ability) {
  throw Error(Errc::unsupported, std::string("no store of this kind ") + ability);
}

}  // namespace reel::driver
