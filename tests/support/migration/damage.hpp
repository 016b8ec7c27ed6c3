#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/video.hpp>

#include "support/migration/witness.hpp"

/// Damages of a copy, each of one record or blob, and the verification that must name it.
namespace reel::testing {

using driver::Value;
using video::Video;

/// The numbers of records and blobs of a store that is damaged.
inline constexpr int damaged_videos = 24, damaged_blobs = 8;
[[nodiscard]] inline const driver::CollectionSchema& damaged_schema() { return schema_of<Video>(); }

/// The difference that a verification has to report.
struct Expected {
  bool bucket = false;
  std::string id{};
  std::string what{};  ///< `missing`, `extra`, or a part of the reason of a difference
};

/// Chooses the item and the details of a damage.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}
  [[nodiscard]] std::size_t below(std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random_);
  }
  [[nodiscard]] std::string video() { return "v" + std::to_string(below(damaged_videos)); }
  [[nodiscard]] std::string blob() { return "b" + std::to_string(below(damaged_blobs)); }
  /// Text of another length than any in the stores.
  [[nodiscard]] std::string text() { return "damage " + std::to_string(below(1'000'000)); }

 private:
  std::mt19937 random_;
};

/// Damages the store and returns what has to be reported.
template <class Store>
using Damage = Expected (*)(Store&, Chance&);

template <class Store>
void change(Store& store, const std::string& id, driver::Change change) {
  const auto before = store.find(damaged_schema(), id);
  if (!change.updated_at) change.updated_at = before->updated_at;  // as unnoticeable as possible
  store.update(damaged_schema(), id, change);
}

template <class Store>
Expected lose_record(Store& store, Chance& chance) {
  const std::string id = chance.video();
  store.remove(damaged_schema(), id, std::nullopt);
  return {false, id, "missing"};
}

template <class Store>
Expected add_record(Store& store, Chance& chance) {
  const std::string id = "x" + std::to_string(chance.below(1000));
  Repository<Video, Store>(store).create(Video{.topic = chance.text()}, {.id = Id<Video>{id}});
  return {false, id, "extra"};
}

template <class Store>
Expected change_attribute(Store& store, Chance& chance) {
  const std::string id = chance.video();
  std::vector<int> texts;
  for (std::size_t i = 0; i < damaged_schema().attributes.size(); ++i) {
    if (damaged_schema().attributes[i].kind == driver::AttributeType::text && !damaged_schema().attributes[i].list)
      texts.push_back(static_cast<int>(i));
  }
  const int attribute = texts[chance.below(texts.size())];
  change(store, id, {.values = {{attribute, Value{chance.text()}}}});
  return {false, id, damaged_schema().attributes[static_cast<std::size_t>(attribute)].name};
}

template <class Store>
Expected change_created(Store& store, Chance& chance) {
  const std::string id = chance.video();
  const auto by = std::chrono::milliseconds(static_cast<int>(1 + chance.below(1000)));
  change(store, id, {.created_at = store.find(damaged_schema(), id)->created_at - by});
  return {false, id, "(created_at of the record)"};
}

template <class Store>
Expected change_updated(Store& store, Chance& chance) {
  const std::string id = chance.video();
  const auto by = std::chrono::milliseconds(static_cast<int>(1 + chance.below(1000)));
  change(store, id, {.updated_at = store.find(damaged_schema(), id)->updated_at + by});
  return {false, id, "(updated_at of the record)"};
}

template <class Store>
Expected change_permissions(Store& store, Chance& chance) {
  const std::string id = chance.video();
  const auto role = Role::user("u" + std::to_string(chance.below(1000)));
  change(store, id, {.permissions = std::vector{Permission::read(role)}});
  return {false, id, "(permissions)"};
}

template <class Store>
Expected lose_blob(Store& store, Chance& chance) {
  const std::string id = chance.blob();
  store.remove(films(), id);
  return {true, id, "missing"};
}

template <class Store>
Expected add_blob(Store& store, Chance& chance) {
  const std::string id = "x" + std::to_string(chance.below(1000));
  BlobStore<Store>(store, films()).put(BlobId{id}, from_bytes(chance.text()), {.name = "x.mp4"});
  return {true, id, "extra"};
}

template <class Store>
Expected replace_blob(Store& store, Chance& chance) {
  const std::string id = chance.blob();
  BlobStore<Store>(store, films()).put(BlobId{id}, from_bytes(chance.text()), {.name = "b.mp4", .overwrite = true});
  return {true, id, "size, md5"};
}

template <class Store>
Expected rename_blob(Store& store, Chance& chance) {
  const std::string id = chance.blob();
  store.update(films(), id, {.name = "x" + std::to_string(chance.below(1000)) + ".mp4"});
  return {true, id, "name"};
}

template <class Store>
Expected change_blob_permissions(Store& store, Chance& chance) {
  const std::string id = chance.blob();
  store.update(films(), id, {.permissions = std::vector{Permission::read(Role::any())}});
  return {true, id, "permissions"};
}

/// Damages that are writes, as another program could make them.
template <class Store>
inline constexpr Damage<Store> damages[] = {lose_record<Store>,
                                            add_record<Store>,
                                            change_attribute<Store>,
                                            change_created<Store>,
                                            change_updated<Store>,
                                            change_permissions<Store>,
                                            lose_blob<Store>,
                                            add_blob<Store>,
                                            replace_blob<Store>,
                                            rename_blob<Store>,
                                            change_blob_permissions<Store>};

/// Flips a bit of the bytes from `begin` to `end`.
inline void flip_bit(std::string& content, std::size_t begin, std::size_t end, Chance& chance) {
  const std::size_t at = begin + chance.below(end - begin);
  content[at] = static_cast<char>(content[at] ^ (1 << chance.below(8)));
}

/// Whether the report names exactly this. A line that is so damaged that it is not known whose it was is one difference
/// more.
[[nodiscard]] inline bool names(const VerificationReport& report, const Expected& expected) {
  const MigrationKind kind{.id = expected.bucket ? films().id : damaged_schema().id, .bucket = expected.bucket};
  std::vector<std::string> found;
  for (const auto& one : report.missing) found.push_back(one.kind.str() + ' ' + one.id + " missing");
  for (const auto& one : report.extra) found.push_back(one.kind.str() + ' ' + one.id + " extra");
  for (const auto& one : report.differences) {
    if (expected.what == "lost or damaged" && one.operation == "read" && one.kind == kind) continue;
    found.push_back(one.kind.str() + ' ' + one.id + ' ' + one.reason);
  }
  if (found.size() != 1 || !found[0].starts_with(kind.str() + ' ' + expected.id + ' ')) return false;
  return expected.what == "lost or damaged" || found[0].find(expected.what) != std::string::npos;
}

/// All differences, one a line.
[[nodiscard]] inline std::string text_of(const VerificationReport& report) {
  std::string text;
  for (const auto& one : report.missing) text += "missing " + one.kind.str() + ' ' + one.id + '\n';
  for (const auto& one : report.extra) text += "extra " + one.kind.str() + ' ' + one.id + '\n';
  for (const auto& one : report.differences) text += one.kind.str() + ' ' + one.id + ": " + one.reason + '\n';
  return text;
}

}  // namespace reel::testing
