#include <iostream>
#include <string>

#include <reel/driver/foreign_column.hpp>
#include <reel/driver/setup_preview.hpp>
#include <reel/video/everything.hpp>

#include "commands.hpp"
#include "store.hpp"
#include "text.hpp"
#include "watcher_account.hpp"

namespace tool {

int setup(const SetupArguments& arguments) {
  if (!arguments.watcher.empty()) require_users(arguments.store);
  Store store(arguments.store, Missing::create, {.limit_buckets = arguments.limit_to_server});
  set_up(store);
  store.sync();
  const reel::MigrationSet all = reel::video::everything;
  std::string collections, buckets;
  for (const reel::driver::CollectionSchema* schema : all.collections) collections += " " + schema->id;
  for (const reel::Bucket& bucket : all.buckets) buckets += " " + bucket.id;
  std::cout << store.url() << " is ready\n  collections:" << collections << "\n  buckets:    " << buckets << '\n';
  for (const reel::driver::CollectionSchema* schema : all.collections) {
    if (!store.abilities().foreign_columns) continue;
    for (const reel::driver::ForeignColumn& column : store.foreign_columns(*schema))
      std::cout << "  kept:        " << printable(column.text("collection " + schema->id)) << '\n';
  }
  for (const reel::Bucket& bucket : all.buckets) {
    const reel::driver::SetupPreview preview = store.preview(bucket);
    if (preview.max_size && *preview.max_size < bucket.max_size)
      std::cout << "  limited:     " << limited_bucket_text(bucket, *preview.max_size) << '\n';
  }
  if (!arguments.watcher.empty()) set_up_watcher(store, arguments.watcher);
  return done;
}

}  // namespace tool
