#pragma once

#include <reel/testing/rules/blob_queries.hpp>
#include <reel/testing/rules/blob_transfers.hpp>
#include <reel/testing/rules/blobs.hpp>
#include <reel/testing/rules/put.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite storing() {
  return {put_area, blobs_area, blob_transfer_area, blob_query_area, blob_update_area};
}

}  // namespace reel::testing::rules
