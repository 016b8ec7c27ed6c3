#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/actor.hpp>
#include <reel/any_store.hpp>
#include <reel/as.hpp>
#include <reel/repository.hpp>
#include <reel/testing/manifest.hpp>
#include <reel/testing/witness.hpp>
#include <reel/text/text_rules.hpp>

namespace reel::testing {

/// A location of a store's data. Every call opens another store object on that data. Throws `unsupported` if only one
/// can be open at a time.
using Location = std::function<AnyStore()>;

/// Throws `Errc::unsupported` with the message that the store under test has no `what`.
[[noreturn]] inline void unsupported(const char* what) {
  throw Error(Errc::unsupported, std::string("this store has no ") + what);
}

/// A backend under test.
struct Subject {
  std::string name{};   ///< printed in the summary of a run
  Manifest manifest{};  ///< what the backend offers; a rule that needs more expects `unsupported`
  /// Returns a new, empty location. Throws `unsupported` for text rules that the store does not have.
  std::function<Location(TextRules)> location{};
  /// Opens the data of a store for an actor. Empty: `reel::as`. A store whose server knows its users creates the user,
  /// if there is none with this id, and opens a session.
  std::function<AnyStore(AnyStore&, const Actor&)> act{};
};

/// A location whose data exist only in the one store object that `make` returns.
template <class F>
[[nodiscard]] Location single_location(F make) {
  return [make = std::move(make), used = std::make_shared<bool>(false)] {
    if (std::exchange(*used, true)) unsupported("second store object on the same data: its data are in memory");
    return make();
  };
}

/// The environment of one rule: its stores, which are empty at first and belong to this rule alone.
class Bench {
 public:
  /// Opens nothing until the rule asks for a store.
  ///
  /// - `subject`: must outlive the bench
  /// - `text`: the text rules of the stores, unless the rule calls `use`
  /// - `witnessed`: whether each store is wrapped in a `Witness`, for a rule that the store is expected to refuse
  Bench(const Subject& subject, TextRules text, bool witnessed)
      : subject_(&subject), text_(text), witnessed_(witnessed) {}

  /// The abilities of the backend under test.
  [[nodiscard]] const Manifest& manifest() const { return subject_->manifest; }

  /// Sets the `TextRules` of the stores that are opened later.
  void use(TextRules text) { text_ = text; }

  /// Returns the store of the rule, at a new location. The first call opens it, and the first call after `restart`
  /// opens it again.
  [[nodiscard]] AnyStore& store() {
    if (!store_) {
      if (!location_) location_ = subject_->location(text_);
      plain_ = location_();
      store_ = witnessed(*plain_);
    }
    return *store_;
  }

  /// Returns a repository in `store()` after setting it up.
  template <class T>
  Repository<T, AnyStore> records() {
    return records<T>(store());
  }
  /// Returns a repository in a store of this bench, such as `another_handle()`, after setting it up.
  template <class T>
  static Repository<T, AnyStore> records(AnyStore& store) {
    Repository<T, AnyStore> repository{store};
    repository.setup();
    return repository;
  }

  /// Closes `store()`. The next call of `store()` opens another object on the same data.
  void restart() {
    static_cast<void>(store());
    actors_.clear();
    store_.reset();
    plain_.reset();
  }

  /// The same if the data outlive the store object, otherwise nothing.
  void restart_if_possible() {
    if (manifest().offers(Capability::restart)) restart();
  }

  /// Returns another store object on the data of `store()`.
  [[nodiscard]] AnyStore& another_handle() {
    static_cast<void>(store());
    return others_.emplace_back(opened(location_));
  }

  /// Returns the data of `store()` for an actor; valid until `restart`.
  [[nodiscard]] AnyStore& as(const Actor& actor) {
    static_cast<void>(store());
    const auto restricted = [&] {
      return AnyStore::make<StoreAs<AnyStore>>(std::make_shared<AnyStore>(*plain_), actor);
    };
    return actors_.emplace_back(subject_->act ? subject_->act(*plain_, actor) : restricted());
  }

  /// Returns a store that is independent of `store()`.
  [[nodiscard]] AnyStore& another_store() {
    locations_.push_back(subject_->location(text_));
    return others_.emplace_back(opened(locations_.back()));
  }

 private:
  [[nodiscard]] AnyStore opened(const Location& location) const { return witnessed(location()); }
  [[nodiscard]] AnyStore witnessed(AnyStore store) const {
    return witnessed_ ? AnyStore::make<Witness>(std::make_shared<AnyStore>(std::move(store))) : store;
  }

  const Subject* subject_;
  TextRules text_;
  bool witnessed_;
  Location location_{};
  std::vector<Location> locations_{};
  std::optional<AnyStore> plain_{};  ///< `store_` without the witness
  std::optional<AnyStore> store_{};
  std::deque<AnyStore> others_{};
  std::deque<AnyStore> actors_{};
};

}  // namespace reel::testing
