#pragma once

#include <concepts>
#include <string>

#include <reel/driver/backend.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// The abilities of a store: one member for each concept of `<reel/driver/backend.hpp>`, true if the store models it.
struct AbilitySet {
  bool records = false;          ///< `RecordBackend`
  bool blobs = false;            ///< `BlobBackend`
  bool bulk = false;             ///< `BulkBackend`
  bool atomic_batches = false;   ///< `BulkBackend` with `Batch::atomic`
  bool increment = false;        ///< `IncrementBackend`
  bool explain = false;          ///< `ExplainBackend`
  bool referrers = false;        ///< `ReferrerBackend`
  bool preview = false;          ///< `PreviewBackend`
  bool blob_preview = false;     ///< `BlobPreviewBackend`
  bool foreign_columns = false;  ///< `ForeignColumnBackend`
  bool changes = false;          ///< `ChangesBackend`
  bool blob_changes = false;     ///< `BlobChangesBackend`
  bool blob_update = false;      ///< `BlobUpdateBackend`
  bool resumable_put = false;    ///< `ResumableBackend`
  bool url = false;              ///< `UrlBackend`
  bool access = false;           ///< `AccessBackend`
  bool blob_access = false;      ///< `BlobAccessBackend`
  bool identity = false;         ///< `IdentityBackend`
  bool sync = false;             ///< `SyncBackend`
  bool settle = false;           ///< `SettlingBackend`
  bool limits = false;           ///< `LimitsBackend`
  bool digests = false;          ///< `DigestBackend`
  bool blob_digests = false;     ///< `BlobDigestBackend`

  /// Compares all members.
  friend constexpr bool operator==(const AbilitySet&, const AbilitySet&) = default;
};

/// The abilities that the type `B` has at compile time. `atomic_batches` is a property of the object and therefore
/// false here; see `abilities_of`.
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
    .changes = ChangesBackend<B>,
    .blob_changes = BlobChangesBackend<B>,
    .blob_update = BlobUpdateBackend<B>,
    .resumable_put = ResumableBackend<B>,
    .url = UrlBackend<B>,
    .access = AccessBackend<B>,
    .blob_access = BlobAccessBackend<B>,
    .identity = IdentityBackend<B>,
    .sync = SyncBackend<B>,
    .settle = SettlingBackend<B>,
    .limits = LimitsBackend<B>,
    .digests = DigestBackend<B>,
    .blob_digests = BlobDigestBackend<B>,
};

/// A store that knows its abilities only at run time, such as `AnyStore`. Its type models every concept;
/// `store.abilities()` reports the abilities that the object has, and an operation it lacks throws `unsupported`.
template <class B>
concept ReportsAbilities = requires(const B& store) {
  { store.abilities() } -> std::same_as<AbilitySet>;
};

/// The abilities of one store object. The core asks before it uses an optional operation, so an operation that is not
/// listed here is never called. No request, no lock.
template <class B>
[[nodiscard]] constexpr AbilitySet abilities_of([[maybe_unused]] const B& store) {
  AbilitySet abilities = type_abilities<B>;
  if constexpr (ReportsAbilities<B>) abilities = store.abilities();
  if constexpr (BulkBackend<B>) abilities.atomic_batches = abilities.bulk && store.atomic_batches;
  return abilities;
}

/// Throws `unsupported` for an ability that the store does not have. `ability` completes the sentence "no store of this
/// kind …": `throw_lacking("explains queries")`.
[[noreturn]] inline void throw_lacking(const char* ability) {
  throw Error(Errc::unsupported, std::string("no store of this kind ") + ability);
}

}  // namespace reel::driver
