#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/files.hpp>
#include <reel/backends/appwrite/server_access.hpp>
#include <reel/backends/appwrite/storage_limit.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/stored_access.hpp>
#include <reel/text/ascii.hpp>

namespace reel::appwrite {

/// The settings in the response to GET of a bucket that a PUT must contain so that they keep their values, and its
/// permissions.
[[nodiscard]] inline Json bucket_settings(const Json& bucket) {
  Json settings = Json::object();
  for (const char* name : {"name", "fileSecurity", "enabled", "maximumFileSize", "compression", "encryption",
                           "antivirus", "transformations", "allowedFileExtensions"}) {
    if (bucket.contains(name)) settings[name] = bucket[name];
  }
  if (bucket.contains("$permissions")) settings["permissions"] = bucket["$permissions"];
  return settings;
}

/// Creates a bucket on the server, or widens it to accept the files that a `Bucket` describes. An existing bucket is
/// never narrowed: the core enforces a lower size or fewer extensions. File security is turned on, unless
/// `Bucket::access` turns it off.
///
/// If the bucket is up to date, only `GET` requests are sent: 1, and 1 more if the server chooses the maximum size.
class BucketSetup {
 public:
  /// With `limited`, a bucket whose size exceeds the server's own limit gets that limit instead of failing as
  /// `too_large`. `client` and `bucket` must outlive the object.
  BucketSetup(const Client& client, const Bucket& bucket, bool limited = false)
      : client_(client), bucket_(bucket), limited_(limited) {}

  /// Throws `too_large` if the bucket needs larger files than the server accepts; an existing bucket is still widened
  /// up to the limit. A bucket that is at the limit already is accepted: larger files fail as `too_large` when they are
  /// put. Throws `unsupported` for the id `0`, which the server's router ignores.
  void run() const {
    check_possible(bucket_.id, "bucket");
    std::optional<Json> stored = find();
    if (!stored && create()) return;
    if (!stored) stored = find();  // another program has created it since
    if (!stored)
      throw Error(Errc::conflict,
                  "bucket '" + bucket_.id + "' is created and removed by other programs at the same time");
    widen(*stored);
  }

  /// The present permissions of the bucket. Throws `not_found` if it does not exist. 1 request.
  [[nodiscard]] AccessRules access() const {
    return access_in(body_of(client_.call({.request = {.path = bucket_path(bucket_.id)}}).response), "fileSecurity");
  }

  /// Returns what `run` would do. Throws what `run` would throw, and `forbidden` if the key may not change buckets. 1
  /// request if there is nothing to do, otherwise 2 or 3.
  [[nodiscard]] driver::SetupPreview preview() const {
    const std::optional<Json> stored = find();
    if (!stored) return preview_new();
    Json wanted = widened(*stored);
    const std::int64_t size = size_of(*stored);
    if (wanted != *stored && size_of(wanted) > size) wanted["maximumFileSize"] = reachable_size(*stored, wanted);
    driver::SetupPreview preview{.exists = true, .max_size = size_of(wanted)};
    if (wanted != *stored) preview.changes.emplace_back("the bucket is changed");
    return preview;
  }

 private:
  /// The preview of a bucket that does not exist yet.
  [[nodiscard]] driver::SetupPreview preview_new() const {
    const std::optional<std::int64_t> limit = storage_limit(client_);
    const bool is_beyond = limit && bucket_.max_size > *limit;
    if (is_beyond && !limited_) throw too_large(*limit, Error(Errc::too_large, ""));
    driver::SetupPreview preview;
    if (limit && (is_beyond || bucket_.max_size == 0)) preview.max_size = limit;
    return preview;
  }

  /// Returns the size that the bucket has after `widen`, or throws what `widen` would throw.
  [[nodiscard]] std::int64_t reachable_size(const Json& stored, const Json& wanted) const {
    std::optional<std::int64_t> limit;
    try {
      limit = storage_limit(client_);
    } catch (const Error& error) {
      if (!accepts(error, stored, wanted)) throw;
      return size_of(stored);
    }
    if (!limit || size_of(wanted) <= *limit) return size_of(wanted);
    if (size_of(stored) < *limit && !limited_) throw too_large(*limit, Error(Errc::too_large, ""));
    return std::max(*limit, size_of(stored));
  }

  /// Whether a bucket may stay too small: the key may not change it, its size is the only difference, and no bucket of
  /// the project is larger. It was then limited to the server's maximum by an earlier setup.
  [[nodiscard]] bool accepts(const Error& error, const Json& stored, Json wanted) const {
    if (error.code() != Errc::forbidden) return false;
    wanted["maximumFileSize"] = size_of(stored);
    return wanted == stored && size_of(stored) >= largest_bucket();
  }

  using Strings = std::vector<std::string>;

  /// The settings of the bucket, or `nullopt` if it does not exist.
  [[nodiscard]] std::optional<Json> find() const {
    try {
      return bucket_settings(body_of(client_.call({.request = {.path = bucket_path(bucket_.id)}}).response));
    } catch (const Error& error) {
      if (has_type(error, "storage_bucket_not_found")) return std::nullopt;
      throw;
    }
  }

  /// Creates the bucket. Returns false if another program was faster.
  [[nodiscard]] bool create() const {
    Json body{{"bucketId", bucket_.id},
              {"name", bucket_.name.empty() ? bucket_.id : bucket_.name},
              {"fileSecurity", driver::specified_access(bucket_).item_security},
              {"permissions", permissions_json(driver::specified_access(bucket_).permissions)},
              {"allowedFileExtensions", lower(bucket_.extensions)}};
    if (bucket_.max_size > 0) body["maximumFileSize"] = bucket_.max_size;
    try {
      return post(body);
    } catch (const Error& error) {
      const std::optional<std::int64_t> limit = storage_limit_in(error);
      if (!limit) throw;
      if (!limited_) throw too_large(*limit, error);
      body["maximumFileSize"] = *limit;
    }
    return post(body);
  }
  /// Sends the creation once. False if the bucket exists, or if it may have been created by an attempt without an
  /// answer: the caller reads it back.
  [[nodiscard]] bool post(const Json& body) const {
    try {
      return !client_.call(with_body(Method::post, path_of({"storage", "buckets"}), Idempotency::settled, body))
                  .in_doubt;
    } catch (const Error& error) {
      if (has_type(error, "storage_bucket_already_exists")) return false;
      throw;
    }
  }

  /// Extends an existing bucket. A PUT with a size above the server's limit is refused as a whole, so the other
  /// settings are then sent again with the largest accepted size.
  void widen(const Json& stored) const {
    Json wanted = widened(stored);
    if (wanted == stored) return;
    try {
      return put(wanted);
    } catch (const Error& error) {
      if (accepts(error, stored, wanted)) return;
      const std::optional<std::int64_t> limit = storage_limit_in(error);
      const std::int64_t size = size_of(stored);
      if (!limit || size_of(wanted) == size) throw;
      wanted["maximumFileSize"] = std::max(*limit, size);
      if (wanted != stored) put(wanted);
      if (bucket_.max_size > 0 && !limited_ && size < *limit) throw too_large(*limit, error);
    }
  }
  /// Replaces the settings. A setting that is missing from the body of PUT /storage/buckets/… returns to its default
  /// (Appwrite 1.8.1), so all are sent.
  void put(const Json& settings) const {
    client_.call(with_body(Method::put, bucket_path(bucket_.id), Idempotency::idempotent, settings));
  }

  [[nodiscard]] Error too_large(std::int64_t limit, const Error& error) const {
    return {Errc::too_large,
            "bucket '" + bucket_.id + "' needs files of " + std::to_string(bucket_.max_size) +
                " bytes, and the server accepts at most " + std::to_string(limit) +
                ": raise _APP_STORAGE_LIMIT on the server, or limit the bucket to that size",
            error.context()};
  }

  static std::int64_t size_of(const Json& settings) { return field<std::int64_t>(settings, "maximumFileSize"); }

  /// The settings that a bucket with the settings `stored` needs.
  [[nodiscard]] Json widened(const Json& stored) const {
    Json wanted = stored;
    if (!bucket_.access) {
      wanted["fileSecurity"] = true;
    } else if (!driver::same_access(access_in(stored, "fileSecurity", "permissions"), *bucket_.access)) {
      wanted["fileSecurity"] = bucket_.access->item_security;
      wanted["permissions"] = permissions_json(bucket_.access->permissions);
    }
    wanted["maximumFileSize"] = wanted_size(size_of(stored));
    // The server lowers the extension of a file but not the entries of the list, so an entry in upper case matches no
    // file.
    Strings extensions = lower(field<Strings>(stored, "allowedFileExtensions"));
    if (bucket_.extensions.empty()) extensions.clear();
    if (!extensions.empty()) {
      for (const std::string& extension : lower(bucket_.extensions)) {
        if (std::find(extensions.begin(), extensions.end(), extension) == extensions.end())
          extensions.push_back(extension);
      }
    }
    wanted["allowedFileExtensions"] = extensions;
    return wanted;
  }

  /// The maximum size to ask for, in bytes. If the bucket asks for no size, or for the server's limit, the largest size
  /// that a bucket of the project has is used: no route reports the limit itself, but the server accepts at least that.
  [[nodiscard]] std::int64_t wanted_size(std::int64_t stored) const {
    if (bucket_.max_size > 0 && stored >= bucket_.max_size) return stored;
    if (bucket_.max_size > 0 && !limited_) return bucket_.max_size;
    const std::int64_t known = std::max(stored, largest_bucket());
    return bucket_.max_size > 0 ? std::min(known, bucket_.max_size) : known;
  }
  /// The largest maximum size of all buckets of the project; 0 without buckets. 1 request.
  [[nodiscard]] std::int64_t largest_bucket() const {
    Call call{.request = {.path = path_of({"storage", "buckets"})}};
    append_queries(call.request, {query_of("orderDesc", "maximumFileSize"), limit_query(1)});
    const Json answer = body_of(client_.call(std::move(call)).response);
    const auto buckets = answer.find("buckets");
    if (buckets == answer.end() || !buckets->is_array())
      throw Error(Errc::corrupt, "the server's answer to a list of buckets has no field 'buckets'");
    return buckets->empty() ? 0 : size_of(buckets->front());
  }

  static Strings lower(Strings strings) {
    for (std::string& one : strings) one = text::lower_ascii(one);
    return strings;
  }

  const Client& client_;
  const Bucket& bucket_;
  bool limited_;
};

}  // namespace reel::appwrite
