#include <emulator/schema/database_state.hpp>

#include <algorithm>
#include <ranges>

namespace reel::emulator {
namespace {

template <class Objects>
std::ranges::range_value_t<Objects> find_by_id(const Objects& objects, std::string_view id) {
  const std::string folded = fold_id(id);
  const auto found =
      std::find_if(objects.begin(), objects.end(), [&](const auto& object) { return fold_id(object->id) == folded; });
  return found == objects.end() ? nullptr : *found;
}

template <class Objects>
auto find_by_folded_key(const Objects& objects, std::string_view key) -> decltype(objects.front().get()) {
  const std::string folded = fold_id(key);
  const auto found =
      std::find_if(objects.begin(), objects.end(), [&](const auto& object) { return fold_id(object->key) == folded; });
  return found == objects.end() ? nullptr : found->get();
}

template <class Objects>
auto find_by_key(const Objects& objects, std::string_view key) -> decltype(objects.front().get()) {
  const auto found =
      std::find_if(objects.begin(), objects.end(), [&](const auto& object) { return object->key == key; });
  return found == objects.end() ? nullptr : found->get();
}

}  // namespace

Attribute* Collection::attribute(std::string_view key) const { return find_by_key(attributes, key); }
Attribute* Collection::attribute_by_path(std::string_view key) const { return find_by_folded_key(attributes, key); }
Index* Collection::index(std::string_view key) const { return find_by_key(indexes, key); }
Index* Collection::index_by_path(std::string_view key) const { return find_by_folded_key(indexes, key); }

std::shared_ptr<Collection> Collection::copy() const {
  auto made = std::make_shared<Collection>();
  made->id = id;
  made->sequence = sequence;
  made->name = name;
  made->enabled = enabled;
  made->document_security = document_security;
  made->permissions = permissions;
  for (const auto& attribute : attributes) made->attributes.push_back(std::make_unique<Attribute>(*attribute));
  for (const auto& index : indexes) made->indexes.push_back(std::make_unique<Index>(*index));
  made->table = table;
  made->next_slot = next_slot;
  return made;
}

bool Collection::has_relationships() const {
  return std::any_of(attributes.begin(), attributes.end(), [](const auto& one) { return one->is_relationship(); });
}

std::shared_ptr<Collection> Database::collection(std::string_view collection_id) const {
  return find_by_id(collections, collection_id);
}
std::shared_ptr<Database> DatabaseState::database(std::string_view id) const { return find_by_id(databases, id); }
std::shared_ptr<Transaction> DatabaseState::transaction(std::string_view id) const {
  return find_by_id(transactions | std::views::reverse, id);  // requests name the newest ones
}

}  // namespace reel::emulator
