#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/repository.hpp>
#include <reel/testing/manifest.hpp>
#include <reel/testing/witness.hpp>
#include <reel/text_rules.hpp>

namespace reel::testing {

/// Where a store keeps its data: every call opens a store object on them, further ones beside those that are open.
/// Throws `unsupported` where that is not possible.
using Place = std::function<AnyStore()>;

/// Throws `Errc::unsupported`: the store under test has no `what`.
[[noreturn]] inline void unsupported(const char* what) {
  throw Error(Errc::unsupported, std::string("this store has no ") + what);
}

/// A backend to be held to the rules.
struct Subject {
  std::string name{};
  Manifest manifest{};
  /// A new, empty place. Throws `unsupported` for text rules that the store does not have.
  std::function<Place(TextRules)> place{};
};

/// A place whose data live and die with one store object, which `make` makes.
template <class F>
[[nodiscard]] Place single_place(F make) {
  return [make = std::move(make), used = std::make_shared<bool>(false)] {
    if (std::exchange(*used, true)) unsupported("second store object on the same data: they are in its memory");
    return make();
  };
}

/// What a rule works with: stores of its own, empty at first.
class Bench {
 public:
  Bench(const Subject& subject, TextRules text, bool witnessed)
      : subject_(&subject), text_(text), witnessed_(witnessed) {}

  [[nodiscard]] const Manifest& manifest() const { return subject_->manifest; }

  /// The text rules of the stores that are opened from now on.
  void use(TextRules text) { text_ = text; }

  [[nodiscard]] AnyStore& store() {
    if (!store_) {
      if (!place_) place_ = subject_->place(text_);
      store_ = opened(place_);
    }
    return *store_;
  }

  /// A repository in `store()`, set up.
  template <class T>
  Repository<T, AnyStore> records() {
    return records<T>(store());
  }
  template <class T>
  static Repository<T, AnyStore> records(AnyStore& store) {
    Repository<T, AnyStore> repository{store};
    repository.setup();
    return repository;
  }

  /// Closes `store()`, which is another object on the same data afterwards.
  void restart() {
    static_cast<void>(store());
    store_.reset();
  }

  /// One more store object on the data of `store()`.
  [[nodiscard]] AnyStore& another_handle() {
    static_cast<void>(store());
    return others_.emplace_back(opened(place_));
  }

  /// A store that has nothing to do with `store()`.
  [[nodiscard]] AnyStore& another_store() {
    places_.push_back(subject_->place(text_));
    return others_.emplace_back(opened(places_.back()));
  }

 private:
  [[nodiscard]] AnyStore opened(const Place& place) const {
    AnyStore store = place();
    return witnessed_ ? AnyStore::make<Witness>(std::make_shared<AnyStore>(std::move(store))) : store;
  }

  const Subject* subject_;
  TextRules text_;
  bool witnessed_;
  Place place_{};
  std::vector<Place> places_{};
  std::optional<AnyStore> store_{};
  std::deque<AnyStore> others_{};
};

}  // namespace reel::testing
