#pragma once

#include "support/broken/forwarding.hpp"

/// Stores with faults in bulk writes.
namespace broken {

using namespace reel;

/// Reports atomic batches, but writes one by one until one fails.
struct HalfAppliedBatch : Forwarding {
  using Forwarding::Forwarding;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    if (batch == driver::Batch::independent) return below().write(schema, std::move(writes), batch);
    std::vector<driver::WriteResult> results(writes.size());
    for (std::size_t i = 0; i < writes.size(); ++i) {
      results[i] = below().write(schema, {writes[i]}, driver::Batch::independent).front();
      if (results[i].document) continue;
      const std::optional<Error> blame = results[i].error;
      results.assign(writes.size(), {});
      results[i].error = blame;
      break;
    }
    return results;
  }
};

/// Undoes the creates of a failed batch but not its updates.
struct UpdatesOutliveTheirBatch : Forwarding {
  using Forwarding::Forwarding;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    const std::vector<driver::Write> all = writes;
    std::vector<driver::WriteResult> results = below().write(schema, std::move(writes), batch);
    if (batch == driver::Batch::independent || results.empty() || (results.front().document && !results.front().error))
      return results;
    for (const driver::Write& one : all) {
      if (one.kind == driver::WriteKind::update && !one.change.if_unchanged_since)
        below().update(schema, one.document.id, one.change);
    }
    return results;
  }
};

/// Ignores the conditions of removals.
struct BlindBulkRemoval : Forwarding {
  using Forwarding::Forwarding;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    for (driver::Write& one : writes) {
      if (one.kind == driver::WriteKind::remove) one.change = {};
    }
    return below().write(schema, std::move(writes), batch);
  }
};

/// Ends a partial batch at the first item that fails.
struct BatchStopsEarly : Forwarding {
  using Forwarding::Forwarding;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    if (batch == driver::Batch::atomic) return below().write(schema, std::move(writes), batch);
    std::vector<driver::WriteResult> results(writes.size());
    for (std::size_t i = 0; i < writes.size(); ++i) {
      results[i] = below().write(schema, {writes[i]}, batch).front();
      if (results[i].error) {
        for (std::size_t rest = i + 1; rest < writes.size(); ++rest) results[rest].error = results[i].error;
        break;
      }
    }
    return results;
  }
};

struct BulkIgnoresTimes : Forwarding {
  using Forwarding::Forwarding;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    for (driver::Write& one : writes) one.change.if_unchanged_since.reset();
    return below().write(schema, std::move(writes), batch);
  }
};

/// Writes the first hundred items of a bulk write and ignores the rest.
struct BulkTakesAHundred : Forwarding {
  using Forwarding::Forwarding;
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    const std::size_t size = writes.size();
    if (size > 100) writes.resize(100);
    std::vector<driver::WriteResult> results = below().write(schema, std::move(writes), batch);
    while (results.size() < size) results.push_back(results.back());
    return results;
  }
};

/// Refuses atomic batches only after writing the first item.
struct RefusesTooLate : Forwarding {
  explicit RefusesTooLate(std::shared_ptr<AnyStore> below) : Forwarding(std::move(below)) { atomic_batches = true; }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    if (batch == driver::Batch::independent || writes.empty()) return below().write(schema, std::move(writes), batch);
    writes.resize(1);
    below().write(schema, std::move(writes), driver::Batch::independent);
    throw Error(Errc::unsupported, "this store has no atomic batches");
  }
};

}  // namespace broken
