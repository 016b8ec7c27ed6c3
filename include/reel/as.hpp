#pragma once

#include <memory>
#include <utility>

#include <reel/actor.hpp>
#include <reel/detail/actor_store.hpp>
#include <reel/driver/ability_set.hpp>
#include <reel/driver/erased_as.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/layer.hpp>

namespace reel {

/// A store as an actor may use it: `reel::as` returns it. It is a backend itself, so the same program runs with full
/// rights, for an actor on any store, and for a session on an Appwrite server, with the same answers:
///
///     reel::Memory store;
///     reel::records<Track>(store).setup();                       // full rights
///     auto ada = reel::as(store, reel::Actor::user("ada"));
///     reel::records<Track>(ada).create({.title = "Blue"});       // forbidden unless the collection lets her create
///
/// The permissions of a collection or bucket are those that `setup` stored, see `AccessRules`. The rules are those of
/// an Appwrite 1.8.1 server for a session, as recorded from one:
///
///     | operation       | needs                                   | otherwise                                       |
///     |-----------------|-----------------------------------------|-------------------------------------------------|
///     | find, get       | read                                    | the record is not found, as if it did not exist |
///     | list, count     | read of the collection, or item security| `forbidden`                                     |
///     |                 | returned are records that may be read   |                                                 |
///     | create          | create of the collection                | `forbidden`                                     |
///     | update          | update; read if it changes nothing      | `forbidden`, which shows that the record exists |
///     | increment       | update                                  | `forbidden`                                     |
///     | explain         | read of the collection                  | `forbidden`                                     |
///     | remove          | remove                                  | `forbidden`                                     |
///     | put             | create; with `overwrite` also remove    | `forbidden`                                     |
///     | blobs otherwise | as records                              | as records; without item security `forbidden`,  |
///     |                 |                                         | also for a blob that does not exist             |
///     | grant           | each role that is granted               | `forbidden`                                     |
///     | setup           | full rights                             | `forbidden`                                     |
///
/// A record or blob that a user creates without permissions can be read, updated and removed by that user; one of a
/// guest has none. Times that the caller sets are ignored. A watch reports only what may be read, and `left` for a
/// record that may no longer be. If an item cannot be read, its permissions are unknown. For an actor who may not read
/// the whole collection, a list or count that finds it then fails, and so does every watch, unless the store will
/// report the item once it can be read. The error has the code of the item's, such as `corrupt`, but neither its id nor
/// its reason. Calls that name the id of an item throw the error of the store.
///
/// What the server leaves to programs with full rights is missing here, too: bulk writes are single ones, so they are
/// not all-or-nothing; and `on_remove` is not followed, because an actor does not see who refers to a record.
///
/// A read of a store in memory costs a few nanoseconds more; other stores read the permissions of the collection at
/// each operation. A list without the right to read the collection reads all matches up to the end of the page, and a
/// count reads all. A write is conditional on the record whose permissions were checked, except an increment and the
/// writes of blobs. This is no protection from the code of the same process, which can use the store itself.
///
/// Copies act on the same store. As thread-safe as that store.
template <class B>
class StoreAs : public driver::Layer<detail::ActorStore, detail::actor_abilities(driver::type_abilities<B>)> {
  using Base = driver::Layer<detail::ActorStore, detail::actor_abilities(driver::type_abilities<B>)>;

 public:
  /// Identifies the class to the concept `driver::Hidden`: its operations are virtual functions already.
  using hidden_type = StoreAs;

  /// Acts on `store`, which must not be null, for `actor`.
  StoreAs(std::shared_ptr<B> store, Actor actor)
      : Base(std::make_shared<detail::ActorStore>(erase(std::move(store)), std::move(actor))) {}

  /// The operations, for the core.
  [[nodiscard]] driver::ErasedStore& erased() const noexcept { return this->below(); }

  /// The abilities, if the store knows its own only at run time.
  template <driver::True = std::bool_constant<driver::ReportsAbilities<B>>>
  [[nodiscard]] driver::AbilitySet abilities() const {
    return this->below().abilities();
  }

 private:
  static std::shared_ptr<driver::ErasedStore> erase(std::shared_ptr<B> store) {
    if constexpr (driver::Hidden<B>) {
      driver::ErasedStore& erased = store->erased();
      return {std::move(store), &erased};
    } else {
      return std::make_shared<driver::StoreModel<B>>(std::move(store));
    }
  }
};

/// The same store for an actor, see `StoreAs`. `store` must outlive the result and its copies. `actor` may be a role:
/// `as(store, Role::user("ada"))`.
template <class B>
[[nodiscard]] StoreAs<B> as(B& store, Actor actor) {
  static_assert(check_backend<B>());
  return StoreAs<B>(std::shared_ptr<B>(std::shared_ptr<void>(), &store), std::move(actor));
}
/// The same for a shared store, which stays open as long as the result or a copy of it exists.
template <class B>
[[nodiscard]] StoreAs<B> as(std::shared_ptr<B> store, Actor actor) {
  static_assert(check_backend<B>());
  return StoreAs<B>(std::move(store), std::move(actor));
}

}  // namespace reel
