#pragma once

#include <reel/query.hpp>
#include <reel/testing/samples.hpp>

/// Conditions in the form that a backend receives.
namespace conditions {

using reel::field;
using reel::testing::Article;
using reel::testing::Mood;
using reel::testing::Reading;
using reel::testing::Survey;
using reel::testing::Track;

template <class T>
std::vector<reel::driver::Condition> of(reel::Expression<T> expression) {
  return reel::Query<T>{}.where(std::move(expression)).tree().where;
}
template <class T>
reel::driver::Condition one(reel::Expression<T> expression) {
  return of(std::move(expression)).at(0);
}

}  // namespace conditions
