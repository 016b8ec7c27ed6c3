#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/files.hpp>

namespace reel::appwrite {

/// Makes a bucket of the server take what a `Bucket` says. What is there is widened, never narrowed: a lower size or
/// fewer extensions are for the core to see to. Files have permissions of their own.
class BucketSetup {
 public:
  BucketSetup(const Client& client, const Bucket& bucket) : client_(client), bucket_(bucket) {}

  void run() const {
    std::optional<Json> there = find();
    if (!there && create()) return;
    if (!there) there = find();  // somebody else has made it meanwhile
    if (!there) throw Error(Errc::conflict, "the bucket '" + bucket_.id + "' is made and removed at the same time");
    const Json wanted = widened(*there);
    if (wanted != settings_of(*there)) put(wanted);
  }

 private:
  using Texts = std::vector<std::string>;

  [[nodiscard]] std::optional<Json> find() const {
    try {
      return body_of(client_.call({.request = {.path = bucket_path(bucket_.id)}}).response);
    } catch (const Error& error) {
      if (has_type(error, "storage_bucket_not_found")) return std::nullopt;
      throw;
    }
  }

  /// False if somebody else was faster.
  [[nodiscard]] bool create() const {
    Json body{{"bucketId", bucket_.id},
              {"name", bucket_.name.empty() ? bucket_.id : bucket_.name},
              {"fileSecurity", true},
              {"allowedFileExtensions", lower(bucket_.extensions)}};
    if (bucket_.max_size > 0) body["maximumFileSize"] = bucket_.max_size;
    return call(with_body(Method::post, path_of({"storage", "buckets"}), Idempotency::settled, body));
  }
  /// What a PUT leaves out goes back to its default.
  void put(const Json& settings) const {
    call(with_body(Method::put, bucket_path(bucket_.id), Idempotency::idempotent, settings));
  }

  /// False if the bucket is there already.
  bool call(Call call) const {
    try {
      return !client_.call(std::move(call)).in_doubt;
    } catch (const Error& error) {
      if (has_type(error, "storage_bucket_already_exists")) return false;
      if (!has_type(error, "general_argument_invalid") || error.reason().find("maximumFileSize") == std::string::npos)
        throw;
      throw Error(Errc::too_large,
                  "the bucket '" + bucket_.id + "' is to take " + std::to_string(bucket_.max_size) +
                      " bytes, which is more than the server allows: raise _APP_STORAGE_LIMIT there (" +
                      error.reason() + ")",
                  error.context());
    }
  }

  static constexpr const char* kept_settings[] = {
      "name",       "fileSecurity", "enabled",         "maximumFileSize",      "compression",
      "encryption", "antivirus",    "transformations", "allowedFileExtensions"};
  static Json settings_of(const Json& bucket) {
    Json chosen = Json::object();
    for (const char* name : kept_settings) {
      if (bucket.contains(name)) chosen[name] = bucket[name];
    }
    return chosen;
  }

  [[nodiscard]] Json widened(const Json& there) const {
    Json wanted = settings_of(there);
    wanted["fileSecurity"] = true;
    if (bucket_.max_size == 0) {
      wanted.erase("maximumFileSize");  // then it is the server's own limit
    } else if (there.value("maximumFileSize", std::int64_t{0}) < bucket_.max_size) {
      wanted["maximumFileSize"] = bucket_.max_size;
    }
    // One in upper case would match no file.
    Texts extensions = lower(there.value("allowedFileExtensions", Texts{}));
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

  static Texts lower(Texts texts) {
    for (std::string& text : texts) std::transform(text.begin(), text.end(), text.begin(), lower_ascii);
    return texts;
  }

  const Client& client_;
  const Bucket& bucket_;
};

}  // namespace reel::appwrite
