#include <reel/video/ranking.hpp>

#include <chrono>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

namespace ranking_tests {

using namespace reel::video;

TEST_CASE("a success raises the bound and a failure lowers it", "[ranking]") {
  CHECK(success_bound(0, 1) < success_bound(0, 0));
  CHECK(success_bound(0, 0) < success_bound(1, 0));
  CHECK(success_bound(1, 0) < success_bound(10, 0));
  CHECK(success_bound(1, 1) < success_bound(10, 1));
  CHECK(success_bound(0, 1000) > 0);
  CHECK(success_bound(1'000'000, 0) < 1);
  CHECK(success_bound(-5, -5) == success_bound(0, 0));
  CHECK(success_bound(8, 8) == Approx(0.2902).epsilon(0.01));
}

TEST_CASE("recency halves in 90 days", "[ranking]") {
  CHECK(recency(std::chrono::hours(0)) == 1);
  CHECK(recency(std::chrono::hours(24 * 90)) == Approx(0.5));
  CHECK(recency(-std::chrono::hours(5)) == 1);
}

TEST_CASE("a rare word weighs more, and a longer document less", "[ranking]") {
  CHECK(word_weight(1000, 1) > word_weight(1000, 500));
  CHECK(word_weight(1000, 1000) > 0);
  CHECK(word_weight(0, 3) > 0);
  CHECK(bm25(5, 10) > bm25(5, 40));
  CHECK(bm25(0, 10) == 0);
}

TEST_CASE("equal values share a rank, and no evidence has none", "[ranking]") {
  CHECK(ranks_of(std::vector<double>{1, 3, 0, 3, 2}) == std::vector<std::size_t>{3, 1, 0, 1, 2});
  CHECK(ranks_of(std::vector<double>{}).empty());
  CHECK(reciprocal_rank(0) == 0);
  CHECK(reciprocal_rank(1) > reciprocal_rank(2));
}

}  // namespace ranking_tests
