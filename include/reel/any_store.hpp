#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/driver/erased_store.hpp>
#include <reel/driver/hidden_store.hpp>
#include <reel/store_url.hpp>

namespace reel {

/// A store whose backend is chosen at run time. It is a backend itself and has the operations of every backend concept,
/// so code written for `AnyStore` is compiled once, whatever the underlying store is.
///
/// An operation that the underlying store lacks throws `Errc::unsupported`; `abilities()` reports the operations it
/// has. `Repository`, `BlobStore`, `migrate` and `verify` check the abilities first and behave as they do for the
/// underlying backend: without an atomic increment they read, add and write, and they follow `on_remove` where the
/// store knows which collections refer to a record.
///
/// An `AnyStore` is a handle. Copies share the store, which is closed when the last copy is destroyed. It is as
/// thread-safe as the underlying store. Each call costs one virtual call more than a call of that store.
class AnyStore : public driver::HiddenStore<AnyStore, driver::type_abilities<driver::ErasedStore>> {
 public:
  /// Shares the ownership of `store`, which must not be null. `B` is any backend; `check_backend<B>()` reports at
  /// compile time what it lacks.
  template <class B>
  explicit AnyStore(std::shared_ptr<B> store) : HiddenStore(std::move(store)) {
    static_assert(check_backend<B>());
  }
  /// Takes the ownership of `store`, which must not be null.
  template <class B>
  explicit AnyStore(std::unique_ptr<B> store) : AnyStore(std::shared_ptr<B>(std::move(store))) {}

  /// Constructs a store of type `B` from the arguments. Throws what its constructor throws.
  template <class B, class... Arguments>
  [[nodiscard]] static AnyStore make(Arguments&&... arguments) {
    return AnyStore(std::make_shared<B>(std::forward<Arguments>(arguments)...));
  }

  /// The underlying store if its type is `B`, null otherwise: access to what only one backend has, such as
  /// `Legacy::tree()`. The pointer is valid as long as a copy of this handle exists.
  template <class B>
  [[nodiscard]] B* target() const noexcept {
    const auto* model = dynamic_cast<const driver::StoreModel<B>*>(&below());
    return model ? &model->store() : nullptr;
  }
};

static_assert(driver::check_backend<AnyStore>() && driver::check_layer<AnyStore>());

namespace driver {

/// A backend that `reel::open` can open by URL. `B::open` receives a URL with the scheme of `B`, reads the location and
/// the options from it, and throws `Errc::invalid` for those it cannot read.
///
///     static constexpr std::string_view url_scheme = "file";
///     static constexpr std::array<std::string_view, 2> url_options{"readonly", "text"};  // optional member
///     static Filesystem open(const StoreUrl& url);
template <class B>
concept UrlOpened = requires(const StoreUrl& url) {
  { B::url_scheme } -> std::convertible_to<std::string_view>;
  { B::open(url) } -> std::same_as<B>;
};

/// The names of the options that a URL of `B` may have; empty if `B` has no member `url_options`.
template <class B>
[[nodiscard]] constexpr std::span<const std::string_view> url_options() {
  if constexpr (requires { B::url_options; }) {
    return B::url_options;
  } else {
    return {};
  }
}

/// The schemes of the backends as error messages list them: `file:, memory:`.
template <class... Backends>
[[nodiscard]] std::string schemes_of() {
  std::string names;
  ((names += (names.empty() ? "" : ", ") + std::string(Backends::url_scheme) + ":"), ...);
  return names;
}

/// Whether no two of the backends have the same scheme.
template <class... Backends>
consteval bool distinct_schemes() {
  const std::array<std::string_view, sizeof...(Backends)> schemes{Backends::url_scheme...};
  for (std::size_t i = 0; i < schemes.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (schemes[i] == schemes[k]) return false;
    }
  }
  return true;
}

}  // namespace driver

/// Opens the store at `url` with a function of the caller, for programs that set options a URL cannot express. Selects
/// the backend `B` among `Backends` whose `url_scheme` is the scheme of the URL and returns
/// `opener(std::type_identity<B>{}, store_url)`, which must convert to `AnyStore`.
///
/// Throws:
/// - `unsupported`: no backend has the scheme; the message lists the schemes of `Backends`
/// - `invalid`: `url` is not a URL, or has an option that the backend does not know; the message lists the known ones
/// - whatever the opener throws
template <class... Backends, class Opener>
[[nodiscard]] AnyStore open(std::string_view url, Opener&& opener) {
  static_assert(sizeof...(Backends) > 0, "name the backends that a URL may choose from: open<Memory, Filesystem>(url)");
  static_assert((driver::UrlOpened<Backends> && ...),
                "a backend that is opened by URL needs: static constexpr std::string_view url_scheme, and "
                "static B open(const StoreUrl&)");
  static_assert(driver::distinct_schemes<Backends...>(), "two of the backends have the same url_scheme");
  const std::string schemes = driver::schemes_of<Backends...>();
  const StoreUrl store_url = [&] {
    try {
      return StoreUrl(std::string(url));
    } catch (const Error& error) {
      throw Error(error.code(), error.reason() + "; this program opens " + schemes);
    }
  }();
  std::optional<AnyStore> opened;
  const auto open_if_named = [&]<class B>(std::type_identity<B> backend) {
    if (store_url.scheme() != B::url_scheme) return false;
    store_url.check_options(driver::url_options<B>());
    opened.emplace(opener(backend, store_url));
    return true;
  };
  if (!(open_if_named(std::type_identity<Backends>{}) || ...))
    throw store_url.refusal(
        "this program has no backend for the scheme '" + store_url.scheme() + "'; it opens " + schemes,
        Errc::unsupported);
  return *std::move(opened);
}

/// Opens the store at `url` with the backend among `Backends` that has its scheme. Throws the errors of the overload
/// above and those of opening the store.
///
///     AnyStore store = open<Memory, Filesystem>("file:videos?readonly");
template <class... Backends>
[[nodiscard]] AnyStore open(std::string_view url) {
  return open<Backends...>(url, []<class B>(std::type_identity<B>, const StoreUrl& store_url) {
    return AnyStore(std::unique_ptr<B>(new B(B::open(store_url))));  // not make_unique: a store need not be movable
  });
}

}  // namespace reel
